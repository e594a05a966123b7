#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/outline.h"
#include "config/reader.h"

namespace cfgproxy::config {

/// A kind of mistake, known by HAProxy's words for it. Codes and names never change their meaning: people put them
/// into the settings of other tools.
struct Mistake {
    std::string_view code;      ///< "CFG201"
    std::string_view name;      ///< "unknown-acl"
    std::string_view fragment;  ///< stands in the message; the wrong word follows between quotes, if it does not end so
    Names names = Names::none;
    std::string_view about = {};  ///< what is wrong in general, for lists of rules
    std::string_view also = {};   ///< must stand in the message, too
};
std::span<const Mistake> all_mistakes();

/// One message, prepared for people and tools.
struct Finding {
    enum class Kind : std::uint8_t {
        error,    ///< of the file's language
        pending,  ///< right, but not executed by this program yet
        warning,  ///< HAProxy warns too
        note,     ///< advice that was asked for
    };
    Kind kind = Kind::error;
    const Mistake* mistake = nullptr;
    base::Place place;     ///< narrowed to the word at fault where it can be found; line 0: of no line
    std::string text;      ///< without "parsing [file:line] : "
    std::string meant;     ///< the known word nearest to the wrong one; may be empty
    std::string expected;  ///< the form of the statement: "balance <algorithm> [<arguments>]"; may be empty
    std::string advice;    ///< anything else that the hint says
};
std::string_view name_of(Finding::Kind kind);  ///< "error", "not executed yet", "warning", "note"

/// All messages of a load, by file and line.
std::vector<Finding> find_all(Loaded& loaded);

}  // namespace cfgproxy::config
