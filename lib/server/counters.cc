#include "server/counters.h"

namespace cfgproxy::server {

constexpr std::int64_t kPeriodMs = 1000;

std::uint32_t Rate::add(std::uint64_t now_ms, std::uint32_t n) {
    for (;;) {
        std::uint64_t began = second_.load(std::memory_order_acquire);
        if (static_cast<std::int64_t>(now_ms - (began & ~kTurning)) < kPeriodMs)
            return current_.fetch_add(n, std::memory_order_relaxed) + n;
        if (began & kTurning) continue;
        if (second_.compare_exchange_weak(began, began | kTurning, std::memory_order_acq_rel))
            return turn(now_ms, began, n);
    }
}

/// The caller has marked `second_` as turning: it alone moves the counts.
std::uint32_t Rate::turn(std::uint64_t now_ms, std::uint64_t began, std::uint32_t n) {
    std::uint32_t over = current_.exchange(n, std::memory_order_relaxed);
    began += kPeriodMs;
    const bool missed_one = static_cast<std::int64_t>(now_ms - began) >= kPeriodMs;
    previous_.store(missed_one ? 0 : over, std::memory_order_relaxed);
    second_.store(missed_one ? now_ms : began, std::memory_order_release);
    return n;
}

/// Events of the last second in thousandths. `steady`: a lone event is not made to fade, so that a rate of one does
/// not flap between 0 and 1.
std::uint64_t Rate::total(std::uint64_t now_ms, std::uint32_t pending, bool steady) const {
    std::uint64_t began = 0, current = 0, previous = 0;
    for (;;) {
        began = second_.load(std::memory_order_acquire);
        current = current_.load(std::memory_order_acquire);
        previous = previous_.load(std::memory_order_acquire);
        if (!(began & kTurning) && second_.load(std::memory_order_acquire) == began) break;
    }
    std::int64_t remain = static_cast<std::int64_t>(began + kPeriodMs - now_ms);
    if (remain < 0) {
        remain += kPeriodMs;
        previous = remain >= 0 ? current : 0;
        current = 0;
        if (remain < 0) remain = 0;
    }
    if (steady && current == 0 && previous <= 1) return previous * kPeriodMs;
    return previous * static_cast<std::uint64_t>(remain) + (current + pending) * kPeriodMs;
}

std::uint32_t Rate::per_second(std::uint64_t now_ms) const {
    return static_cast<std::uint32_t>(total(now_ms, 0, true) / kPeriodMs);
}

std::uint32_t Rate::remaining(std::uint64_t now_ms, std::uint32_t limit, std::uint32_t pending) const {
    const std::uint64_t rate = total(now_ms, pending, false) / kPeriodMs;
    return rate >= limit ? 0 : static_cast<std::uint32_t>(limit - rate);
}

void SlidingMean::add(std::uint32_t ms) {
    const bool full = count_.load(std::memory_order_relaxed) >= kWindow;
    if (!full) count_.fetch_add(1, std::memory_order_relaxed);
    std::uint32_t sum = sum_.load(std::memory_order_relaxed);
    std::uint32_t next = 0;
    do {
        next = sum - (full ? (sum + kWindow - 1) / kWindow : 0) + ms;
    } while (!sum_.compare_exchange_weak(sum, next, std::memory_order_relaxed));
    raise_max(max_, ms);
}

std::uint32_t SlidingMean::mean() const {
    const std::uint32_t count = count_.load(std::memory_order_relaxed);
    const std::uint32_t window = count == 0 || count > kWindow ? kWindow : count;
    return (sum_.load(std::memory_order_relaxed) + window - 1) / window;
}

}  // namespace cfgproxy::server
