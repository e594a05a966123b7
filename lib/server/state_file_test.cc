#include "server/state_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

std::string line(int op, int admin, int weight, int initial, int health, int port = 80) {
    auto number = [](int n) { return std::to_string(n) + " "; };
    return "3 b 1 s1 127.0.0.1 " + number(op) + number(admin) + number(weight) + number(initial) + "60 6 3 " +
           number(health) + "6 0 0 0 - " + number(port) + "- 0 0 - - 0";
}

}  // namespace

TEST_CASE("lines of a state file") {
    std::string_view backend, server;
    SavedState state;
    const std::string good = line(2, 8, 5, 10, 4);
    REQUIRE(read_state_line(good, backend, server, state));
    CHECK(backend == "b");
    CHECK(server == "s1");
    CHECK(state.health == Health::up);
    CHECK(state.admin == kForcedDrain);
    CHECK(state.weight == 5);
    CHECK(state.initial_weight == 10);
    CHECK(state.port == 80);
    for (const std::string& bad :
         {std::string(), std::string("# be_id be_name"), line(4, 0, 1, 1, 1), line(2, 0, 257, 1, 1),
          line(2, 0, 1, 1, 1, 65536), std::string("3 b 1 s1 127.0.0.1 2 0 1 1"),
          std::string("3 b 1 s1 127.0.0.1 x 0 1 1 60 6 3 4 6 0 0 0 - 80 - 0 0 - - 0")})
        CHECK_FALSE(read_state_line(bad, backend, server, state));
}

TEST_CASE("what an earlier process has left") {
    TestSink sink;
    auto proxy = make_proxy({10});
    proxy->servers[0]->endpoint.ip = *net::Address::parse_ip("127.0.0.1");
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s1");
    auto restore = [&](const std::string& text) {
        std::string_view b, s;
        SavedState state;
        REQUIRE(read_state_line(text, b, s, state));
        backend.restore(server, state);
    };
    restore(line(0, 0, 10, 10, 0));
    CHECK(server.health() == Health::down);
    CHECK_FALSE(server.usable());
    CHECK(backend.usable_servers() == 0);
    restore(line(2, 0, 4, 10, 4));
    CHECK(server.health() == Health::up);
    CHECK(server.user_weight() == 4);
    restore(line(2, 0, 7, 9, 4));  // the file's weight is another one now
    CHECK(server.user_weight() == 4);
    restore(line(0, kForcedMaint, 10, 10, 0));
    CHECK(server.in_maintenance());
    restore(line(0, kForcedMaint | kMaintByConfig, 10, 10, 0));  // was disabled in the file, is not any more
    CHECK_FALSE(server.in_maintenance());
    restore(line(2, kForcedDrain, 10, 10, 4));
    CHECK(server.draining());
    restore(line(2, 0, 10, 10, 4, 8080));
    CHECK(server.address().port() == 8080);
}

TEST_CASE("a state file is read for the backends that ask for it") {
    TestSink sink;
    const std::string path = "/tmp/cfgproxy-state-" + std::to_string(getpid());
    std::ofstream(path) << "1\n# header\n" << line(0, 0, 1, 1, 0) << "\n";
    model::Config config;
    config.global.server_state_base = "/tmp";
    config.global.server_state_file = path.substr(5);
    config.proxies.push_back(make_proxy({1}));
    Registry::Objects objects;
    objects.backends.push_back(std::make_shared<Backend>(*config.proxies[0], 1, sink));
    restore_states(config, objects);
    CHECK(objects.backends[0]->usable_servers() == 1);
    config.proxies[0]->load_state = model::LoadState::global;
    restore_states(config, objects);
    CHECK(objects.backends[0]->usable_servers() == 0);
    std::remove(path.c_str());
    config.proxies[0]->load_state = model::LoadState::local;
    restore_states(config, objects);  // no such file: nothing
    CHECK(objects.backends[0]->usable_servers() == 0);
}

}  // namespace cfgproxy::server
