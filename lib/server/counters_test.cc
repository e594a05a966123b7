#include "server/counters.h"

#include <catch2/catch.hpp>

namespace cfgproxy::server {

TEST_CASE("a rate counts the running second and what is left of the one before") {
    Rate rate;
    constexpr std::uint64_t t = 5'000'000;
    CHECK(rate.per_second(t) == 0);
    for (std::uint32_t i = 1; i <= 100; ++i) CHECK(rate.add(t) == i);
    CHECK(rate.per_second(t + 999) == 100);
    CHECK(rate.add(t + 1000) == 1);           // a new second
    CHECK(rate.per_second(t + 1000) == 101);  // the whole past one
    CHECK(rate.per_second(t + 1500) == 51);
    CHECK(rate.per_second(t + 2500) == 1);  // a lone event does not fade
    CHECK(rate.per_second(t + 3000) == 1);
    CHECK(rate.per_second(t + 3001) == 0);
    CHECK(rate.remaining(t + 1500, 60) == 9);
    CHECK(rate.remaining(t + 1500, 51) == 0);
}

TEST_CASE("a rate forgets after two idle seconds") {
    Rate rate;
    rate.add(10'000, 50);
    CHECK(rate.per_second(11'500) == 25);
    CHECK(rate.per_second(12'500) == 0);
    CHECK(rate.add(13'000) == 1);
    CHECK(rate.per_second(13'000) == 1);
}

TEST_CASE("a mean is exact up to 512 samples and fades from then on") {
    SlidingMean mean;
    CHECK(mean.mean() == 0);
    mean.add(10);
    CHECK(mean.mean() == 10);
    mean.add(21);
    CHECK(mean.mean() == 16);  // rounded up
    CHECK(mean.max() == 21);
    mean.clear();
    for (int i = 0; i < 512; ++i) mean.add(100);
    CHECK(mean.mean() == 100);
    mean.add(612);  // 51200 - 100 + 612 over 512
    CHECK(mean.mean() == 101);
    for (int i = 0; i < 5120; ++i) mean.add(7);
    CHECK(mean.mean() == 7);
    CHECK(mean.max() == 612);
}

TEST_CASE("a gauge keeps its maximum") {
    Gauge gauge;
    CHECK(gauge.enter() == 1);
    CHECK(gauge.enter() == 2);
    CHECK(gauge.leave() == 1);
    CHECK(gauge.get() == 1);
    CHECK(gauge.max() == 2);
    gauge.clear_max();
    CHECK(gauge.max() == 1);
}

}  // namespace cfgproxy::server
