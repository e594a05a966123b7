#pragma once
#include <string>
#include <string_view>

#include "base/text.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {

/// A list of protocol names as TLS carries it: each behind its length (RFC 7301, section 3.1). Empty with `error` set
/// if it is none.
inline std::string protocol_list(std::string_view text, std::string& error) {
    std::string wire;
    for (const std::string_view name : base::split(text, ',')) {
        if (name.size() > 255) {
            error = "ALPN protocol name too long : " + quoted(name);
            return {};
        }
        wire += static_cast<char>(name.size());
        wire += name;
    }
    return wire;
}

}  // namespace cfgproxy::keywords
