#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace cfgproxy::config {

/// A list of protocol names as TLS carries it: each behind its length (RFC 7301, section 3.1). Empty with `error` set
/// if it is none.
inline std::string protocol_list(std::string_view text, std::string& error) {
    std::string wire;
    for (const std::string_view name : base::split(text, ',')) {
        if (name.size() > 255) {
            error = "ALPN protocol name too long : '" + std::string(name) + "'";
            return {};
        }
        wire += static_cast<char>(name.size());
        wire += name;
    }
    return wire;
}

/// The reverse: names with commas between them.
inline std::string protocol_names(std::string_view wire) {
    std::string text;
    for (bool first = true; !wire.empty(); first = false) {
        const std::size_t size = static_cast<std::uint8_t>(wire.front());
        if (!first) text += ',';
        text += wire.substr(1, size);
        wire.remove_prefix(std::min(wire.size(), size + 1));
    }
    return text;
}

}  // namespace cfgproxy::config
