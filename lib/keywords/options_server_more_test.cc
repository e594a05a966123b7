#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::quiet;

TEST_CASE("idle-ping is of each server, or handed down by default-server") {
    auto loaded =
        load(quiet("backend b\n default-server idle-ping 10s\n server a 1.1.1.1:80\n"
                   " server b 1.1.1.1:80 idle-ping 200\n"));
    REQUIRE(loaded.config);
    const auto& servers = loaded.config->proxies.back()->servers;
    CHECK(servers[0]->idle_ping_ms == 10000);
    CHECK(servers[1]->idle_ping_ms == 200);
    CHECK(complaints("backend b\n server s 1.1.1.1:80 idle-ping\n") ==
          "A 8: 'server b/s' : 'idle-ping' expects an argument..\n");
    CHECK(complaints("listen l\n bind :80 idle-ping\n server s 1.1.1.1:80\n") ==
          "A 8: 'bind :80' in section 'listen' : 'idle-ping' : expects an argument\n");
}

TEST_CASE("checks may use connections of traffic, unless those carry several requests at a time") {
    const std::string checked = "backend b\n option httpchk\n";
    auto loaded = load(quiet(checked + " default-server check check-reuse-pool\n"
                                       " server a 1.1.1.1:80 check-pool-conn-name x\n"
                                       " server b 1.1.1.1:80 no-check-reuse-pool\n"));
    REQUIRE(loaded.config);
    const auto& servers = loaded.config->proxies.back()->servers;
    CHECK(servers[0]->check.reuse_pool);
    CHECK(servers[0]->check.pool_name == "x");
    CHECK_FALSE(servers[1]->check.reuse_pool);
    CHECK(complaints("backend b\n server s 1.1.1.1:80 check-pool-conn-name\n") ==
          "A 8: 'server b/s' : 'check-pool-conn-name' : missing value.\n");
    CHECK(complaints(checked + " server s 1.1.1.1:80 proto h2 check check-reuse-pool\n") ==
          "A 9: 'check-reuse-pool' over HTTP/2 or FastCGI is understood but not executed yet by this version of "
          "cfgproxy\n");
    // Of other checks HAProxy does not look at it.
    CHECK(complaints("backend b\n server s 1.1.1.1:80 proto h2 check check-reuse-pool\n") == "");
}
