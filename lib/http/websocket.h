#pragma once
#include <string_view>

#include "base/arena.h"
#include "http/message.h"

namespace cfgproxy::http {

/// Whether `request` asks for a WebSocket (RFC 6455 section 4.1).
bool is_websocket(const Request& request);
/// A random value for Sec-WebSocket-Key, in `arena`.
std::string_view make_websocket_key(base::Arena& arena);
/// What Sec-WebSocket-Accept says to `key` (RFC 6455 section 4.2.2), in `arena`.
std::string_view websocket_accept(std::string_view key, base::Arena& arena);

}  // namespace cfgproxy::http
