#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace cfgproxy::base {

/// A line of HAProxy releases: "2.6" of 2.6.12. Later ones are greater.
struct Release {
    std::uint8_t major = 3, minor = 4;
    auto operator<=>(const Release&) const = default;
    std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }
};

/// The newest release whose language this program reads.
inline constexpr Release kNewestRelease{3, 4};

/// Whether there was such a release: 1.3 to 1.9, 2.0 to 2.9, 3.0 to the newest.
constexpr bool is_known(Release release) {
    const std::array<std::uint8_t, 4> first{0, 3, 0, 0}, last{0, 9, 9, kNewestRelease.minor};
    return release.major >= 1 && release.major <= 3 && release.minor >= first[release.major] &&
           release.minor <= last[release.major];
}

/// "2.6", or a full version of which only the first two numbers count ("2.6.12", "1.5-dev19"). Nothing if it is none
/// that is_known().
inline std::optional<Release> parse_release(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    std::string_view minor = text.substr(dot + 1);
    minor = minor.substr(0, minor.find_first_of(".-"));
    const auto a = parse_uint(text.substr(0, dot)), b = parse_uint(minor);
    if (!a || !b || *a > 9 || *b > 9) return std::nullopt;
    const Release release{static_cast<std::uint8_t>(*a), static_cast<std::uint8_t>(*b)};
    return is_known(release) ? std::optional(release) : std::nullopt;
}

}  // namespace cfgproxy::base
