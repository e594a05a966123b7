#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cfgproxy::control {

/// A span of time in at most two units: "1d2h", "3m5s", "0s"; "?" if negative.
std::string human_time(std::int64_t seconds);
/// A number for the page: groups of three digits are set apart by a style of the digit before each group.
std::string human_number(std::uint64_t number);
/// What stands in a form or behind a '?' with %XX and '+' resolved; false if a '%' is not followed by two digits.
bool decode_form_value(std::string_view text, std::string& to);

}  // namespace cfgproxy::control
