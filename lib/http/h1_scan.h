#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "http/token.h"

namespace cfgproxy::http {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighs = 0x8080808080808080;

inline std::uint64_t load_word(const char* p) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    return word;
}

/// How many bytes before the first one flagged in `bits` (0x80 in each flagged byte; not 0).
inline int first_flagged(std::uint64_t bits) {
    if constexpr (std::endian::native == std::endian::little)
        return std::countr_zero(bits) / 8;
    else
        return 0;  // the flags may be carried over to the left: the caller's machine goes byte by byte
}

/// The first byte in [p, end) that may not be an ordinary one of a request target: anything outside of 0x24..0x7e.
inline char* skip_target(char* p, char* end) {
    for (; end - p >= 8; p += 8) {
        const std::uint64_t w = load_word(p);
        const std::uint64_t odd = ((w - kOnes * 0x24) | (w + kOnes) | w) & kHighs;
        if (odd) return p + first_flagged(odd);
    }
    while (p < end && *p >= 0x24 && *p <= 0x7e) ++p;
    return p;
}

/// The first byte in [p, end) that may end a field value or be refused in it: anything below 0x10. May stop too early.
inline char* skip_value(char* p, char* end) {
    for (; end - p >= 8; p += 8) {
        const std::uint64_t w = load_word(p);
        const std::uint64_t low = (w - kOnes * 0x10) & ~w & kHighs;
        if (low) return p + first_flagged(low);
    }
    while (p < end && static_cast<unsigned char>(*p) >= 0x10) ++p;
    return p;
}

/// The end of the run of tchars at `p`.
inline char* skip_name(char* p, char* end) {
    while (p < end && is_tchar(*p)) ++p;
    return p;
}

/// Makes [p, end) lower case.
inline void lower_name(char* p, char* end) {
    for (; p < end; ++p)
        if (*p >= 'A' && *p <= 'Z') *p = static_cast<char>(*p | 0x20);
}

/// Each byte of text[from, to) becomes a space: how a folded line is joined.
inline void blank_out(char* text, std::uint32_t from, std::uint32_t to) { std::memset(text + from, ' ', to - from); }

}  // namespace cfgproxy::http
