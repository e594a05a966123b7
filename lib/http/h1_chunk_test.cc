#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_view_literals;

namespace {

struct Taken {
    std::string payload;
    std::string trailers;
    std::string verdict;  // "complete", "failed", "more"
    std::size_t eaten = 0;

    bool operator==(const Taken&) const = default;
};

Taken take_pieces(std::string_view text, std::size_t piece) {
    H1ChunkParser parser;
    Taken taken{.verdict = "more"};
    while (taken.eaten < text.size() && !parser.complete() && !parser.failed()) {
        const std::string_view now = text.substr(taken.eaten, piece);
        const auto framing = parser.feed(now);
        const auto payload =
            static_cast<std::size_t>(std::min<std::uint64_t>(parser.payload_left(), now.size() - framing));
        taken.payload += now.substr(framing, payload);
        parser.consumed(payload);
        taken.eaten += framing + payload;
        REQUIRE((framing + payload > 0 || parser.failed()));
    }
    if (parser.complete()) {
        base::Buffer out;
        write_trailers(out, parser.trailers());
        taken.trailers = out.view();
        taken.verdict = "complete";
    } else if (parser.failed()) {
        return {.verdict = "failed"};
    }
    return taken;
}

Taken take(std::string_view text) {
    const Taken whole = take_pieces(text, text.size());
    CHECK(take_pieces(text, 1) == whole);
    CHECK(take_pieces(text, 3) == whole);
    return whole;
}

/// The payload of a whole body, or what became of it.
std::string body(std::string_view text) {
    const Taken taken = take(text);
    return taken.verdict == "complete" ? taken.payload : taken.verdict;
}

std::string trailers(std::string_view text) {
    const Taken taken = take("1\r\na\r\n0\r\n" + std::string(text) + "\r\nGET");
    CHECK((taken.verdict != "complete" || taken.eaten == text.size() + 11));
    return taken.verdict == "complete" ? taken.trailers : taken.verdict;
}

}  // namespace

TEST_CASE("chunks follow each other up to the empty one") {
    CHECK(body("3\r\nabc\r\n0A\r\n0123456789\r\n000\r\n\r\n") == "abc0123456789");
    CHECK(body("0\r\n\r\n") == "");
    CHECK(body("00000000000000000000003\r\nabc\r\n0\r\n\r\n") == "abc");
    CHECK(body("3 \t\r\nabc\r\n0\r\n\r\n") == "abc");
    CHECK(take("0\r\n\r\nGET /").eaten == 5);
    CHECK(body("3\r\nabc\r\n0\r\n") == "more");
    CHECK(body("3\r\nab") == "more");
    CHECK(body("0\r\n\n") == "");  // HAProxy takes a bare LF here
}

TEST_CASE("extensions are skipped when their quotes match") {
    CHECK(body("3;a=b\r\nabc\r\n0;x\r\n\r\n") == "abc");
    CHECK(body("3 ;\t a; b=\"c;\\\"\\\\d\" \x80\r\nabc\r\n0;\r\n\r\n") == "abc");
    for (std::string_view bad :
         {"3;a=\"b\r\nabc\r\n0\r\n\r\n"sv, "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"sv, "3;a\\b\r\nabc\r\n0\r\n\r\n"sv,
          "3;a=\"b\\\n\"\r\nabc\r\n0\r\n\r\n"sv, "3;\0\r\nabc\r\n0\r\n\r\n"sv, "3;\x7f\r\nabc\r\n0\r\n\r\n"sv,
          "3;a\rb\r\nabc\r\n0\r\n\r\n"sv, "3;a=\"b\\\r\n\"\r\nabc\r\n0\r\n\r\n"sv})
        CHECK(body(bad) == "failed");
}

TEST_CASE("lines end in CR LF and nothing else") {
    for (const char* bad :
         {"3\nabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r\n0\n\r\n", "3\r\nabc\r\r\n0\r\n\r\n",
          "3\rabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\rX", "3\r\nabc\rX"})
        CHECK(body(bad) == "failed");
}

