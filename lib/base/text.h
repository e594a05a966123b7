#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cfgproxy::base {

/// ASCII only: bytes above 127 are never changed and never equal to anything but themselves.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Equal but for the case of ASCII letters.
constexpr bool iequal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}
constexpr bool istarts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && iequal(text.substr(0, prefix.size()), prefix);
}

/// Without blanks (space, tab, CR, LF) at both ends.
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
/// The pieces between separators, empty ones included; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole text as a number; nothing if there is any other character or an overflow.
std::optional<std::uint64_t> parse_uint(std::string_view text);
std::optional<std::int64_t> parse_int(std::string_view text);

/// Time units of the manual, section 2.5 "Time format": us ms s m h d. `value` in microseconds.
enum class Unit : std::uint8_t { us, ms, s };
/// A duration ("30s", "1m", "500", "1m30s" is not one) in milliseconds, rounded up; a bare number counts in
/// `bare`. Nothing if malformed or over 2^31-1 ms.
std::optional<std::int64_t> parse_duration(std::string_view text, Unit bare = Unit::ms);
/// A size with an optional suffix k, m or g (powers of 1024), section 2.5 as `tune.bufsize` takes it.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Appends `value` as decimal digits.
void append_uint(std::string& to, std::uint64_t value);
/// `text` for HTML: & < > " ' become entities.
std::string html_escape(std::string_view text);

/// Edits (insert, delete, replace, swap of neighbours) that turn one into the other; stops counting above `limit`.
int edit_distance(std::string_view a, std::string_view b, int limit);
/// The candidate that `word` most likely was meant to be; empty if none is near enough to be worth a mention.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace cfgproxy::base
