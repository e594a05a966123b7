#pragma once
#include <cstdint>

namespace cfgproxy::net {

/// The time of the loop's turn that the calling thread is in, for code that knows no loop: asking costs nothing.
class TurnClock {
  public:
    /// Monotonic; 0: the thread is in no turn, or nobody has read the clock in this one yet.
    static std::uint64_t now_ms() { return now_ms_; }

  private:
    friend class Loop;
    static inline constinit thread_local std::uint64_t now_ms_ = 0;
};

}  // namespace cfgproxy::net
