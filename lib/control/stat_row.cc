// How a row of the statistics is made, and what several of its figures are asked for elsewhere too.
#include "control/stat_fields.h"
#include "server/backend.h"

namespace cfgproxy::control {

/// `stats calculate-max-counters off`.
static void forget_maxima(Row& row) {
    for (const Stat stat : {Stat::smax, Stat::rate_max, Stat::req_rate_max, Stat::conn_rate_max, Stat::qtime_max,
                            Stat::ctime_max, Stat::rtime_max, Stat::ttime_max})
        row.values[static_cast<std::size_t>(stat)].number = 0;
}

void fill_row(Row& row, const RowSource& source) {
    row.kind = source.kind;
    const std::span<const StatField> fields = stat_fields();
    for (std::size_t i = 0; i < kStatCount; ++i) {
        const StatField::Get get = fields[i].get(source.kind);
        if (get)
            row.values[i] = get(source);
        else
            row.values[i].type = Value::Type::none, row.values[i].number = 0, row.values[i].text.clear();
    }
    if (source.generation && !source.generation->config->global.max_counters) forget_maxima(row);
}

std::string_view mode_name(model::Mode mode) {
    constexpr std::string_view kNames[] = {"tcp", "http", "health", "log"};
    return kNames[static_cast<std::size_t>(mode)];
}

std::uint32_t frontend_limit(const server::Frontend* state, const model::Proxy& proxy, const stream::Process& process) {
    if (state)
        if (const std::uint32_t limit = state->max_connections.load()) return limit;
    return proxy.max_connections ? proxy.max_connections : process.max_connections.load();
}

const server::Server& checked_server(const server::Server& server) {
    const server::Server* at = &server;
    while (const server::Server* next = at->tracked()) at = next;
    return *at;
}

void tell_server(RowSource& row, const server::Backend& backend, const server::Server& server) {
    row.backend = &backend;
    row.server = &server;
    row.traffic = &server.traffic;
    row.origin = &checked_server(server);
    row.check = server.check();
    row.checked = row.origin == &server ? row.check : row.origin->check();
}

std::string address_text(const net::Address& address) {
    if (!address.is_ip()) return "unix";
    const std::string port = ":" + std::to_string(address.port());
    return address.family() == AF_INET6 ? "[" + address.ip_text() + "]" + port : address.ip_text() + port;
}

}  // namespace cfgproxy::control
