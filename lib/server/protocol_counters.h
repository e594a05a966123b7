#pragma once
#include <array>
#include <memory>

#include "server/counters.h"

namespace cfgproxy::server {

/// What the connections of one proxy in `mode http` count about the protocol that they speak: the columns h1_* and
/// h2_*. What is open now is the difference of sums, since a connection may end on another thread than it began. One
/// per thread.
struct ProtocolCounters {
    Counter h1_connections, h1_connections_ended, h1_streams, h1_streams_ended;
    Counter h1_bytes_in, h1_bytes_out;      ///< received and sent, but for those that were spliced
    Counter h1_spliced_in, h1_spliced_out;  ///< moved inside the kernel
    Counter h2_connections, h2_connections_ended, h2_streams, h2_streams_ended;
    std::array<Counter, 9> h2_events;  ///< by http::H2Event
};
using ThreadProtocolCounters = PerThread<ProtocolCounters>;

}  // namespace cfgproxy::server
