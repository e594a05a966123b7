#include "server/backend.h"

#include <catch2/catch.hpp>

#include "log/log.h"
#include "server/clock.h"
#include "server/registry.h"
#include "server/test_helpers.h"

namespace cfgproxy::server {

TEST_CASE("states change what is counted and logged") {
    TestSink sink;
    auto proxy = make_proxy({1, 3});
    proxy->servers[1]->backup = true;
    Backend backend(*proxy, 1, sink);
    Server& active = *backend.find("s1");
    Server& backup = *backend.find("s2");
    CHECK(backend.total_weight() == 1);
    backend.set_health(active, Health::down, "changed from CLI");
    CHECK(sink.lines.at(0).level == log::kAlert);
    CHECK(sink.lines[0].text == sink.lines[0].console);
    CHECK(sink.take() ==
          "Server b/s1 is DOWN, changed from CLI. 0 active and 1 backup servers left. Running on backup. 0 sessions "
          "active, 0 requeued, 0 remaining in queue.");
    CHECK(backend.total_weight() == 3);
    CHECK(active.times_down == 1);
    Clock::skip(7000);
    CHECK(active.downtime() == 7);
    backend.set_health(backup, Health::stopping, {});
    CHECK(sink.lines.at(1).level == log::kEmerg);
    CHECK(sink.lines[1].console == "backend 'b' has no server available!");
    CHECK(sink.take() ==
          "Backup Server b/s2 is stopping. 0 active and 0 backup servers online. 0 sessions requeued, 0 total in "
          "queue.\nbackend b has no server available!");
    CHECK(backend.times_down == 1);
    CHECK(backend.pick({}).outcome == Pick::Outcome::none);
    CHECK(backup.running());
    CHECK_FALSE(backup.usable());
    Clock::skip(3000);
    CHECK(backend.downtime() == 3);
    backend.set_health(active, Health::up, {});
    CHECK(sink.take() ==
          "Server b/s1 is UP. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.");
    CHECK(active.downtime() == 10);
    CHECK(backend.downtime() == 3);
    backend.set_health(active, Health::up, {});
    CHECK(sink.take().empty());
}

TEST_CASE("the operator's states are logged as HAProxy logs them") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s1");
    backend.set_maintenance(server);
    CHECK(sink.take() ==
          "Server b/s1 is going DOWN for maintenance. 1 active and 0 backup servers left. 0 sessions active, 0 "
          "requeued, 0 remaining in queue.");
    CHECK(server.in_maintenance());
    CHECK(server.health() == Health::down);
    backend.set_health(server, Health::up, {});
    CHECK(server.health() == Health::down);
    backend.set_drain(server);
    CHECK(sink.take() ==
          "Server b/s1 is UP/DRAIN (leaving forced maintenance).\nServer b/s1 remains in forced drain mode.");
    backend.set_maintenance(server);
    CHECK(sink.lines.at(0).level == log::kNotice);  // it took no new sessions before
    sink.take();
    backend.set_ready(server);
    CHECK(sink.take() == "Server b/s1 is UP/READY (leaving forced maintenance).");
    backend.set_drain(server);
    CHECK(
        sink.take() ==
        "Server b/s1 enters drain state. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.");
    backend.force_health(server, Health::down);
    CHECK(sink.take() ==
          "Server b/s1 is DOWN, changed from CLI. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 "
          "remaining in queue.\nServer b/s1 remains in forced drain mode.");
    backend.set_ready(server);
    CHECK(sink.take() == "Server b/s1 is DOWN (leaving forced drain).");
    backend.set_maintenance(server);
    CHECK(sink.take() == "Server b/s1 was DOWN and now enters maintenance.");
    backend.set_ready(server);
    backend.set_admin(server, kForcedMaint, 0, "'disable' on stats page");
    CHECK(sink.lines.back().text.find(
              "Server b/s1 is going DOWN for maintenance ('disable' on stats page). 1 active") == 0);
}

