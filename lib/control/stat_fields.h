#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "control/value.h"
#include "server/server.h"
#include "stream/env.h"

namespace cfgproxy::control {

/// The figures of a statistics row, in the order of the CSV columns of HAProxy 2.6 (management.txt 9.1); those from
/// ssl_sess on belong to modules and stand behind a column "-".
// clang-format off
enum class Stat : std::uint8_t {
    pxname, svname, qcur, qmax, scur, smax, slim, stot, bin, bout, dreq, dresp, ereq, econ, eresp, wretr,
    wredis, status, weight, act, bck, chkfail, chkdown, lastchg, downtime, qlimit, pid, iid, sid, throttle,
    lbtot, tracked, type, rate, rate_lim, rate_max, check_status, check_code, check_duration, hrsp_1xx,
    hrsp_2xx, hrsp_3xx, hrsp_4xx, hrsp_5xx, hrsp_other, hanafail, req_rate, req_rate_max, req_tot, cli_abrt,
    srv_abrt, comp_in, comp_out, comp_byp, comp_rsp, lastsess, last_chk, last_agt, qtime, ctime, rtime, ttime,
    agent_status, agent_code, agent_duration, check_desc, agent_desc, check_rise, check_fall, check_health,
    agent_rise, agent_fall, agent_health, addr, cookie, mode, algo, conn_rate, conn_rate_max, conn_tot,
    intercepted, dcon, dses, wrew, connect, reuse, cache_lookups, cache_hits, srv_icur, src_ilim, qtime_max,
    ctime_max, rtime_max, ttime_max, eint, idle_conn_cur, safe_conn_cur, used_conn_cur, need_conn_est, uweight,
    agg_server_status, agg_server_check_status, agg_check_status, ssl_sess, ssl_reused_sess,
    ssl_failed_handshake, h2_headers_rcvd, h2_data_rcvd, h2_settings_rcvd, h2_rst_stream_rcvd, h2_goaway_rcvd,
    h2_detected_conn_protocol_errors, h2_detected_strm_protocol_errors, h2_rst_stream_resp, h2_goaway_resp,
    h2_open_connections, h2_backend_open_streams, h2_total_connections, h2_backend_total_streams,
    h1_open_connections, h1_open_streams, h1_total_connections, h1_total_streams, h1_bytes_in, h1_bytes_out,
    h1_spliced_bytes_in, h1_spliced_bytes_out
};
// clang-format on
constexpr std::size_t kStatCount = static_cast<std::size_t>(Stat::h1_spliced_bytes_out) + 1;
constexpr std::size_t kFirstModuleStat = static_cast<std::size_t>(Stat::ssl_sess);

/// What a row is about; the numbers are those of the column `type`.
enum class RowKind : std::uint8_t { frontend, backend, server, listener };

/// What a row is made from: pointers by kind, the others are null. Lives for the making of one row.
struct RowSource {
    RowKind kind = RowKind::frontend;
    const model::Proxy* proxy = nullptr;
    const server::Frontend* frontend = nullptr;
    const server::Backend* backend = nullptr;  ///< of servers too
    const server::Server* server = nullptr;
    const stream::Generation::Listener* listener = nullptr;
    std::uint32_t listener_number = 0;  ///< from 1 in its proxy
    const server::PerThread<server::TrafficCounters>* traffic = nullptr;
    const stream::Generation* generation = nullptr;
    const stream::Process* process = nullptr;
    server::CheckReport check;               ///< the server's own
    server::CheckReport checked;             ///< of the server at the end of the `track` chain: itself mostly
    const server::Server* origin = nullptr;  ///< that server
    std::uint64_t now_ms = 0;                ///< monotonic
    bool legends = false;                    ///< addresses, cookies, algorithms may be shown
    bool counts_hidden = false;              ///< rows of servers are left out: the backend's status tells how many run
};

/// One figure: its name, what it is for typed and JSON output (value.h), and where it comes from for each kind of row;
/// null: that kind has none.
struct StatField {
    using Get = Value (*)(const RowSource& source);
    Stat id;
    std::string_view name;
    std::string_view tags;
    Get frontend = nullptr, backend = nullptr, server = nullptr, listener = nullptr;
    std::string_view backend_tags = {};  ///< where they differ
    std::string_view description;

    Get get(RowKind kind) const {
        return kind == RowKind::frontend  ? frontend
               : kind == RowKind::backend ? backend
               : kind == RowKind::server  ? server
                                          : listener;
    }
    std::string_view tags_of(RowKind kind) const {
        return kind == RowKind::backend && !backend_tags.empty() ? backend_tags : tags;
    }
};
std::span<const StatField> stat_fields();

/// One row of the statistics, whatever it is printed as.
struct Row {
    RowKind kind = RowKind::frontend;
    std::array<Value, kStatCount> values;

    const Value& operator[](Stat stat) const { return values[static_cast<std::size_t>(stat)]; }
    std::uint64_t number(Stat stat) const { return (*this)[stat].number; }
    std::string_view text(Stat stat) const { return (*this)[stat].text; }
    bool has(Stat stat) const { return (*this)[stat].present(); }
};
/// Fills in every figure of `row`.
void fill_row(Row& row, const RowSource& source);

/// "tcp", "http"...
std::string_view mode_name(model::Mode mode);
/// The frontend's maxconn in force.
std::uint32_t frontend_limit(const server::Frontend* state, const model::Proxy& proxy, const stream::Process& process);
/// The server whose checks decide about `server`: the end of the chain of `track`.
const server::Server& checked_server(const server::Server& server);
/// Puts `server` into the row: its counters, and the check that its health comes from.
void tell_server(RowSource& row, const server::Backend& backend, const server::Server& server);
/// "192.0.2.1:80", "[2001:db8::1]:80", "unix".
std::string address_text(const net::Address& address);

}  // namespace cfgproxy::control
