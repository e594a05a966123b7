#include "http/auth.h"

#include <cstdint>

#include "base/text.h"

namespace cfgproxy::http {
namespace {

int sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (base::is_digit(c)) return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

bool decode_base64(std::string_view text, base::Arena& arena, std::string_view& bytes) {
    if (text.size() % 4 != 0) return false;
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') text.remove_suffix(1), ++padding;
    char* const start = arena.bytes(text.size() / 4 * 3 + 3);
    char* at = start;
    std::uint32_t bits = 0;
    int count = 0;
    for (char c : text) {
        const int six = sextet(c);
        if (six < 0) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(six);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        *at++ = static_cast<char>(bits >> count & 0xff);
    }
    bytes = {start, static_cast<std::size_t>(at - start)};
    return true;
}

bool parse_basic(std::string_view value, base::Arena& arena, Credentials& credentials) {
    const std::size_t space = value.find(' ');
    if (space == std::string_view::npos || !base::iequal(value.substr(0, space), "Basic")) return false;
    const std::size_t start = value.find_first_not_of(' ', space);
    std::string_view plain;
    if (start == std::string_view::npos || !decode_base64(value.substr(start), arena, plain)) return false;
    const std::size_t colon = plain.find(':');
    if (colon == std::string_view::npos || plain.find('\0') != std::string_view::npos) return false;
    credentials = {plain.substr(0, colon), plain.substr(colon + 1)};
    return true;
}

}  // namespace cfgproxy::http
