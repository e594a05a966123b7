#include "peers/session.h"

#include <catch2/catch.hpp>

#include "peers/test_host.h"
#include "server/clock.h"

namespace cfgproxy::peers {
namespace {

using model::StickData;
using model::StickKey;
using server::StickEntry;
using server::StickRate;
using server::StickTable;

model::StickTable layout(StickKey key = StickKey::string, std::uint32_t length = 31) {
    model::StickTable table;
    table.name = "t";
    table.key = key;
    table.key_length = length;
    table.size = 1000;
    table.expire_ms = 100000;
    return table;
}

model::StickTable with(model::StickTable table, std::initializer_list<StickData> kinds, std::uint16_t cells = 3) {
    for (const StickData data : kinds) {
        table.counts[static_cast<std::size_t>(data)] = type_of(data).is_array ? cells : 1;
        if (type_of(data).cell == model::StickCell::rate) table.periods[static_cast<std::size_t>(data)] = 10000;
    }
    return table;
}

/// Two processes, A which calls B, and what goes between them.
struct Pair {
    explicit Pair(const model::StickTable& layout) : Pair(layout, layout) {}
    Pair(const model::StickTable& a_layout, const model::StickTable& b_layout)
        : a("A", a_layout, {"B"}), b("B", b_layout, {"A"}), caller(a, a.peer()), called(b) {
        a.peer().session = &caller;
    }

    void talk() {
        for (int turns = 0; turns < 200; ++turns) {
            a.table->list_updates();
            b.table->list_updates();
            const std::size_t before = to_a.size() + to_b.size();
            const auto first = caller.work(to_a, to_b);
            const auto second = called.work(to_b, to_a);
            if (to_a.empty() && to_b.empty() && before == 0 && first == Session::Outcome::waits &&
                second == Session::Outcome::waits)
                return;
        }
    }

