#include <catch2/catch.hpp>
#include <string>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_view_literals;

namespace {

struct Parsed {
    std::string out;  // the head as it leaves, or the status of the refusal
    std::uint32_t length = 0;
    std::uint32_t position = 0;
    H1State state = H1State::rqbefore;
    std::uint8_t connection = 0;
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;

    bool operator==(const Parsed&) const = default;
};

Parsed conclude(H1HeadParser& parser, ParseState state, char* text, base::Arena& arena) {
    Request request;
    if (state == ParseState::more) return {.out = "more"};
    if (state == ParseState::error || !parser.finish(text, arena, request)) {
        CHECK_FALSE(parser.error().reason.empty());
        return {.out = std::to_string(parser.error().status),
                .position = parser.error().position,
                .state = parser.error().state};
    }
    base::Buffer out;
    write_head(out, request);
    return {.out = std::string(out.view()),
            .length = parser.length(),
            .connection = request.connection,
            .framing = request.framing,
            .content_length = request.content_length};
}

/// Parsed at once and, in a buffer that moves each time, byte by byte: both must agree.
Parsed parse(std::string_view text, H1Limits limits = {}) {
    base::Arena arena, slow_arena;
    std::string whole(text);
    H1HeadParser parser, slow;
    const ParseState state = parser.feed(whole.data(), static_cast<std::uint32_t>(whole.size()), limits, arena);
    const Parsed fast = conclude(parser, state, whole.data(), arena);

    std::string piece;
    ParseState slow_state = ParseState::more;
    for (std::size_t i = 0; i < text.size() && slow_state == ParseState::more; ++i) {
        piece = std::string(piece) + text[i];
        slow_state = slow.feed(piece.data(), static_cast<std::uint32_t>(piece.size()), limits, slow_arena);
    }
    CHECK(slow_state == state);
    CHECK(conclude(slow, slow_state, piece.data(), slow_arena) == fast);
    return fast;
}

std::string sent(std::string_view text, H1Limits limits = {}) { return parse(text, limits).out; }
/// A request line with Host: a behind it.
std::string line(std::string_view line) { return sent(std::string(line) + "\r\nHost: a\r\n\r\n"); }
/// What `fields` (behind GET / and Host: a) leave as.
std::string fields(std::string_view text, std::string_view start = "GET / HTTP/1.1") {
    const std::string out = sent(std::string(start) + "\r\nHost: a\r\n" + std::string(text) + "\r\n");
    const std::string front = std::string(start) + "\r\nhost: a\r\n";
    if (!out.starts_with(front)) return out;
    return out.substr(front.size(), out.size() - front.size() - 2);
}
std::string host(std::string_view value, std::string_view start = "GET /") {
    const std::string out = sent(std::string(start) + " HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n");
    return out.substr(0, out.find(" HTTP/1.1")) + "|" + (out.size() > 3 ? out.substr(out.find("\r\n") + 2) : "");
}
std::string posted(std::string_view text) { return fields(text, "POST / HTTP/1.1"); }

constexpr H1Limits kForgiving{.accept_invalid = true};

}  // namespace

