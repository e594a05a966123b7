#pragma once
#include <string>
#include <vector>

#include "stream/env.h"

namespace cfgproxy::engine {

/// The counters of everything that bears a GUID, as `dump stats-file` prints them (management.txt 9.4): columns named
/// as in statistics, of frontends and listeners first, then of servers and backends.
std::string dump_counters(const stream::Generation& generation);

/// Begins with what such a file says, before any thread counts (`stats-file`). Gives a sentence for each thing in it
/// that makes no sense; GUIDs and columns that are unknown are none of our business.
std::vector<std::string> load_counters(const std::string& path, const stream::Generation& generation);

}  // namespace cfgproxy::engine
