#include "log/encode.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace cfgproxy::log {

namespace {

using Item = model::Template::Item;
using Set = std::array<bool, 256>;

constexpr Set controls_and(std::string_view more, bool high) {
    Set set = {};
    for (int c = 0; c < 32; ++c) set[static_cast<std::size_t>(c)] = true;
    for (int c = 127; c < (high ? 256 : 128); ++c) set[static_cast<std::size_t>(c)] = true;
    for (char c : more) set[static_cast<unsigned char>(c)] = true;
    return set;
}
constexpr Set kUri = controls_and("\"#", true);
constexpr Set kCapture = controls_and("\"#{|}", true);
/// Header values may hold a tab and bytes above 127.
constexpr Set kHeaderValue = [] {
    Set set = controls_and("", false);
    set['\t'] = false;
    return set;
}();

constexpr char kHex[] = "0123456789ABCDEF";
constexpr bool needs_backslash(char c) { return c == '"' || c == '\\' || c == ']'; }

void append_set(std::string& out, std::string_view text, char sign, const Set& set, bool escape) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool encode = set[c];
        if (!encode && !(escape && needs_backslash(text[i]))) continue;
        out.append(text, from, i - from);
        from = i + 1;
        if (encode) {
            const char code[3] = {sign, kHex[c >> 4], kHex[c & 15]};
            out.append(code, 3);
        } else {
            const char code[2] = {'\\', text[i]};
            out.append(code, 2);
        }
    }
    out.append(text, from);
}

/// What HAProxy writes of a C string.
std::string_view until_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

}  // namespace

std::size_t clean_length(std::string_view text, Encoding encoding) {
    // Eight bytes at a time: is there one below 32, from `top` on, or '"' or '#' (which differ in the last bit)?
    constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
    const std::uint64_t above = 127 - (encoding == Encoding::uri ? 0x7e : 0x7a);
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, 8);
        const std::uint64_t low = (word - kOnes * 32) & ~word;
        const std::uint64_t high = (word + kOnes * above) | word;
        const std::uint64_t marks = (word | kOnes) ^ (kOnes * '#');
        const std::uint64_t equal = (marks - kOnes) & ~marks;
        if ((low | high | equal) & kHighs) break;
    }
    const Set& set = encoding == Encoding::uri ? kUri : kCapture;
    while (i < text.size() && !set[static_cast<unsigned char>(text[i])]) ++i;
    return i;
}

void append_text(std::string& out, std::string_view text, const Item& item) {
    if (item.quote) out += '"';
    if (!text.empty()) {
        text = until_nul(text);
        if (item.escape)
            append_set(out, text, '\\', Set{}, true);
        else
            out += text;
    } else if (!item.quote && !item.optional) {
        out += '-';
    }
    if (item.quote) out += '"';
}

void append_encoded(std::string& out, std::string_view text, Encoding encoding, const Item& item) {
    if (item.escape) {
        append_set(out, until_nul(text), '#', encoding == Encoding::uri ? kUri : kCapture, true);
        return;
    }
    append_encoded(out, text, encoding);
}

void append_encoded(std::string& out, std::string_view text, Encoding encoding) {
    const std::size_t clean = clean_length(text, encoding);
    out.append(text, 0, clean);
    if (clean == text.size()) return;
    append_set(out, until_nul(text.substr(clean)), '#', encoding == Encoding::uri ? kUri : kCapture, false);
}

void append_int(std::string& out, std::int64_t value) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
    char text[16];
    int length = 0;
    for (; value != 0 || length < digits; value >>= 4) text[length++] = kHex[value & 15];
    while (length > 0) out += text[--length];
}

void append_percent(std::string& out, std::string_view text, bool escape) {
    append_set(out, text, '%', kHeaderValue, escape);
}

}  // namespace cfgproxy::log
