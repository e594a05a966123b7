#pragma once
#include <cstdint>

namespace cfgproxy::net {

/// A point in time from which a timeout counts, in whole milliseconds: what waits for `this + timeout` on the
/// loop's clock, which is rounded down, never ends a fraction of a millisecond early.
constexpr std::uint64_t rounded_up_ms(std::uint64_t us) { return (us + 999) / 1000; }

}  // namespace cfgproxy::net
