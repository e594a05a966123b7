#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "log/date.h"
#include "log/format.h"

using namespace cfgproxy;
using namespace cfgproxy::log;

namespace {

/// Lines are compared in GMT.
const struct Gmt {
    Gmt() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }
} kGmt;

net::Address address(const char* ip, std::uint16_t port) {
    net::Address a = *net::Address::parse_ip(ip);
    a.set_port(port);
    return a;
}

constexpr std::uint64_t kNoon = 1795446269860123;  // 23 Nov 2026 15:04:29.860123 GMT

/// One exchange as HAProxy 2.6.12 logged it.
Record exchange() {
    static const std::string_view request[] = {"example.com:12345678", "q\"{x|y}#\x7f\xe9~\\]"};
    static const std::string_view response[] = {"a{b|c}\"#~", {}};
    Record r;
    r.client = address("127.0.0.1", 35554);
    r.frontend_address = address("127.0.0.1", 15001);
    r.accept_wall_us = r.request_wall_us = kNoon;
    r.frontend_name = "web", r.backend_name = "b", r.server_name = "s1";
    r.http = true;
    r.idle_ms = r.request_ms = r.queue_ms = r.connect_ms = r.response_ms = r.active_ms = r.total_ms = 0;
    r.status = 200;
    r.bytes_to_client = 91;
    r.cookie = "SID=abc", r.set_cookie = "SID=val";
    r.termination[2] = 'N', r.termination[3] = 'I';
    r.active_connections = r.frontend_connections = 1;
    r.request_line = "GET /a?b=c HTTP/1.1";
    r.request_captures = request, r.request_capture_count = 2;
    r.response_captures = response, r.response_capture_count = 2;
    return r;
}

/// What reached nobody: no server, no request.
Record bad_request() {
    Record r;
    r.client = address("127.0.0.1", 54286);
    r.accept_wall_us = r.request_wall_us = 1795446270567000;
    r.frontend_name = r.backend_name = "web";
    r.server_name = "<NOSRV>";
    r.http = true;
    r.active_ms = r.total_ms = 1001;
    r.status = 408;
    r.termination[0] = 'c', r.termination[1] = 'R';
    r.active_connections = r.frontend_connections = 1;
    return r;
}

std::string line(void (*append)(const Record&, std::string&), const Record& record) {
    std::string out;
    append(record, out);
    return out;
}

std::string rendered(std::string_view format, const Record& record, Use use = Use::line) {
    auto compiled = compile(format, {}, use);
    REQUIRE(compiled.ok());
    std::string out;
    render(**compiled, &record, sample::Context{}, out);
    return out;
}

}  // namespace

TEST_CASE("http lines are HAProxy's, byte for byte") {
    CHECK(line(append_http_line, exchange()) ==
          "127.0.0.1:35554 [23/Nov/2026:15:04:29.860] web b/s1 0/0/0/0/0 200 91 SID=abc SID=val --NI 1/1/0/0/0 0/0 "
          "{example.com:12345678|q#22#7Bx#7Cy#7D#23#7F#E9~\\]} {a#7Bb#7Cc#7D#22#23~|} \"GET /a?b=c HTTP/1.1\"");
    CHECK(line(append_http_line, bad_request()) ==
          "127.0.0.1:54286 [23/Nov/2026:15:04:30.567] web web/<NOSRV> -1/-1/-1/-1/1001 408 0 - - cR-- 1/1/0/0/0 0/0 "
          "\"<BADREQ>\"");
    Record asap = exchange();
    asap.frontend_name = "asap";
    asap.unfinished = true;
    asap.cookie = asap.set_cookie = {};
    asap.bytes_to_client = 115;
    asap.backend_connections = asap.server_connections = 1;
    asap.request_captures = asap.response_captures = nullptr;
    asap.request_line = "GET /asap HTTP/1.1";
    CHECK(line(append_http_line, asap) ==
          "127.0.0.1:35554 [23/Nov/2026:15:04:29.860] asap b/s1 0/0/0/0/+0 200 +115 - - --NI 1/1/1/1/0 0/0 \"GET /asap "
          "HTTP/1.1\"");
    Record only_response = exchange();
    only_response.request_captures = nullptr;
    only_response.response_capture_count = 1;
    only_response.redispatched = true;
    only_response.retries = 3;
    only_response.frontend_ssl = true;
    only_response.request_line = "GET /\x01\"\xc3# HTTP/1.1";
    CHECK(line(append_http_line, only_response) ==
          "127.0.0.1:35554 [23/Nov/2026:15:04:29.860] web~ b/s1 0/0/0/0/0 200 91 SID=abc SID=val --NI 1/1/0/0/+3 0/0 "
          "{a#7Bb#7Cc#7D#22#23~} \"GET /#01#22#C3#23 HTTP/1.1\"");
}

