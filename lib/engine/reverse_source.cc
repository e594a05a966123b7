#include "engine/reverse_source.h"

#include <string_view>

#include "base/spelling.h"
#include "model/server_path.h"

namespace cfgproxy::engine {
namespace {

using base::quoted;

bool speaks_h2(const model::Server& server) {
    return server.proto == model::Proto::h2 || (server.tls->on && server.tls->settings.alpn == "\x02h2");
}

bool is_transparent(const model::Endpoint& endpoint) {
    return endpoint.port_mapped || (endpoint.kind == model::Endpoint::Kind::ip && endpoint.ip.is_any());
}

bool shows_others(const model::ShownSource& shown) {
    return shown.kind != model::ShownSource::Kind::none && shown.kind != model::ShownSource::Kind::address;
}

}  // namespace

bool ReverseSource::turns(State to) {
    State from = state_.load();
    do {
        if (to == from || (to == State::begun && from != State::stopped)) return false;
    } while (!state_.compare_exchange_weak(from, to));
    return true;
}

base::Result<void> check_reverse_server(const model::Config& config, const model::Bind& bind) {
    const std::string& name = bind.endpoint.path;
    const auto path = model::ServerPath::of_command(name);
    if (!path.backend || path.server.empty()) return base::Error{"Invalid server name: " + quoted(name) + "."};
    if (!config.find_backend(*path.backend)) return base::Error{"No such backend: " + quoted(*path.backend) + "."};
    if (!bind.reverse_server) return base::Error{"No such server: " + quoted(name) + "."};
    const model::Server& server = *bind.reverse_server;
    if (server.endpoint.kind == model::Endpoint::Kind::rhttp)
        return base::Error{"Cannot use reverse HTTP server " + quoted(name) + " as target to a reverse bind."};
    if (is_transparent(server.endpoint))
        return base::Error{"Cannot use transparent server " + quoted(name) + " as target to a reverse bind."};
    if (!speaks_h2(server))
        return base::Error{"Cannot reverse connect with server " + quoted(name) +
                           " unless HTTP/2 is activated on it with either proto or alpn keyword."};
    if (shows_others(server.shown_source) || shows_others(server.proxy->shown_source))
        return base::Error{"Cannot reverse connect with server " + quoted(name) +
                           " which uses dynamic source address setting."};
    return {};
}

}  // namespace cfgproxy::engine
