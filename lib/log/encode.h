#pragma once
#include <string>
#include <string_view>

#include "log/format.h"

namespace cfgproxy::log {

/// How many bytes at the front of `text` need no encoding.
std::size_t clean_length(std::string_view text, Encoding encoding);

/// As the function of format.h, for text that no item's flags touch.
void append_encoded(std::string& out, std::string_view text, Encoding encoding);

/// What may not stand in a header value as %XX.
void append_percent(std::string& out, std::string_view text, bool escape);

}  // namespace cfgproxy::log
