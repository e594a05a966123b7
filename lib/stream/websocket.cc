// Upgrades between HTTP/1 and HTTP/2 (RFC 8441): HTTP/1 names the protocol in Upgrade, and WebSockets (RFC 6455) shake
// hands by a key and what is made of it there, which HTTP/2 has not.
#include "http/websocket.h"

#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

constexpr std::string_view kKey = "sec-websocket-key", kAccept = "sec-websocket-accept";

}  // namespace

void prepare_upgrade(Stream& s) {
    if (!(s.request.connection & http::kUpgrade)) return;
    if (const http::Header* to = s.request.headers.find(http::Known::upgrade)) s.upgrade = s.arena.copy(to->value);
    if (!http::is_websocket(s.request)) return;
    if (const http::Header* key = s.request.headers.find(kKey)) {
        s.websocket_key = s.arena.copy(key->value);
        return;
    }
    s.websocket_key = http::make_websocket_key(s.arena);
    if (s.origin.endpoint->alone()) s.request.headers.add(s.arena, kKey, s.websocket_key);
}

bool settle_upgrade(Stream& s) {
    if (s.response.status != 101) return true;
    if (!(s.request.connection & http::kUpgrade) || !s.client.input_done)
        return false;  // nobody has asked for it (yet)
    const bool http2 = s.origin.endpoint->alone() == nullptr;
    if (http2) {
        s.response.connection |= http::kUpgrade;
        s.response.headers.add(s.arena, "upgrade", s.upgrade);
        s.response.headers.add(s.arena, "connection", "upgrade");
    }
    if (s.websocket_key.empty()) return true;
    const std::string_view expected = http::websocket_accept(s.websocket_key, s.arena);
    // A client that has given a key checks the answer itself.
    if (const http::Header* accept = s.response.headers.find(kAccept))
        return accept->value == expected || s.client.endpoint->alone();
    if (http2) s.response.headers.add(s.arena, kAccept, expected);
    return http2;
}

}  // namespace cfgproxy::stream
