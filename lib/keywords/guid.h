#pragma once
#include <string>
#include <string_view>

#include "model/config.h"

namespace cfgproxy::keywords {

/// Takes a global unique ID (`guid`, manual 3.4 section 4.2) for `owner`, as messages call it. What is wrong with it;
/// empty if nothing is.
std::string claim_guid(model::Config& config, std::string_view guid, std::string owner);

}  // namespace cfgproxy::keywords
