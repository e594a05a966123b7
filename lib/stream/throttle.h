#pragma once
#include <algorithm>
#include <cstdint>

namespace cfgproxy::stream {

/// How many bytes of one direction may pass now: `limit` in each `period_ms`, counted over a sliding period as
/// HAProxy's frequency counters do it. One per limited direction of a stream. Thread-owned.
class Throttle {
  public:
    Throttle(std::uint64_t limit, std::int64_t period_ms, std::uint32_t min_size)
        : limit_(limit), period_ms_(static_cast<std::uint64_t>(std::max<std::int64_t>(1, period_ms))), min_(min_size) {}

    /// Bytes that may pass at `now_ms`; 0: none before ready_at().
    std::uint64_t allowance(std::uint64_t now_ms) {
        turn(now_ms);
        const std::uint64_t left_of_period = period_ms_ - (now_ms - period_begin_);
        const std::uint64_t counted = current_ + previous_ * left_of_period / period_ms_;
        const std::uint64_t free = counted >= limit_ ? 0 : limit_ - counted;
        if (free > 0 && free >= min_) return free;
        // What the fading of the last period, or the next one, will make room for.
        const std::uint64_t wanted = std::max<std::uint64_t>(1, min_);
        ready_at_ =
            now_ms + std::clamp<std::uint64_t>(wanted * period_ms_ / std::max<std::uint64_t>(1, limit_), 1, period_ms_);
        return 0;
    }
    void passed(std::uint64_t bytes) { current_ += bytes; }
    std::uint64_t ready_at() const { return ready_at_; }

  private:
    void turn(std::uint64_t now_ms) {
        if (period_begin_ == 0) period_begin_ = now_ms;
        const std::uint64_t periods = (now_ms - period_begin_) / period_ms_;
        if (periods == 0) return;
        previous_ = periods == 1 ? current_ : 0;
        current_ = 0;
        period_begin_ += periods * period_ms_;
    }

    std::uint64_t limit_, period_ms_, min_;
    std::uint64_t period_begin_ = 0, current_ = 0, previous_ = 0, ready_at_ = 0;
};

}  // namespace cfgproxy::stream
