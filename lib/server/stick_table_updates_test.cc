#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "server/clock.h"
#include "server/stick_table.h"

namespace cfgproxy::server {
namespace {

std::shared_ptr<StickTable> make(std::uint32_t size = 100, std::uint32_t expire_ms = 10000) {
    model::StickTable config;
    config.name = "t";
    config.key = model::StickKey::string;
    config.key_length = 31;
    config.size = size;
    config.expire_ms = expire_ms;
    config.counts[static_cast<std::size_t>(model::StickData::gpc0)] = 1;
    return std::make_shared<StickTable>(config);
}

void use(StickTable& table, std::string_view key) {
    StickEntry* entry = table.get(key);
    REQUIRE(entry);
    table.touch_and_release(*entry);
}

void learn(StickTable& table, std::string_view key, std::uint32_t left_ms) {
    StickEntry* entry = table.get(key);
    REQUIRE(entry);
    table.touch_remote_and_release(*entry, left_ms);
}

void see(StickTable& table, std::string_view key) {
    StickEntry* entry = table.find(key);
    REQUIRE(entry);
    table.mark_seen(*entry);
    table.release(*entry);
}

/// The keys of all updates in the order of their numbers.
std::string order(StickTable& table, std::uint32_t from = 0) {
    table.list_updates();
    std::string all;
    for (auto update = table.update_from(from); update; update = table.update_from(update->id + 1)) all += update->key;
    return all;
}

}  // namespace

TEST_CASE("a table that nobody follows counts no updates") {
    auto table = make();
    use(*table, "a");
    CHECK(order(*table).empty());
    CHECK(table->last_update() == 0);
}

TEST_CASE("a use that no peer has seen is not counted again") {
    auto table = make();
    int woken = 0;
    table->follow_updates(nullptr, [&] { ++woken; });
    use(*table, "a");
    use(*table, "b");
    use(*table, "a");
    CHECK(woken == 1);
    CHECK(order(*table) == "ab");
    use(*table, "a");
    CHECK(order(*table) == "ab");
    see(*table, "a");
    use(*table, "a");
    CHECK(woken == 2);
    CHECK(order(*table) == "ba");
    CHECK(table->last_local_update() == 3);
}

TEST_CASE("what a peer taught is listed apart until it is used here") {
    auto table = make();
    table->follow_updates(nullptr, [] {});
    use(*table, "a");
    learn(*table, "b", 10000);
    CHECK(order(*table) == "ab");
    CHECK(order(*table, 1u << 31) == "b");
    CHECK(table->last_local_update() == 1);
    CHECK(table->last_update() == 2);
    learn(*table, "a", 10000);
    CHECK(order(*table, 1u << 31) == "b");
    use(*table, "b");
    CHECK(order(*table, 1u << 31).empty());
    CHECK(order(*table) == "ab");
    CHECK(table->last_local_update() == 3);
}

TEST_CASE("an entry that goes leaves the list of updates") {
    auto table = make();
    table->follow_updates(nullptr, [] {});
    for (std::string_view key : {"a", "b", "c"}) use(*table, key);
    StickEntry* waiting = table->find("a");
    CHECK(table->remove(*waiting));
    CHECK(order(*table) == "cb");
    StickEntry* listed = table->find("c");
    CHECK(table->remove(*listed));
    CHECK(order(*table) == "b");
}

TEST_CASE("a peer's entry lives as long as it was told, among the others") {
    auto table = make();
    use(*table, "whole");
    learn(*table, "short", 1000);
    learn(*table, "long", 60000);
    learn(*table, "middle", 5000);
    Clock::skip(1500);
    table->expire();
    CHECK(table->keys() == std::vector<std::string>{"long", "middle", "whole"});
    Clock::skip(4000);
    table->expire();
    CHECK(table->keys() == std::vector<std::string>{"long", "whole"});
    Clock::skip(5000);
    table->expire();
    CHECK(table->keys().empty());
}

TEST_CASE("a peer that teaches in the worst order costs no walk over the whole table") {
    auto table = make(3000, 10000000);
    for (std::uint32_t i = 0; i < 3000; ++i) learn(*table, std::to_string(i), 9000000 - i * 1000);
    Clock::skip(9100000);
    table->expire();
    CHECK(table->used() == 0);
}

TEST_CASE("threads use entries while one lists updates and another removes them") {
    auto table = make(20000);
    std::atomic<int> woken{0};
    table->follow_updates(nullptr, [&] { ++woken; });
    std::atomic<bool> done{false};
    std::vector<std::thread> users;
    for (int thread = 0; thread < 2; ++thread)
        users.emplace_back([&, thread] {
            for (int i = 0; i < 20000; ++i) {
                StickEntry* entry = table->get(std::to_string((i * 7 + thread) % 500));
                if (entry) table->touch_and_release(*entry);
            }
        });
    users.emplace_back([&] {
        for (int i = 0; !done; i = (i + 1) % 500)
            if (StickEntry* entry = table->find(std::to_string(i))) table->remove(*entry);
    });
    for (int i = 0; i < 2000; ++i) {
        table->list_updates();
        const auto update = table->update_from(static_cast<std::uint32_t>(i));
        StickEntry* entry = update ? table->find(update->key) : nullptr;
        if (!entry) continue;
        table->mark_seen(*entry);
        table->release(*entry);
    }
    users[0].join();
    users[1].join();
    done = true;
    users[2].join();
    table->list_updates();
    std::size_t listed = 0;
    for (auto update = table->update_from(0); update; update = table->update_from(update->id + 1)) ++listed;
    CHECK(listed == table->used());
    CHECK(woken > 0);
}

}  // namespace cfgproxy::server
