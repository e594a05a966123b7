#include "net/tls_counters.h"

#include <ctime>

namespace cfgproxy::net {

void TlsRate::add(std::uint64_t now_ms) {
    const std::uint64_t second = now_ms / 1000;
    Slot& slot = slots_[second % 2];
    std::uint64_t seen = slot.second.load(std::memory_order_relaxed);
    if (seen != second && slot.second.compare_exchange_strong(seen, second, std::memory_order_relaxed))
        slot.count.store(0, std::memory_order_relaxed);
    slot.count.fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t rate = per_second(now_ms);
    std::uint32_t most = greatest_.load(std::memory_order_relaxed);
    while (rate > most && !greatest_.compare_exchange_weak(most, rate, std::memory_order_relaxed)) {
    }
}

std::uint32_t TlsRate::per_second(std::uint64_t now_ms) const {
    const std::uint64_t second = now_ms / 1000;
    const auto count = [this](std::uint64_t of) -> std::uint32_t {
        const Slot& slot = slots_[of % 2];
        return slot.second.load(std::memory_order_relaxed) == of ? slot.count.load(std::memory_order_relaxed) : 0;
    };
    const std::uint64_t left = 1000 - now_ms % 1000;
    return count(second) + static_cast<std::uint32_t>(count(second - 1) * left / 1000);
}

TlsCounters& TlsCounters::of_process() {
    static TlsCounters counters;
    return counters;
}

std::uint64_t TlsCounters::clock_ms() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_nsec) / 1000000;
}

void TlsCounters::note(bool with_client, bool resumed) {
    if (!resumed) (with_client ? client_keys : server_keys).add(clock_ms());
}

}  // namespace cfgproxy::net
