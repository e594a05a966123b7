#pragma once
#include <string>

#include "base/result.h"

namespace cfgproxy::base {

/// All bytes of a file, which need not be a regular one (a pipe, /dev/stdin); else what the system says.
Result<std::string> read_file(const std::string& path);

}  // namespace cfgproxy::base
