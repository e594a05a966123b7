#include "resources.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace cfgproxy::daemon {

namespace {

// Facts of HAProxy's computation.
constexpr std::uint32_t kReserved = 10;              // standard streams, pid file and the like
constexpr std::uint32_t kPerThread = 3;              // epoll descriptor, and two for the wake-up
constexpr std::uint32_t kLeastConnections = 100;     // what is tried however few descriptors there are
constexpr std::uint64_t kMostDescriptors = 1048576;  // a computed maxconn does not count with more
constexpr double kUsableMemory = 0.97;
constexpr std::int64_t kStreamCost = 4096;  // of a stream without its two buffers, in bytes

/// Descriptors that are in use before the first connection comes.
std::uint32_t count_fixed(const model::Config& config) {
    std::uint32_t count = kReserved;
    for (const auto& proxy : config.proxies) {
        if (proxy->disabled) continue;
        count += static_cast<std::uint32_t>(proxy->binds.size());
        for (const auto& server : proxy->servers)
            if (server->check.enabled) ++count;
    }
    if (!config.global.stats_sockets.empty())
        count += static_cast<std::uint32_t>(config.global.stats_sockets.size()) + config.global.stats_max_connections;
    return count;
}

bool splices(const model::Proxy& proxy) {
    return proxy.options.splice_auto || proxy.options.splice_request || proxy.options.splice_response;
}

/// Pipes for `option splice-*`: a quarter of the connections that may use them; -1 if no limit is known yet.
std::int64_t count_pipes(const model::Config& config, std::uint32_t max_connections) {
    std::int64_t frontends = 0, backends = 0;
    bool unlimited = false;
    for (const auto& proxy : config.proxies) {
        if (!splices(*proxy)) continue;
        if (proxy->is_frontend()) {
            frontends += proxy->max_connections;
            unlimited |= proxy->max_connections == 0;
        }
        if (proxy->is_backend()) {
            std::uint32_t most = proxy->full_connections ? proxy->full_connections : max_connections;
            backends += most;
            unlimited |= most == 0;
        }
    }
    std::int64_t pipes = std::max(frontends, backends);
    if (max_connections != 0 && (pipes > max_connections || unlimited)) pipes = max_connections;
    if (max_connections == 0 && unlimited) return -1;
    return pipes >= 4 ? pipes / 4 : pipes;
}

std::uint32_t connections_for_descriptors(const model::Config& config, std::uint32_t fixed) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    std::uint64_t most = limit.rlim_max == RLIM_INFINITY ? limit.rlim_cur : std::max(limit.rlim_cur, limit.rlim_max);
    if (config.global.descriptors_limit) most = std::min<std::uint64_t>(most, config.global.descriptors_limit);
    std::int64_t left = static_cast<std::int64_t>(std::min(most, kMostDescriptors)) - fixed;
    std::int64_t pipes = count_pipes(config, 0);
    if (pipes >= 0 && pipes * 2 < left) left -= pipes * 2;
    std::int64_t connections = pipes < 0 ? 2 * left / 5 : left / 2;
    return static_cast<std::uint32_t>(std::max<std::int64_t>(connections, kLeastConnections));
}

/// The two leading digits are kept, as nobody believes in the others.
std::uint32_t round_down(std::uint32_t value) {
    std::uint32_t unit = 1;
    while (value / unit >= 100) unit *= 10;
    return value / unit * unit;
}

std::uint32_t connections_for_memory(const model::Config& config, std::int64_t megabytes) {
    double usable = static_cast<double>(megabytes) * 1048576.0 * kUsableMemory;
    double connections = usable / static_cast<double>(kStreamCost + 2 * std::int64_t{config.global.buffer_size});
    return std::max(1u, round_down(static_cast<std::uint32_t>(std::min(connections, 4e9))));
}

}  // namespace

std::uint32_t count_threads(const model::Config& config) {
    if (config.global.threads != 0) return config.global.threads;
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0)
        return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&processors)));
    return std::max(1u, std::thread::hardware_concurrency());
}

Limits compute_limits(const model::Config& config, std::int64_t memory_megabytes) {
    Limits limits;
    limits.threads = count_threads(config);
    std::uint32_t fixed = count_fixed(config) + kPerThread * limits.threads;
    limits.max_connections = config.global.max_connections;
    if (limits.max_connections == 0) {
        limits.computed = true;
        limits.max_connections = connections_for_descriptors(config, fixed);
        if (memory_megabytes > 0)
            limits.max_connections = std::min(limits.max_connections, connections_for_memory(config, memory_megabytes));
    }
    std::uint64_t sockets = fixed + 2ull * limits.max_connections +
                            2ull * static_cast<std::uint64_t>(count_pipes(config, limits.max_connections));
    limits.max_sockets = static_cast<std::uint32_t>(std::min<std::uint64_t>(sockets, UINT32_MAX));
    limits.descriptors = config.global.ulimit_n ? config.global.ulimit_n : limits.max_sockets;
    limits.most_descriptors = config.global.descriptors_limit;
    limits.strict = config.global.strict_limits;
    return limits;
}

base::Result<void> raise_descriptors(Limits& limits) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t most = limits.most_descriptors ? limits.most_descriptors : RLIM_INFINITY;
    const std::uint32_t asked = limits.descriptors;
    const rlimit wanted{asked, std::max<rlim_t>(limit.rlim_max, asked)};
    if (asked <= most && (limit.rlim_cur >= asked || setrlimit(RLIMIT_NOFILE, &wanted) == 0)) return {};
    rlim_t granted = std::min(limit.rlim_cur, most);
    if (!limits.strict) {
        const rlimit possible{std::max(limit.rlim_cur, std::min(limit.rlim_max, most)), limit.rlim_max};
        setrlimit(RLIMIT_NOFILE, &possible);
        getrlimit(RLIMIT_NOFILE, &limit);
        granted = limit.rlim_cur;
        limits.descriptors = static_cast<std::uint32_t>(granted);
    }
    return base::Error{fmt::format("Cannot raise FD limit to {}, limit is {}.", asked, granted)};
}

base::Result<void> limit_memory(std::int64_t megabytes) {
    if (megabytes <= 0) return {};
    const rlim_t bytes = static_cast<rlim_t>(megabytes) * 1048576;
    const rlimit wanted{bytes, bytes};
    if (setrlimit(RLIMIT_DATA, &wanted) == 0) return {};
    return base::Error{fmt::format("Cannot fix MEM limit to {} megs.", megabytes)};
}

base::Result<void> allow_core_files() {
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &unlimited) != 0) return base::Error{"Failed to set the raise the maximum file size."};
    if (setrlimit(RLIMIT_CORE, &unlimited) != 0) return base::Error{"Failed to set the raise the core dump size."};
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // the change of user took that away
    return {};
}

base::Result<void> check_descriptors(const Limits& limits) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= limits.max_sockets) return {};
    return base::Error{
        fmt::format("FD limit ({}) too low for maxconn={}/maxsock={}. Please raise 'ulimit-n' to {} or more "
                    "to avoid any trouble.",
                    limit.rlim_cur, limits.max_connections, limits.max_sockets, limits.max_sockets)};
}

}  // namespace cfgproxy::daemon
