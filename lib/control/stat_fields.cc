#include "control/stat_fields.h"

#include <cstdio>

#include "http/h2.h"
#include "model/limits.h"
#include "server/backend.h"
#include "server/clock.h"

namespace cfgproxy::control {
namespace {

using Source = RowSource;
using Counters = server::TrafficCounters;
using http::H2Event;
using server::Clock;
using server::Health;

constexpr char kFrontendName[] = "FRONTEND";
constexpr char kBackendName[] = "BACKEND";

bool is_http(const Source& s) { return s.proxy->mode == model::Mode::http; }

// --- all kinds -----------------------------------------------------------------------------------------------

Value zero(const Source&) { return Value::u64(0); }
Value zero32(const Source&) { return Value::u32(0); }
Value none_id(const Source&) { return Value::u32(0); }
Value one(const Source&) { return Value::u32(1); }
Value http_zero(const Source& s) { return is_http(s) ? Value::u64(0) : Value{}; }
Value proxy_name(const Source& s) { return Value::str(s.proxy->name); }
Value proxy_id(const Source& s) { return Value::u32(s.proxy->id); }
Value proxy_mode(const Source& s) { return Value::str(mode_name(s.proxy->mode)); }
Value row_type(const Source& s) { return Value::u32(static_cast<std::uint32_t>(s.kind)); }
template <const char* Text>
Value literal(const Source&) {
    return Value::str(Text);
}
template <server::Counter Counters::*Member>
Value total(const Source& s) {
    return Value::u64(s.traffic->sum(Member));
}
template <server::Counter Counters::*Member>
Value http_total(const Source& s) {
    return is_http(s) ? total<Member>(s) : Value{};
}
template <int Class>
Value responses(const Source& s) {
    if (!is_http(s)) return {};
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < s.traffic->threads(); ++i) sum += s.traffic->of(i).responses[Class].get();
    return Value::u64(sum);
}
std::uint64_t seconds_since(std::uint64_t when) {
    const std::uint64_t now = Clock::wall_s();
    return now > when ? now - when : 0;
}
Value last_session(std::uint64_t when) {
    return Value::s32(when == 0 ? -1 : static_cast<std::int32_t>(seconds_since(when)));
}

// --- frontends -----------------------------------------------------------------------------------------------

Value frontend_sessions(const Source& s) { return Value::u32(s.frontend->connections.get()); }
Value frontend_sessions_max(const Source& s) { return Value::u32(s.frontend->connections.max()); }
Value frontend_limit(const Source& s) { return Value::u32(control::frontend_limit(s.frontend, *s.proxy, *s.process)); }
Value frontend_status(const Source& s) {
    if (s.frontend->stopped.load() || s.process->stopping.load()) return Value::str("STOP");
    return Value::str(s.frontend->paused.load() ? "PAUSED" : "OPEN");
}
Value frontend_rate(const Source& s) { return Value::u32(s.frontend->session_rate.per_second(s.now_ms)); }
Value frontend_rate_limit(const Source& s) { return Value::u32(s.proxy->rate_limit_sessions); }
Value frontend_rate_max(const Source& s) { return Value::u32(s.frontend->session_rate_max.load()); }
Value request_rate(const Source& s) { return Value::u32(s.frontend->request_rate.per_second(s.now_ms)); }
Value request_rate_max(const Source& s) { return Value::u32(s.frontend->request_rate_max.load()); }
Value connection_rate(const Source& s) { return Value::u32(s.frontend->connection_rate.per_second(s.now_ms)); }
Value connection_rate_max(const Source& s) { return Value::u32(s.frontend->connection_rate_max.load()); }

// --- listeners -----------------------------------------------------------------------------------------------

Value listener_name(const Source& s) {
    const std::string& name = s.listener->bind->name;
    return Value::str(name.empty() ? "sock-" + std::to_string(s.listener_number) : name);
}
Value listener_id(const Source& s) {
    return Value::u32(s.listener->bind->id ? s.listener->bind->id : s.listener_number);
}
Value listener_sessions(const Source& s) { return Value::u32(s.listener->state->connections.get()); }
Value listener_sessions_max(const Source& s) { return Value::u32(s.listener->state->connections.max()); }
Value listener_limit(const Source& s) { return Value::u32(s.listener->bind->max_connections); }
Value listener_status(const Source& s) {
    const std::uint32_t limit = s.listener->bind->max_connections;
    return Value::str(limit && s.listener->state->connections.get() >= limit ? "FULL" : "OPEN");
}
Value listener_address(const Source& s) { return s.legends ? Value::str(address_text(s.listener->address)) : Value{}; }

// --- servers -------------------------------------------------------------------------------------------------

Value server_name(const Source& s) { return Value::str(s.server->name()); }
Value server_queue(const Source& s) { return Value::u32(s.server->queue.get()); }
Value server_queue_max(const Source& s) { return Value::u32(s.server->queue.max()); }
Value server_sessions(const Source& s) { return Value::u32(s.server->sessions.get()); }
Value server_sessions_max(const Source& s) { return Value::u32(s.server->sessions.max()); }
Value if_set(std::uint32_t n) { return n ? Value::u32(n) : Value{}; }
Value server_limit(const Source& s) { return if_set(s.server->max_connections()); }
Value server_queue_limit(const Source& s) { return if_set(s.server->max_queue()); }

/// "DOWN 1/2": how many of the checks that a change takes have been made.
std::string with_progress(std::string_view state, const Source& s) {
    const server::CheckReport& c = s.checked;
    const bool down = s.origin->health() == Health::down;
    const std::uint32_t health = down ? c.health : c.health + 1 - std::min(c.rise, c.health + 1);
    return std::string(state) + " " + std::to_string(health) + "/" + std::to_string(down ? c.rise : c.fall);
}
Value server_status(const Source& s) {
    const server::Server& server = *s.server;
    if (server.admin() & server::kMaintByTracking && server.tracked()) {
        server::Server& via = *server.tracked();
        return Value::str("MAINT (via " + via.backend().name() + "/" + via.name() + ")");
    }
    if (server.in_maintenance()) return Value::str("MAINT");
    const server::CheckReport& c = s.checked;
    const bool best = c.health + 1 >= c.rise + c.fall;
    switch (server.health()) {
        case Health::up:
        case Health::starting:
            if (server.draining()) return Value::str(c.enabled && !best ? with_progress("DRAIN", s) : "DRAIN");
            if (!c.enabled) return Value::str("no check");
            return Value::str(best ? "UP" : with_progress("UP", s));
        case Health::stopping:
            return Value::str((!s.check.enabled && !server.tracked()) || best ? "NOLB" : with_progress("NOLB", s));
        case Health::down:
            break;
    }
    return Value::str(c.enabled && c.health > 0 ? with_progress("DOWN", s) : "DOWN");
}
std::uint32_t rounded_weight(std::uint32_t sixteenths) { return (sixteenths + 15) / 16; }
Value server_weight(const Source& s) { return Value::u32(rounded_weight(s.server->effective_weight())); }
Value server_user_weight(const Source& s) { return Value::u32(s.server->user_weight()); }
Value server_is_active(const Source& s) { return Value::u32(!s.server->is_backup()); }
Value server_is_backup(const Source& s) { return Value::u32(s.server->is_backup()); }
Value server_last_change(const Source& s) { return Value::u32(seconds_since(s.server->last_change_s.load())); }
Value server_id(const Source& s) { return Value::u32(s.server->config().id); }
Value server_throttle(const Source& s) {
    const bool shown = s.server->health() == Health::starting && !s.server->draining();
    return shown ? Value::u32(s.server->throttle()) : Value{};
}
Value server_tracked(const Source& s) {
    if (!s.server->tracked()) return {};
    server::Server& via = *s.server->tracked();
    return Value::str(via.backend().name() + "/" + via.name());
}
Value server_rate(const Source& s) { return Value::u32(s.server->session_rate.per_second(s.now_ms)); }
Value server_rate_max(const Source& s) { return Value::u32(s.server->rate_max.load()); }
Value server_last_session(const Source& s) { return last_session(s.server->last_session_s.load()); }
Value server_address(const Source& s) { return s.legends ? Value::str(address_text(s.server->address())) : Value{}; }
Value server_cookie(const Source& s) {
    const std::string_view cookie = s.server->cookie();
    return s.legends && !cookie.empty() ? Value::str(std::string(cookie)) : Value{};
}
Value idle_connections(const Source& s) { return Value::u32(s.server->idle_connections.load()); }
Value safe_connections(const Source& s) { return Value::u32(s.server->safe_connections.load()); }
Value unsafe_idle_connections(const Source& s) {
    const std::uint32_t idle = s.server->idle_connections.load(), safe = s.server->safe_connections.load();
    return Value::u32(idle - std::min(idle, safe));
}
Value used_connections(const Source& s) { return Value::u32(s.server->used_connections.load()); }
Value needed_connections(const Source& s) { return Value::u32(s.server->used_connections.load()); }
Value idle_limit(const Source& s) {
    const std::int64_t limit = s.server->config().pool_max;
    return limit < 0 ? Value{} : Value::u32(static_cast<std::uint64_t>(limit));
}

// Checks are paused, and their outcome is not shown, while a server is in maintenance.
bool shows_check(const Source& s) { return s.check.enabled && !s.server->in_maintenance(); }
Value failed_checks(const Source& s) { return s.check.enabled ? Value::u64(s.server->failed_checks.load()) : Value{}; }
Value failed_observations(const Source& s) {
    return s.check.enabled ? Value::u64(s.server->failed_observations.load()) : Value{};
}
Value server_times_down(const Source& s) { return s.check.enabled ? Value::u64(s.server->times_down.load()) : Value{}; }
Value server_downtime(const Source& s) { return s.check.enabled ? Value::u32(s.server->downtime()) : Value{}; }
Value check_status(const Source& s) {
    if (!shows_check(s)) return {};
    return Value::str((s.check.running ? "* " : "") + std::string(server::name_of(s.check.status)));
}
Value check_code(const Source& s) {
    const bool shown = shows_check(s) && s.check.status >= server::CheckStatus::l7_ok;
    return shown ? Value::u32(static_cast<std::uint32_t>(std::max(s.check.code, 0))) : Value{};
}
Value check_duration(const Source& s) {
    const bool shown = shows_check(s) && s.check.status >= server::CheckStatus::socket_error;
    return shown ? Value::u64(static_cast<std::uint64_t>(std::max<std::int64_t>(s.check.duration_ms, 0))) : Value{};
}
Value check_text(const Source& s) { return shows_check(s) ? Value::str(s.check.text) : Value{}; }
Value check_description(const Source& s) {
    return shows_check(s) ? Value::str(server::describe(s.check.status)) : Value{};
}
Value check_rise(const Source& s) { return shows_check(s) ? Value::u32(s.checked.rise) : Value{}; }
Value check_fall(const Source& s) { return shows_check(s) ? Value::u32(s.checked.fall) : Value{}; }
Value check_health(const Source& s) { return shows_check(s) ? Value::u32(s.checked.health) : Value{}; }

// --- backends ------------------------------------------------------------------------------------------------

Value backend_queue(const Source& s) { return Value::u32(s.backend->queue.get()); }
Value backend_queue_max(const Source& s) { return Value::u32(s.backend->queue.max()); }
Value backend_sessions(const Source& s) { return Value::u32(s.backend->sessions.get()); }
Value backend_sessions_max(const Source& s) { return Value::u32(s.backend->sessions.max()); }
Value backend_limit(const Source& s) {
    return Value::u32(model::full_connections(*s.proxy, *s.generation->config, s.process->max_connections.load()));
}
Value backend_status(const Source& s) {
    const bool up = s.backend->total_weight() > 0 || !s.backend->has_servers();
    std::string text = up ? "UP" : "DOWN";
    if (s.counts_hidden) {
        std::size_t running = 0;
        const auto servers = s.backend->servers();
        for (const auto& server : servers) running += server->health() != Health::down;
        text += " (" + std::to_string(running) + "/" + std::to_string(servers.size()) + ")";
    }
    return Value::str(text);
}
Value backend_weight(const Source& s) { return Value::u32(s.backend->total_weight()); }
/// Of the servers that count now: the active ones, else the backup servers (the first one of them without `option
/// allbackups`).
Value backend_user_weight(const Source& s) {
    const bool backups = s.backend->active_servers() == 0;
    std::uint32_t sum = 0;
    for (const auto& server : s.backend->servers()) {
        if (!server->usable() || server->is_backup() != backups) continue;
        sum += server->user_weight();
        if (backups && !s.proxy->options.all_backups) break;
    }
    return Value::u32(sum);
}
Value backend_active(const Source& s) { return Value::u32(s.backend->active_servers()); }
Value backend_backup(const Source& s) { return Value::u32(s.backend->backup_servers()); }
Value backend_times_down(const Source& s) { return Value::u64(s.backend->times_down.load()); }
Value backend_last_change(const Source& s) { return Value::u32(seconds_since(s.backend->last_change_s.load())); }
Value backend_downtime(const Source& s) {
    return s.backend->has_servers() ? Value::u32(s.backend->downtime()) : Value{};
}
Value backend_rate(const Source& s) { return Value::u32(s.backend->session_rate.per_second(s.now_ms)); }
Value backend_rate_max(const Source& s) { return Value::u32(s.backend->session_rate_max.load()); }
Value backend_last_session(const Source& s) { return last_session(s.backend->last_session_s.load()); }
Value backend_cookie(const Source& s) {
    return s.legends && !s.proxy->cookie.name.empty() ? Value::str(s.proxy->cookie.name) : Value{};
}
/// `random` has no name of its own in HAProxy 2.6.
Value balance_name(const Source& s) {
    static constexpr std::string_view kNames[] = {"roundrobin", "static-rr", "leastconn", "first",   "source",
                                                  "uri",        "url_param", "hdr",       "unknown", "rdp-cookie",
                                                  "hash",       "log-hash",  "sticky"};
    return s.legends ? Value::str(kNames[static_cast<std::size_t>(s.proxy->balance.algorithm)]) : Value{};
}
// A reference of its own: of a conditional in front of `.*`, GCC 12 copies the object, atomics and all.
const server::TimeMeans& times_of(const Source& s) {
    if (s.server) return s.server->times;
    return s.backend->times;
}
template <server::SlidingMean server::TimeMeans::*Member>
Value mean(const Source& s) {
    return Value::u32((times_of(s).*Member).mean());
}
template <server::SlidingMean server::TimeMeans::*Member>
Value longest(const Source& s) {
    return Value::u32((times_of(s).*Member).max());
}

// --- modules -------------------------------------------------------------------------------------------------

const server::ThreadProtocolCounters& protocols(const Source& s) {
    return s.kind == RowKind::frontend ? s.frontend->protocols : *s.backend->protocols;
}
using Protocols = server::ProtocolCounters;
template <server::Counter Protocols::*Member>
Value protocol_total(const Source& s) {
    return Value::u64(protocols(s).sum(Member));
}
template <server::Counter Protocols::*Begun, server::Counter Protocols::*Ended>
Value protocol_open(const Source& s) {
    // What began in between, on another thread, has been counted; what ended may not have been.
    const std::uint64_t ended = protocols(s).sum(Ended), begun = protocols(s).sum(Begun);
    return Value::u64(begun - std::min(ended, begun));
}
static_assert(std::tuple_size_v<decltype(Protocols::h2_events)> ==
              static_cast<std::size_t>(http::H2Event::go_away_sent) + 1);
template <http::H2Event Event>
Value h2_event(const Source& s) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < protocols(s).threads(); ++i)
        sum += protocols(s).of(i).h2_events[static_cast<std::size_t>(Event)].get();
    return Value::u64(sum);
}

