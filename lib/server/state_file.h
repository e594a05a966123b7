#pragma once
#include <iosfwd>
#include <string>
#include <string_view>

#include "model/config.h"
#include "server/registry.h"

namespace cfgproxy::server {

/// Gives servers the states that `show servers state` had written to files before this process began (manual 2.6
/// section 4.2, load-server-state-from-file). Files that are not there, and lines that make no sense, count for
/// nothing, as in HAProxy. For the start of a process; a reload in place keeps states anyway.
void restore_states(const model::Config& config, const Registry::Objects& objects);

/// Where the states of `proxy`, or of all, are read from; empty: nowhere.
std::string state_path(const model::Global& global, const model::Proxy& proxy);
std::string global_state_path(const model::Global& global);
/// Whether the first line, which is taken, is one of a file that is understood.
bool has_state_version(std::istream& file);

/// One line of such a file; false if it is none.
bool read_state_line(std::string_view line, std::string_view& backend, std::string_view& server, SavedState& state);

}  // namespace cfgproxy::server
