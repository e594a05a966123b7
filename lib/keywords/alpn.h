#pragma once
#include <string>
#include <string_view>

#include "base/text.h"
#include "config/alpn.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {

using config::protocol_list;

}  // namespace cfgproxy::keywords
