#pragma once
#include <cstddef>
#include <string_view>

#include "base/letters.h"
#include "http/message.h"

namespace cfgproxy::http {

/// What a scheme's name is made of; it begins with a letter (RFC 3986 section 3.1).
constexpr bool is_scheme_char(char c) { return base::is_alnum(c) || c == '+' || c == '-' || c == '.'; }
/// Length of a target's scheme with its "://"; 0 if it has none (RFC 3986 section 3.1).
std::size_t scheme_size(std::string_view target);
/// What stands between scheme and path, without a user part. A target without a scheme is taken for authority form.
std::string_view authority_of(std::string_view target, std::size_t scheme_size);

/// RFC 9110 section 4.2.3: of an absolute target (and of Host with it) the default port is left out, and the empty path
/// is written as "/". `scheme_size`: as told by scheme_size(), not 0.
void normalize_absolute(base::Arena& arena, Request& request, std::size_t scheme_size);

}  // namespace cfgproxy::http
