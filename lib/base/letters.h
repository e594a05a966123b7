#pragma once
#include "base/text.h"

namespace cfgproxy::base {

// Kinds of characters that names are made of. ASCII only, whatever the locale says.
constexpr bool is_alpha(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
/// What needs no escape in a URI (RFC 3986 section 2.3).
constexpr bool is_unreserved(char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

}  // namespace cfgproxy::base
