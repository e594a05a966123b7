#pragma once
#include "stream/env.h"

namespace cfgproxy::control {

/// `clear counters`: forgets the maxima (`smax`, `rate_max`, `qtime_max`...); with `all` every total as well. Counting
/// goes on meanwhile on all threads: what is counted at this very moment may survive.
void clear_counters(const stream::Generation& generation, stream::Process& process, bool all);

}  // namespace cfgproxy::control
