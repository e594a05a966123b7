#include <catch2/catch.hpp>
#include <string>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_view_literals;

namespace {

struct Parsed {
    std::string out;  // the head as it leaves, or the status of the refusal
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    std::uint8_t connection = 0;

    bool operator==(const Parsed&) const = default;
};

Parsed conclude(H1HeadParser& parser, ParseState state, char* text, base::Arena& arena, Method method) {
    Response response;
    if (state == ParseState::more) return {.out = "more"};
    if (state == ParseState::error || !parser.finish(text, arena, response, method))
        return {.out = std::to_string(parser.error().status)};
    base::Buffer out;
    write_head(out, response);
    return {std::string(out.view()), response.framing, response.content_length, response.connection};
}

Parsed parse(std::string_view text, Method method = Method::get, H1Limits limits = {}) {
    base::Arena arena, slow_arena;
    std::string whole(text);
    H1HeadParser parser(true), slow(true);
    const ParseState state = parser.feed(whole.data(), static_cast<std::uint32_t>(whole.size()), limits, arena);
    const Parsed fast = conclude(parser, state, whole.data(), arena, method);
    std::string piece;
    ParseState slow_state = ParseState::more;
    for (std::size_t i = 0; i < text.size() && slow_state == ParseState::more; ++i) {
        piece = std::string(piece) + text[i];
        slow_state = slow.feed(piece.data(), static_cast<std::uint32_t>(piece.size()), limits, slow_arena);
    }
    CHECK(conclude(slow, slow_state, piece.data(), slow_arena, method) == fast);
    return fast;
}

/// The status line as it leaves.
std::string line(std::string_view line) {
    const std::string out = parse(std::string(line) + "\r\nContent-Length: 0\r\n\r\n").out;
    return out.substr(0, out.find("\r\n"));
}

Parsed answer(int status, std::string_view fields, Method method = Method::get) {
    return parse("HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(fields) + "\r\n", method);
}

}  // namespace

TEST_CASE("status lines") {
    CHECK(line("HTTP/1.1 200 Fine") == "HTTP/1.1 200 Fine");
    CHECK(line("HTTP/1.1 200") == "HTTP/1.1 200 OK");
    CHECK(line("HTTP/1.1 404 ") == "HTTP/1.1 404 Not Found");
    CHECK(line("HTTP/1.1\t200  Fine ") == "HTTP/1.1 200 Fine ");
    CHECK(line("HTTP/1.1 200 \x80\x01\0\x7f"sv) == "HTTP/1.1 200 \x80\x01\0\x7f"sv);
    CHECK(line("HTTP/1.0 200 OK") == "HTTP/1.0 200 OK");
    CHECK(line("HTTP/0.9 200 OK") == "HTTP/0.9 200 OK");
    CHECK(line("HTTP/2.0 200 OK") == "HTTP/1.1 200 OK");
    CHECK(line("HTTP/1.1 999 X") == "HTTP/1.1 999 X");
    CHECK(line("\r\n\nHTTP/1.1 200 OK") == "HTTP/1.1 200 OK");
    for (const char* bad :
         {"HTTP/1.1 2000 X", "HTTP/1.1 2x0 X", "HTTP/1.1 200OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1 200 OK", "ICY 200 OK",
          "http/1.1 200 OK", " HTTP/1.1 200 OK", "hello", "HTTP/1.1 -20 X", "HTTP/1.1 200 a\rb"})
        CHECK(line(bad) == "502");
}

TEST_CASE("a bad response is a 502, whatever is wrong with it") {
    for (std::string_view bad :
         {"A : 1\r\n"sv, " A: 1\r\n"sv, ": 1\r\n"sv, "A\r\n"sv, "A: \0\r\n"sv, "A: 1\rB\r\n"sv, "A@: 1\r\n"sv,
          "Content-Length: 3\r\nContent-Length: 4\r\n"sv, "Content-Length: x\r\n"sv, "Content-Length:\r\n"sv,
          "Transfer-Encoding: gzip\r\n"sv, "Transfer-Encoding: gzip, chunked\r\n"sv, "Transfer-Encoding:\r\n"sv,
          "Transfer-Encoding: chunked, gzip\r\n"sv, "Transfer-Encoding: chunked,chunked\r\n"sv,
          "Transfer-Encoding: identity\r\n"sv})
        CHECK(answer(200, bad).out == "502");
}

TEST_CASE("how the body of a response ends") {
    CHECK(answer(200, "Content-Length: 003\r\n") ==
          Parsed{"HTTP/1.1 200 X\r\ncontent-length: 3\r\n\r\n", Framing::length, 3});
    CHECK(answer(200, "Transfer-Encoding: Chunked\r\n") ==
          Parsed{"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n", Framing::chunked});
    CHECK(answer(200, "") == Parsed{"HTTP/1.1 200 X\r\n\r\n", Framing::until_close});
    CHECK(answer(205, "").framing == Framing::until_close);
    CHECK(answer(200, "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") ==
          Parsed{"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n", Framing::chunked, 0, kClose});
    CHECK(parse("HTTP/1.0 200 X\r\nTransfer-Encoding: chunked\r\n\r\n") ==
          Parsed{"HTTP/1.0 200 X\r\ntransfer-encoding: chunked\r\n\r\n", Framing::chunked, 0, kClose});
}

TEST_CASE("responses without a body") {
    CHECK(answer(204, "Content-Length: 3\r\n") == Parsed{"HTTP/1.1 204 X\r\n\r\n", Framing::none});
    CHECK(answer(204, "Transfer-Encoding: chunked\r\n") == Parsed{"HTTP/1.1 204 X\r\n\r\n", Framing::none});
    CHECK(answer(102, "Content-Length: 3\r\n") == Parsed{"HTTP/1.1 102 X\r\n\r\n", Framing::none});
    CHECK(answer(304, "Content-Length: 3\r\n") == Parsed{"HTTP/1.1 304 X\r\ncontent-length: 3\r\n\r\n", Framing::none});
    CHECK(answer(200, "Content-Length: 3\r\n", Method::head) ==
          Parsed{"HTTP/1.1 200 X\r\ncontent-length: 3\r\n\r\n", Framing::none});
    CHECK(answer(200, "Transfer-Encoding: chunked\r\n", Method::head).framing == Framing::none);
    CHECK(answer(200, "", Method::head).framing == Framing::none);
}

TEST_CASE("tunnels") {
    CHECK(answer(101, "Upgrade: foo\r\nConnection: upgrade\r\nContent-Length: 5\r\n") ==
          Parsed{"HTTP/1.1 101 X\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n", Framing::tunnel, 0, kUpgrade});
    CHECK(answer(200, "Transfer-Encoding: chunked\r\n", Method::connect) ==
          Parsed{"HTTP/1.1 200 X\r\n\r\n", Framing::tunnel});
    CHECK(answer(403, "Content-Length: 3\r\n", Method::connect).framing == Framing::length);
    CHECK(answer(101, "Upgrade: websocket\r\nConnection: upgrade\r\n").out == "502");
    CHECK(answer(101, "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n").framing ==
          Framing::tunnel);
    CHECK(answer(426, "Upgrade: foo\r\nConnection: upgrade\r\n").out ==
          "HTTP/1.1 426 X\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n");
}

TEST_CASE("fields of a response") {
    CHECK(answer(200, "Connection: close, Foo\r\n").out == "HTTP/1.1 200 X\r\nconnection: Foo\r\n\r\n");
    CHECK(answer(200, "Connection: close\r\n").connection == kClose);
    CHECK(answer(200, "Host: a b\r\nHost: c\r\n").out == "HTTP/1.1 200 X\r\nhost: a b\r\nhost: c\r\n\r\n");
    CHECK(answer(200, "A: 1\r\n 2\r\n").out == "HTTP/1.1 200 X\r\na: 1   2\r\n\r\n");
    CHECK(answer(200, "TE: gzip\r\nUpgrade: h2\r\n").out == "HTTP/1.1 200 X\r\n\r\n");
}

TEST_CASE("accept-invalid-http-response forgives what HAProxy forgives") {
    const H1Limits forgiving{.accept_invalid = true};
    CHECK(parse("HTTP/1.1 200 X\r\nTransfer-Encoding:\r\nA : 1\r\n\r\n", Method::get, forgiving).out ==
          "HTTP/1.1 200 X\r\ntransfer-encoding: \r\n\r\n");
    CHECK(parse("HTTP/1.1 2000 X\r\n\r\n", Method::get, forgiving).out == "HTTP/1.1 2000 X\r\n\r\n");
    CHECK(parse("HTTP/1.1 200000 X\r\n\r\n", Method::get, forgiving).out == "502");
    CHECK(parse("ICY 200 X\r\n\r\n", Method::get, forgiving).out == "ICY 200 X\r\n\r\n");
}
