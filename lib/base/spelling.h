#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::base {

/// A word in the apostrophes that messages have around what they cite.
inline std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// A word as people write it in a file: in double quotes where it holds blanks or what else a file gives a meaning to.
inline std::string spelled_word(std::string_view text) {
    if (!text.empty() && text.find_first_of(" \t#'\"\\") == std::string_view::npos) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\' || c == '$') out += '\\';
        out += c;
    }
    return out += '"';
}

}  // namespace cfgproxy::base
