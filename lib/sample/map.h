#pragma once
#include <string_view>

#include "sample/value.h"

namespace cfgproxy::sample {

/// "192.0.2.1" or "2001:db8::1" as map values and defaults have them.
bool parse_map_address(std::string_view text, Value& value);

}  // namespace cfgproxy::sample
