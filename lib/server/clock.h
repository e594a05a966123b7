#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "net/turn_clock.h"

namespace cfgproxy::server {

/// Time as state changes see it: `last_change`, downtime and slowstart count in whole seconds. Any thread.
class Clock {
  public:
    /// Monotonic. In a loop's turn: when that began, so that two threads may differ by the length of one.
    static std::uint64_t now_ms() {
        const std::uint64_t turn = net::TurnClock::now_ms();
        return (turn ? turn : steady_ms()) + skipped_ms_.load(std::memory_order_relaxed);
    }
    /// Seconds since 1970.
    static std::uint64_t wall_s() {
        auto now = std::chrono::system_clock::now().time_since_epoch();
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()) +
               skipped_ms_.load(std::memory_order_relaxed) / 1000;
    }
    /// For tests: `ms` pass at once.
    static void skip(std::uint64_t ms) { skipped_ms_.fetch_add(ms, std::memory_order_relaxed); }

  private:
    static std::uint64_t steady_ms() {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    }
    static inline std::atomic<std::uint64_t> skipped_ms_{0};
};

}  // namespace cfgproxy::server