TEST_CASE("weights are parsed as the command line takes them") {
    TestSink sink;
    auto proxy = make_proxy({10, 1});
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s1");
    auto error = [&](const char* text) { return backend.set_weight(server, text).error(); };
    CHECK(error("") == "Require <weight> or <weight%>.\n");
    CHECK(error("x") == "Empty weight string empty or preceded by garbage");
    CHECK(error("-5%") == "Relative weight must be positive.\n");
    CHECK(error("257") == "Absolute weight can only be between 0 and 256 inclusive.\n");
    CHECK(error("-1") == "Absolute weight can only be between 0 and 256 inclusive.\n");
    CHECK(error("5x") == "Trailing garbage in weight string");
    CHECK(server.user_weight() == 10);
    CHECK(backend.set_weight(server, "50%").ok());
    CHECK(server.user_weight() == 5);
    CHECK(backend.set_weight(server, "100000%").ok());
    CHECK(server.user_weight() == 256);
    CHECK(backend.set_weight(server, "0").ok());
    CHECK_FALSE(server.usable());
    CHECK(server.running());
    CHECK(server.initial_weight() == 10);
    CHECK(sink.take().empty());
    CHECK(backend.set_weight(*backend.find("s2"), "0").ok());
    CHECK(sink.take() == "backend b has no server available!");
}

TEST_CASE("addresses change at run time") {
    TestSink sink;
    auto proxy = make_proxy({1});
    proxy->servers[0]->endpoint.ip = net::Address::parse_ip("192.0.2.1").value();
    proxy->servers[0]->endpoint.port_low = proxy->servers[0]->endpoint.port_high = 80;
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s1");
    CHECK(server.address().text() == "192.0.2.1:80");
    CHECK(backend.set_address(server, "192.0.2.2", "") ==
          "IP changed from '192.0.2.1' to '192.0.2.2' by 'stats socket command'\n");
    CHECK(backend.set_address(server, "192.0.2.2", "8080") ==
          "no need to change the addr, port changed from '80' to '8080' by 'stats socket command'\n");
    CHECK(backend.set_address(server, "192.0.2.2", "8080") ==
          "no need to change the addr, no need to change the port by 'stats socket command'\n");
    CHECK(backend.set_address(server, "nowhere", "") == "Invalid addr 'nowhere' by 'stats socket command'\n");
    CHECK(server.address().text() == "192.0.2.2:8080");
}

TEST_CASE("dynamic cookies follow the key and the address, where a server has no cookie of its own") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    for (auto& line : proxy->servers) {
        line->endpoint.ip = net::Address::parse_ip("127.0.0.1").value();
        line->endpoint.port_low = line->endpoint.port_high = 8001;
    }
    proxy->servers[1]->cookie = "own";
    proxy->cookie.dynamic = true;
    proxy->dynamic_cookie_key = "MYKEY";
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s1");
    const std::string first(server.cookie());
    CHECK(first == "1e3d7d24bd4de2c2");
    CHECK(backend.find("s2")->cookie() == "own");
    CHECK(backend.find_by_cookie(first) == &server);
    backend.set_address(server, "127.0.0.2", "");
    CHECK(backend.find_by_cookie(first) == nullptr);
    CHECK(backend.find_by_cookie(server.cookie()) == &server);
    backend.set_address(server, "127.0.0.1", "");
    CHECK(server.cookie() == first);
    backend.set_dynamic_cookie_key("other");
    CHECK(server.cookie() != first);
    backend.use_dynamic_cookies(false);
    CHECK(server.cookie().empty());
    CHECK(backend.find_by_cookie("own") == backend.find("s2").get());
}

TEST_CASE("sessions end with their server, or when a better one comes") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    proxy->servers[0]->on_marked_down = model::OnMarkedDown::shutdown_sessions;
    proxy->servers[0]->on_marked_up = model::OnMarkedUp::shutdown_backup_sessions;
    proxy->servers[1]->backup = true;
    Backend backend(*proxy, 1, sink);
    Server& active = *backend.find("s1");
    Server& backup = *backend.find("s2");
    TestUser on_active, on_backup, gone;
    backend.attach(active, on_active);
    backend.attach(active, gone);
    backend.attach(backup, on_backup);
    backend.detach(active, gone);
    backend.set_health(active, Health::down, {});
    CHECK(on_active.shutdowns == "D");
    CHECK(on_backup.shutdowns.empty());
    backend.set_health(active, Health::up, {});
    CHECK(on_backup.shutdowns == "U");
    backend.shutdown_sessions(backup, 'K');
    CHECK(on_backup.shutdowns == "UK");
    CHECK(gone.shutdowns.empty());
    backend.detach(active, on_active);
    backend.detach(backup, on_backup);
}