TEST_CASE("what is forgiven counts: once for bytes and fields, once for a WebSocket without a key") {
    const auto forgiven = [](std::string text, H1Limits limits = kForgiving) {
        base::Arena arena;
        H1HeadParser parser;
        Request request;
        REQUIRE(parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), limits, arena) == ParseState::done);
        REQUIRE(parser.finish(text.data(), arena, request));
        return parser.forgiven();
    };
    const std::string socket = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    CHECK(forgiven("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
    CHECK(forgiven("GET / HTTP/1.1\r\nHost: a\r\nx(y: 1\r\nx(z: 1\r\n\r\n") == 1);
    CHECK(forgiven("GET / HTTP/1.1\r\nHost: a\r\n" + socket + "\r\n") == 1);
    CHECK(forgiven("GET / HTTP/1.1\r\nHost: a\r\nx(y: 1\r\n" + socket + "\r\n") == 2);
    CHECK(forgiven("GET / HTTP/1.1\r\nHost: a\r\n" + socket + "Sec-WebSocket-Key: 0123456789012345678901==\r\n\r\n",
                   {}) == 0);
}

TEST_CASE("an idle connection costs little") { CHECK(sizeof(H1HeadParser) <= 96); }

TEST_CASE("a head leaves with lower case names, in order, its blanks trimmed") {
    const Parsed p = parse("GET /x?y HTTP/1.1\r\nHost: a\r\nX-B:  1 2\t\r\nX-A:3\r\nX-C:\r\n\r\nbody");
    CHECK(p.out == "GET /x?y HTTP/1.1\r\nhost: a\r\nx-b: 1 2\r\nx-a: 3\r\nx-c: \r\n\r\n");
    CHECK(p.length == 55);
    CHECK(p.framing == Framing::none);
}

TEST_CASE("a head goes on until its blank line") {
    CHECK(sent("GET / HTTP/1.1\r\nHost: a\r\n") == "more");
    CHECK(sent("GET / HTTP/1.1\r\nHost: a\r\n\r") == "more");
    CHECK(sent("") == "more");
    CHECK(sent("GET / HTTP/1.1\r\nHost: a\r\n\rX") == "400");
    CHECK(sent("GET / HTTP/1.1\nHost: a\n\n") == "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
}

TEST_CASE("blank lines may precede a request") {
    const Parsed p = parse("\r\n\n\r\nGET / HTTP/1.1\r\n\r\n");
    CHECK(p.out == "GET / HTTP/1.1\r\n\r\n");
    CHECK(p.length == 23);
    CHECK(sent("\rGET / HTTP/1.1\r\n\r\n") == "400");
    CHECK(sent(" GET / HTTP/1.1\r\n\r\n") == "400");
}

TEST_CASE("a connection on which nothing began is untouched") {
    base::Arena arena;
    H1HeadParser parser;
    std::string text = "\r\n";
    CHECK(parser.feed(text.data(), 2, {}, arena) == ParseState::more);
    CHECK(parser.untouched());
    text += "G";
    CHECK(parser.feed(text.data(), 3, {}, arena) == ParseState::more);
    CHECK_FALSE(parser.untouched());
}

TEST_CASE("a head without end is too long in its line or behind it") {
    base::Arena arena;
    H1HeadParser parser;
    std::string text = "GET /" + std::string(100, 'x');
    parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), {}, arena);
    CHECK(parser.status_if_too_long() == 414);
    text += " HTTP/1.1\r\n";
    parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), {}, arena);
    CHECK(parser.status_if_too_long() == 431);
    CHECK(H1HeadParser(true).status_if_too_long() == 502);
}

