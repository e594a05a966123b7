#pragma once
#include <atomic>
#include <cstdint>
#include <string>

#include "model/proxy.h"
#include "server/protocol_counters.h"

namespace cfgproxy::server {

/// Running state of one `bind` line, for statistics with `option socket-stats`.
struct ListenerState {
    Gauge connections;
    PerThread<TrafficCounters> traffic;
    explicit ListenerState(std::uint32_t threads) : traffic(threads) {}
};

/// Running state of one frontend: found by name, lives on through reloads. Shared: any thread.
struct Frontend {
    Frontend(const model::Proxy& config, std::uint32_t threads)
        : name(config.name), config(&config), traffic(threads), protocols(threads) {}

    std::string name;
    std::atomic<const model::Proxy*> config;
    Gauge connections;  ///< scur smax
    Rate session_rate, connection_rate, request_rate;
    std::atomic<std::uint32_t> session_rate_max{0}, connection_rate_max{0}, request_rate_max{0};
    PerThread<TrafficCounters> traffic;
    ThreadProtocolCounters protocols;
    std::atomic<std::uint32_t> max_connections{0};  ///< limit in force (`set maxconn frontend`)
    std::atomic<std::uint32_t> log_count{0};        ///< lines about its streams so far (%lc)
    std::atomic<bool> stopped{false}, paused{false};
};

}  // namespace cfgproxy::server
