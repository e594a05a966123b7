#include <catch2/catch.hpp>
#include <set>

#include <algorithm>

#include "base/text.h"
#include "control/admin_form.h"
#include "control/html.h"
#include "control/page_options.h"
#include "control/stat_format.h"
#include "control/text.h"
#include "server/test_helpers.h"

using namespace cfgproxy;
using namespace cfgproxy::control;

namespace {

/// HAProxy 2.6's header, byte for byte.
constexpr std::string_view kHeader =
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,"
    "bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,"
    "check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,"
    "req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,"
    "rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,"
    "agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,intercepted,dcon,dses,"
    "wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,ttime_max,eint,"
    "idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight,agg_server_status,agg_server_check_status,"
    "agg_check_status,-,ssl_sess,ssl_reused_sess,ssl_failed_handshake,h2_headers_rcvd,h2_data_rcvd,h2_settings_rcvd,"
    "h2_rst_stream_rcvd,h2_goaway_rcvd,h2_detected_conn_protocol_errors,h2_detected_strm_protocol_errors,"
    "h2_rst_stream_resp,h2_goaway_resp,h2_open_connections,h2_backend_open_streams,h2_total_connections,"
    "h2_backend_total_streams,h1_open_connections,h1_open_streams,h1_total_connections,h1_total_streams,h1_bytes_in,"
    "h1_bytes_out,h1_spliced_bytes_in,h1_spliced_bytes_out,\n";

/// A generation of one listen section "b" with servers s1... of the given weights.
struct World {
    explicit World(const std::vector<std::uint32_t>& weights) {
        auto config = std::make_shared<model::Config>();
        auto proxy = server::make_proxy(weights);
        proxy->capabilities = model::kListen;
        proxy->mode = model::Mode::http;
        proxy->id = 2;
        proxy->max_connections = 100;
        config->proxies.push_back(std::move(proxy));
        config->index();
        generation.objects = registry.adopt(*config);
        generation.config = config;
        process.max_connections = 1000;
    }
    server::Backend& backend() { return *generation.objects.backends[0]; }
    StatWalk walk(StatFilter filter = {}) { return {generation, nullptr, process, std::move(filter)}; }
    std::string csv(StatFilter filter = {}) {
        std::string text;
        StatDump dump(walk(std::move(filter)), StatFormat::csv, false);
        while (dump.produce(text, 1000)) {
        }
        return text;
    }
    server::TestSink sink;
    server::Registry registry{1, sink};
    stream::Process process;
    stream::Generation generation;
};

/// The column `stat` of the CSV line that begins with `start`.
std::string column(const std::string& csv, std::string_view start, Stat stat) {
    const std::size_t line = csv.find("\n" + std::string(start) + ",");
    REQUIRE(line != std::string::npos);
    std::size_t at = line + 1;
    for (std::size_t i = 0; i < static_cast<std::size_t>(stat); ++i) at = csv.find(',', at) + 1;
    return csv.substr(at, csv.find(',', at) - at);
}

}  // namespace

TEST_CASE("The CSV header is that of HAProxy 2.6") {
    std::string header;
    append_csv_header(header);
    CHECK(header == kHeader);
}

TEST_CASE("Every row has as many columns as the header") {
    World world({1, 2});
    const std::string csv = world.csv();
    const auto columns = std::count(kHeader.begin(), kHeader.end(), ',');
    std::size_t lines = 0;
    for (std::string_view line : base::split(csv, '\n')) {
        if (line.empty()) continue;
        CHECK(std::count(line.begin(), line.end(), ',') == columns);
        ++lines;
    }
    CHECK(lines == 5);  // header, FRONTEND, two servers, BACKEND
}

TEST_CASE("Rows tell limits, weights and states") {
    World world({1, 20});
    std::string csv = world.csv();
    CHECK(column(csv, "b,FRONTEND", Stat::slim) == "100");
    CHECK(column(csv, "b,FRONTEND", Stat::status) == "OPEN");
    CHECK(column(csv, "b,s2", Stat::weight) == "20");
    CHECK(column(csv, "b,s1", Stat::status) == "no check");
    CHECK(column(csv, "b,s1", Stat::addr) == "");
    CHECK(column(csv, "b,BACKEND", Stat::weight) == "21");
    CHECK(column(csv, "b,BACKEND", Stat::uweight) == "21");
    CHECK(column(csv, "b,BACKEND", Stat::slim) == "10");
    CHECK(column(csv, "b,BACKEND", Stat::act) == "2");
    world.backend().set_maintenance(*world.backend().find("s1"));
    world.backend().set_drain(*world.backend().find("s2"));
    csv = world.csv({.legends = true});
    CHECK(column(csv, "b,s1", Stat::status) == "MAINT");
    CHECK(column(csv, "b,s2", Stat::status) == "DRAIN");
    CHECK(column(csv, "b,BACKEND", Stat::status) == "DOWN");
    CHECK(column(csv, "b,BACKEND", Stat::algo) == "roundrobin");
}

TEST_CASE("Filters choose rows") {
    World world({1, 1});
    CHECK(world.csv({.name_part = "x"}) == kHeader);
    CHECK(world.csv({.proxy_id = 3}) == kHeader);
    const std::string one = world.csv({.proxy_id = 2, .kinds = 4, .server_id = 2});
    CHECK(one.find("b,s2,") != std::string::npos);
    CHECK(one.find("b,s1,") == std::string::npos);
    CHECK(one.find("BACKEND") == std::string::npos);
    world.backend().set_maintenance(*world.backend().find("s1"));
    const std::string up = world.csv({.hide_down = true});
    CHECK(up.find("b,s1,") == std::string::npos);
    CHECK(column(up, "b,BACKEND", Stat::status) == "UP (1/2)");
    const std::vector<std::string> scope = {"other"};
    CHECK(world.csv({.scope = &scope}) == kHeader);
}

