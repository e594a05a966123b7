#include "http/h2.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_literals;

namespace {

struct Exchange : H2Stream {};

/// One side of a connection. It notes the heads that it is told of, and has nothing to send.
struct Side : H2Session::Handler {
    std::string told;
    base::Buffer out;

    H2Stream* on_begin() override { return nullptr; }
    H2Error on_field(H2Stream&, std::string_view, std::string_view) override { return H2Error::no_error; }
    H2Error on_fields_end(H2Stream& stream, bool end) override {
        told += "head " + std::to_string(stream.id()) + (end ? "! " : " ");
        return H2Error::no_error;
    }
    void on_payload(H2Stream&, std::string_view) override {}
    H2Error on_end(H2Stream&) override { return H2Error::no_error; }
    void on_closed(H2Stream&, H2Error) override {}
    void on_window(H2Stream*) override {}
    void on_go_away(std::int32_t) override {}
    void on_reset(H2Stream&) override {}
    void on_event(H2Event) override {}
    bool minds_glitches() override { return true; }
    H2Session::Piece next_payload(H2Stream&, std::size_t) override { return {}; }
    void on_sent(H2Stream&, std::size_t, bool) override {}
};

/// A server that takes all requests and answers none; it notes what it is told.
struct Server final : Side {
    explicit Server(const H2Settings& settings = {}) : session(*this, true, settings) {}
    explicit Server(H2Session&& parked) : session(*this, std::move(parked)) {}
    H2Session session;
    std::vector<std::unique_ptr<Exchange>> exchanges;

    H2Stream* on_begin() override {
        exchanges.push_back(std::make_unique<Exchange>());
        return exchanges.back().get();
    }
    void on_payload(H2Stream&, std::string_view bytes) override {
        told += "data " + std::to_string(bytes.size()) + ' ';
    }
    void on_closed(H2Stream& stream, H2Error) override { told += "closed " + std::to_string(stream.id()) + ' '; }

    bool feed(std::string_view bytes, std::size_t piece) {
        bool going = true;
        for (std::size_t at = 0; going && at < bytes.size(); at += piece) {
            going = session.feed(bytes.substr(at, piece));
            session.produce(out, 65536);
        }
        return going;
    }
    /// The error of the GOAWAY frame that was sent, or -1.
    int gone() const {
        const std::string_view all = out.view();
        for (std::size_t at = 0; at + 9 <= all.size();) {
            const auto byte = [&](std::size_t i) { return static_cast<int>(static_cast<unsigned char>(all[at + i])); };
            const std::size_t size = static_cast<std::size_t>(byte(0) << 16 | byte(1) << 8 | byte(2));
            if (byte(3) == 7) return byte(9 + 7);
            at += 9 + size;
        }
        return -1;
    }
};

std::string frame(char kind, char flags, char stream, const std::string& payload) {
    return "\0\0"s + static_cast<char>(payload.size()) + kind + flags + "\0\0\0"s + stream + payload;
}

const std::string kStart = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "");
const std::string kGet = "\x82\x86\x84\x01\x01h";
const std::string kReset = frame(3, 0, 1, "\0\0\0\x08"s);

/// What comes of `bytes` behind the start, however they are cut.
int error_of(const std::string& bytes) {
    int found = -2;
    for (const std::size_t piece : {100000, 1, 7}) {
        Server server;
        const bool going = server.feed(kStart + bytes, piece);
        const int now = going ? -1 : server.gone();
        CHECK((found == -2 || found == now));
        found = now;
    }
    return found;
}

constexpr int kProtocol = 1, kClosed = 5, kCalm = 11;

}  // namespace

TEST_CASE("frames on streams that are no more") {
    CHECK(error_of(frame(1, 5, 1, kGet)) == -1);
    CHECK(error_of(frame(1, 4, 1, kGet) + kReset) == -1);
    CHECK(error_of(frame(1, 4, 1, kGet) + kReset + frame(0, 0, 1, "x")) == kClosed);
    CHECK(error_of(frame(1, 4, 1, kGet) + kReset + frame(1, 5, 1, kGet)) == kClosed);
    CHECK(error_of(frame(1, 5, 5, kGet) + frame(1, 5, 3, kGet)) == kProtocol);
}

