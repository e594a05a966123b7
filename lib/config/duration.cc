#include "config/duration.h"

#include <charconv>
#include <utility>

#include "base/text.h"

namespace cfgproxy::config {
namespace {

/// Microseconds of the unit at the front of `text`, which is taken off; 0 if there is none.
std::uint64_t take_unit(std::string_view& text) {
    struct Row {
        std::string_view name;
        std::uint64_t us;
    };
    constexpr Row kUnits[] = {{"us", 1},       {"ms", 1000},         {"s", 1000000},
                              {"m", 60000000}, {"h", 3600000000ull}, {"d", 86400000000ull}};
    for (const Row& row : kUnits) {
        if (!text.starts_with(row.name)) continue;
        text.remove_prefix(row.name.size());
        return row.us;
    }
    return 0;
}

/// "50sec", "1min": all releases take the unit's letter and leave the rest; since 2.4 they say so.
std::string describe_rest(char first, std::string_view text) {
    std::string remark = "unexpected character '";
    remark.append(1, first).append("' after the timer value '").append(text);
    return remark +
           "', only (us=microseconds,ms=milliseconds,s=seconds,m=minutes,h=hours,d=days) are supported. This will be "
           "reported as an error in next versions.";
}

thread_local std::string remark;

}  // namespace

std::string take_time_remark() { return std::exchange(remark, {}); }

Duration parse_time(std::string_view text, TimeUnit unit) {
    using Status = Duration::Status;
    constexpr std::uint64_t kMax = 0x7fffffff;
    const std::uint64_t wanted_us = unit == TimeUnit::ms ? 1000 : 1000000;
    std::size_t digits = 0;
    while (digits < text.size() && base::is_digit(text[digits])) ++digits;
    if (digits == 0) return {Status::unexpected, 0, text.empty() ? '\0' : text[0]};
    std::uint64_t number = 0;
    if (std::from_chars(text.data(), text.data() + digits, number).ec != std::errc{}) return {Status::overflow};
    std::string_view rest = text.substr(digits);
    std::uint64_t us = wanted_us;
    if (!rest.empty()) {
        us = take_unit(rest);
        if (us == 0) return {Status::unexpected, 0, rest[0]};
        if (!rest.empty()) remark = describe_rest(rest[0], text);
    }
    if (number > (kMax * wanted_us + wanted_us) / us) return {Status::overflow};
    const std::uint64_t value = (number * us + wanted_us - 1) / wanted_us;
    if (value > kMax) return {Status::overflow};
    return {Status::ok, static_cast<std::int64_t>(value)};
}

std::int64_t leading_number(std::string_view text) {
    while (!text.empty() && base::is_space(text.front())) text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace cfgproxy::config
