#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::config {

/// A configuration file in canonical indentation: sections and `.if` lines at the margin, statements four blanks in,
/// continued lines eight; no blanks at the ends of lines. A comment stands like the line that it is about: the next
/// statement, or the section it ends. Nothing else changes: neither words nor what is between them, nor the order of
/// anything, nor blank lines, nor line ends. Tidying twice is tidying once.
std::string tidy(std::string_view bytes);

}  // namespace cfgproxy::config
