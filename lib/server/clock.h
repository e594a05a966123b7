#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace cfgproxy::server {

/// Time as state changes see it: `last_change`, downtime and slowstart count in whole seconds. Any thread.
class Clock {
  public:
    /// Monotonic.
    static std::uint64_t now_ms() {
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                              std::chrono::steady_clock::now().time_since_epoch())
                                              .count()) +
               skipped_ms_.load(std::memory_order_relaxed);
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
    static inline std::atomic<std::uint64_t> skipped_ms_{0};
};

}  // namespace cfgproxy::server