TEST_CASE("persistent sessions go to servers that run, even without weight") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s2");
    PickRequest request;
    request.persistent = &server;
    backend.set_drain(server);
    CHECK(backend.pick(request).server == &server);
    backend.set_maintenance(server);
    Pick pick = backend.pick(request);
    CHECK(pick.server == backend.find("s1").get());
    CHECK(pick.persistent_down);
    request.force = true;
    CHECK(backend.pick(request).server == &server);
    request.force = false;
    proxy->options.persist = true;
    CHECK(backend.pick(request).server == &server);
}

TEST_CASE("a new configuration keeps what runs, by name") {
    TestSink sink;
    auto before = make_proxy({1, 1, 1});
    before->servers[1]->cookie = "two";
    auto backend = std::make_unique<Backend>(*before, 1, sink);
    auto kept = backend->servers();
    backend->set_health(*kept[0], Health::down, {});
    CHECK(backend->set_weight(*kept[1], "7").ok());
    kept[2]->sessions.enter();
    CHECK(backend->find_by_cookie("two") == kept[1].get());

    auto after = make_proxy({5, 1, 1, 1});
    after->servers[0]->name = "s3";
    after->servers[2]->name = "s1";
    after->servers[1]->cookie = "zwei";
    after->servers.erase(after->servers.begin() + 3);
    auto fresh = std::make_unique<model::Server>();
    fresh->name = "new";
    after->servers.push_back(std::move(fresh));
    backend->adopt(*after);
    CHECK(backend->find("s1") == kept[0]);
    CHECK(backend->find("s1")->health() == Health::down);
    CHECK(backend->find("s2")->user_weight() == 7);  // the line did not change
    CHECK(backend->find("s3")->user_weight() == 5);  // this one did
    CHECK(backend->find("s3")->sessions.get() == 1);
    CHECK(backend->find("new") != nullptr);
    CHECK(&backend->find("s2")->config() == after->servers[1].get());
    CHECK(backend->find_by_cookie("two") == nullptr);
    CHECK(backend->find_by_cookie("zwei") == kept[1].get());
    CHECK(backend->state_of(*before->servers[0]) == kept[0].get());
    CHECK(backend->servers()[0] == kept[2]);
    CHECK(backend->usable_servers() == 3);
    backend->leave(*kept[2]);
}

TEST_CASE("a server that vanished lives as long as somebody holds it, and may come back") {
    TestSink sink;
    auto one = make_proxy({1, 1});
    auto two = make_proxy({1});
    Backend backend(*one, 1, sink);
    auto held = backend.servers();
    TestUser waiting;
    one->servers[1]->max_connections = 1;
    backend.adopt(*two);
    CHECK(backend.find("s2") == nullptr);
    CHECK(backend.state_of(*one->servers[1]) == held[1].get());
    CHECK(sequence(backend, 4) == "1111");
    CHECK_FALSE(held[1]->usable());
    backend.adopt(*one);
    CHECK(backend.find("s2") == held[1]);
    CHECK(sequence(backend, 2) == "12");
    backend.adopt(*two);
    held.clear();
    CHECK(backend.state_of(*one->servers[1]) == nullptr);
}

TEST_CASE("a configuration that changes nothing does not restart the round") {
    TestSink sink;
    auto one = make_proxy({1, 1, 1});
    auto two = make_proxy({1, 1, 1});
    Backend backend(*one, 1, sink);
    CHECK(sequence(backend, 4) == "1231");
    backend.adopt(*two);
    CHECK(sequence(backend, 2) == "23");
}

