#pragma once
#include <cstdint>

#include "base/result.h"
#include "messages.h"
#include "model/config.h"

namespace cfgproxy::daemon {

/// How many connections and descriptors the process counts with (management manual, section 5).
struct Limits {
    std::uint32_t threads = 1;
    std::uint32_t max_connections = 0;   ///< of the process
    std::uint32_t max_sockets = 0;       ///< descriptors that these connections, the listeners and the checks may need
    std::uint32_t descriptors = 0;       ///< RLIMIT_NOFILE that is asked for: `ulimit-n`, or max_sockets
    std::uint32_t most_descriptors = 0;  ///< fd-hard-limit; 0: the system's
    bool strict = true;                  ///< what the system does not grant ends the program
    bool computed = false;               ///< no file and no -n gave max_connections
};

/// The threads that will run: `nbthread`, or the processors that this process may use.
std::uint32_t count_threads(const model::Config& config);

/// From the configuration (with -n already in its global.max_connections), the memory limit of -m (0: none), and
/// RLIMIT_NOFILE as it is when this is called, by HAProxy's formulas.
Limits compute_limits(const model::Config& config, std::int64_t memory_megabytes);

/// Raises RLIMIT_NOFILE if need be. The error is the text of an alert; if that does not end the program, as many as can
/// be had have been taken, and `limits.descriptors` tells how many.
base::Result<void> raise_descriptors(Limits& limits);

/// -m: RLIMIT_DATA; 0: none. The error is an alert's text.
base::Result<void> limit_memory(std::int64_t megabytes);

/// set-dumpable: core files of any size, even where the user has changed. Errors are alerts' texts.
base::Result<void> allow_core_files();

/// After setuid: whether the descriptors that were granted are enough. The error is an alert's text.
base::Result<void> check_descriptors(const Limits& limits);

}  // namespace cfgproxy::daemon
