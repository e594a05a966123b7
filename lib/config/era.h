#pragma once
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "base/release.h"

namespace cfgproxy::config {

/// Which HAProxy's defaults a configuration gets. A file means what it meant when it was written, so its era is the
/// newest release that accepts every word in it; `compat-version` in its `global` section, and above that the command
/// line's `--era`, decide instead.
struct Era {
    enum class Source : std::uint8_t {
        newest,        ///< the newest release knows every word
        word,          ///< `word`, at `place`, is what later releases refuse
        global,        ///< `compat-version` at `place`
        command_line,  ///< `--era`
    };
    base::Release release = base::kNewestRelease;
    Source source = Source::newest;
    base::Place place;
    std::string word;
    std::string_view oldest = "1.3";  ///< the first release that knows every word so far

    /// A word that only releases up to `until` accept ("2.4"; empty: all do). The first of the oldest ones decides.
    void note_word(const base::Place& where, std::string_view until, std::string_view name);
    /// A word that was new in `since`.
    void note_since(std::string_view since) {
        if (since > oldest) oldest = since;  // numbers of one digit each
    }
    /// `compat-version` in `global`; the last one counts.
    void set_by_file(base::Release value, const base::Place& where);
    void set_by_command_line(base::Release value);

    /// For `-V` and `check`: "defaults of HAProxy 2.4: later releases do not accept 'option forceclose'".
    std::string text() const;
};

}  // namespace cfgproxy::config