TEST_CASE("the registry finds running objects again and links tracking servers") {
    TestSink sink;
    model::Config config;
    config.proxies.push_back(make_proxy({1, 1}));
    config.proxies.push_back(make_proxy({1}));
    config.proxies[1]->name = "c";
    config.proxies[1]->capabilities = model::kListen;
    config.proxies[1]->servers[0]->track = "b/s2";
    Registry registry(1, sink);
    auto first = registry.adopt(config);
    CHECK(first.frontends[0] == nullptr);
    CHECK(first.frontends[1] != nullptr);
    CHECK(first.servers.size() == 3);
    auto second = registry.adopt(config);
    CHECK(second.backends[0] == first.backends[0]);
    CHECK(second.frontends[1] == first.frontends[1]);
    Backend& tracked = *first.backends[0];
    Server& tracker = *first.backends[1]->find("s1");
    tracked.set_health(*tracked.find("s2"), Health::down, "reason: x");
    CHECK(tracker.health() == Health::down);
    CHECK(sink.take() ==
          "Server b/s2 is DOWN, reason: x. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 "
          "remaining in queue.\nServer c/s1 is DOWN via b/s2. 0 active and 0 backup servers left. 0 sessions active, 0 "
          "requeued, 0 remaining in queue.\nproxy c has no server available!");
    tracked.set_health(*tracked.find("s2"), Health::up, {});
    CHECK(tracker.health() == Health::up);
    tracked.set_maintenance(*tracked.find("s2"));
    CHECK(tracker.admin() == kMaintByTracking);
    tracked.set_ready(*tracked.find("s2"));
    CHECK(tracker.admin() == 0);
    CHECK(tracker.usable());
}

TEST_CASE("init-state says how a server begins, and begins again") {
    using model::InitState;
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1, 1, 1});
    constexpr InitState kStates[] = {InitState::none, InitState::fully_up, InitState::up, InitState::down,
                                     InitState::fully_down};
    for (std::size_t i = 0; i < 5; ++i) {
        proxy->servers[i]->init_state = kStates[i];
        proxy->servers[i]->check = {.enabled = true, .rise = 3, .fall = 4};
    }
    Backend backend(*proxy, 1, sink);
    auto states = [&] {
        std::string text;
        for (const auto& server : backend.servers())
            text += (server->health() == Health::down ? "-" : "+") + std::to_string(server->check().health) + " ";
        return text;
    };
    CHECK(states() == "+3 +6 +3 -2 -0 ");
    CHECK(backend.active_servers() == 3);
    for (const auto& server : backend.servers()) backend.set_maintenance(*server);
    for (const auto& server : backend.servers()) backend.set_ready(*server);
    CHECK(states() == "+3 +6 +3 -2 -0 ");
    const auto servers = backend.servers();
    backend.check_done(*servers[3], CheckStatus::l4_ok, 0, 1, {});
    CHECK(servers[3]->health() == Health::up);
    backend.check_done(*servers[4], CheckStatus::l4_ok, 0, 1, {});
    CHECK(servers[4]->health() == Health::down);
    backend.check_done(*servers[2], CheckStatus::l4_error, 0, 1, {});
    CHECK(servers[2]->health() == Health::down);
    backend.check_done(*servers[1], CheckStatus::l4_error, 0, 1, {});
    CHECK(servers[1]->health() == Health::up);
}

TEST_CASE("strict-maxconn: connections are counted, and refused beyond maxconn") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    for (auto& server : proxy->servers) server->max_connections = 2;
    proxy->servers[0]->strict_max_connections = true;
    Backend backend(*proxy, 1, sink);
    const auto strict = backend.find("s1"), lenient = backend.find("s2");
    for (int i = 0; i < 3; ++i) CHECK(lenient->admit_connection());
    CHECK(strict->admit_connection());
    CHECK(strict->admit_connection());
    CHECK_FALSE(strict->admit_connection());
    strict->connections.fetch_sub(1);
    CHECK(strict->admit_connection());
    CHECK(lenient->connections.load() == 3);
}

TEST_CASE("email-alert: which events are mailed, and how serious they are then") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 1, sink);
    const auto server = backend.find("s1");
    backend.set_health(*server, Health::down, "why");
    backend.set_health(*server, Health::up, "why");
    backend.set_drain(*server);
    backend.set_ready(*server);
    backend.set_maintenance(*server);
    std::string levels;
    for (const auto& line : sink.lines) levels += std::to_string(line.mail_level) + " ";
    CHECK(levels == "1 5 5 -1 -1 ");
}

}  // namespace cfgproxy::server
