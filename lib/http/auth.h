#pragma once
#include <string_view>

#include "base/arena.h"

namespace cfgproxy::http {

/// RFC 4648 section 4 with its padding; false if `text` is anything else. The bytes are put into `arena`.
bool decode_base64(std::string_view text, base::Arena& arena, std::string_view& bytes);

struct Credentials {
    std::string_view user, password;
};

/// The value of Authorization or Proxy-Authorization read as `Basic user:password` (RFC 7617; the scheme in any case).
/// False if it is another scheme or malformed. Views into `arena`.
bool parse_basic(std::string_view value, base::Arena& arena, Credentials& credentials);

}  // namespace cfgproxy::http
