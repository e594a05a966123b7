#include "server/backend.h"

#include <catch2/catch.hpp>

#include "server/test_helpers.h"

namespace cfgproxy::server {

TEST_CASE("equal servers alternate") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 1, sink);
    CHECK(sequence(backend, 8) == "12121212");
}

TEST_CASE("weights make up the round") {
    TestSink sink;
    auto proxy = make_proxy({3, 2, 1});
    Backend backend(*proxy, 1, sink);
    CHECK(sequence(backend, 12) == "121312121312");
}

}  // namespace cfgproxy::server
