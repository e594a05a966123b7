#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cfgproxy::control {

/// The end of the first command in `input`: the place of its line feed, or of a semicolon that no backslash
/// protects; npos while it is not complete. In a payload only line feeds count.
std::size_t find_end_of_command(std::string_view input, bool in_payload);

/// The words of a line: separated by blanks and tabs, a backslash protects the character behind it and vanishes. At
/// most 64, the rest is ignored. `storage` holds them.
std::vector<std::string_view> split_words(std::string_view line, std::string& storage);

/// Whether a line asks for a payload: it ends with "<<".
bool asks_for_payload(std::string_view line);

}  // namespace cfgproxy::control
