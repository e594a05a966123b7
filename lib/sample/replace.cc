#include "sample/replace.h"

#include <cstdint>

#include "base/text.h"

namespace cfgproxy::sample {
namespace {

/// What a hexadecimal digit is worth the way HAProxy counts: other letters give something, too.
unsigned char digit_of(char c) {
    auto value = static_cast<unsigned char>(base::to_upper(c) - '0');
    return value > 9 ? static_cast<unsigned char>(value - ('A' - '9' - 1)) : value;
}

/// Calls `put` for each piece; false if the template ends within an escape.
template <class Put>
bool walk(std::string_view replacement, std::string_view subject, const std::size_t* offsets, int pairs, Put put) {
    for (std::size_t i = 0; i < replacement.size(); ++i) {
        if (replacement[i] != '\\') {
            put(replacement.substr(i, 1));
            continue;
        }
        if (++i == replacement.size()) return false;
        const char c = replacement[i];
        if (base::is_digit(c)) {
            const int group = c - '0';
            if (group < pairs && offsets[2 * group] != SIZE_MAX && offsets[2 * group] <= offsets[2 * group + 1])
                put(subject.substr(offsets[2 * group], offsets[2 * group + 1] - offsets[2 * group]));
        } else if (c == 'x') {
            if (i + 2 >= replacement.size()) return false;
            const char byte = static_cast<char>((digit_of(replacement[i + 1]) << 4) + digit_of(replacement[i + 2]));
            put(std::string_view(&byte, 1));
            i += 2;
        } else {
            put(replacement.substr(i, 1));
        }
    }
    return true;
}

}  // namespace

bool expand_groups(std::string_view replacement, std::string_view subject, const std::size_t* offsets, int pairs,
                   base::Arena& arena, std::string_view& out) {
    std::size_t size = 0;
    if (!walk(replacement, subject, offsets, pairs, [&](std::string_view piece) { size += piece.size(); }))
        return false;
    char* const start = arena.bytes(size);
    char* at = start;
    walk(replacement, subject, offsets, pairs, [&](std::string_view piece) {
        for (char c : piece) *at++ = c;
    });
    out = {start, size};
    return true;
}

}  // namespace cfgproxy::sample
