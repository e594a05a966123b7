#include "server/check_schedule.h"

#include <algorithm>
#include <random>

namespace cfgproxy::server {

std::uint32_t check_interval(const Server& server) {
    const model::CheckSettings& settings = server.config().check;
    const CheckReport report = server.check();
    if (report.health == report.rise + report.fall - 1 && !server.in_a_hurry()) return settings.inter_ms;
    const bool down = server.health() == Health::down && report.health == 0;
    const std::uint32_t wanted = down ? settings.down_inter_ms : settings.fast_inter_ms;
    return wanted ? wanted : settings.inter_ms;
}

std::uint64_t spread_wait(std::uint32_t interval, std::uint32_t percent) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const std::int64_t wait = interval;
    std::int64_t spread = wait * percent / 100;
    if (spread > 0) spread = std::uniform_int_distribution<std::int64_t>(-spread, spread)(random);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(wait + spread, 1));
}

}  // namespace cfgproxy::server
