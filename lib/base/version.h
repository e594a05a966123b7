#pragma once
#include <string_view>

namespace cfgproxy::base {

/// The program's own version; meson.build names the same one (a test compares them).
inline constexpr std::string_view kVersion = "0.1.0";
/// The HAProxy whose language and behaviour this version follows where eras differ.
inline constexpr std::string_view kHaproxyVersion = "3.4.0";
/// What stands where HAProxy shows its version: a version number that tools can compare, and who it really is.
inline constexpr std::string_view kShownVersion = "3.4.0-cfgproxy0.1.0";
inline constexpr std::string_view kReleaseDate = "2026/11/23";

}  // namespace cfgproxy::base
