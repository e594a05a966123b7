#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "options.h"

namespace cfgproxy::daemon {

/// What `show` asks for, line feed at the end. Called `haproxy` (by a link of that name) the program begins with
/// "HAProxy version 3.4.0-...", since tools read that line; else with its own version.
std::string version_text(Show show, std::string_view program_name);

/// The names behind a '+' in the feature list of -vv: what `feature(NAME)` in conditions knows.
std::vector<std::string> features();

/// The pollers that libevent has here and the one it will use, as -vv and -V show them. Looks at the environment
/// (EVENT_NOEPOLL and its kin), which -de and -dp set.
std::string pollers_text();
/// "epoll", "poll" or "select".
std::string chosen_poller();

/// The filters, as -vv and -V show them.
std::string filters_text();

}  // namespace cfgproxy::daemon