TEST_CASE("sizes are hexadecimal and end below 2^52") {
    for (const char* bad :
         {" 3\r\n", "g\r\n", "\r\nabc", "-3\r\n", "0x3\r\n", "3 x\r\n", ";a\r\n", "10000000000000\r\n",
          "ffffffffffffffff\r\n", "10000000000000000\r\n", "100000000000000000000000000000000\r\n"})
        CHECK(body(bad) == "failed");
    H1ChunkParser parser;
    CHECK(parser.feed("fffffffffffff\r\nabc") == 15);
    CHECK(parser.payload_left() == (1ull << 52) - 1);
}

TEST_CASE("trailers are given to the caller") {
    CHECK(trailers("X: 1\r\nY:2 \r\n") == "x: 1\r\ny: 2\r\n\r\n");
    CHECK(trailers("X: 1\nY: 2\n") == "x: 1\r\ny: 2\r\n\r\n");
    CHECK(trailers("X: 1\r\n  2\r\n") == "x: 1    2\r\n\r\n");
    CHECK(trailers("X:\r\n") == "x: \r\n\r\n");
    CHECK(
        trailers("Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nUpgrade: x\r\nHost: b\r\n") ==
        "transfer-encoding: chunked\r\nconnection: close\r\nupgrade: x\r\nhost: b\r\n\r\n");
    for (std::string_view bad :
         {" X: 1\r\n"sv, "X : 1\r\n"sv, "X\r\n"sv, "X: a\0\r\n"sv, ": 1\r\n"sv, "Transfer-Encoding: gzip\r\n"sv,
          "Host: a b\r\n"sv, "Content-Length: x\r\n"sv, "X: 1\rY"sv})
        CHECK(trailers(bad) == "failed");
}

TEST_CASE("trailers are bounded in number and size") {
    std::string many;
    for (int i = 0; i < 100; ++i) many += "X: 1\r\n";
    CHECK(take_pieces("0\r\n" + many + "\r\n", 4096).verdict == "complete");
    CHECK(take_pieces("0\r\n" + many + "X: 1\r\n\r\n", 4096).verdict == "failed");
    CHECK(take_pieces("0\r\nX: " + std::string(16000, 'x') + "\r\n\r\n", 4096).verdict == "complete");
    CHECK(take_pieces("0\r\nX: " + std::string(17000, 'x') + "\r\n\r\n", 4096).verdict == "failed");
}

TEST_CASE("a bad byte is pointed at") {
    const auto fails_at = [](std::string_view before, std::string_view text, H1State in) {
        H1ChunkParser parser;
        for (std::size_t eaten = 0; eaten < before.size();) {
            eaten += parser.feed(before.substr(eaten));
            const auto payload = std::min<std::uint64_t>(parser.payload_left(), before.size() - eaten);
            parser.consumed(payload);
            eaten += payload;
        }
        const std::uint32_t at = parser.feed(text);
        CHECK(parser.failed());
        CHECK(parser.failed_in() == in);
        return at;
    };
    CHECK(fails_at("", "3\n", H1State::chunk_size) == 1);
    CHECK(fails_at("3\r\nabc", "\r\r", H1State::chunk_crlf) == 1);
    CHECK(fails_at("3\r\nabc", "\r\n4x", H1State::chunk_size) == 3);
    CHECK(fails_at("0\r\n", "X: 1\r\nY :", H1State::trailers) == 7);
    CHECK(fails_at("0\r\nX: 1\r\n", "Y :", H1State::trailers) == 1);
    CHECK(name_of(H1State::chunk_crlf) == "MSG_CHUNK_CRLF");
    CHECK(name_of(H1State::tunnel) == "MSG_TUNNEL");
}

TEST_CASE("a chunk parser can be used again") {
    H1ChunkParser parser;
    CHECK(parser.feed("0\r\nX: 1\r\n\r\n") == 11);
    CHECK(parser.trailers().size() == 1);
    parser.reset();
    CHECK(parser.trailers().size() == 0);
    CHECK(parser.feed("2\r\nabc") == 3);
    CHECK(parser.payload_left() == 2);
}