TEST_CASE("clf lines are HAProxy's, byte for byte") {
    static const std::string_view request[] = {"example.com:12345678", "q\""};
    Record r = exchange();
    r.client = address("127.0.0.1", 57516);
    r.accept_wall_us = r.request_wall_us = 1795446278295000;
    r.frontend_name = "clf";
    r.cookie = r.set_cookie = {};
    r.request_line = "GET /clf\" HTTP/1.1";
    r.request_captures = request;
    r.response_capture_count = 1;
    CHECK(line(append_clf_line, r) ==
          "127.0.0.1 - - [23/Nov/2026:15:04:38 +0000] \"GET /clf#22 HTTP/1.1\" 200 91 \"\" \"\" 57516 295 \"clf\" "
          "\"b\" \"s1\" 0 0 0 0 0 --NI 1 1 0 0 0 0 0 \"\" \"\" \"example.com:12345678\" \"q#22\" "
          "\"a#7Bb#7Cc#7D#22#23~\"");
    r.request_captures = r.response_captures = nullptr;
    r.accept_wall_us -= 197000;
    CHECK(line(append_clf_line, r) ==
          "127.0.0.1 - - [23/Nov/2026:15:04:38 +0000] \"GET /clf#22 HTTP/1.1\" 200 91 \"\" \"\" 57516 098 \"clf\" "
          "\"b\" \"s1\" 0 0 0 0 0 --NI 1 1 0 0 0 0 0 \"\" \"\" ");
}

TEST_CASE("tcp, connect and error lines are HAProxy's, byte for byte") {
    Record r;
    r.client = address("127.0.0.1", 56158);
    r.frontend_address = address("127.0.0.1", 15006);
    r.accept_wall_us = 1795446281005000;
    r.frontend_name = "tcpdead", r.backend_name = "tdead", r.server_name = "s1";
    r.queue_ms = 1, r.total_ms = 603;
    r.termination[0] = 'S', r.termination[1] = 'C';
    r.active_connections = r.frontend_connections = 1;
    r.retries = 2;
    CHECK(line(append_tcp_line, r) ==
          "127.0.0.1:56158 [23/Nov/2026:15:04:41.005] tcpdead tdead/s1 1/-1/603 0 SC 1/1/0/0/2 0/0");
    r.bind_id = 2;
    CHECK(line(append_connect_line, r) == "Connect from 127.0.0.1:56158 to 127.0.0.1:15006 (tcpdead/TCP)");
    r.http = true;
    CHECK(line(append_connect_line, r) == "Connect from 127.0.0.1:56158 to 127.0.0.1:15006 (tcpdead/HTTP)");
    r.error = "Truncated PROXY protocol header received";
    CHECK(line(append_error_line, r) ==
          "127.0.0.1:56158 [23/Nov/2026:15:04:41.005] tcpdead/2: Truncated PROXY protocol header received");
    r.bind_name = "named";
    r.client = address("::1", 7);
    CHECK(line(append_error_line, r) ==
          "::1:7 [23/Nov/2026:15:04:41.005] tcpdead/named: Truncated PROXY protocol header received");
    r.client = net::Address::unix_peer();
    CHECK(line(append_connect_line, r) == "Connect to unix:2 (tcpdead/HTTP)");
    CHECK(line(append_error_line, r).starts_with("unix:2 ["));
}

