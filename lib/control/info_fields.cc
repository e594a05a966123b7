#include "control/info_fields.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <mutex>

#include "base/version.h"
#include "http/compress.h"
#include "log/ring.h"
#include "net/tls_counters.h"
#include "net/tls_tickets.h"
#include "server/frontend.h"

namespace cfgproxy::control {
namespace {

using Source = InfoSource;
constexpr std::uint64_t kMegabyte = 1048576;

template <std::uint32_t Number>
Value constant(const Source&) {
    return Value::u32(Number);
}
constexpr auto zero = constant<0>;

// --- TLS ------------------------------------------------------------------------------------------------------

net::TlsCounters& tls() { return net::TlsCounters::of_process(); }
template <net::TlsRate net::TlsCounters::*Rate>
Value tls_rate(const Source&) {
    return Value::u32((tls().*Rate).per_second(net::TlsCounters::clock_ms()));
}
template <net::TlsRate net::TlsCounters::*Rate>
Value tls_greatest(const Source&) {
    return Value::u32((tls().*Rate).greatest());
}
Value tls_now(const Source&) { return Value::u32(tls().now.load()); }
Value tls_all(const Source&) { return Value::u32(static_cast<std::uint32_t>(tls().all.load())); }
Value tls_reuse(const Source&) {
    const std::uint64_t now = net::TlsCounters::clock_ms();
    const std::uint32_t sessions = tls().sessions.per_second(now), keys = tls().client_keys.per_second(now);
    return Value::u32(sessions > keys ? 100 * (sessions - keys) / sessions : 0);
}
Value tls_lookups(const Source&) {
    return Value::u32(static_cast<std::uint32_t>(net::SessionCache::of_process().lookups()));
}
Value tls_misses(const Source&) {
    return Value::u32(static_cast<std::uint32_t>(net::SessionCache::of_process().misses()));
}

Value name(const Source&) { return Value::str("HAProxy"); }
Value version(const Source& s) {
    return Value::str(s.process.program_version.empty() ? base::kShownVersion : s.process.program_version);
}
Value release_date(const Source&) { return Value::str(base::kReleaseDate); }
Value threads(const Source& s) { return Value::u32(s.process.threads); }
Value pid(const Source& s) { return Value::u32(s.process.pid); }

double uptime(const Source& s) {
    return static_cast<double>(s.env.loop.wall_us() - s.process.start_wall_us) / 1000000.0;
}
Value seconds(const Source& s, double value) {
    return s.precise ? Value::real(value) : Value::u32(static_cast<std::uint64_t>(value));
}
Value uptime_string(const Source& s) { return Value::str(uptime_text(static_cast<std::uint64_t>(uptime(s)))); }
Value uptime_seconds(const Source& s) { return seconds(s, uptime(s)); }
Value start_time(const Source& s) { return seconds(s, static_cast<double>(s.process.start_wall_us) / 1000000.0); }

Value memory_allocated(const Source&) {
    const auto info = mallinfo2();
    return Value::u64(info.arena + info.hblkhd);
}
Value memory_used(const Source&) {
    const auto info = mallinfo2();
    return Value::u64(info.uordblks + info.hblkhd);
}
Value memory_allocated_mb(const Source& s) { return Value::u32(memory_allocated(s).number / kMegabyte); }
Value memory_used_mb(const Source& s) { return Value::u32(memory_used(s).number / kMegabyte); }

Value descriptors(const Source& s) { return Value::u32(file_limit(s.process)); }
Value max_sockets(const Source& s) { return Value::u32(socket_limit(s.process)); }
Value connection_limit(const Source& s) { return Value::u32(s.process.max_connections.load()); }
Value hard_connection_limit(const Source& s) {
    const std::uint32_t written = s.generation.config->global.max_connections;
    return Value::u32(written ? written : s.process.max_connections.load());
}
Value connections(const Source& s) { return Value::u32(s.process.connections.get()); }
Value total_connections(const Source& s) { return Value::u32(s.process.total_connections.load()); }
Value total_requests(const Source& s) { return Value::u32(s.process.requests.load()); }
Value rate(const Source& s, const server::Rate& rate) {
    const std::uint32_t n = rate.per_second(s.env.loop.now_ms());
    return s.precise ? Value::real(n) : Value::u32(n);
}
Value connection_rate(const Source& s) { return rate(s, s.process.connection_rate); }
Value session_rate(const Source& s) { return rate(s, s.process.session_rate); }
template <std::atomic<std::uint32_t> stream::Process::*Limit>
Value rate_limit(const Source& s) {
    return Value::u32((s.process.*Limit).load());
}
template <server::Rate stream::Process::*Rate>
Value process_rate(const Source& s) {
    return rate(s, s.process.*Rate);
}
Value tls_limit(const Source& s) { return Value::u32(s.generation.config->global.max_tls_connections); }
Value zlib_memory(const Source&) { return Value::u32(http::Compressor::memory_in_use()); }
Value zlib_memory_limit(const Source& s) { return Value::u32(s.generation.config->global.compression.memory); }
Value connection_rate_max(const Source& s) { return Value::u32(s.process.connection_rate_max.load()); }
Value session_rate_max(const Source& s) { return Value::u32(s.process.session_rate_max.load()); }

/// HAProxy counts its tasks; here: what can be woken by a timer, connections and the checks of servers.
Value tasks(const Source& s) {
    std::uint32_t count = s.process.connections.get() + s.process.threads;
    for (const auto& server : s.generation.objects.servers) count += server->check().enabled;
    return Value::u32(count);
}
Activity activity(const Source& s) { return recent_activity(s.generation, &s.env, s.env.loop.now_us()); }
Value idle(const Source& s) { return Value::u32(activity(s).idle_percent); }
Value bytes_out(const Source& s) { return Value::u64(activity(s).bytes_out); }
Value bytes_out_rate(const Source& s) { return Value::u64(activity(s).bytes_out_per_second); }
Value node(const Source& s) { return Value::str(s.process.node); }
Value description(const Source& s) {
    return s.process.description.empty() ? Value{} : Value::str(s.process.description);
}
Value dropped_logs(const Source& s) {
    std::uint64_t count = log::Ring::all_dropped();
    for (const stream::Env* env : s.process.envs) count += env->logger.dropped();
    return Value::u32(static_cast<std::uint32_t>(count));
}
Value stopping(const Source& s) { return Value::u32(s.process.stopping.load()); }
Value listeners(const Source& s) { return Value::u32(listener_count(s.generation)); }
Value jobs(const Source& s) { return Value::u32(listener_count(s.generation) + s.process.connections.get() + 1); }
Value active_peers(const Source& s) { return Value::u32(s.process.active_peers.load(std::memory_order_relaxed)); }
Value connected_peers(const Source& s) { return Value::u32(s.process.connected_peers.load(std::memory_order_relaxed)); }
Value untainted(const Source&) { return Value::str("0"); }

// clang-format off
constexpr InfoField kFields[] = {
    {0, "Name", "POS", name, "Product whose statistics these are like"},
    {1, "Version", "POS", version, "Version"},
    {2, "Release_date", "POS", release_date, "Date of the version"},
    {3, "Nbthread", "CGS", threads, "Threads"},
    {4, "Nbproc", "CGS", constant<1>, "Worker processes, always 1"},
    {5, "Process_num", "KGP", constant<1>, "Number of this worker process, always 1"},
    {6, "Pid", "SGP", pid, "Process identifier"},
    {7, "Uptime", "MDP", uptime_string, "Time since the start"},
    {8, "Uptime_sec", "MDP", uptime_seconds, "Seconds since the start"},
    {9, "Memmax_MB", "CLP", zero, "Limit of memory, MB"},
    {10, "PoolAlloc_MB", "MGP", memory_allocated_mb, "Memory taken from the system, MB"},
    {11, "PoolUsed_MB", "MGP", memory_used_mb, "Memory in use, MB"},
    {12, "PoolFailed", "MCP", zero, "Allocations that failed"},
    {13, "Ulimit-n", "CLP", descriptors, "Limit of file descriptors"},
    {14, "Maxsock", "CLP", max_sockets, "Limit of sockets"},
    {15, "Maxconn", "CLP", connection_limit, "Limit of connections in force"},
    {16, "Hard_maxconn", "CLP", hard_connection_limit, "Limit of connections at the start"},
    {17, "CurrConns", "MGP", connections, "Connections open now"},
    {18, "CumConns", "MCP", total_connections, "Connections since the start"},
    {19, "CumReq", "MCP", total_requests, "Requests since the start"},
    {20, "MaxSslConns", "MMP", tls_limit, "Limit of TLS connections"},
    {21, "CurrSslConns", "MGP", tls_now, "TLS connections open now"},
    {22, "CumSslConns", "MCP", tls_all, "TLS connections since the start"},
    {23, "Maxpipes", "CLP", zero, "Limit of pipes for splicing"},
    {24, "PipesUsed", "MGP", zero, "Pipes in use"},
    {25, "PipesFree", "MGP", zero, "Pipes kept for use"},
    {26, "ConnRate", "MRP", connection_rate, "Connections in the last second"},
    {27, "ConnRateLimit", "CLP", rate_limit<&stream::Process::connection_rate_limit>, "Limit of connections per second"},
    {28, "MaxConnRate", "MMP", connection_rate_max, "Most connections in a second"},
    {29, "SessRate", "MRP", session_rate, "Sessions in the last second"},
    {30, "SessRateLimit", "CLP", rate_limit<&stream::Process::session_rate_limit>, "Limit of sessions per second"},
    {31, "MaxSessRate", "MRP", session_rate_max, "Most sessions in a second"},
    {32, "SslRate", "MRP", tls_rate<&net::TlsCounters::sessions>, "TLS sessions in the last second"},
    {33, "SslRateLimit", "CLP", rate_limit<&stream::Process::tls_rate_limit>, "Limit of TLS sessions per second"},
    {34, "MaxSslRate", "MMP", tls_greatest<&net::TlsCounters::sessions>, "Most TLS sessions in a second"},
    {35, "SslFrontendKeyRate", "MGP", tls_rate<&net::TlsCounters::client_keys>, "TLS keys computed for clients in the last second"},
    {36, "SslFrontendMaxKeyRate", "MMP", tls_greatest<&net::TlsCounters::client_keys>, "Most TLS keys computed for clients in a second"},
    {37, "SslFrontendSessionReuse_pct", "MGP", tls_reuse, "Percent of TLS sessions of clients that were resumed"},
    {38, "SslBackendKeyRate", "MRP", tls_rate<&net::TlsCounters::server_keys>, "TLS keys computed for servers in the last second"},
    {39, "SslBackendMaxKeyRate", "MMP", tls_greatest<&net::TlsCounters::server_keys>, "Most TLS keys computed for servers in a second"},
    {40, "SslCacheLookups", "MCP", tls_lookups, "Look-ups in the cache of TLS sessions"},
    {41, "SslCacheMisses", "MCP", tls_misses, "Those that found nothing"},
    {42, "CompressBpsIn", "MRP", process_rate<&stream::Process::compression_in>, "Bytes per second given to compression"},
    {43, "CompressBpsOut", "MRP", process_rate<&stream::Process::compression_out>, "Bytes per second got from compression"},
    {44, "CompressBpsRateLim", "CLP", rate_limit<&stream::Process::compression_rate_limit>, "Limit of those"},
    {45, "ZlibMemUsage", "MGP", zlib_memory, "Memory of zlib in use, bytes"},
    {46, "MaxZlibMemUsage", "CLP", zlib_memory_limit, "Limit of that, bytes"},
    {47, "Tasks", "MGP", tasks, "Connections, checks and threads that wait for their turn"},
    {48, "Run_queue", "MGP", zero, "Those whose turn has come"},
    {49, "Idle_pct", "MaP", idle, "Percent of the time that the first thread was idle"},
    {50, "node", "COS", node, "Name of this node"},
    {51, "description", "COS", description, "Description of this node"},
    {52, "Stopping", "MGP", stopping, "1 when the process is about to end"},
    {53, "Jobs", "MGP", jobs, "Connections and listeners"},
    {54, "Unstoppable Jobs", "MGP", zero, "Those that do not end with a soft stop"},
    {55, "Listeners", "MGP", listeners, "Listening sockets"},
    {56, "ActivePeers", "MGP", active_peers, "Peers with a verified connection"},
    {57, "ConnectedPeers", "MGP", connected_peers, "Peers with a connection"},
    {58, "DroppedLogs", "MGP", dropped_logs, "Log lines lost"},
    {59, "BusyPolling", "MGP", zero, "1 when polling without waiting"},
    {60, "FailedResolutions", "MGP", zero, "Names that could not be resolved"},
    {61, "TotalBytesOut", "MGP", bytes_out, "Bytes sent since the start"},
    {62, "TotalSplicdedBytesOut", "MGP", [](const Source&) { return Value::u64(0); }, "Those sent through a pipe"},
    {63, "BytesOutRate", "MRP", bytes_out_rate, "Bytes sent per second lately"},
    {64, "DebugCommandsIssued", "MGP", zero, "Debugging commands given"},
    {65, "CumRecvLogs", "MCP", zero, "Log lines received"},
    {66, "Build info", "POS", version, "Version"},
    {67, "Memmax_bytes", "CLP", zero, "Limit of memory, bytes"},
    {68, "PoolAlloc_bytes", "MGP", memory_allocated, "Memory taken from the system, bytes"},
    {69, "PoolUsed_bytes", "MGP", memory_used, "Memory in use, bytes"},
    {70, "Start_time_sec", "MDP", start_time, "When the process started, seconds since 1970"},
    {71, "Tainted", "SGP", untainted, "Experimental features in use"},
};
// clang-format on

void append_plain(std::string& to, const InfoField& field, const Value& value) {
    to.append(field.name).append(": ");
    append_csv(to, value);
}

/// HAProxy says since 3.3 that no figure lives on in the next process.
void append_typed_line(std::string& to, const InfoField& field, const Value& value, base::Release era) {
    constexpr base::Release kPersistence{3, 3};
    to += fmt::format("{}.{}.1:{}{}:", field.position, field.name, field.tags, era >= kPersistence ? "V" : "");
    append_typed(to, value);
}

void append_object(std::string& to, const InfoField& field, const Value& value) {
    to += fmt::format(R"({{"field":{{"pos":{},"name":"{}"}},"processNum":1,)", field.position, field.name);
    append_json_tags(to, field.tags);
    to += ',';
    append_json(to, value);
    to += '}';
}

}  // namespace

std::span<const InfoField> info_fields() { return kFields; }

void append_info(std::string& to, const InfoSource& source, InfoFormat format, bool describe) {
    if (format == InfoFormat::json) to += '[';
    bool first = true;
    for (const InfoField& field : kFields) {
        const Value value = field.get(source);
        if (!value.present()) continue;
        if (format == InfoFormat::json) {
            if (!first) to += ',';
            append_object(to, field, value);
        } else {
            format == InfoFormat::typed ? append_typed_line(to, field, value, source.generation.config->era)
                                        : append_plain(to, field, value);
            if (describe) to.append(":\"").append(field.description).append("\"");
            to += '\n';
        }
        first = false;
    }
    if (format == InfoFormat::json) to += ']';
}

Activity recent_activity(const stream::Generation& generation, stream::Env* env, std::uint64_t now_us) {
    static std::mutex mutex;
    static Activity last;
    static std::uint64_t asked_us = 0, busy_us = 0, idle_asked_us = 0;
    std::uint64_t sum = 0;
    for (const auto& frontend : generation.objects.frontends)
        if (frontend) sum += frontend->traffic.sum(&server::TrafficCounters::bytes_out);
    std::lock_guard lock(mutex);
    const std::uint64_t passed = now_us - asked_us;
    if (passed >= 1000000) {
        if (asked_us && sum >= last.bytes_out) last.bytes_out_per_second = (sum - last.bytes_out) * 1000000 / passed;
        asked_us = now_us;
        last.bytes_out = sum;
    }
    // How long a thread was busy only it can tell.
    if (env && now_us - idle_asked_us >= 1000000) {
        const std::uint64_t busy = env->loop.busy_us() - busy_us, span = now_us - idle_asked_us;
        if (idle_asked_us) last.idle_percent = static_cast<std::uint32_t>(100 - std::min(busy, span) * 100 / span);
        busy_us = env->loop.busy_us();
        idle_asked_us = now_us;
    }
    Activity now = last;
    now.bytes_out = sum;
    return now;
}

std::string uptime_text(std::uint64_t seconds) {
    return fmt::format("{}d {}h{:02}m{:02}s", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::uint32_t file_limit(const stream::Process& process) {
    if (process.descriptors) return process.descriptors;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::uint32_t>(limit.rlim_cur);
}

std::uint32_t socket_limit(const stream::Process& process) {
    return process.max_sockets ? process.max_sockets : file_limit(process);
}

std::uint32_t listener_count(const stream::Generation& generation) {
    return static_cast<std::uint32_t>(generation.listeners.size() + generation.config->global.stats_sockets.size());
}

}  // namespace cfgproxy::control