TEST_CASE("what is on its way to a stream that we have reset is no error") {
    Server server;
    CHECK(server.feed(kStart + frame(1, 4, 1, kGet), 1000));
    server.session.reset(*server.exchanges[0], H2Error::no_error);
    server.session.produce(server.out, 65536);
    CHECK(server.told == "head 1 closed 1 ");
    CHECK(server.feed(frame(0, 0, 1, "abc") + frame(1, 5, 1, kGet), 1000));
    CHECK(server.told == "head 1 closed 1 ");
}

TEST_CASE("a client that resets what it asks for is told to be calm") {
    Server server;
    bool going = server.feed(kStart, 1000);
    int asked = 0;
    for (; going && asked < 2000; ++asked) {
        const int id = 2 * asked + 1;
        std::string both = frame(1, 5, 0, kGet) + frame(3, 0, 0, "\0\0\0\x08"s);
        for (const std::size_t at : {std::size_t{0}, 9 + kGet.size()}) {
            both[at + 7] = static_cast<char>(id >> 8);
            both[at + 8] = static_cast<char>(id);
        }
        going = server.feed(both, 1000);
    }
    CHECK_FALSE(going);
    CHECK(asked >= 900);
    CHECK(asked <= 1100);
    CHECK(server.gone() == kCalm);
}

TEST_CASE("a peer is asked for a sign of life by a PING, and its answer is no oddity") {
    Server server;
    CHECK(server.feed(kStart, 1000));
    server.out.clear();
    server.session.ping();
    server.session.produce(server.out, 65536);
    CHECK(server.out.view() == frame(6, 0, 0, std::string(8, '\0')));
    CHECK(server.feed(frame(6, 1, 0, std::string(8, '\0')), 1000));
    CHECK(server.session.glitches() == 0);
}

namespace {

/// The side that asks, on a reversed connection.
struct Asker final : Side {
    H2Session session{*this, false, {.reversed = true}};
    Exchange exchange;

    H2Error on_field(H2Stream&, std::string_view name, std::string_view value) override {
        told += std::string(name) + '=' + std::string(value) + ' ';
        return H2Error::no_error;
    }
};

/// What `from` has to send goes to `to`, cut anyhow. False: `to` does not want it.
template <class From, class To>
bool carry(From& from, To& to, std::size_t piece) {
    from.session.produce(from.out, 65536);
    const std::string bytes(from.out.view());
    from.out.clear();
    bool going = true;
    for (std::size_t at = 0; going && at < bytes.size(); at += piece)
        going = to.session.feed(std::string_view(bytes).substr(at, piece));
    return going;
}

}  // namespace

TEST_CASE("a reversed connection: the preface comes from the side that answers") {
    for (const std::size_t piece : {100000, 1, 7}) {
        Asker asker;
        Server server(H2Settings{.reversed = true});
        server.session.produce(server.out, 65536);
        CHECK(server.out.view().starts_with(kPreface));
        asker.session.produce(asker.out, 65536);
        CHECK_FALSE(asker.out.view().starts_with(kPreface));
        CHECK(asker.out.view()[3] == 4);  // SETTINGS at once
        CHECK_FALSE(asker.session.settled());
        CHECK(carry(server, asker, piece));
        CHECK(asker.session.settled());
        CHECK(carry(asker, server, piece));
        CHECK(server.session.settled());
        const H2Field fields[] = {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}};
        CHECK(asker.session.open(asker.exchange, fields, true));
        CHECK(carry(asker, server, piece));
        CHECK(server.told == "head 1! ");
        const H2Field answer[] = {{":status", "204"}};
        server.session.answer(*server.exchanges[0], answer, false, true);
        CHECK(carry(server, asker, piece));
        CHECK(asker.told == ":status=204 head 1! ");
    }
}

TEST_CASE("a reversed connection on which something else than the preface comes") {
    Asker asker;
    CHECK(asker.session.feed("PRI * HTTP"));
    CHECK_FALSE(asker.session.feed("/1.1\r\n"));
}

TEST_CASE("a connection without streams goes on with another handler") {
    Server first;
    CHECK(first.feed(kStart + frame(1, 5, 1, kGet), 1000));
    first.session.reset(*first.exchanges[0], H2Error::cancel);
    first.session.produce(first.out, 65536);
    H2Session parked(std::move(first.session));
    Server second(std::move(parked));
    CHECK(second.feed(frame(1, 5, 3, kGet), 1000));
    CHECK(second.told == "head 3! ");
    CHECK(first.told == "head 1! closed 1 ");
}
