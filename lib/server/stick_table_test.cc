#include "server/stick_table.h"

#include <catch2/catch.hpp>
#include <thread>

#include "server/clock.h"
#include "server/stick_counters.h"

namespace cfgproxy::server {
namespace {

using model::StickData;
using model::StickKey;

model::StickTable layout(StickKey key, std::uint32_t length, std::uint32_t size) {
    model::StickTable table;
    table.name = "t";
    table.key = key;
    table.key_length = length;
    table.size = size;
    return table;
}

model::StickTable with(model::StickTable table, StickData data, std::uint16_t count = 1, std::uint32_t period = 0) {
    table.counts[static_cast<std::size_t>(data)] = count;
    table.periods[static_cast<std::size_t>(data)] = period;
    return table;
}

std::shared_ptr<StickTable> make(const model::StickTable& config) { return std::make_shared<StickTable>(config); }

void put(StickTable& table, std::string_view key) {
    StickEntry* entry = table.get(key);
    REQUIRE(entry);
    table.release(*entry);
}

bool has(StickTable& table, std::string_view key) {
    StickEntry* entry = table.find(key);
    if (entry) table.release(*entry);
    return entry != nullptr;
}

}  // namespace

TEST_CASE("a full table forgets what was used least recently, but not what is held") {
    auto table = make(layout(StickKey::string, 8, 3));
    put(*table, "a");
    put(*table, "b");
    put(*table, "c");
    StickEntry* a = table->get("a");
    table->touch(*a);
    put(*table, "d");
    CHECK(has(*table, "a"));
    CHECK_FALSE(has(*table, "b"));
    CHECK(has(*table, "c"));
    put(*table, "e");
    put(*table, "f");
    CHECK(has(*table, "a"));
    CHECK(table->used() == 3);
    CHECK_FALSE(table->remove(*a) == false);
    CHECK(table->used() == 2);
}

TEST_CASE("use() makes the entry the newest, at once and held") {
    auto table = make(with(layout(StickKey::string, 8, 2), StickData::http_req_cnt));
    put(*table, "a");
    put(*table, "b");
    StickEntry* a = table->use("a");
    CHECK(table->holders(*a) == 1);
    table->release(*a);
    CHECK(table->holders(*a) == 0);
    put(*table, "c");
    CHECK(has(*table, "a"));
    CHECK_FALSE(has(*table, "b"));
    StickEntry* d = table->use("d");
    REQUIRE(d);
    CHECK(table->count_events(*d, StickData::http_req_cnt, StickData::http_req_rate, 2));
    CHECK(table->count_events(*d, StickData::http_req_cnt, StickData::http_req_rate, 3));
    CHECK_FALSE(table->count_events(*d, StickData::http_err_cnt, StickData::http_err_rate, 1));
    CHECK(table->read(*d, StickData::http_req_cnt) == 5);
    table->release(*d);
}

TEST_CASE("with nopurge a full table takes nothing new, and held entries are never thrown out") {
    auto config = layout(StickKey::string, 8, 1);
    config.nopurge = true;
    auto keeping = make(config);
    put(*keeping, "a");
    CHECK(keeping->get("b") == nullptr);
    CHECK(keeping->used() == 1);
    config.nopurge = false;
    auto purging = make(config);
    StickEntry* held = purging->get("a");
    CHECK(purging->get("b") == nullptr);
    CHECK_FALSE(purging->find("a") == nullptr);
    CHECK_FALSE(purging->remove(*held));
    CHECK(purging->remove(*held));
    CHECK(purging->get("b") != nullptr);
}

TEST_CASE("entries expire unless they are held or touched") {
    auto config = layout(StickKey::string, 8, 10);
    config.expire_ms = 1000;
    auto table = make(config);
    put(*table, "a");
    StickEntry* held = table->get("held");
    Clock::skip(600);
    StickEntry* b = table->get("b");
    table->touch_and_release(*b);
    CHECK(table->expires_in_ms(*held) <= 400);
    Clock::skip(600);
    CHECK_FALSE(has(*table, "a"));
    table->expire();
    CHECK(has(*table, "held"));
    CHECK(has(*table, "b"));
    CHECK(table->used() == 2);
    table->release(*held);
    table->expire();
    CHECK(table->used() == 1);
    Clock::skip(2000);
    table->expire();
    CHECK(table->used() == 0);
}

TEST_CASE("a rate fades over its period") {
    StickRate rate;
    CHECK(rate.read(5000, 1000) == 0);
    rate.add(5000, 1000, 10);
    CHECK(rate.read(5000, 1000) == 10);
    CHECK(rate.read(5999, 1000) == 10);
    CHECK(rate.read(6500, 1000) == 5);
    CHECK(rate.read(7001, 1000) == 0);
    rate.add(6500, 1000, 10);
    CHECK(rate.read(6500, 1000) == 15);
    CHECK(rate.read(6750, 1000) == 12);
    rate.add(20000, 1000, 1);
    CHECK(rate.read(20000, 1000) == 1);
    // One event is one event until it is gone: no flapping between 0 and 1.
    CHECK(rate.read(21500, 1000) == 1);
    CHECK(rate.read(23000, 1000) == 0);
    // The clock wraps.
    StickRate late;
    late.add(0xffffff00u, 1000, 4);
    CHECK(late.read(0x10u, 1000) == 4);
}

TEST_CASE("a thread whose clock is a little behind neither loses events nor invents some") {
    StickRate rate;
    rate.add(5000, 1000, 8);
    rate.add(6000, 1000, 10);  // another thread: a new period
    rate.add(5990, 1000, 2);
    CHECK(rate.read(5990, 1000) == 20);
    CHECK(rate.read(6000, 1000) == 20);
    CHECK(rate.read(6500, 1000) == 16);
    rate = {};
    rate.add(5, 1000, 3);
    rate.add(0xfffffff0u, 1000, 1);  // the clock has wrapped in between
    CHECK(rate.read(0xfffffff0u, 1000) == 4);
}

TEST_CASE("cells of all kinds") {
    auto config = layout(StickKey::integer, 4, 10);
    config = with(config, StickData::gpc0);
    config = with(config, StickData::bytes_in_cnt);
    config = with(config, StickData::conn_cur);
    config = with(config, StickData::server_id);
    config = with(config, StickData::server_key);
    config = with(config, StickData::gpt, 3);
    config = with(config, StickData::gpc_rate, 2, 10000);
    auto table = make(config);
    StickEntry* entry = table->get("\x01\x02\x03\x04");
    REQUIRE(entry);
    CHECK(table->add(*entry, StickData::gpc0, 5) == 5);
    CHECK(table->add(*entry, StickData::bytes_in_cnt, 5000000000ull) == 5000000000ull);
    CHECK(table->add(*entry, StickData::bytes_in_cnt, 5000000000ull) == 10000000000ull);
    table->write(*entry, StickData::gpt, 7, 2);
    CHECK(table->read(*entry, StickData::gpt, 2) == 7);
    CHECK(table->read(*entry, StickData::gpt, 1) == 0);
    CHECK_FALSE(table->read(*entry, StickData::gpt, 3));
    CHECK_FALSE(table->read(*entry, StickData::gpc1));
    CHECK(table->clear(*entry, StickData::gpc0) == 5);
    CHECK(table->read(*entry, StickData::gpc0) == 0);
    table->subtract_one(*entry, StickData::conn_cur);
    CHECK(table->read(*entry, StickData::conn_cur) == 0);
    table->write(*entry, StickData::server_id, static_cast<std::uint64_t>(-2));
    CHECK(static_cast<std::int64_t>(*table->read(*entry, StickData::server_id)) == -2);
    CHECK(table->read_text(*entry, StickData::server_key).empty());
    table->write_text(*entry, StickData::server_key, "web1");
    CHECK(table->read_text(*entry, StickData::server_key) == "web1");
    CHECK(increment_purpose(*table, *entry, 1, true, 3) == 3);
    CHECK(increment_purpose(*table, *entry, 5, true) == 0);
    table->write_rate(*entry, StickData::gpc_rate, 40, 0);
    CHECK(table->read(*entry, StickData::gpc_rate, 0) == 40);
    auto copy = make(config);
    StickEntry* other = copy->get("\x01\x02\x03\x04");
    copy->copy_data(*table, *entry, *other);
    CHECK(copy->read(*other, StickData::bytes_in_cnt) == 10000000000ull);
    CHECK(copy->read_text(*other, StickData::server_key) == "web1");
    table->release(*entry);
    copy->release(*other);
}

TEST_CASE("keys are cast, cut and padded") {
    base::Arena arena;
    std::string_view key;
    auto strings = make(layout(StickKey::string, 4, 10));
    CHECK(make_stick_key(*strings, sample::Value::of_text("abcdef"), arena, key));
    CHECK(key == "abcd");
    CHECK(make_stick_key(*strings, sample::Value::of_int(12), arena, key));
    CHECK(key == "12");
    auto bytes = make(layout(StickKey::binary, 4, 10));
    CHECK(make_stick_key(*bytes, sample::Value::of_bytes("ab"), arena, key));
    CHECK(key == std::string_view("ab\0\0", 4));
    auto numbers = make(layout(StickKey::integer, 4, 10));
    CHECK(make_stick_key(*numbers, sample::Value::of_text("258"), arena, key));
    CHECK(key == std::string_view("\x02\x01\0\0", 4));
    CHECK(stick_key_value(*numbers, key, arena).number == 258);
    auto ips = make(layout(StickKey::ip, 4, 10));
    CHECK(make_stick_key(*ips, sample::Value::of_text("192.0.2.1"), arena, key));
    CHECK(key == std::string_view("\xc0\0\x02\x01", 4));
    CHECK_FALSE(make_stick_key(*ips, sample::Value::of_text("nowhere"), arena, key));
}

TEST_CASE("counters count what the table keeps, and let go at their end") {
    auto config = with(with(layout(StickKey::string, 8, 10), StickData::conn_cur), StickData::conn_cnt);
    config = with(config, StickData::http_req_cnt);
    auto table = make(config);
    {
        StickCounters session, stream;
        session.track(0, *table, *table->get("a"), false);
        stream.track(0, *table, *table->get("b"), false);
        session.track(1, *table, *table->get("a"), false);
        count_all(stream, &session, StickData::http_req_cnt, StickData::http_req_rate);
        StickEntry* a = table->find("a");
        CHECK(table->read(*a, StickData::conn_cur) == 2);
        CHECK(table->read(*a, StickData::conn_cnt) == 2);
        CHECK(table->read(*a, StickData::http_req_cnt) == 1);  // under 1; number 0 is the stream's
        CHECK(table->holders(*a) == 3);
        table->release(*a);
    }
    StickEntry* a = table->find("a");
    CHECK(table->read(*a, StickData::conn_cur) == 0);
    CHECK(table->holders(*a) == 1);
    table->release(*a);
}

TEST_CASE("a new configuration keeps the table if its entries mean the same") {
    auto config = with(layout(StickKey::string, 8, 4), StickData::gpc0);
    auto table = make(config);
    put(*table, "a");
    config.size = 1;
    config.expire_ms = 60000;
    CHECK(table->adopt(config));
    CHECK(table->size() == 1);
    CHECK(has(*table, "a"));
    CHECK_FALSE(table->adopt(with(config, StickData::gpc1)));
    config.key_length = 9;
    CHECK_FALSE(table->adopt(config));
}

TEST_CASE("threads share a table under eviction and expiry") {
    auto config = with(with(layout(StickKey::integer, 4, 5000), StickData::gpc0), StickData::conn_rate, 1, 100);
    config = with(config, StickData::server_key);
    config.expire_ms = 50;
    auto table = make(config);
    std::atomic<std::uint64_t> total{0};
    const auto work = [&](std::uint32_t seed) {
        std::uint64_t done = 0;
        for (std::uint32_t i = 0; i < 20000; ++i) {
            seed = seed * 1664525u + 1013904223u;
            const std::uint32_t number = i % 4 == 0 ? 7 : (seed >> 8) % 20000;
            const std::string_view key(reinterpret_cast<const char*>(&number), sizeof number);
            StickEntry* entry = table->get(key);
            if (!entry) continue;
            table->add(*entry, StickData::conn_rate);
            table->write_text(*entry, StickData::server_key, i % 2 ? "one" : "two");
            if (number == 7) {
                table->add(*entry, StickData::gpc0);
                ++done;
            }
            if (i % 3 == 0)
                table->release(*entry);
            else if (i % 101 == 0)
                table->remove(*entry);
            else
                table->touch_and_release(*entry);
            if (i % 1000 == 0) table->expire();
            if (i % 5000 == 0) (void)table->keys();
        }
        total += done;
    };
    const std::uint32_t seven = 7;
    StickEntry* held = table->get({reinterpret_cast<const char*>(&seven), sizeof seven});
    std::vector<std::thread> threads;
    for (std::uint32_t n = 1; n <= 4; ++n) threads.emplace_back(work, n * 12345);
    for (auto& thread : threads) thread.join();
    CHECK(table->read(*held, StickData::gpc0) == total.load());
    CHECK(table->used() <= 5000 + 4);
    CHECK(table->keys().size() == table->used());
    table->release(*held);
}

}  // namespace cfgproxy::server
