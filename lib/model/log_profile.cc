#include "model/log_profile.h"

namespace cfgproxy::model {

const LogStep* LogProfile::find(LogOrigin origin, bool failed) const {
    const bool is_rule = origin >= LogOrigin::tcp_req_conn;
    const bool is_error = origin == LogOrigin::error || origin == LogOrigin::killed;
    if ((is_error || (is_rule && failed)) && error) return &*error;
    if (const auto found = steps.find(origin); found != steps.end()) return &found->second;
    return any ? &*any : nullptr;
}

/// As HAProxy counts: ranges are in order and do not overlap, so a line is in at most one of them.
bool LogSample::takes_next() const {
    if (ranges.empty()) return true;
    std::uint32_t number = position.next.load(std::memory_order_relaxed);
    while (!position.next.compare_exchange_weak(number, (number + 1) % size, std::memory_order_relaxed)) {
    }
    for (const Range& range : ranges)
        if (range.low <= number + 1 && number + 1 <= range.high) return true;
    return false;
}

}  // namespace cfgproxy::model
