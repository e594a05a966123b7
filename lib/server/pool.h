#pragma once
#include <atomic>
#include <cstdint>

#include "base/list.h"

namespace cfgproxy::server {

/// A server connection without a stream, kept for the next one. Thread-owned; implemented by the protocol's endpoint.
class IdleConnection {
  public:
    virtual ~IdleConnection() = default;
    /// Close it and let it go.
    virtual void discard() = 0;

    base::Link idle_link;
    std::uint64_t idle_since_ms = 0;
    bool proven = false;  ///< has carried more than one request: safe for the first request of a client
};

/// One thread's idle connections to one server, the freshest first. `proven` ones are apart, as http-reuse safe needs
/// them.
struct IdlePool {
    base::List<IdleConnection, &IdleConnection::idle_link> fresh, proven;
    /// Not idle, but with room for another stream (HTTP/2).
    base::List<IdleConnection, &IdleConnection::idle_link> shared;
    std::atomic<std::uint32_t> fresh_count{0},
        proven_count{0};  ///< changed by the owner, read by threads that look for one
};

}  // namespace cfgproxy::server
