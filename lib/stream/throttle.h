#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "server/held_entry.h"

namespace cfgproxy::model {
struct BandwidthLimit;
}

namespace cfgproxy::stream {

/// How many bytes of one direction may pass now: `limit` in each period, counted over a sliding period as HAProxy's
/// frequency counters do it. The bytes of one stream, or those of all streams that hold the same entry of a stick
/// table: these share what is left equally. One per limit of a stream. Thread-owned.
class Throttle {
  public:
    Throttle(std::uint64_t limit, std::int64_t period_ms, std::uint32_t min_size)
        : limit_(limit), period_ms_(static_cast<std::uint64_t>(std::max<std::int64_t>(1, period_ms))), min_(min_size) {}
    /// `counted` is the rate of the entry that says what has passed.
    Throttle(std::uint64_t limit, std::uint32_t min_size, server::HeldEntry entry, model::StickData counted)
        : limit_(limit),
          period_ms_(std::max<std::uint32_t>(1, entry.table().period(counted))),
          min_(min_size),
          shared_(std::move(entry)),
          counted_(counted) {}

    /// How many of `wanted` bytes may pass at `now_ms`; 0: none before ready_at().
    std::uint64_t allowance(std::uint64_t now_ms, std::uint64_t wanted) {
        if (now_ms < ready_at_ || wanted == 0) return 0;
        asked_at_ = now_ms;
        users_ = shared_ ? std::max<std::uint32_t>(1, shared_.table().holders(shared_.entry())) : 1;
        const std::uint64_t used = passed_lately(now_ms);
        const std::uint64_t free = used >= limit_ ? 0 : limit_ - used;
        share_ = (free + users_ - 1) / users_;
        if (share_ >= wanted) return wanted;
        const std::uint64_t least = std::clamp<std::uint64_t>(min_, 1, std::max<std::uint64_t>(1, limit_));
        if (share_ >= least) {
            ready_at_ = now_ms + 1;
            return share_;
        }
        if (free >= least) return std::min(least, wanted);  // a burst, for which passed() takes time
        // What the fading of the last period, or the next one, will make room for.
        ready_at_ = now_ms + time_of(least);
        return 0;
    }
    void passed(std::uint64_t bytes) {
        if (shared_)
            shared_.table().add(shared_.entry(), counted_, bytes);
        else
            current_ += bytes;
        if (bytes > share_) ready_at_ = asked_at_ + time_of(bytes - share_);
    }
    std::uint64_t ready_at() const { return ready_at_; }

    const model::BandwidthLimit* filter = nullptr;  ///< whose limit it is
    bool behind_compression = false;                ///< counts compressed payload, if it is compressed

  private:
    /// How long it takes until each user may have so many bytes more.
    std::uint64_t time_of(std::uint64_t bytes) const {
        return std::clamp<std::uint64_t>(bytes * period_ms_ * users_ / std::max<std::uint64_t>(1, limit_), 1,
                                         period_ms_ * users_);
    }
    std::uint64_t passed_lately(std::uint64_t now_ms) {
        if (shared_) return shared_.table().read(shared_.entry(), counted_).value_or(0);
        turn(now_ms);
        const std::uint64_t left_of_period = period_ms_ - (now_ms - period_begin_);
        return current_ + previous_ * left_of_period / period_ms_;
    }
    void turn(std::uint64_t now_ms) {
        if (period_begin_ == 0) period_begin_ = now_ms;
        const std::uint64_t periods = (now_ms - period_begin_) / period_ms_;
        if (periods == 0) return;
        previous_ = periods == 1 ? current_ : 0;
        current_ = 0;
        period_begin_ += periods * period_ms_;
    }

    std::uint64_t limit_, period_ms_, min_;
    std::uint64_t period_begin_ = 0, current_ = 0, previous_ = 0;  // of a stream's own limit
    std::uint64_t ready_at_ = 0, asked_at_ = 0, users_ = 1, share_ = 0;
    server::HeldEntry shared_;
    model::StickData counted_{};
};

}  // namespace cfgproxy::stream
