#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace cfgproxy::base {

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = to_lower(c);
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        auto at = text.find(separator);
        out.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

namespace {
template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}
}  // namespace

std::optional<std::uint64_t> parse_uint(std::string_view text) { return parse_number<std::uint64_t>(text); }
std::optional<std::int64_t> parse_int(std::string_view text) { return parse_number<std::int64_t>(text); }

std::optional<std::int64_t> parse_duration(std::string_view text, Unit bare) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    auto number = parse_uint(text.substr(0, digits));
    if (!number) return std::nullopt;
    std::string_view unit = text.substr(digits);
    std::uint64_t us = 0;
    if (unit.empty())
        us = bare == Unit::us ? 1 : bare == Unit::ms ? 1000 : 1000000;
    else if (unit == "us")
        us = 1;
    else if (unit == "ms")
        us = 1000;
    else if (unit == "s")
        us = 1000000;
    else if (unit == "m")
        us = 60 * 1000000ull;
    else if (unit == "h")
        us = 3600 * 1000000ull;
    else if (unit == "d")
        us = 86400 * 1000000ull;
    else
        return std::nullopt;
    constexpr std::uint64_t kMaxMs = 0x7fffffff;
    if (*number > kMaxMs * 1000 / us) return std::nullopt;
    return static_cast<std::int64_t>((*number * us + 999) / 1000);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.empty()) return std::nullopt;
    int shift = 0;
    switch (to_lower(text.back())) {
        case 'k':
            shift = 10;
            break;
        case 'm':
            shift = 20;
            break;
        case 'g':
            shift = 30;
            break;
        default:
            return parse_uint(text);
    }
    auto number = parse_uint(text.substr(0, text.size() - 1));
    if (!number || *number > (~0ull >> shift)) return std::nullopt;
    return *number << shift;
}

void append_uint(std::string& to, std::uint64_t value) {
    char digits[20];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    to.append(digits, end);
}

std::string html_escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

int edit_distance(std::string_view a, std::string_view b, int limit) {
    const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
    if (std::abs(n - m) > limit) return limit + 1;
    // Three rows of the matrix: a swap of neighbours looks two rows back.
    std::vector<int> before(m + 1), last(m + 1), row(m + 1);
    for (int j = 0; j <= m; ++j) last[j] = j;
    for (int i = 1; i <= n; ++i) {
        row[0] = i;
        for (int j = 1; j <= m; ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[m];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    const int limit = word.size() < 4 ? 1 : word.size() < 8 ? 2 : 3;
    int best = limit + 1;
    std::string_view found;
    for (auto candidate : candidates) {
        int distance = edit_distance(word, candidate, limit);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

}  // namespace cfgproxy::base
