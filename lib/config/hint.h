#pragma once
#include <span>
#include <string_view>

namespace cfgproxy::config {

/// The candidate that HAProxy would offer for an unknown `word` ("did you mean '...' maybe ?"): the one whose pairs of
/// neighbouring characters differ least, letters without case, digits and others as one class each. Empty if even
/// that one differs by more than twice the length of either. The first one wins among equals. `prefix_tolerance` is
/// for words that take arguments in parentheses: three times instead of twice.
std::string_view find_similar(std::string_view word, std::span<const std::string_view> candidates,
                              bool prefix_tolerance = false);

}  // namespace cfgproxy::config
