#include "config/era.h"

namespace cfgproxy::config {

void Era::note_word(const base::Place& where, std::string_view until, std::string_view name) {
    if (until.empty() || source == Source::global || source == Source::command_line) return;
    const auto last = base::parse_release(until);
    if (!last || *last >= release) return;
    release = *last;
    source = Source::word;
    place = where;
    word = name;
}

void Era::set_by_file(base::Release value, const base::Place& where) {
    if (source == Source::command_line) return;
    release = value;
    source = Source::global;
    place = where;
    word = "compat-version";
}

void Era::set_by_command_line(base::Release value) {
    release = value;
    source = Source::command_line;
    place = {};
    word = "--era";
}

std::string Era::text() const {
    const std::string defaults = "defaults of HAProxy " + release.text();
    switch (source) {
        case Source::word:
            return defaults + ": later releases do not accept '" + word + "'";
        case Source::global:
            return defaults + ": 'compat-version' says so";
        case Source::command_line:
            return defaults + ": '--era' says so";
        default:
            return defaults + ": it accepts every word";
    }
}

}  // namespace cfgproxy::config