    TestHost a, b;
    Session caller, called;
    std::string to_a, to_b;
};

void use(TestHost& host, std::string_view key, std::uint64_t gpc0 = 0) {
    StickEntry* entry = host.table->get(key);
    REQUIRE(entry);
    host.table->write(*entry, StickData::gpc0, gpc0);
    host.table->touch_and_release(*entry);
}

std::optional<std::uint64_t> gpc0(TestHost& host, std::string_view key) {
    StickEntry* entry = host.table->find(key);
    if (!entry) return {};
    const auto value = host.table->read(*entry, StickData::gpc0);
    host.table->release(*entry);
    return value;
}

/// What a host answers to a text, its end told by "|".
std::string answer(TestHost& host, std::string input) {
    Session session(host);
    std::string output;
    const auto outcome = session.work(input, output);
    return output + (outcome == Session::Outcome::ended ? "|" : "");
}

constexpr std::string_view kHello = "HAProxyS 2.1\nA\nB 12 1\n";

}  // namespace

TEST_CASE("a call says who calls whom, and is answered by a number") {
    Pair pair(layout());
    std::string input;
    pair.caller.work(input, pair.to_b);
    CHECK(pair.to_b == "HAProxyS 2.1\nB\nA 7 1\n");
    CHECK(pair.caller.state() == Session::State::get_status);
    pair.called.work(pair.to_b, pair.to_a);
    CHECK(pair.to_a == "200\n");
    pair.talk();
    CHECK(pair.caller.is_connected());
    CHECK(pair.called.is_connected());
    CHECK(pair.a.peer().status == kSuccess);
    CHECK(pair.b.peer().session == &pair.called);
}

TEST_CASE("what is no hello is refused by the number for it") {
    TestHost host("A", layout());
    CHECK(answer(host, std::string(kHello)) == "200\n");
    CHECK(answer(host, "HAProxyS 2.1\r\nA\r\nB 12 1\r\n") == "200\n");
    CHECK(answer(host, "GET / HTTP/1.0\r\n") == "501\n|");
    CHECK(answer(host, "HAProxyS 2.2\n") == "502\n|");
    CHECK(answer(host, "HAProxyS 3.0\n") == "502\n|");
    CHECK(answer(host, "HAProxyS 2\n") == "502\n|");
    CHECK(answer(host, "HAProxyS 2.1\nC\n") == "503\n|");
    CHECK(answer(host, "HAProxyS 2.1\nA\nB\n") == "501\n|");
    CHECK(answer(host, "HAProxyS 2.1\nA\nC 1 1\n") == "504\n|");
    CHECK(answer(host, "HAProxyS 2.1\nA").empty());
    CHECK(answer(host, std::string(kMaxContent, 'x')) == "|");
}

TEST_CASE("a second call of the same peer takes the place of the first, but not of a local one") {
    TestHost host("A", layout());
    Session first(host);
    std::string input(kHello), output;
    first.work(input, output);
    CHECK(answer(host, std::string(kHello)) == "200\n");
    CHECK(first.state() == Session::State::end);
    Session local(host);
    input = "HAProxyS 2.1\nA\nA 1 1\n";
    local.work(input, output);
    CHECK(answer(host, "HAProxyS 2.1\nA\nA 1 1\n") == "300\n|");
}

TEST_CASE("a peer that refuses our version is spoken to in the old one") {
    TestHost host("A", layout());
    {
        Session session(host, host.peer());
        host.peer().session = &session;
        std::string input = "502\n", output;
        CHECK(session.work(input, output) == Session::Outcome::ended);
    }
    CHECK(host.peer().status == kBadVersion);
    Session again(host, host.peer());
    host.peer().session = &again;
    std::string input, output;
    again.work(input, output);
    CHECK(output.starts_with("HAProxyS 2.0\n"));
}

TEST_CASE("entries go both ways, are acknowledged, and go again when they are used again") {
    Pair pair(with(layout(), {StickData::gpc0}));
    use(pair.a, "from a", 1);
    use(pair.b, "from b", 2);
    pair.talk();
    CHECK(gpc0(pair.b, "from a") == 1);
    CHECK(gpc0(pair.a, "from b") == 2);
    CHECK(pair.a.shared().update == 1);
    CHECK(pair.b.shared().update == 1);
    use(pair.a, "from a", 3);
    pair.talk();
    CHECK(gpc0(pair.b, "from a") == 3);
    CHECK(pair.a.shared().update == 3);  // the second number is of what came from B
    use(pair.b, "from a", 4);
    pair.talk();
    CHECK(gpc0(pair.a, "from a") == 4);
    CHECK(pair.a.peer().protocol_errors == 0);
}

TEST_CASE("all kinds of data arrive as they were sent") {
    auto all = with(layout(StickKey::ip, 4),
                    {StickData::server_id, StickData::gpt0, StickData::gpc0_rate, StickData::conn_cnt,
                     StickData::conn_cur, StickData::bytes_in_cnt, StickData::bytes_out_rate, StickData::server_key,
                     StickData::gpt, StickData::gpc, StickData::gpc_rate, StickData::glitch_rate});
    Pair pair(all);
    StickTable& table = *pair.a.table;
    const std::string_view key("\x7f\0\0\x01", 4);
    StickEntry* entry = table.get(key);
    REQUIRE(entry);
    table.write(*entry, StickData::server_id, static_cast<std::uint64_t>(-3));
    table.write(*entry, StickData::gpt0, 0xffffffff);
    table.write(*entry, StickData::conn_cnt, 240);
    table.write(*entry, StickData::conn_cur, 5);
    table.write(*entry, StickData::bytes_in_cnt, 1ull << 60);
    table.add(*entry, StickData::bytes_out_rate, 70000);
    table.write_text(*entry, StickData::server_key, "srv1");
    for (std::uint32_t i = 0; i < 3; ++i) {
        table.write(*entry, StickData::gpt, 10 + i, i);
        table.write(*entry, StickData::gpc, 20 + i, i);
        table.add(*entry, StickData::gpc_rate, 30 + i, i);
    }
    table.touch_and_release(*entry);
    pair.talk();
    StickTable& other = *pair.b.table;
    StickEntry* told = other.find(key);
    REQUIRE(told);
    CHECK(other.read(*told, StickData::server_id) == static_cast<std::uint64_t>(-3));
    CHECK(other.read(*told, StickData::gpt0) == 0xffffffff);
    CHECK(other.read(*told, StickData::conn_cnt) == 240);
    CHECK(other.read(*told, StickData::conn_cur) == 0);  // it counts what is there now
    CHECK(other.read(*told, StickData::bytes_in_cnt) == 1ull << 60);
    CHECK(other.read(*told, StickData::bytes_out_rate) == 70000);
    CHECK(other.read_text(*told, StickData::server_key) == "srv1");
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(other.read(*told, StickData::gpt, i) == 10 + i);
        CHECK(other.read(*told, StickData::gpc, i) == 20 + i);
        CHECK(other.read(*told, StickData::gpc_rate, i) == 30 + i);
    }
    other.release(*told);
}

TEST_CASE("a text is sent once, then its number") {
    Pair pair(with(layout(), {StickData::server_key}));
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 150; ++i) {  // more than are remembered
            StickEntry* entry = pair.a.table->get("key" + std::to_string(i));
            pair.a.table->write_text(*entry, StickData::server_key, "server" + std::to_string((i + round) % 150));
            pair.a.table->touch_and_release(*entry);
            if (i % 40 == 0) pair.talk();
        }
    pair.talk();
    for (int i = 0; i < 150; ++i) {
        StickEntry* entry = pair.b.table->find("key" + std::to_string(i));
        REQUIRE(entry);
        CHECK(pair.b.table->read_text(*entry, StickData::server_key) == "server" + std::to_string((i + 2) % 150));
        pair.b.table->release(*entry);
    }
}