TEST_CASE("request lines") {
    CHECK(line("GET  /\tHTTP/1.1") == "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    CHECK(line("get //x HTTP/1.1").starts_with("get //x HTTP/1.1\r\n"));
    for (const char* good : {"GET / HTTP/1.2", "GET / HTTP/1.9", "GET / HTTP/2.0", "GET / HTTP/3.0"})
        CHECK(line(good).starts_with("GET / HTTP/1.1\r\n"));
    CHECK(line("GET / HTTP/1.0").starts_with("GET / HTTP/1.0\r\n"));
    CHECK(line("GET / HTTP/0.9").starts_with("GET / HTTP/0.9\r\n"));
    for (const char* bad : {"GET", "GET ", "GET / HTTP/1.1 ", "GET / HTTP/11", "GET / http/1.1", "GET / HTTP/1.10",
                            "GET / HTTP/1", "G@T / HTTP/1.1", "GET / RTSP/1.0", "GET / x HTTP/1.1", "GET /", "GET / ",
                            "GET  HTTP/1.1", "PRI * HTTP/2.0", "pri / HTTP/1.1", "G\x80T / HTTP/1.1"})
        CHECK(line(bad) == "400");
}

TEST_CASE("targets") {
    for (const char* bad : {"GET /#f", "GET /\x80", "GET /\x01", "GET /\x7f", "GET a", "GET *", "OPTIONS *x",
                            "GET http:/x", "GET http:///x", "GET http://a?x", "GET http://a#f", "GET http://b/"})
        CHECK(line(std::string(bad) + " HTTP/1.1") == "400");
    CHECK(line("OPTIONS * HTTP/1.1").starts_with("OPTIONS * HTTP/1.1"));
    CHECK(line("GET /\"!~%{} HTTP/1.1").starts_with("GET /\"!~%{} HTTP/1.1"));
    CHECK(host("a", "GET http://a") == "GET http://a/|host: a\r\n\r\n");
    CHECK(host("a", "OPTIONS http://a") == "OPTIONS http://a|host: a\r\n\r\n");
    CHECK(host("a", "GET HTTP://A/x") == "GET HTTP://A/x|host: a\r\n\r\n");
    CHECK(host("a", "GET HTTP://A") == "GET HTTP://A/|host: A\r\n\r\n");
    CHECK(host("a:80", "GET http://a:80/x") == "GET http://a/x|host: a\r\n\r\n");
    CHECK(host("a", "GET http://a:80/x") == "GET http://a/x|host: a\r\n\r\n");
    CHECK(host("a:80", "GET http://a/x") == "GET http://a/x|host: a:80\r\n\r\n");
    CHECK(host("a", "GET https://a:443/x") == "GET https://a/x|host: a\r\n\r\n");
    CHECK(host("a", "GET https://a:80/x") == "400|");
    CHECK(host("a:8080", "GET http://a:8080/x") == "GET http://a:8080/x|host: a:8080\r\n\r\n");
    CHECK(host("a", "GET http://a:8080/x") == "400|");
    CHECK(host("a", "GET http://u@a:80/x") == "GET http://u@a/x|host: a\r\n\r\n");
    CHECK(host("a,b", "GET http://a,b/x") == "400|");
    CHECK(sent("GET http://b/x HTTP/1.1\r\n\r\n") == "GET http://b/x HTTP/1.1\r\n\r\n");
}

TEST_CASE("CONNECT takes a host and a port") {
    CHECK(host("a", "CONNECT a:80") == "CONNECT a:80|host: a\r\n\r\n");
    CHECK(host("a:443", "CONNECT a:443") == "CONNECT a:443|host: a\r\n\r\n");
    CHECK(host("a:8443", "CONNECT A:8443") == "CONNECT A:8443|host: a:8443\r\n\r\n");
    for (const char* bad :
         {"CONNECT a", "CONNECT a:", "CONNECT /", "CONNECT *", "CONNECT http://a/", "CONNECT a:8080", "CONNECT b:80"})
        CHECK(host("a", bad) == "400|");
    CHECK(host("a:81", "CONNECT a:80") == "400|");
    CHECK(sent("CONNECT a:8080 HTTP/1.1\r\n\r\n") == "CONNECT a:8080 HTTP/1.1\r\n\r\n");
    const Parsed p = parse("CONNECT a:80 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(p.out == "CONNECT a:80 HTTP/1.1\r\n\r\n");
    CHECK(p.framing == Framing::none);
}

TEST_CASE("Host") {
    for (const char* bad : {"a b", "u@a", "a,b", "[a", "a]", "\xe9", "a/b", "a?b", "a#b", "a\\b", "x[::1]", "[::1]x"})
        CHECK(host(bad) == "400|");
    for (const char* good : {"", "a:99999", "a:b", "[::1]:80", "[::1]"})
        CHECK(host(good) == "GET /|host: " + std::string(good) + "\r\n\r\n");
    CHECK(fields("Host: A\r\nX: 1\r\nhost: a\r\n") == "x: 1\r\n");
    CHECK(fields("Host: b\r\n") == "400");
}

TEST_CASE("field lines") {
    for (std::string_view bad :
         {"A : 1\r\n"sv, ": 1\r\n"sv, "A\r\n"sv, "A b: 1\r\n"sv, "A: 1\rB: 2\r\n"sv, "\x80: 1\r\n"sv, "A(: 1\r\n"sv,
          "A\": 1\r\n"sv, "A: 1\0\r\n"sv, "A: \0\r\n"sv, "A\0: 1\r\n"sv, "A: 1\r\r\n"sv})
        CHECK(fields(bad) == "400");
    CHECK(sent("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == "400");
    CHECK(sent("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n") == "400");
    CHECK(sent("GET / HTTP/1.1\r\n \r\n\r\n") == "400");
    CHECK(fields("A: 1\nB: 2\r\n") == "a: 1\r\nb: 2\r\n");
    CHECK(fields("A: \x80\xff\x01\x7f\r\n") == "a: \x80\xff\x01\x7f\r\n");
    CHECK(fields("_A.~|!#$%&'*+-^`: 1\r\n") == "_a.~|!#$%&'*+-^`: 1\r\n");
}

TEST_CASE("folded lines are joined with blanks") {
    CHECK(fields("A: 1\r\n 2\r\n") == "a: 1   2\r\n");
    CHECK(fields("A: 1  \r\n\t\t2\r\n") == "a: 1    \t\t2\r\n");
    CHECK(fields("A: 1\n 2\n\t3\r\nB: 4\r\n") == "a: 1  2 \t3\r\nb: 4\r\n");
    CHECK(fields("A: \r\n 2\r\n") == "a: 2\r\n");
    CHECK(fields("A:\r\n\t\r\n") == "a: \r\n");
    CHECK(fields("A: 1\r\n \r\n") == "a: 1\r\n");
}

TEST_CASE("the number of field lines is bounded as tune.http.maxhdr says") {
    const auto many = [](int n) {
        std::string text;
        for (int i = 0; i < n; ++i) text += "X: 1\r\n";
        return text;
    };
    CHECK(fields(many(99)).size() == 99 * 6);
    CHECK(fields(many(100)) == "400");
    CHECK(fields(many(1000)) == "400");
    CHECK(fields(many(99) + "Connection: close\r\nHost: a\r\n").size() == 99 * 6);
    CHECK(sent("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n", {.max_headers = 2}) == "400");
    CHECK(sent("GET / HTTP/1.1\r\nA: 1\r\n\r\n", {.max_headers = 2}).size() > 3);
}

TEST_CASE("Content-Length") {
    CHECK(posted("Content-Length: 3\r\n") == "content-length: 3\r\n");
    CHECK(posted("Content-Length: 003\r\n") == "content-length: 3\r\n");
    CHECK(posted("Content-Length: 00\r\n") == "content-length: 0\r\n");
    CHECK(posted("Content-Length: 3, 03,3\r\n") == "content-length: 3\r\n");
    CHECK(posted("Content-Length: 3\r\nX: 1\r\nContent-Length: 03\r\n") == "content-length: 3\r\nx: 1\r\n");
    CHECK(posted("Content-Length: 18446744073709551615\r\n") == "content-length: 18446744073709551615\r\n");
    for (const char* bad :
         {"", "+3", "-3", "3,4", "3,", ",3", "3 3", "0x3", "3a", "18446744073709551616", "3\r\nContent-Length: 4"})
        CHECK(posted("Content-Length: " + std::string(bad) + "\r\n") == "400");
    const Parsed p = parse("POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n");
    CHECK(p.framing == Framing::length);
    CHECK(p.content_length == 12);
}

TEST_CASE("Transfer-Encoding") {
    const Parsed p = parse("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: Chunked\r\n\r\n");
    CHECK(p.out == "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n");
    CHECK(p.framing == Framing::chunked);
    CHECK(p.connection == kClose);  // not to be trusted any longer
    CHECK(parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").connection == 0);
    CHECK(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").connection == kClose);
    CHECK(posted("Transfer-Encoding: gzip, chunked\r\n") == "422");
    CHECK(posted("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n") == "422");
    for (const char* bad : {"", "gzip", "identity", "chunked, gzip", "chunked, chunked", "chunked,", ",chunked",
                            "\"chunked\"", "chunked;q=1", "xchunked", "chunked\r\nTransfer-Encoding: chunked",
                            "chunked\r\nTransfer-Encoding: gzip", "chunked\r\nContent-Length: x"})
        CHECK(posted("Transfer-Encoding: " + std::string(bad) + "\r\n") == "400");
}

TEST_CASE("HTTP/1.0 requests without a use for a body have none") {
    CHECK(fields("Content-Length: 3\r\n", "GET / HTTP/1.0") == "413");
    CHECK(fields("Content-Length: 3\r\n", "HEAD / HTTP/1.0") == "413");
    CHECK(fields("Transfer-Encoding: chunked\r\n", "DELETE / HTTP/1.0") == "413");
    CHECK(fields("Content-Length: 0\r\n", "GET / HTTP/1.0") == "content-length: 0\r\n");
    CHECK(fields("Content-Length: 3\r\n", "GET / HTTP/1.1") == "content-length: 3\r\n");
    CHECK(fields("Content-Length: 3\r\n", "POST / HTTP/1.0") == "content-length: 3\r\n");
}

TEST_CASE("close and keep-alive leave Connection for the head's bits") {
    CHECK(fields("Connection: close\r\n") == "");
    CHECK(fields("Connection:\r\n") == "");
    CHECK(fields("Connection: close, Foo, keep-alive, Bar\r\n") == "connection: Foo,Bar\r\n");
    CHECK(fields("Connection: close,a,b\r\n") == "connection: a,b\r\n");
    CHECK(fields("Connection: Foo , Bar\r\n") == "connection: Foo , Bar\r\n");
    CHECK(fields("Proxy-Connection: close\r\nKeep-Alive: 5\r\n") == "proxy-connection: close\r\nkeep-alive: 5\r\n");
    CHECK(parse("GET / HTTP/1.1\r\nConnection: Keep-Alive\r\nConnection: x, CLOSE\r\n\r\n").connection ==
          (kClose | kKeepAlive));
    CHECK(parse("GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n").connection == 0);
}

TEST_CASE("an upgrade needs both fields") {
    CHECK(fields("Upgrade: foo\r\n") == "");
    CHECK(fields("Connection: upgrade\r\n") == "");
    CHECK(fields("Connection: x, upgrade\r\nConnection: y\r\n") == "connection: x\r\nconnection: y\r\n");
    CHECK(fields("Upgrade: foo\r\nConnection: Upgrade\r\n") == "upgrade: foo\r\nconnection: Upgrade\r\n");
    CHECK(fields("Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\n") == "connection: http2-settings\r\n");
    CHECK(fields("Upgrade: h2c, foo\r\nConnection: upgrade\r\n") == "upgrade: foo\r\nconnection: upgrade\r\n");
    CHECK(fields("Upgrade:\r\nConnection: upgrade\r\n") == "");
    CHECK(fields("Upgrade: websocket\r\nConnection: upgrade\r\n") == "400");
    CHECK(fields("Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: short\r\n") == "400");
    CHECK(
        fields("Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n").size() >
        3);
    CHECK(parse("GET / HTTP/1.1\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n").connection == kUpgrade);
    CHECK(parse("GET / HTTP/1.1\r\nConnection: upgrade\r\n\r\n").connection == 0);
}

TEST_CASE("of TE only trailers is passed on") {
    CHECK(fields("TE: trailers\r\n") == "te: trailers\r\n");
    CHECK(fields("TE: gzip, trailers\r\n") == "te: trailers\r\n");
    CHECK(fields("TE: trailers,gzip\r\n") == "te: trailers\r\n");
    CHECK(fields("TE: gzip\r\n") == "");
    CHECK(fields("TE: Trailers\r\n") == "");
}

TEST_CASE("an error says where") {
    const auto where = [](std::string_view text) {
        const Parsed p = parse(text);
        return std::to_string(p.position) + " " + std::string(name_of(p.state));
    };
    CHECK(where(" GET") == "0 MSG_RQBEFORE");
    CHECK(where("\rG") == "1 MSG_RQBEFORE_CR");
    CHECK(where("\r\nG@T") == "3 MSG_RQMETH");
    CHECK(where("GET \r") == "4 MSG_RQMETH_SP");
    CHECK(where("GET /\x01") == "5 MSG_RQURI");
    CHECK(where("GET /\x80 HTTP/1.1\r\n\r\n") == "5 MSG_RQURI");
    CHECK(where("GET / HTTP/1.1 ") == "14 MSG_RQVER");
    CHECK(where("GET / HTTP/1.1\rX") == "15 MSG_RQLINE_END");
    CHECK(where("GET / HTTP/1.x\r\n") == "13 MSG_RQVER");
    CHECK(where("GET /\r\n") == "5 MSG_DATA");
    CHECK(where("GET / HTTP/11\r\n\r\n") == "6 MSG_DATA");
    CHECK(where("GET a HTTP/1.1\r\n\r\n") == "4 MSG_RQMETH");
    CHECK(where("GET http://a HTTP/1.1\r\nHost: b\r\n\r\n") == "29 MSG_LAST_LF");
    CHECK(where("GET / HTTP/1.1\r\nA: 1\r\nB : 2\r\n\r\n") == "23 MSG_HDR_NAME");
    CHECK(where("GET / HTTP/1.1\r\n\rX") == "17 MSG_LAST_LF");
    CHECK(where("GET / HTTP/1.1\r\nA: 1\r\n\rX") == "23 MSG_LAST_LF");
    CHECK(where("GET / HTTP/1.1\r\nA: 1\rX") == "21 MSG_HDR_L2_LF");
    CHECK(where("GET / HTTP/1.1\r\nA: 1\0"sv) == "20 MSG_HDR_VAL");
    CHECK(where("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == "22 MSG_HDR_L2_LWS");
}

TEST_CASE("accept-invalid-http-request forgives what HAProxy forgives") {
    CHECK(sent("GET /#\x80 HTTP/1.1\r\nA: \0\r\n\r\n"sv, kForgiving) == "GET /#\x80 HTTP/1.1\r\na: \0\r\n\r\n"sv);
    CHECK(sent("GET / HTTP/1.1\r\nA : 1\r\nB: 2\r\n C@: 3\r\nC@: 4\r\n\r\n", kForgiving) ==
          "GET / HTTP/1.1\r\nb: 2   C@: 3\r\n\r\n");
    CHECK(sent("GET / HTTP/1.1\r\n A: 1\r\nB: 2\r\n\r\n", kForgiving) == "GET / HTTP/1.1\r\nb: 2\r\n\r\n");
    CHECK(sent("GET /\r\n", kForgiving) == "GET / HTTP/1.0\r\n\r\n");
    CHECK(sent("POST /\r\n", kForgiving) == "400");
    CHECK(sent("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", kForgiving).starts_with("GET http://b/"));
    CHECK(sent("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", kForgiving) == "400");
    CHECK(sent("GET /\x01 HTTP/1.1\r\n\r\n", kForgiving) == "400");
}

TEST_CASE("a request knows its path, query and host") {
    struct {
        std::string_view text, path, query, host;
    } const rows[] = {
        {"GET /a/b?c?d HTTP/1.1\r\nHost: h:1\r\n\r\n", "/a/b", "c?d", "h:1"},
        {"GET http://u@h:1/a?b HTTP/1.1\r\n\r\n", "/a", "b", "h:1"},
        {"GET http://h HTTP/1.1\r\n\r\n", "/", "", "h"},
        {"OPTIONS http://h HTTP/1.1\r\n\r\n", "", "", "h"},
        {"OPTIONS * HTTP/1.1\r\n\r\n", "*", "", ""},
        {"CONNECT h:1 HTTP/1.1\r\n\r\n", "", "", ""},
    };
    for (const auto& row : rows) {
        base::Arena arena;
        std::string text(row.text);
        H1HeadParser parser;
        Request request;
        REQUIRE(parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), {}, arena) == ParseState::done);
        REQUIRE(parser.finish(text.data(), arena, request));
        CHECK(request.path() == row.path);
        CHECK(request.query() == row.query);
        CHECK(request.host() == row.host);
    }
}

TEST_CASE("Expect: 100-continue is noticed and passed on") {
    base::Arena arena;
    std::string text = "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n";
    H1HeadParser parser;
    Request request;
    REQUIRE(parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), {}, arena) == ParseState::done);
    REQUIRE(parser.finish(text.data(), arena, request));
    CHECK(request.expect_continue);
    CHECK(request.headers.find(Known::expect)->value == "100-Continue");
}
