#include "stream/throttle.h"

#include <catch2/catch.hpp>

using cfgproxy::stream::Throttle;

TEST_CASE("a period's bytes pass at once, then none until room has come") {
    Throttle throttle(1000, 1000, 0);
    CHECK(throttle.allowance(5000) == 1000);
    throttle.passed(600);
    CHECK(throttle.allowance(5001) == 400);
    throttle.passed(400);
    CHECK(throttle.allowance(5002) == 0);
    CHECK(throttle.ready_at() > 5002);
    CHECK(throttle.ready_at() <= 6002);
}

TEST_CASE("over many periods the limit is kept") {
    Throttle throttle(10000, 1000, 0);
    std::uint64_t total = 0;
    for (std::uint64_t now = 1000; now < 11000;) {
        const auto allowed = throttle.allowance(now);
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
    CHECK(throttle.allowance(1) == 1000);
    throttle.passed(900);
    CHECK(throttle.allowance(2) == 0);
    CHECK(throttle.allowance(1000) == 1000);
}
