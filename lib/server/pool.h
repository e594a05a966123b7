#pragma once
#include <array>
#include <atomic>
#include <cstddef>
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

/// How many connections a thread keeps, in a few classes of their kinds (hashes of what they were opened for): other
/// threads see without a lock where one of a kind may be. "None" is right when it is read; "some" has to be asked.
/// Changed by the owner alone.
class KeptKinds {
  public:
    void add(std::uint32_t kind) { of(kind).fetch_add(1, std::memory_order_relaxed); }
    void remove(std::uint32_t kind) { of(kind).fetch_sub(1, std::memory_order_relaxed); }
    bool may_have(std::uint32_t kind) const { return of(kind).load(std::memory_order_relaxed) > 0; }
    bool any() const {
        for (std::uint32_t kind = 0; kind < counts_.size(); ++kind)
            if (may_have(kind)) return true;
        return false;
    }

  private:
    std::atomic<std::uint32_t>& of(std::uint32_t kind) { return counts_[kind % counts_.size()]; }
    const std::atomic<std::uint32_t>& of(std::uint32_t kind) const { return counts_[kind % counts_.size()]; }
    std::array<std::atomic<std::uint32_t>, 8> counts_{};
};

/// One thread's idle connections to one server, the freshest first. `proven` ones are apart, as http-reuse safe needs
/// them.
struct IdlePool {
    base::List<IdleConnection, &IdleConnection::idle_link> fresh, proven;
    /// Not idle, but with room for another stream (HTTP/2).
    base::List<IdleConnection, &IdleConnection::idle_link> shared;
    KeptKinds fresh_kinds, proven_kinds;  ///< of those that can go to another thread
};

}  // namespace cfgproxy::server