TEST_CASE("keys of each type arrive") {
    const std::uint32_t number = 123456;
    const std::string integer(reinterpret_cast<const char*>(&number), sizeof number);
    const std::tuple<StickKey, std::uint32_t, std::string> kKeys[] = {
        {StickKey::integer, 4, integer},
        {StickKey::ip, 4, std::string("\1\2\3\0", 4)},
        {StickKey::ipv6, 16, std::string(16, '\x20')},
        {StickKey::string, 5, "abcde"},
        {StickKey::binary, 6, std::string("\0a\0b\0c", 6)}};
    for (const auto& [type, length, key] : kKeys) {
        Pair pair(with(layout(type, length), {StickData::gpc0}));
        use(pair.a, key, 9);
        pair.talk();
        CHECK(gpc0(pair.b, key) == 9);
    }
}

TEST_CASE("a table of another type or length is passed over, one with other data is not") {
    Pair types(with(layout(StickKey::string, 31), {StickData::gpc0}),
               with(layout(StickKey::string, 30), {StickData::gpc0}));
    use(types.a, "a", 1);
    types.talk();
    CHECK(types.b.table->used() == 0);
    CHECK(types.called.is_connected());
    Pair data(with(layout(), {StickData::gpt0, StickData::gpc0, StickData::gpc, StickData::http_req_rate}),
              with(layout(), {StickData::gpc0, StickData::gpc1}));
    use(data.a, "a", 1);
    data.talk();
    CHECK(gpc0(data.b, "a") == 1);
}

TEST_CASE("a peer that asks for a lesson is told all, with the time that is left") {
    Pair pair(with(layout(), {StickData::gpc0}));
    for (int i = 0; i < 500; ++i) use(pair.a, "key" + std::to_string(i), static_cast<std::uint64_t>(i));
    pair.talk();
    CHECK(pair.b.table->used() == 500);
    StickEntry* gone = pair.b.table->find("key7");
    pair.b.table->remove(*gone);
    server::Clock::skip(50000);
    pair.b.peer().lesson = Lesson::assigned;
    pair.talk();
    CHECK(pair.b.peer().lesson == Lesson::finished);
    CHECK(pair.b.table->used() == 500);
    StickEntry* again = pair.b.table->find("key7");
    REQUIRE(again);
    CHECK(pair.b.table->expires_in_ms(*again) <= 50000);
    pair.b.table->release(*again);
    CHECK((pair.b.peer().flags & Peer::kPartial) == 0);
    CHECK((pair.a.peer().flags & (Peer::kInLesson | Peer::kTaught)) == 0);
    CHECK(pair.a.peer().confirm == 0);
}

TEST_CASE("who does not know all says so at the end of a lesson") {
    Pair pair(layout());
    pair.a.up_to_date = false;
    pair.talk();
    pair.b.peer().lesson = Lesson::assigned;
    pair.talk();
    CHECK(pair.b.peer().lesson == Lesson::finished);
    CHECK((pair.b.peer().flags & Peer::kPartial) != 0);
}

TEST_CASE("the old process teaches the new one, which confirms, and ends") {
    TestHost old("A", with(layout(), {StickData::gpc0})), fresh("A", with(layout(), {StickData::gpc0}));
    old.stopping = true;
    use(old, "a", 5);
    old.table->list_updates();
    Session caller(old, old.local()), called(fresh);
    old.local().session = &caller;
    std::string to_old, to_fresh;
    auto outcome = Session::Outcome::waits;
    for (int i = 0; i < 10 && outcome != Session::Outcome::ended; ++i) {
        outcome = caller.work(to_old, to_fresh);
        called.work(to_fresh, to_old);
        if (called.is_connected() && fresh.local().lesson == Lesson::none) fresh.local().lesson = Lesson::assigned;
    }
    CHECK(outcome == Session::Outcome::ended);
    CHECK((old.local().flags & Peer::kLocalTaught) != 0);
    CHECK(gpc0(fresh, "a") == 5);
    CHECK(fresh.local().lesson == Lesson::finished);
}

TEST_CASE("a peer is told its shard only") {
    Pair pair(with(layout(), {StickData::gpc0}));
    pair.a.shard_count = 3;
    pair.a.peer().shard = 2;
    for (int i = 0; i < 100; ++i) use(pair.a, "key" + std::to_string(i));
    pair.talk();
    for (int i = 0; i < 100; ++i) {
        const std::string key = "key" + std::to_string(i);
        CHECK(gpc0(pair.b, key).has_value() == (shard_of_key(key, 0, 3) == 2));
    }
}

