#include <algorithm>

#include "keywords/sample_support.h"
#include "model/config.h"
#include "sample/checkpoint.h"

/// What runs beside the configuration: servers, connections, queues, rates (manual 7.3.2). Asked of sample::Live.
namespace cfgproxy::keywords {
namespace {

using sample::Live;

const model::Proxy* proxy_of(Arguments args) { return static_cast<const model::Proxy*>(args[0].target); }
const model::Server* server_of(Arguments args) { return static_cast<const model::Server*>(args[0].target); }

/// A question about one proxy or server that is answered with a number.
template <auto ask>
Found fetch_of_proxy(const Context& context, Arguments args, Cursor&, Value& out) {
    const auto* proxy = proxy_of(args);
    return proxy && context.live ? found_int(out, ask(*context.live, *proxy)) : Found::no;
}
template <auto ask>
Found fetch_of_server(const Context& context, Arguments args, Cursor&, Value& out) {
    const auto* server = server_of(args);
    return server && context.live ? found_int(out, ask(*context.live, *server)) : Found::no;
}

std::int64_t usable(const Live& live, const model::Proxy& p) { return live.usable_servers(p); }
std::int64_t queued(const Live& live, const model::Proxy& p) { return live.queued(p); }
std::int64_t server_queued(const Live& live, const model::Server& s) { return live.queued(s); }
std::int64_t server_connections(const Live& live, const model::Server& s) { return live.connections(s); }

template <bool frontend>
std::int64_t connections(const Live& live, const model::Proxy& p) {
    return live.connections(p, frontend);
}
template <bool frontend>
std::int64_t session_rate(const Live& live, const model::Proxy& p) {
    return live.session_rate(p, frontend);
}

std::int64_t request_rate(const Live& live, const model::Proxy& p) { return live.request_rate(p); }

/// Connections that a server takes on top of those it has; -1: any number.
std::int64_t free_connections(const Live& live, const model::Server& server) {
    std::int64_t limit = 0;
    if (server.max_connections == 0 || !live.fact(server, sample::ServerFact::connection_limit, limit)) return -1;
    return std::max<std::int64_t>(limit - live.connections(server), 0);
}

/// The same of all servers that get traffic now: the active ones, or the backups that stand in for them.
std::int64_t free_connections_of_all(const Live& live, const model::Proxy& p) {
    const auto gets_traffic = [&](const model::Server& server, bool backup) {
        std::int64_t weight = 0;
        return server.backup == backup && live.is_up(server) && live.fact(server, sample::ServerFact::weight, weight) &&
               weight > 0;
    };
    const std::vector<const model::Server*> servers = live.servers(p);
    const bool on_backups = std::none_of(servers.begin(), servers.end(),
                                         [&](const model::Server* server) { return gets_traffic(*server, false); });
    std::int64_t sum = 0;
    for (const model::Server* server : servers) {
        if (!gets_traffic(*server, on_backups)) continue;
        const std::int64_t room = free_connections(live, *server);
        if (room < 0) return -1;
        sum += room;
        if (on_backups && !p.options.all_backups) break;
    }
    return sum;
}

/// Rounded up; twice the queue where no server could take from it.
std::int64_t average_queue(const Live& live, const model::Proxy& p) {
    const std::int64_t servers = live.usable_servers(p), waiting = live.queued(p);
    return servers > 0 ? (waiting + servers - 1) / servers : 2 * waiting;
}

/// Connections and queue places left on servers that are up; -1 where one of them has no limit.
std::int64_t free_slots(const Live& live, const model::Proxy& p) {
    std::int64_t slots = 0;
    for (const model::Server* server : live.servers(p)) {
        if (!live.is_up(*server)) continue;
        if (server->max_connections == 0 || server->max_queue == 0) return -1;
        slots += server->max_connections - live.connections(*server) + server->max_queue - live.queued(*server);
    }
    return slots;
}

Found fetch_is_up(const Context& context, Arguments args, Cursor&, Value& out) {
    const auto* server = server_of(args);
    return server && context.live ? found_bool(out, context.live->is_up(*server)) : Found::no;
}

Found fetch_stopping(const Context& context, Arguments, Cursor&, Value& out) {
    return found_bool(out, context.live && context.live->is_stopping());
}

Found fetch_thread(const Context& context, Arguments, Cursor&, Value& out) {
    return found_int(out, context.live ? context.live->thread_number() : 0);
}

constexpr auto kDone = Support::done;

constexpr Fetch kTable[] = {
    {.name = "avg_queue", .args = "backend", .out = Type::sint, .support = kDone, .run = fetch_of_proxy<average_queue>},
    {.name = "be_conn",
     .args = "backend",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_proxy<connections<false>>},
    {.name = "be_conn_free",
     .args = "backend",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_proxy<free_connections_of_all>,
     .since = "1.9"},
    {.name = "be_sess_rate",
     .args = "backend",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_proxy<session_rate<false>>},
    {.name = "connslots", .args = "backend", .out = Type::sint, .support = kDone, .run = fetch_of_proxy<free_slots>},
    {.name = "fe_conn",
     .args = "frontend",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_proxy<connections<true>>},
    {.name = "fe_req_rate",
     .args = "frontend",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_proxy<request_rate>,
     .since = "1.7"},
    {.name = "fe_sess_rate",
     .args = "frontend",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_proxy<session_rate<true>>},
    {.name = "nbsrv", .args = "backend", .out = Type::sint, .support = kDone, .run = fetch_of_proxy<usable>},
    {.name = "queue", .args = "backend", .out = Type::sint, .support = kDone, .run = fetch_of_proxy<queued>},
    {.name = "srv_conn",
     .args = "server",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_server<server_connections>,
     .since = "1.5"},
    {.name = "srv_conn_free",
     .args = "server",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_server<free_connections>,
     .since = "1.9"},
    {.name = "srv_is_up", .args = "server", .out = Type::boolean, .support = kDone, .run = fetch_is_up, .since = "1.4"},
    {.name = "srv_queue",
     .args = "server",
     .out = Type::sint,
     .support = kDone,
     .run = fetch_of_server<server_queued>,
     .since = "1.8"},
    {.name = "stopping", .out = Type::boolean, .support = kDone, .run = fetch_stopping, .since = "1.6"},
    {.name = "thread",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_thread,
     .since = "1.8"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
