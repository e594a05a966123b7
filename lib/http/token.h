#pragma once

namespace cfgproxy::http {

/// What a byte of a field name leaves as: its lower case, or 0 if it is no tchar (RFC 9110 section 5.6.2).
struct NameBytes {
    char to[256] = {};

    consteval NameBytes() {
        for (int c = '0'; c <= '9'; ++c) to[c] = static_cast<char>(c);
        for (int c = 'a'; c <= 'z'; ++c) to[c] = to[c - 'a' + 'A'] = static_cast<char>(c);
        for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
            to[static_cast<unsigned char>(c)] = c;
    }
};
inline constexpr NameBytes kNameBytes;

/// Whether a byte may stand in a token: a method, a field's name.
constexpr bool is_tchar(char c) { return kNameBytes.to[static_cast<unsigned char>(c)] != 0; }

}  // namespace cfgproxy::http
