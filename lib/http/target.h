#pragma once
#include <cstddef>
#include <string_view>

namespace cfgproxy::http {

/// Length of a target's scheme with its "://"; 0 if it has none (RFC 3986 section 3.1).
std::size_t scheme_size(std::string_view target);
/// What stands between scheme and path, without a user part. A target without a scheme is taken for authority form.
std::string_view authority_of(std::string_view target, std::size_t scheme_size);

}  // namespace cfgproxy::http
