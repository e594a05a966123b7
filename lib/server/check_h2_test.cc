#include "server/check_h2.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace cfgproxy::server {
namespace {

using State = CheckResponse::State;

// Frames of a server, as RFC 9113 (section 4.1) and RFC 7541 (appendix A) write them.
std::string frame(char type, char flags, char stream, std::string_view payload) {
    std::string bytes{'\0', '\0', static_cast<char>(payload.size()), type, flags, '\0', '\0', '\0', stream};
    return bytes.append(payload);
}
const std::string kSettings = frame(4, 0, 0, "");
std::string head(std::string_view block, bool end) { return frame(1, end ? 5 : 4, 1, block); }
std::string payload(std::string_view bytes, bool end) { return frame(0, end ? 1 : 0, 1, bytes); }
const std::string kOk = "\x88", kUnavailable =
                                    "\x08\x03"
                                    "503";  // :status from the static table, and written out

/// A check's connection, and the server's end of it as a plain socket.
struct Probe {
    explicit Probe(CheckMessage message) {
        int fds[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
        connection = std::make_unique<net::Connection>(loop, fds[0]);
        server = fds[1];
        response.reset(http::Method::get);
        check = std::make_unique<CheckH2>(response, message, counted);
        REQUIRE(check->send(*connection) == net::Io::ok);
    }
    ~Probe() { ::close(server); }
    net::Io answer(std::string_view bytes) {
        REQUIRE(::send(server, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
        loop.turn(1);
        return check->receive(*connection);
    }
    std::string sent() {
        char bytes[4096];
        const ssize_t size = ::recv(server, bytes, sizeof bytes, 0);
        return {bytes, size > 0 ? static_cast<std::size_t>(size) : 0};
    }
    net::Loop loop;
    CheckResponse response;
    std::unique_ptr<net::Connection> connection;
    ProtocolCounters counters;
    CountedCheck counted{counters, true, false};
    std::unique_ptr<CheckH2> check;
    int server = -1;
};

const CheckMessage kGet{"GET", "/health", "HTTP/2.0", {{"host", "a"}, {"connection", "close"}}, ""};

TEST_CASE("a check over HTTP/2 asks once, and reads the answer") {
    Probe probe(kGet);
    const std::string sent = probe.sent();
    CHECK(sent.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    CHECK(sent.find("close") == sent.npos);  // fields about the connection stay behind
    CHECK(probe.answer(kSettings + head(kOk, false)) == net::Io::ok);
    CHECK(probe.response.status() == 200);
    CHECK(probe.check->state() != State::complete);
    CHECK(probe.answer(payload("al", false)) == net::Io::ok);
    CHECK(probe.answer(payload("ive", true)) == net::Io::ok);
    CHECK(probe.check->state() == State::complete);
    CHECK(probe.response.body() == "alive");
    const auto seen = [&probe](http::H2Event event) {
        return probe.counters.h2_events[static_cast<std::size_t>(event)].get();
    };
    CHECK(seen(http::H2Event::headers_received) == 1);
    CHECK(seen(http::H2Event::data_received) == 2);
    CHECK(probe.counters.h2_connections.get() == 1);
    CHECK(probe.counters.h2_streams.get() == 1);
}

TEST_CASE("a head alone is an answer, interim ones before it are none") {
    Probe probe(kGet);
    CHECK(probe.answer(kSettings + head("\x08\x03"
                                        "103",
                                        false)) == net::Io::ok);
    CHECK(probe.response.head() == nullptr);
    CHECK(probe.answer(head(kUnavailable, true)) == net::Io::ok);
    CHECK(probe.check->state() == State::complete);
    CHECK(probe.response.status() == 503);
}

TEST_CASE("a stream that is reset before its head is a failure, behind it the end") {
    const std::string reset = frame(3, 0, 1, std::string_view("\0\0\0\2", 4));
    Probe early(kGet);
    CHECK(early.answer(kSettings + reset) == net::Io::failed);
    CHECK(early.response.head() == nullptr);
    Probe late(kGet);
    CHECK(late.answer(kSettings + head(kOk, false) + payload("part", false) + reset) == net::Io::ok);
    CHECK(late.check->state() == State::complete);
    CHECK(late.response.body() == "part");
}

TEST_CASE("a server that speaks something else fails the check") {
    Probe probe(kGet);
    CHECK(probe.answer("HTTP/1.1 400 Bad Request\r\n\r\n") == net::Io::failed);
    CHECK(probe.response.head() == nullptr);
}

}  // namespace
}  // namespace cfgproxy::server
