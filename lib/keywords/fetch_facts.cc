#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "keywords/sample_support.h"
#include "model/server.h"
#include "sample/checkpoint.h"
#include "sample/facts.h"

/// What an exchange, its two connections and the process know about themselves: times, bytes, timeouts, states
/// (manual 7.3.2 to 7.3.6).
namespace cfgproxy::keywords {
namespace {

using sample::Fact;
using sample::ServerFact;

template <Fact fact>
Found fetch_fact(const Context& context, Arguments, Cursor& cursor, Value& out) {
    std::int64_t number = 0;
    cursor.may_change = true;
    return context.live && context.live->fact(fact, number) ? found_int(out, number) : Found::no;
}

template <Fact fact>
Found fetch_yes_or_no(const Context& context, Arguments, Cursor&, Value& out) {
    std::int64_t number = 0;
    return context.live && context.live->fact(fact, number) ? found_bool(out, number != 0) : Found::no;
}

/// Tq: what is idle, the handshake and the head together.
Found fetch_until_request(const Context& context, Arguments, Cursor&, Value& out) {
    std::int64_t head = -1, idle = 0, handshake = 0;
    if (!context.live || !context.live->fact(Fact::request_ms, head)) return Found::no;
    context.live->fact(Fact::idle_ms, idle);
    context.live->fact(Fact::handshake_ms, handshake);
    return found_int(out, head < 0 ? -1 : head + (idle < 0 ? 0 : idle) + handshake);
}

/// A date in the unit that the argument asks for: "s", "ms", "us".
template <Fact fact>
Found fetch_date(const Context& context, Arguments args, Cursor&, Value& out) {
    std::int64_t us = 0;
    if (!context.live || !context.live->fact(fact, us)) return Found::no;
    return found_int(out, us / (has(args, 0) ? args[0].number : 1000000));
}

base::Result<void> prepare_date(std::vector<Argument>& args) {
    if (args[0].text == "s")
        args[0].number = 1000000;
    else if (args[0].text == "ms")
        args[0].number = 1000;
    else if (args[0].text == "us")
        args[0].number = 1;
    else
        return base::Error{"expects 's', 'ms' or 'us', got '" + args[0].text + "'"};
    return {};
}

Found fetch_termination(const Context& context, Arguments, Cursor&, Value& out) {
    const std::string_view state = context.live ? context.live->termination() : std::string_view{};
    return state.empty() ? Found::no : found_text(out, context.arena->copy(state));
}

Found fetch_rule_file(const Context& context, Arguments, Cursor&, Value& out) {
    if (!context.last_rule || !context.last_rule->file) return Found::no;
    return found_text(out, *context.last_rule->file);
}

Found fetch_rule_line(const Context& context, Arguments, Cursor&, Value& out) {
    return context.last_rule ? found_int(out, context.last_rule->line) : Found::no;
}

Found fetch_id32(const Context& context, Arguments, Cursor&, Value& out) {
    return found_int(out, static_cast<std::uint32_t>(context.stream_id));
}

template <ServerFact fact>
Found fetch_of_server(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const auto* server = static_cast<const model::Server*>(args[0].target);
    std::int64_t number = 0;
    cursor.may_change = true;
    return server && context.live && context.live->fact(*server, fact, number) ? found_int(out, number) : Found::no;
}

// --- the two connections ------------------------------------------------------------------------------------------

enum class Peer : std::uint8_t { client, server };

/// The address at this end (our own) or at the other end of a connection.
template <Peer peer, bool other_end>
bool address_of(const Context& context, net::Address& address) {
    const int fd = context.live ? context.live->socket(peer == Peer::server) : -1;
    sockaddr_storage raw{};
    socklen_t size = sizeof raw;
    if (peer == Peer::client) {
        if (const auto* known = context.live ? context.live->connection_address(!other_end) : nullptr) {
            address = *known;
            return true;
        }
        address = other_end ? context.src : context.dst;
        return true;
    }
    if (fd < 0) return false;
    auto* to = reinterpret_cast<sockaddr*>(&raw);
    if ((other_end ? ::getpeername(fd, to, &size) : ::getsockname(fd, to, &size)) != 0) return false;
    address = net::Address::from(to, size);
    return true;
}

template <Peer peer, bool other_end>
Found fetch_address(const Context& context, Arguments, Cursor&, Value& out) {
    net::Address address;
    return address_of<peer, other_end>(context, address) && address.is_ip() ? found_ip(out, address) : Found::no;
}

template <Peer peer, bool other_end>
Found fetch_port(const Context& context, Arguments, Cursor&, Value& out) {
    net::Address address;
    if (!address_of<peer, other_end>(context, address) || address.port() == 0) return Found::no;
    return found_int(out, address.port());
}

/// One number of TCP_INFO; times are kept in microseconds.
template <Peer peer, std::uint32_t tcp_info::*member, bool is_time>
Found fetch_tcp_info(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const int fd = context.live ? context.live->socket(peer == Peer::server) : -1;
    tcp_info info{};
    socklen_t size = sizeof info;
    if (fd < 0 || ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return Found::no;
    cursor.may_change = true;
    const std::int64_t number = info.*member;
    return found_int(out, is_time && !(has(args, 0) && args[0].number == 1) ? number / 1000 : number);
}

base::Result<void> prepare_time_unit(std::vector<Argument>& args) {
    if (args[0].text == "us")
        args[0].number = 1;
    else if (args[0].text == "ms")
        args[0].number = 1000;
    else
        return base::Error{"expects 'us' or 'ms', got '" + args[0].text + "'"};
    return {};
}

template <std::uint32_t tcp_info::*member>
constexpr Fetch counter(std::string_view name) {
    return {.name = name,
            .args = "[string]",
            .out = Type::sint,
            .needs = sample::kClient,
            .support = Support::done,
            .run = fetch_tcp_info<Peer::client, member, false>,
            .since = "1.7"};
}

template <Peer peer, std::uint32_t tcp_info::*member>
constexpr Fetch time(std::string_view name, std::string_view since) {
    return {.name = name,
            .args = "[string]",
            .out = Type::sint,
            .needs = sample::kClient,
            .support = Support::done,
            .run = fetch_tcp_info<peer, member, true>,
            .prepare = prepare_time_unit,
            .since = since};
}

template <Fact fact>
constexpr Fetch number(std::string_view name, std::uint16_t needs, std::string_view since) {
    return {.name = name,
            .out = Type::sint,
            .needs = needs,
            .support = Support::done,
            .run = fetch_fact<fact>,
            .since = since};
}

template <ServerFact fact>
constexpr Fetch of_server(std::string_view name, std::string_view since) {
    return {.name = name,
            .args = "server",
            .out = Type::sint,
            .support = Support::done,
            .run = fetch_of_server<fact>,
            .since = since};
}

using sample::kClient, sample::kInternal, sample::kTransaction, sample::kRequestHead, sample::kResponseHead,
    sample::kBackend, sample::kFrontend, sample::kNothing, sample::kResponseEnd, sample::kServerConnection;
constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "accept_date", .args = "[string]", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_date<Fact::accept_us>, .prepare = prepare_date, .since = "2.9"},
    number<Fact::open_connections>("act_conn", kNothing, "2.9"),
    number<Fact::connect_ms>("bc.timer.connect", kServerConnection, "2.9"),
    number<Fact::backend_queue>("bc_be_queue", kServerConnection, "3.0"),
    {.name = "bc_dst", .out = Type::address, .needs = kServerConnection, .support = kDone, .run = fetch_address<Peer::server, true>, .since = "2.4"},
    {.name = "bc_dst_port", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_port<Peer::server, true>, .since = "2.4"},
    {.name = "bc_reused", .out = Type::boolean, .needs = kServerConnection, .support = kDone, .run = fetch_yes_or_no<Fact::server_reused>, .since = "3.2"},
    time<Peer::server, &tcp_info::tcpi_rtt>("bc_rtt", "2.8"),
    time<Peer::server, &tcp_info::tcpi_rttvar>("bc_rttvar", "2.8"),
    {.name = "bc_src", .out = Type::address, .needs = kServerConnection, .support = kDone, .run = fetch_address<Peer::server, false>, .since = "2.4"},
    {.name = "bc_src_port", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_port<Peer::server, false>, .since = "2.4"},
    number<Fact::server_queue>("bc_srv_queue", kServerConnection, "3.0"),
    number<Fact::request_bytes>("bytes_in", kInternal | kTransaction, "2.9"),
    number<Fact::response_bytes>("bytes_out", kInternal | kResponseEnd, "2.9"),
    number<Fact::client_timeout_ms>("cur_client_timeout", kFrontend, "2.9"),
    number<Fact::connect_timeout_ms>("cur_connect_timeout", kBackend, "3.4"),
    number<Fact::queue_timeout_ms>("cur_queue_timeout", kBackend, "3.4"),
    number<Fact::server_timeout_ms>("cur_server_timeout", kBackend, "2.4"),
    number<Fact::tarpit_timeout_ms>("cur_tarpit_timeout", kFrontend | kBackend, "3.4"),
    number<Fact::tunnel_timeout_ms>("cur_tunnel_timeout", kBackend, "2.4"),
    number<Fact::handshake_ms>("fc.timer.handshake", kClient, "2.9"),
    number<Fact::total_ms>("fc.timer.total", kFrontend, "2.9"),
    {.name = "fc_dst", .out = Type::address, .needs = kClient, .support = kDone, .run = fetch_address<Peer::client, false>, .since = "2.5"},
    {.name = "fc_dst_port", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_port<Peer::client, false>, .since = "2.5"},
    counter<&tcp_info::tcpi_fackets>("fc_fackets"),
    counter<&tcp_info::tcpi_lost>("fc_lost"),
    counter<&tcp_info::tcpi_reordering>("fc_reordering"),
    counter<&tcp_info::tcpi_retrans>("fc_retrans"),
    time<Peer::client, &tcp_info::tcpi_rtt>("fc_rtt", "1.7"),
    time<Peer::client, &tcp_info::tcpi_rttvar>("fc_rttvar", "1.7"),
    counter<&tcp_info::tcpi_sacked>("fc_sacked"),
    {.name = "fc_src", .out = Type::address, .needs = kClient, .support = kDone, .run = fetch_address<Peer::client, true>, .since = "2.5"},
    {.name = "fc_src_port", .out = kInt, .needs = kClient, .support = kDone, .run = fetch_port<Peer::client, true>, .since = "2.5"},
    counter<&tcp_info::tcpi_unacked>("fc_unacked"),
    {.name = "last_rule_file", .support = kDone, .run = fetch_rule_file, .since = "2.6"},
    {.name = "last_rule_line", .out = kInt, .support = kDone, .run = fetch_rule_line, .since = "2.6"},
    number<Fact::request_ms>("req.timer.hdr", kRequestHead, "2.9"),
    number<Fact::idle_ms>("req.timer.idle", kRequestHead, "2.9"),
    number<Fact::queue_ms>("req.timer.queue", kServerConnection, "2.9"),
    {.name = "req.timer.tq", .out = kInt, .needs = kRequestHead, .support = kDone, .run = fetch_until_request, .since = "2.9"},
    {.name = "request_date", .args = "[string]", .out = kInt, .needs = kTransaction, .support = kDone, .run = fetch_date<Fact::request_us>, .prepare = prepare_date, .since = "2.9"},
    number<Fact::data_ms>("res.timer.data", kResponseEnd, "2.9"),
    number<Fact::response_ms>("res.timer.hdr", kResponseHead, "2.9"),
    number<Fact::server_status>("server_status", sample::kResponseFacts, "2.9"),
    of_server<ServerFact::initial_weight>("srv_iweight", "2.3"),
    of_server<ServerFact::session_rate>("srv_sess_rate", "1.5"),
    of_server<ServerFact::user_weight>("srv_uweight", "2.3"),
    of_server<ServerFact::weight>("srv_weight", "2.3"),
    number<Fact::retries>("txn.conn_retries", kServerConnection, "2.9"),
    {.name = "txn.id32", .out = kInt, .support = kDone, .run = fetch_id32, .since = "2.9"},
    {.name = "txn.redispatched", .out = Type::boolean, .needs = kServerConnection, .support = kDone, .run = fetch_yes_or_no<Fact::redispatched>, .since = "3.0"},
    {.name = "txn.sess_term_state", .support = kDone, .run = fetch_termination, .since = "2.9"},
    number<Fact::active_ms>("txn.timer.total", kTransaction, "2.9"),
    number<Fact::user_ms>("txn.timer.user", kTransaction, "2.9"),
    number<Fact::uptime_s>("uptime", kNothing, "3.0"),
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
