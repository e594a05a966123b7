#include "stream/throttle.h"

#include <catch2/catch.hpp>

using cfgproxy::model::StickData;
using cfgproxy::stream::Throttle;
namespace server = cfgproxy::server;

namespace {

constexpr std::uint64_t kMuch = 1 << 20;

/// A table whose entries count what leaves in a period.
std::shared_ptr<server::StickTable> rates(std::uint32_t period_ms) {
    cfgproxy::model::StickTable config;
    config.name = "t";
    config.key = cfgproxy::model::StickKey::string;
    config.key_length = 8;
    config.size = 10;
    config.counts[static_cast<std::size_t>(StickData::bytes_out_rate)] = 1;
    config.periods[static_cast<std::size_t>(StickData::bytes_out_rate)] = period_ms;
    return std::make_shared<server::StickTable>(config);
}

Throttle shared(server::StickTable& table, std::string_view key, std::uint64_t limit, std::uint32_t min_size) {
    return {limit, min_size, server::HeldEntry(table, *table.get(key)), StickData::bytes_out_rate};
}

}  // namespace

TEST_CASE("a period's bytes pass at once, then none until room has come") {
    Throttle throttle(1000, 1000, 0);
    CHECK(throttle.allowance(5000, kMuch) == 1000);
    throttle.passed(600);
    CHECK(throttle.allowance(5001, kMuch) == 400);
    throttle.passed(400);
    CHECK(throttle.allowance(5002, kMuch) == 0);
    CHECK(throttle.ready_at() > 5002);
    CHECK(throttle.ready_at() <= 6002);
}

TEST_CASE("over many periods the limit is kept") {
    Throttle throttle(10000, 1000, 0);
    std::uint64_t total = 0;
    for (std::uint64_t now = 1000; now < 11000;) {
        const auto allowed = throttle.allowance(now, kMuch);
        throttle.passed(allowed);
        total += allowed;
        now = allowed ? now + 1 : std::max(now + 1, throttle.ready_at());
    }
    CHECK(total >= 90000);
    CHECK(total <= 120000);
}

TEST_CASE("pieces are no smaller than asked for, and a period of silence is forgotten") {
    Throttle throttle(1000, 100, 200);
    throttle.passed(0);
    CHECK(throttle.allowance(1, kMuch) == 1000);
    throttle.passed(900);
    CHECK(throttle.allowance(2, kMuch) == 0);
    CHECK(throttle.allowance(1000, kMuch) == 1000);
}

TEST_CASE("a last piece may be smaller than pieces are to be") {
    Throttle throttle(1000, 1000, 200);
    CHECK(throttle.allowance(1, 900) == 900);
    throttle.passed(900);
    CHECK(throttle.allowance(2, 80) == 80);
}

TEST_CASE("streams that hold the same entry share what is left of its rate") {
    auto table = rates(1000);
    Throttle one = shared(*table, "a", 1000, 0), two = shared(*table, "a", 1000, 0),
             other = shared(*table, "b", 1000, 0);
    const std::uint64_t now = 5000;
    CHECK(one.allowance(now, kMuch) == 500);
    one.passed(500);
    CHECK(two.allowance(now, kMuch) == 250);
    two.passed(250);
    CHECK(other.allowance(now, kMuch) == 1000);
    SECTION("and one whose companions have left gets all of it") {
        { Throttle gone = std::move(two); }
        CHECK(one.allowance(now + 1, kMuch) == 250);
    }
}

TEST_CASE("a share that is smaller than pieces are to be is exceeded, and paid for with time") {
    auto table = rates(1000);
    std::vector<Throttle> all;
    for (int i = 0; i < 5; ++i) all.push_back(shared(*table, "a", 1000, 300));
    const std::uint64_t now = 5000;
    CHECK(all[0].allowance(now, kMuch) == 300);
    all[0].passed(300);
    CHECK(all[0].ready_at() == now + 500);  // 100 bytes more than a fifth, at a fifth of the limit
    CHECK(all[0].allowance(now + 499, kMuch) == 0);
    CHECK(all[1].allowance(now, kMuch) == 300);
    all[1].passed(300);
    CHECK(all[2].allowance(now, kMuch) == 300);
    all[2].passed(300);
    CHECK(all[3].allowance(now, kMuch) == 0);
    CHECK(all[3].ready_at() > now);
}

TEST_CASE("a hold on an entry ends with whoever has it last") {
    auto table = rates(1000);
    server::StickEntry* entry = table->get("a");
    {
        server::HeldEntry hold(*table, *entry), none;
        CHECK(hold);
        CHECK_FALSE(none);
        none = std::move(hold);
        CHECK_FALSE(hold);
        server::HeldEntry last(std::move(none));
        CHECK(table->holders(last.entry()) == 1);
    }
    entry = table->find("a");
    CHECK(table->holders(*entry) == 1);
    table->release(*entry);
}