TEST_CASE("Long output is made in pieces") {
    World world(std::vector<std::uint32_t>(500, 1));
    std::size_t pieces = 0, total = 0;
    StatDump dump(world.walk(), StatFormat::json, false);
    for (bool more = true; more; ++pieces) {
        std::string piece;
        more = dump.produce(piece, 1000);
        CHECK(piece.size() < 3 * kPieceSize);
        total += piece.size();
    }
    CHECK(pieces > 10);
    CHECK(total > 10 * kPieceSize);
}

TEST_CASE("The admin form changes servers and says what became of it") {
    World world({1, 1});
    const auto run = [&](std::string_view body) { return run_admin_form(body, world.generation); };
    CHECK(run("s=s1&action=maint&b=%232") == Outcome::done);
    CHECK(world.backend().find("s1")->in_maintenance());
    CHECK(run("s=s1&s=s2&b=b&action=ready") == Outcome::done);
    CHECK_FALSE(world.backend().find("s1")->in_maintenance());
    CHECK(run("s=s1&s=nobody&b=b&action=drain") == Outcome::part);
    CHECK(world.backend().find("s1")->draining());
    CHECK(run("s=nobody&b=b&action=drain") == Outcome::errp);
    CHECK(run("s=s1&b=x&action=drain") == Outcome::errp);
    CHECK(run("s=s1&b=b&action=dance") == Outcome::errp);
    CHECK(run("s=s1&b=b&action=") == Outcome::errp);
    CHECK(run("s=s2&b=b&action=enable") == Outcome::none);
    CHECK(run("s=s2&b=b&action=disable") == Outcome::done);
    CHECK(run("b=b&action=ready") == Outcome::none);
    CHECK(run("foo") == Outcome::none);
    CHECK(run("") == Outcome::none);
}

TEST_CASE("Options of the page's address") {
    const PageOptions all = parse_page_options(";up;norefresh;csv;st=DONE?scope=ab");
    CHECK(all.up);
    CHECK(all.no_refresh);
    CHECK(all.format == StatFormat::csv);
    CHECK(all.outcome == Outcome::done);
    CHECK(all.scope == "ab");
    CHECK(link_to("/s", all, true, true) == "/s;up;norefresh?scope=ab");
    CHECK(parse_page_options("").format == StatFormat::html);
    CHECK(parse_page_options(";st=XXXX").outcome == Outcome::unknown);
    CHECK(parse_page_options("?scope=<script>").scope.empty());
    CHECK(parse_page_options("?scope=123456789012345678901").scope == "12345678901234567890");
    CHECK(parse_page_options(";json-schema").schema);
}

TEST_CASE("The page escapes names and colours states") {
    World world({1});
    Page page{world.generation.config->proxies[0]->stats, world.process, world.generation, {}, true, 1000, 0};
    Row row;
    row.kind = RowKind::server;
    auto set = [&](Stat stat, Value value) { row.values[static_cast<std::size_t>(stat)] = std::move(value); };
    set(Stat::pxname, Value::str("b"));
    set(Stat::svname, Value::str("<x>"));
    set(Stat::weight, Value::u32(1));
    set(Stat::status, Value::str("UP"));
    CHECK(state_class(row) == "up");
    std::string html;
    append_html_row(html, page, row);
    CHECK(html.find("<x>") == std::string::npos);
    CHECK(html.find("&lt;x&gt;") != std::string::npos);
    CHECK(html.find("<tr class=\"active_up\">") == 0);
    set(Stat::status, Value::str("DOWN 1/2"));
    CHECK(state_class(row) == "going_up");
    set(Stat::status, Value::str("NOLB"));
    CHECK(state_class(row) == "nolb");
    set(Stat::status, Value::str("no check"));
    CHECK(state_class(row) == "no_check");
    set(Stat::status, Value::str("UP 2/3"));
    set(Stat::chkfail, Value::u64(1));
    set(Stat::check_health, Value::u32(2));
    set(Stat::check_rise, Value::u32(2));
    set(Stat::check_fall, Value::u32(3));
    CHECK(state_class(row) == "going_down");
}

TEST_CASE("Values in CSV, typed and JSON form") {
    std::string text;
    append_csv(text, Value::str("a,b\"c"));
    CHECK(text == "\"a,b\"\"c\"");
    text.clear();
    append_typed(text, Value::s32(-1));
    CHECK(text == "s32:-1");
    text.clear();
    append_json(text, Value::str("a\"\n"));
    CHECK(text == "\"value\":{\"type\":\"str\",\"value\":\"a\\\"\\u000a\"}");
    text.clear();
    append_csv(text, Value::real(1.5));
    CHECK(text == "1.5");
    text.clear();
    append_json_tags(text, "MaP");
    CHECK(text == "\"tags\":{\"origin\":\"Metric\",\"nature\":\"Avg\",\"scope\":\"Process\"}");
}

TEST_CASE("Times and numbers for people") {
    CHECK(human_time(0) == "0s");
    CHECK(human_time(59) == "59s");
    CHECK(human_time(3600) == "1h");
    CHECK(human_time(3661) == "1h1m");
    CHECK(human_time(90061) == "1d1h");
    CHECK(human_time(-1) == "?");
    CHECK(human_number(999) == "999");
    CHECK(human_number(12345) == "1<span class=\"rls\">2</span>345");
    CHECK(human_number(1234567) == "<span class=\"rls\">1</span>23<span class=\"rls\">4</span>567");
}
