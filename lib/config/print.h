#pragma once
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "config/source.h"

namespace cfgproxy::config {

/// How diagnostics are shown.
struct PrintOptions {
    long pid = 0;
    std::string version;      ///< for the NOTICE lines that HAProxy puts before its first warning or alert
    std::string executable;   ///< path of the program, for the same; empty: that line is left out
    bool terminal = false;    ///< below each message stand the source line, a caret and the hint
    std::size_t width = 100;  ///< columns of the terminal
    bool aborted = false;     ///< Statements::aborted(): HAProxy ends without its closing line then
};

/// All messages, laid out as HAProxy 2.6 prints them on stderr, in this order: those of reading, by file and line, each
/// file with an alert closed by "Error(s) found in configuration file : NAME"; those of the checks afterwards; "Fatal
/// errors found in configuration.". Sorts the diagnostics. To be called once, when loading has ended.
std::string print_diagnostics(base::Diagnostics& diagnostics, const Source& source, const PrintOptions& options);

/// One message in the same layout, line feed included: `[ALERT]    (pid) : config : text`.
std::string print_message(base::Severity severity, long pid, std::string_view text);

/// The raw line of `place` with a caret under what `place` covers, two lines, or nothing if there is no such line.
/// Tabs become spaces, a line wider than `width` columns is cut around the caret, invalid bytes show as '?'.
std::string print_caret(const base::Place& place, const Source& source, std::size_t width);

}  // namespace cfgproxy::config
