#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::daemon {

/// Puts a new file in the place of an old one, all at once, with the old one's mode and owner; a link stays a link,
/// what it leads to is replaced. False, with errno, if it cannot be; then the old file is as it was.
bool replace_file(const std::string& path, std::string_view bytes);

}  // namespace cfgproxy::daemon
