#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace cfgproxy::daemon {

/// Files that this process runs from: the program first, then its libraries as the linker found them.
std::vector<std::string> loaded_objects();

/// Writes `files` to `path` as a tar archive, under their own names; libraries that are links become the file itself.
base::Result<void> write_archive(const std::string& path, const std::vector<std::string>& files);

}  // namespace cfgproxy::daemon