TEST_CASE("the written-out lines equal their formats") {
    auto compare = [](Record r) {
        r.http = true;  // %ST is none of TCP
        CHECK(line(append_http_line, r) == rendered(kHttpFormat, r));
        CHECK(line(append_tcp_line, r) == rendered(kTcpFormat, r));
        CHECK(line(append_clf_line, r) == rendered(kClfFormat, r));
    };
    compare(exchange());
    compare(bad_request());
    compare(Record{});
    Record r = exchange();
    const std::string longest(2000, 'x'), quotes(2000, '"');
    r.request_line = longest;
    compare(r);
    r.request_line = quotes;
    r.client = net::Address::unix_peer();
    r.bind_id = 3;
    compare(r);
    r.client = address("2001:db8::1", 65535);
    r.bytes_to_client = ~0ull >> 1;
    r.active_ms = r.total_ms = 1ll << 40;
    r.cookie = longest;
    r.request_capture_count = 0;
    r.redispatched = r.unfinished = r.frontend_ssl = true;
    compare(r);
    r.response_captures = nullptr;
    compare(r);
    r.request_captures = nullptr;
    r.response_capture_count = 0;
    compare(r);
}

TEST_CASE("every byte is encoded as HAProxy does") {
    for (int c = 1; c < 256; ++c) {
        for (std::size_t at : {0, 3, 8, 13}) {  // the search for such bytes goes by eights
            std::string text(16, 'a');
            text[at] = static_cast<char>(c);
            Record r;
            r.request_line = text;
            const bool encoded = c < 32 || c >= 127 || c == '"' || c == '#';
            char code[4];
            std::snprintf(code, sizeof code, "#%02X", c);
            const std::string expected =
                text.substr(0, at) + (encoded ? code : text.substr(at, 1)) + text.substr(at + 1);
            CHECK(rendered("%r", r) == expected);
            CHECK(line(append_http_line, r).ends_with("\"" + expected + "\""));
            std::string_view captured = text;
            r.request_captures = &captured;
            r.request_capture_count = 1;
            const bool in_header = encoded || c == '{' || c == '|' || c == '}';
            CHECK(rendered("%hr", r) ==
                  "{" + text.substr(0, at) + (in_header ? code : text.substr(at, 1)) + text.substr(at + 1) + "}");
        }
    }
}

TEST_CASE("dates follow the zone") {
    std::string text;
    auto in_zone = [&](const char* zone, std::uint64_t wall_us, void (*append)(std::string&, std::uint64_t)) {
        text.clear();
        // A thread of its own: what a thread knows of the zone it keeps.
        std::thread([&] {
            ::setenv("TZ", zone, 1);
            ::tzset();
            append(text, wall_us);
        }).join();
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        return text;
    };
    constexpr const char* kParis = "CET-1CEST,M3.5.0,M10.5.0/3";
    const std::uint64_t summer = 1791201787042137, winter = 1765000000000001;
    CHECK(in_zone(kParis, summer, append_local_ms) == "05/Oct/2026:14:03:07.042");
    CHECK(in_zone(kParis, summer, append_local_offset) == "05/Oct/2026:14:03:07 +0200");
    CHECK(in_zone(kParis, summer, append_gmt) == "05/Oct/2026:12:03:07 +0000");
    CHECK(in_zone(kParis, summer, append_syslog) == "Oct  5 14:03:07");
    CHECK(in_zone(kParis, winter, append_iso) == "2025-12-06T06:46:40.000001+01:00");
    CHECK(in_zone("NST3:30", winter, append_local_offset) == "06/Dec/2025:02:16:40 -0330");
    CHECK(in_zone("ODD-0:17:30", winter, append_local_ms) == "06/Dec/2025:06:04:10.000");
    // Against the C library, over the change to summer time and on.
    std::thread([&] {
        ::setenv("TZ", kParis, 1);
        ::tzset();
        for (std::int64_t s = 1774740000; s < 1774760000; s += 37) {
            const time_t when = s;
            tm t = {};
            ::localtime_r(&when, &t);
            char expected[64];
            std::strftime(expected, sizeof expected, "%d/%b/%Y:%H:%M:%S %z", &t);
            text.clear();
            append_local_offset(text, static_cast<std::uint64_t>(s) * 1000000);
            CHECK(text == expected);
        }
    }).join();
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}