// clang-format off
constexpr StatField kFields[] = {
    {.id = Stat::pxname, .name = "pxname", .tags = "KNS", .frontend = proxy_name, .backend = proxy_name, .server = proxy_name, .listener = proxy_name, .description = "Proxy name"},
    {.id = Stat::svname, .name = "svname", .tags = "KNS", .frontend = literal<kFrontendName>, .backend = literal<kBackendName>, .server = server_name, .listener = listener_name, .description = "Server or listener name, or FRONTEND or BACKEND"},
    {.id = Stat::qcur, .name = "qcur", .tags = "MGP", .backend = backend_queue, .server = server_queue, .description = "Connections waiting in the queue now"},
    {.id = Stat::qmax, .name = "qmax", .tags = "MMP", .backend = backend_queue_max, .server = server_queue_max, .description = "Most connections that waited at a time"},
    {.id = Stat::scur, .name = "scur", .tags = "MGP", .frontend = frontend_sessions, .backend = backend_sessions, .server = server_sessions, .listener = listener_sessions, .description = "Sessions open now"},
    {.id = Stat::smax, .name = "smax", .tags = "MMP", .frontend = frontend_sessions_max, .backend = backend_sessions_max, .server = server_sessions_max, .listener = listener_sessions_max, .description = "Most sessions open at a time"},
    {.id = Stat::slim, .name = "slim", .tags = "CLP", .frontend = frontend_limit, .backend = backend_limit, .server = server_limit, .listener = listener_limit, .description = "Limit of sessions: maxconn, fullconn of a backend"},
    {.id = Stat::stot, .name = "stot", .tags = "MCP", .frontend = total<&Counters::sessions>, .backend = total<&Counters::sessions>, .server = total<&Counters::sessions>, .listener = total<&Counters::connections>, .description = "Sessions since the start"},
    {.id = Stat::bin, .name = "bin", .tags = "MCP", .frontend = total<&Counters::bytes_in>, .backend = total<&Counters::bytes_in>, .server = total<&Counters::bytes_in>, .listener = total<&Counters::bytes_in>, .description = "Bytes of requests"},
    {.id = Stat::bout, .name = "bout", .tags = "MCP", .frontend = total<&Counters::bytes_out>, .backend = total<&Counters::bytes_out>, .server = total<&Counters::bytes_out>, .listener = total<&Counters::bytes_out>, .description = "Bytes of responses"},
    {.id = Stat::dreq, .name = "dreq", .tags = "MCP", .frontend = total<&Counters::denied_requests>, .backend = total<&Counters::denied_requests>, .listener = total<&Counters::denied_requests>, .description = "Requests denied by rules"},
    {.id = Stat::dresp, .name = "dresp", .tags = "MCP", .frontend = total<&Counters::denied_responses>, .backend = total<&Counters::denied_responses>, .server = total<&Counters::denied_responses>, .listener = total<&Counters::denied_responses>, .description = "Responses denied by rules"},
    {.id = Stat::ereq, .name = "ereq", .tags = "MCP", .frontend = total<&Counters::request_errors>, .listener = total<&Counters::request_errors>, .description = "Invalid or incomplete requests"},
    {.id = Stat::econ, .name = "econ", .tags = "MCP", .backend = total<&Counters::connection_errors>, .server = total<&Counters::connection_errors>, .description = "Connections to servers that failed"},
    {.id = Stat::eresp, .name = "eresp", .tags = "MCP", .backend = total<&Counters::response_errors>, .server = total<&Counters::response_errors>, .description = "Invalid or incomplete responses"},
    {.id = Stat::wretr, .name = "wretr", .tags = "MCP", .backend = total<&Counters::retries>, .server = total<&Counters::retries>, .description = "Connection attempts that were repeated"},
    {.id = Stat::wredis, .name = "wredis", .tags = "MCP", .backend = total<&Counters::redispatches>, .server = total<&Counters::redispatches>, .description = "Requests sent to another server than the first choice"},
    {.id = Stat::status, .name = "status", .tags = "SGP", .frontend = frontend_status, .backend = backend_status, .server = server_status, .listener = listener_status, .description = "State"},
    {.id = Stat::weight, .name = "weight", .tags = "MaP", .backend = backend_weight, .server = server_weight, .description = "Weight that counts now; sum of it for a backend"},
    {.id = Stat::act, .name = "act", .tags = "SGP", .backend = backend_active, .server = server_is_active, .backend_tags = "MGP", .description = "Active servers"},
    {.id = Stat::bck, .name = "bck", .tags = "SGP", .backend = backend_backup, .server = server_is_backup, .backend_tags = "MGP", .description = "Backup servers"},
    {.id = Stat::chkfail, .name = "chkfail", .tags = "MCP", .server = failed_checks, .description = "Checks that failed"},
    {.id = Stat::chkdown, .name = "chkdown", .tags = "MCP", .backend = backend_times_down, .server = server_times_down, .description = "Changes from UP to DOWN"},
    {.id = Stat::lastchg, .name = "lastchg", .tags = "MAP", .backend = backend_last_change, .server = server_last_change, .description = "Seconds since the state changed"},
    {.id = Stat::downtime, .name = "downtime", .tags = "MCP", .backend = backend_downtime, .server = server_downtime, .description = "Seconds spent down"},
    {.id = Stat::qlimit, .name = "qlimit", .tags = "CGS", .server = server_queue_limit, .description = "Limit of the queue: maxqueue"},
    {.id = Stat::pid, .name = "pid", .tags = "KGP", .frontend = one, .backend = one, .server = one, .listener = one, .description = "Process number, always 1"},
    {.id = Stat::iid, .name = "iid", .tags = "KGS", .frontend = proxy_id, .backend = proxy_id, .server = proxy_id, .listener = proxy_id, .description = "Number of the proxy"},
    {.id = Stat::sid, .name = "sid", .tags = "KGS", .frontend = none_id, .backend = none_id, .server = server_id, .listener = listener_id, .description = "Number of the server or listener in its proxy"},
    {.id = Stat::throttle, .name = "throttle", .tags = "MaP", .server = server_throttle, .description = "Percent of the weight during slow start"},
    {.id = Stat::lbtot, .name = "lbtot", .tags = "MCP", .backend = total<&Counters::chosen>, .server = total<&Counters::chosen>, .description = "Times chosen by load balancing"},
    {.id = Stat::tracked, .name = "tracked", .tags = "CNS", .server = server_tracked, .description = "Server whose state is followed: backend/server"},
    {.id = Stat::type, .name = "type", .tags = "CGS", .frontend = row_type, .backend = row_type, .server = row_type, .listener = row_type, .description = "0 frontend, 1 backend, 2 server, 3 listener"},
    {.id = Stat::rate, .name = "rate", .tags = "MRP", .frontend = frontend_rate, .backend = backend_rate, .server = server_rate, .backend_tags = "MGP", .description = "Sessions per second"},
    {.id = Stat::rate_lim, .name = "rate_lim", .tags = "CLP", .frontend = frontend_rate_limit, .description = "Limit of sessions per second"},
    {.id = Stat::rate_max, .name = "rate_max", .tags = "MMP", .frontend = frontend_rate_max, .backend = backend_rate_max, .server = server_rate_max, .backend_tags = "MGP", .description = "Most sessions in a second"},
    {.id = Stat::check_status, .name = "check_status", .tags = "MOP", .server = check_status, .description = "Outcome of the last check"},
    {.id = Stat::check_code, .name = "check_code", .tags = "MOP", .server = check_code, .description = "Status code that the last check got"},
    {.id = Stat::check_duration, .name = "check_duration", .tags = "MDP", .server = check_duration, .description = "Milliseconds that the last check took"},
    {.id = Stat::hrsp_1xx, .name = "hrsp_1xx", .tags = "MCP", .frontend = responses<1>, .backend = responses<1>, .server = responses<1>, .description = "HTTP responses with a status of 1xx"},
    {.id = Stat::hrsp_2xx, .name = "hrsp_2xx", .tags = "MCP", .frontend = responses<2>, .backend = responses<2>, .server = responses<2>, .description = "HTTP responses with a status of 2xx"},
    {.id = Stat::hrsp_3xx, .name = "hrsp_3xx", .tags = "MCP", .frontend = responses<3>, .backend = responses<3>, .server = responses<3>, .description = "HTTP responses with a status of 3xx"},
    {.id = Stat::hrsp_4xx, .name = "hrsp_4xx", .tags = "MCP", .frontend = responses<4>, .backend = responses<4>, .server = responses<4>, .description = "HTTP responses with a status of 4xx"},
    {.id = Stat::hrsp_5xx, .name = "hrsp_5xx", .tags = "MCP", .frontend = responses<5>, .backend = responses<5>, .server = responses<5>, .description = "HTTP responses with a status of 5xx"},
    {.id = Stat::hrsp_other, .name = "hrsp_other", .tags = "MCP", .frontend = responses<0>, .backend = responses<0>, .server = responses<0>, .description = "HTTP responses with any other status"},
    {.id = Stat::hanafail, .name = "hanafail", .tags = "MCP", .server = failed_observations, .description = "Failures seen by observing traffic"},
    {.id = Stat::req_rate, .name = "req_rate", .tags = "MRP", .frontend = request_rate, .description = "HTTP requests per second"},
    {.id = Stat::req_rate_max, .name = "req_rate_max", .tags = "MMP", .frontend = request_rate_max, .description = "Most HTTP requests in a second"},
    {.id = Stat::req_tot, .name = "req_tot", .tags = "MCP", .frontend = total<&Counters::requests>, .backend = http_total<&Counters::requests>, .server = http_total<&Counters::requests>, .description = "HTTP requests since the start"},
    {.id = Stat::cli_abrt, .name = "cli_abrt", .tags = "MCP", .backend = total<&Counters::client_aborts>, .server = total<&Counters::client_aborts>, .description = "Transfers that the client broke off"},
    {.id = Stat::srv_abrt, .name = "srv_abrt", .tags = "MCP", .backend = total<&Counters::server_aborts>, .server = total<&Counters::server_aborts>, .description = "Transfers that the server broke off"},
    {.id = Stat::comp_in, .name = "comp_in", .tags = "MCP", .frontend = total<&Counters::compressed_in>, .backend = total<&Counters::compressed_in>, .description = "Bytes given to compression"},
    {.id = Stat::comp_out, .name = "comp_out", .tags = "MCP", .frontend = total<&Counters::compressed_out>, .backend = total<&Counters::compressed_out>, .description = "Bytes got from compression"},
    {.id = Stat::comp_byp, .name = "comp_byp", .tags = "MCP", .frontend = total<&Counters::compression_bypassed>, .backend = total<&Counters::compression_bypassed>, .description = "Bytes that were spared compression"},
    {.id = Stat::comp_rsp, .name = "comp_rsp", .tags = "MCP", .frontend = total<&Counters::compressed_responses>, .backend = total<&Counters::compressed_responses>, .description = "Responses compressed"},
    {.id = Stat::lastsess, .name = "lastsess", .tags = "MAP", .backend = backend_last_session, .server = server_last_session, .description = "Seconds since the last session"},
    {.id = Stat::last_chk, .name = "last_chk", .tags = "MOP", .server = check_text, .description = "What the last check said"},
    {.id = Stat::last_agt, .name = "last_agt", .tags = "MOP", .description = "What the last agent check said"},
    {.id = Stat::qtime, .name = "qtime", .tags = "MaP", .backend = mean<&server::TimeMeans::queue>, .server = mean<&server::TimeMeans::queue>, .description = "Mean time in the queue over the last sessions, ms"},
    {.id = Stat::ctime, .name = "ctime", .tags = "MaP", .backend = mean<&server::TimeMeans::connect>, .server = mean<&server::TimeMeans::connect>, .description = "Mean time to connect over the last sessions, ms"},
    {.id = Stat::rtime, .name = "rtime", .tags = "MaP", .backend = mean<&server::TimeMeans::response>, .server = mean<&server::TimeMeans::response>, .description = "Mean time to the response over the last sessions, ms"},
    {.id = Stat::ttime, .name = "ttime", .tags = "MaP", .backend = mean<&server::TimeMeans::total>, .server = mean<&server::TimeMeans::total>, .description = "Mean time in all over the last sessions, ms"},
    {.id = Stat::agent_status, .name = "agent_status", .tags = "MOP", .description = "Outcome of the last agent check"},
    {.id = Stat::agent_code, .name = "agent_code", .tags = "MOP", .description = "Code of the last agent check"},
    {.id = Stat::agent_duration, .name = "agent_duration", .tags = "MDP", .description = "Milliseconds that the last agent check took"},
    {.id = Stat::check_desc, .name = "check_desc", .tags = "MOP", .server = check_description, .description = "Outcome of the last check in words"},
    {.id = Stat::agent_desc, .name = "agent_desc", .tags = "MOP", .description = "Outcome of the last agent check in words"},
    {.id = Stat::check_rise, .name = "check_rise", .tags = "CGS", .server = check_rise, .description = "Good checks that make a server UP"},
    {.id = Stat::check_fall, .name = "check_fall", .tags = "CGS", .server = check_fall, .description = "Bad checks that make a server DOWN"},
    {.id = Stat::check_health, .name = "check_health", .tags = "CGS", .server = check_health, .description = "Check counter, from 0 to rise+fall-1"},
    {.id = Stat::agent_rise, .name = "agent_rise", .tags = "CGS", .description = "Good agent checks that make a server UP"},
    {.id = Stat::agent_fall, .name = "agent_fall", .tags = "CGS", .description = "Bad agent checks that make a server DOWN"},
    {.id = Stat::agent_health, .name = "agent_health", .tags = "CGS", .description = "Agent check counter"},
    {.id = Stat::addr, .name = "addr", .tags = "CGS", .server = server_address, .listener = listener_address, .description = "Address and port"},
    {.id = Stat::cookie, .name = "cookie", .tags = "CNS", .backend = backend_cookie, .server = server_cookie, .description = "Cookie: value of a server, name of a backend"},
    {.id = Stat::mode, .name = "mode", .tags = "CGS", .frontend = proxy_mode, .backend = proxy_mode, .server = proxy_mode, .listener = proxy_mode, .description = "Mode of the proxy"},
    {.id = Stat::algo, .name = "algo", .tags = "CGS", .backend = balance_name, .description = "Balancing algorithm"},
    {.id = Stat::conn_rate, .name = "conn_rate", .tags = "MRP", .frontend = connection_rate, .description = "Connections per second"},
    {.id = Stat::conn_rate_max, .name = "conn_rate_max", .tags = "MMP", .frontend = connection_rate_max, .description = "Most connections in a second"},
    {.id = Stat::conn_tot, .name = "conn_tot", .tags = "MCP", .frontend = total<&Counters::connections>, .description = "Connections since the start"},
    {.id = Stat::intercepted, .name = "intercepted", .tags = "MCP", .frontend = http_total<&Counters::intercepted>, .description = "Requests that the proxy answered itself"},
    {.id = Stat::dcon, .name = "dcon", .tags = "MCP", .frontend = total<&Counters::denied_connections>, .listener = total<&Counters::denied_connections>, .description = "Connections denied by rules"},
    {.id = Stat::dses, .name = "dses", .tags = "MCP", .frontend = total<&Counters::denied_sessions>, .listener = total<&Counters::denied_sessions>, .description = "Sessions denied by rules"},
    {.id = Stat::wrew, .name = "wrew", .tags = "MCP", .frontend = total<&Counters::rewrite_failures>, .backend = total<&Counters::rewrite_failures>, .server = total<&Counters::rewrite_failures>, .listener = total<&Counters::rewrite_failures>, .description = "Header rewrites that failed"},
    {.id = Stat::connect, .name = "connect", .tags = "MCP", .backend = total<&Counters::connects>, .server = total<&Counters::connects>, .description = "Connections opened to servers"},
    {.id = Stat::reuse, .name = "reuse", .tags = "MCP", .backend = total<&Counters::reuses>, .server = total<&Counters::reuses>, .description = "Connections to servers used again"},
    {.id = Stat::cache_lookups, .name = "cache_lookups", .tags = "MCP", .frontend = http_zero, .backend = http_zero, .description = "Look-ups in the cache"},
    {.id = Stat::cache_hits, .name = "cache_hits", .tags = "MCP", .frontend = http_zero, .backend = http_zero, .description = "Look-ups that the cache answered"},
    {.id = Stat::srv_icur, .name = "srv_icur", .tags = "MGP", .server = idle_connections, .description = "Idle connections to the server"},
    {.id = Stat::src_ilim, .name = "src_ilim", .tags = "CLP", .server = idle_limit, .description = "Limit of idle connections"},
    {.id = Stat::qtime_max, .name = "qtime_max", .tags = "MMP", .backend = longest<&server::TimeMeans::queue>, .server = longest<&server::TimeMeans::queue>, .description = "Longest time in the queue, ms"},
    {.id = Stat::ctime_max, .name = "ctime_max", .tags = "MMP", .backend = longest<&server::TimeMeans::connect>, .server = longest<&server::TimeMeans::connect>, .description = "Longest time to connect, ms"},
    {.id = Stat::rtime_max, .name = "rtime_max", .tags = "MMP", .backend = longest<&server::TimeMeans::response>, .server = longest<&server::TimeMeans::response>, .description = "Longest time to the response, ms"},
    {.id = Stat::ttime_max, .name = "ttime_max", .tags = "MMP", .backend = longest<&server::TimeMeans::total>, .server = longest<&server::TimeMeans::total>, .description = "Longest time in all, ms"},
    {.id = Stat::eint, .name = "eint", .tags = "MCP", .frontend = total<&Counters::internal_errors>, .backend = total<&Counters::internal_errors>, .server = total<&Counters::internal_errors>, .listener = total<&Counters::internal_errors>, .description = "Internal errors"},
    {.id = Stat::idle_conn_cur, .name = "idle_conn_cur", .tags = "MGP", .server = unsafe_idle_connections, .description = "Idle connections not known to be safe to use again"},
    {.id = Stat::safe_conn_cur, .name = "safe_conn_cur", .tags = "MGP", .server = safe_connections, .description = "Idle connections known to be safe to use again"},
    {.id = Stat::used_conn_cur, .name = "used_conn_cur", .tags = "MGP", .server = used_connections, .description = "Connections in use"},
    {.id = Stat::need_conn_est, .name = "need_conn_est", .tags = "MGP", .server = needed_connections, .description = "Connections that are probably needed"},
    {.id = Stat::uweight, .name = "uweight", .tags = "MaP", .backend = backend_user_weight, .server = server_user_weight, .description = "Weight asked for; sum of it for a backend"},
    {.id = Stat::agg_server_status, .name = "agg_server_status", .tags = "MGP", .backend = zero32, .description = "For exporters: servers by state"},
    {.id = Stat::agg_server_check_status, .name = "agg_server_check_status", .tags = "MGP", .backend = zero32, .description = "For exporters: servers by check status (older name)"},
    {.id = Stat::agg_check_status, .name = "agg_check_status", .tags = "MGP", .backend = zero32, .description = "For exporters: servers by check status"},
    {.id = Stat::ssl_sess, .name = "ssl_sess", .tags = "MCP", .frontend = zero, .backend = zero, .server = zero, .listener = zero, .description = "TLS sessions"},
    {.id = Stat::ssl_reused_sess, .name = "ssl_reused_sess", .tags = "MCP", .frontend = zero, .backend = zero, .server = zero, .listener = zero, .description = "TLS sessions resumed"},
    {.id = Stat::ssl_failed_handshake, .name = "ssl_failed_handshake", .tags = "MCP", .frontend = zero, .backend = zero, .server = zero, .listener = zero, .description = "TLS handshakes that failed"},
    {.id = Stat::h2_headers_rcvd, .name = "h2_headers_rcvd", .tags = "MCP", .frontend = h2_event<H2Event::headers_received>, .backend = h2_event<H2Event::headers_received>, .description = "HEADERS frames received"},
    {.id = Stat::h2_data_rcvd, .name = "h2_data_rcvd", .tags = "MCP", .frontend = h2_event<H2Event::data_received>, .backend = h2_event<H2Event::data_received>, .description = "DATA frames received"},
    {.id = Stat::h2_settings_rcvd, .name = "h2_settings_rcvd", .tags = "MCP", .frontend = h2_event<H2Event::settings_received>, .backend = h2_event<H2Event::settings_received>, .description = "SETTINGS frames received"},
    {.id = Stat::h2_rst_stream_rcvd, .name = "h2_rst_stream_rcvd", .tags = "MCP", .frontend = h2_event<H2Event::reset_received>, .backend = h2_event<H2Event::reset_received>, .description = "RST_STREAM frames received"},
    {.id = Stat::h2_goaway_rcvd, .name = "h2_goaway_rcvd", .tags = "MCP", .frontend = h2_event<H2Event::go_away_received>, .backend = h2_event<H2Event::go_away_received>, .description = "GOAWAY frames received"},
    {.id = Stat::h2_detected_conn_protocol_errors, .name = "h2_detected_conn_protocol_errors", .tags = "MCP", .frontend = h2_event<H2Event::connection_error>, .backend = h2_event<H2Event::connection_error>, .description = "Connection protocol errors"},
    {.id = Stat::h2_detected_strm_protocol_errors, .name = "h2_detected_strm_protocol_errors", .tags = "MCP", .frontend = h2_event<H2Event::stream_error>, .backend = h2_event<H2Event::stream_error>, .description = "Stream protocol errors"},
    {.id = Stat::h2_rst_stream_resp, .name = "h2_rst_stream_resp", .tags = "MCP", .frontend = h2_event<H2Event::reset_sent>, .backend = h2_event<H2Event::reset_sent>, .description = "RST_STREAM frames sent for errors"},
    {.id = Stat::h2_goaway_resp, .name = "h2_goaway_resp", .tags = "MCP", .frontend = h2_event<H2Event::go_away_sent>, .backend = h2_event<H2Event::go_away_sent>, .description = "GOAWAY frames sent for errors"},
    {.id = Stat::h2_open_connections, .name = "h2_open_connections", .tags = "MGP", .frontend = protocol_open<&Protocols::h2_connections, &Protocols::h2_connections_ended>, .backend = protocol_open<&Protocols::h2_connections, &Protocols::h2_connections_ended>, .description = "HTTP/2 connections open now"},
    {.id = Stat::h2_backend_open_streams, .name = "h2_backend_open_streams", .tags = "MGP", .frontend = protocol_open<&Protocols::h2_streams, &Protocols::h2_streams_ended>, .backend = protocol_open<&Protocols::h2_streams, &Protocols::h2_streams_ended>, .description = "HTTP/2 streams open now"},
    {.id = Stat::h2_total_connections, .name = "h2_total_connections", .tags = "MCP", .frontend = protocol_total<&Protocols::h2_connections>, .backend = protocol_total<&Protocols::h2_connections>, .description = "HTTP/2 connections since the start"},
    {.id = Stat::h2_backend_total_streams, .name = "h2_backend_total_streams", .tags = "MCP", .frontend = protocol_total<&Protocols::h2_streams>, .backend = protocol_total<&Protocols::h2_streams>, .description = "HTTP/2 streams since the start"},
    {.id = Stat::h1_open_connections, .name = "h1_open_connections", .tags = "MGP", .frontend = protocol_open<&Protocols::h1_connections, &Protocols::h1_connections_ended>, .backend = protocol_open<&Protocols::h1_connections, &Protocols::h1_connections_ended>, .description = "HTTP/1 connections open now"},
    {.id = Stat::h1_open_streams, .name = "h1_open_streams", .tags = "MGP", .frontend = protocol_open<&Protocols::h1_streams, &Protocols::h1_streams_ended>, .backend = protocol_open<&Protocols::h1_streams, &Protocols::h1_streams_ended>, .description = "HTTP/1 streams open now"},
    {.id = Stat::h1_total_connections, .name = "h1_total_connections", .tags = "MCP", .frontend = protocol_total<&Protocols::h1_connections>, .backend = protocol_total<&Protocols::h1_connections>, .description = "HTTP/1 connections since the start"},
    {.id = Stat::h1_total_streams, .name = "h1_total_streams", .tags = "MCP", .frontend = protocol_total<&Protocols::h1_streams>, .backend = protocol_total<&Protocols::h1_streams>, .description = "HTTP/1 streams since the start"},
    {.id = Stat::h1_bytes_in, .name = "h1_bytes_in", .tags = "MCP", .frontend = protocol_total<&Protocols::h1_bytes_in>, .backend = protocol_total<&Protocols::h1_bytes_in>, .description = "Bytes received over HTTP/1"},
    {.id = Stat::h1_bytes_out, .name = "h1_bytes_out", .tags = "MCP", .frontend = protocol_total<&Protocols::h1_bytes_out>, .backend = protocol_total<&Protocols::h1_bytes_out>, .description = "Bytes sent over HTTP/1"},
    {.id = Stat::h1_spliced_bytes_in, .name = "h1_spliced_bytes_in", .tags = "MCP", .frontend = protocol_total<&Protocols::h1_spliced_in>, .backend = protocol_total<&Protocols::h1_spliced_in>, .description = "Bytes received by splicing"},
    {.id = Stat::h1_spliced_bytes_out, .name = "h1_spliced_bytes_out", .tags = "MCP", .frontend = protocol_total<&Protocols::h1_spliced_out>, .backend = protocol_total<&Protocols::h1_spliced_out>, .description = "Bytes sent by splicing"},
};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(kFields); ++i)
        if (kFields[i].id != static_cast<Stat>(i) || kFields[i].tags.size() != 3) return false;
    return std::size(kFields) == kStatCount;
}
static_assert(in_order());

}  // namespace

std::span<const StatField> stat_fields() { return kFields; }

}  // namespace cfgproxy::control
