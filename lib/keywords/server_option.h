#pragma once
#include <string>
#include <string_view>

#include "keywords/setters.h"

// What the files of options of `server` lines share.
namespace cfgproxy::keywords {

/// Reads the options of a `server` or `default-server` line into parser.server (and full_server). False after an alert.
bool read_server_options(Parser& parser, std::span<const config::Word> words);

inline std::string option_name(Parser& parser) { return quoted(parser.option_arg(0)); }

/// About the option that is being read.
inline void complain(Parser& parser, std::string text) {
    parser.complain(parser.option_words().back(), std::move(text));
}

/// Whether the option has no value; reports then that it expects `what`.
inline bool lacks_value(Parser& parser, std::string_view what) {
    if (!parser.option_arg(1).empty()) return false;
    complain(parser, option_name(parser) + " expects " + std::string(what));
    return true;
}

}  // namespace cfgproxy::keywords