TEST_CASE("what is written on has a meaning of its own") {
    Pair pair(with(layout(), {StickData::gpc0, StickData::gpt0}));
    auto target = std::make_shared<StickTable>(with(layout(), {StickData::gpc0, StickData::gpt0}));
    pair.b.section_table->write_to = target;
    StickEntry* entry = pair.a.table->get("a");
    pair.a.table->write(*entry, StickData::gpc0, 3);
    pair.a.table->write(*entry, StickData::gpt0, 4);
    pair.a.table->touch_and_release(*entry);
    pair.talk();
    StickEntry* written = target->find("a");
    REQUIRE(written);
    CHECK(target->read(*written, StickData::gpc0) == 0);
    CHECK(target->read(*written, StickData::gpt0) == 4);
    target->release(*written);
}

TEST_CASE("messages that make no sense end the connection with an error, unknown ones do not") {
    TestHost host("A", with(layout(), {StickData::gpc0, StickData::server_key, StickData::gpc}));
    const auto says = [&](const std::string& message) { return answer(host, std::string(kHello) + message).substr(4); };
    const auto table = [](TableType type, const std::string& content) {
        std::string text;
        append_frame(text, type, content);
        return text;
    };
    const std::string kProtocol("\x01\x00|", 3), kSize("\x01\x01|", 3);
    CHECK(says(std::string("\xff\x01", 2)) == kProtocol);
    CHECK(says("\x0a\x80\xff\xff\xff\xff\xff") == kProtocol);
    CHECK(says("\x0a\x80\xff\xff\xff\x01") == kSize);
    CHECK(says(std::string("\x00\x63", 2)).empty());
    CHECK(says(std::string("\x63\x05", 2)).empty());
    CHECK(says(table(static_cast<TableType>(0xf0), "abc")).empty());
    CHECK(says(table(kUpdate, "")).empty());  // of no table
    CHECK(says(table(kDefine, "")) == kProtocol);
    CHECK(says(table(kDefine, "\x01\x01t")) == kProtocol);
    CHECK(says(table(kDefine, std::string("\x01\x00t\x06", 4))) == kProtocol);
    CHECK(says(table(kDefine, "\x01\x09t\x06\x20")) == kProtocol);
    CHECK(says(table(kDefine, "\x01\x01t\x06")) == kProtocol);
    CHECK(says(table(kDefine, "\x01\x01u\x06")).empty());
    CHECK(says(table(kSwitch, "")) == kProtocol);
    CHECK(says(table(kAck, "\x01\x01")) == kProtocol);
    const std::string definition = host.shared().definition();
    CHECK(says(table(kDefine, definition)).empty());
    const std::string defined = table(kDefine, definition);
    CHECK(says(defined + table(kUpdate, std::string("\0\0\0", 3))) == kProtocol);
    CHECK(says(defined + table(kUpdate, std::string("\0\0\0\1\x05key", 8))) == kProtocol);
    CHECK(says(defined + table(kTimedUpdate, std::string("\0\0\0\1\0\0", 6))) == kProtocol);
    const std::string key("\0\0\0\1\3key\1", 9);
    CHECK(says(defined + table(kUpdate, key + "\x01")) == kProtocol);
    CHECK(says(defined + table(kUpdate, key + std::string("\x01\x81", 2))) == kProtocol);       // no such number
    CHECK(says(defined + table(kUpdate, key + std::string("\x03\x01\x05x", 4))) == kProtocol);  // a text cut off
    CHECK(says(defined + table(kUpdate, key + std::string("\x03\x01\x01x\1\2", 6))) == kProtocol);
    CHECK(says(defined + table(kUpdate, key + std::string("\x03\x01\x01x\1\2\3", 7))).size() > 2);  // acknowledged
    CHECK(host.peer().protocol_errors > 0);
}

TEST_CASE("one byte at a time is as good as all at once") {
    Pair pair(with(layout(), {StickData::gpc0, StickData::gpc_rate, StickData::server_key}));
    for (int i = 0; i < 20; ++i) use(pair.a, "key" + std::to_string(i), static_cast<std::uint64_t>(i));
    pair.a.table->list_updates();
    std::string to_b = "";
    for (int turn = 0; turn < 10; ++turn) {
        pair.caller.work(pair.to_a, to_b);
        for (const char c : std::exchange(to_b, {})) {
            pair.to_b += c;
            pair.called.work(pair.to_b, pair.to_a);
        }
    }
    for (int i = 0; i < 20; ++i) CHECK(gpc0(pair.b, "key" + std::to_string(i)) == static_cast<std::uint64_t>(i));
    CHECK(pair.a.shared().update == 20);
}

}  // namespace cfgproxy::peers
