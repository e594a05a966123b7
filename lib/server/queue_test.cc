#include <catch2/catch.hpp>

#include "server/clock.h"
#include "server/test_helpers.h"

namespace cfgproxy::server {

using Outcome = Pick::Outcome;

/// Two servers that take one session each.
struct Narrow {
    TestSink sink;
    std::unique_ptr<model::Proxy> proxy = make_proxy({1, 1});
    std::unique_ptr<Backend> backend;
    explicit Narrow(std::uint32_t max = 1) {
        for (auto& server : proxy->servers) server->max_connections = max;
        start();
    }
    void start() { backend = std::make_unique<Backend>(*proxy, 1, sink); }
    Server& server(const char* name) { return *backend->find(name); }
    Pick pick(TestUser* user = nullptr, Server* persistent = nullptr, std::uint64_t now_ms = 1000) {
        PickRequest request;
        request.user = user;
        request.persistent = persistent;
        request.now_ms = now_ms;
        return backend->pick(request);
    }
};

TEST_CASE("who finds all servers full waits for any and gets the first free slot") {
    Narrow n;
    TestUser a, b, c;
    CHECK(n.pick().server == &n.server("s1"));
    CHECK(n.pick().server == &n.server("s2"));
    CHECK(n.pick(&a).outcome == Outcome::queued);
    CHECK(n.pick(&b).outcome == Outcome::queued);
    CHECK(n.backend->queue.get() == 2);
    CHECK(n.backend->total_queued == 2);
    CHECK(a.waiting_for == nullptr);
    n.backend->leave(n.server("s2"));
    CHECK(a.got == &n.server("s2"));
    CHECK(b.slots == 0);
    CHECK(a.backend_position == 1);
    CHECK(n.server("s2").sessions.get() == 1);
    n.backend->leave(n.server("s1"));
    CHECK(b.got == &n.server("s1"));
    CHECK(b.backend_position == 2);
    CHECK(n.backend->total_queued == 0);
    CHECK(n.backend->queue.max() == 2);
    CHECK(n.pick().outcome == Outcome::full);  // without a user nobody waits
}

TEST_CASE("a persistent session waits for its server") {
    Narrow n;
    TestUser own, any;
    n.pick();
    n.pick();
    Pick pick = n.pick(&own, &n.server("s1"), 2000);
    CHECK(pick.outcome == Outcome::queued);
    CHECK(pick.server == &n.server("s1"));
    CHECK(n.server("s1").queue.get() == 1);
    CHECK(n.pick(&any, nullptr, 1000).outcome == Outcome::queued);  // came later but an earlier clock: waits longer
    n.backend->leave(n.server("s1"));
    CHECK(any.got == &n.server("s1"));
    CHECK(own.slots == 0);
    n.backend->leave(n.server("s2"));
    CHECK(own.slots == 0);  // not its server
    n.backend->leave(n.server("s1"));
    CHECK(own.got == &n.server("s1"));
    CHECK(own.server_position == 1);
}

TEST_CASE("priorities: class first, then time moved by the offset") {
    Narrow n;
    TestUser first, late, early, important;
    n.pick();
    n.pick();
    late.priority_offset = 500;
    important.priority_class = -1;
    early.priority_offset = -500;
    for (TestUser* user : {&first, &late, &early, &important}) CHECK(n.pick(user).outcome == Outcome::queued);
    for (TestUser* user : {&important, &early, &first, &late}) {
        CHECK(user->slots == 0);
        n.backend->leave(n.server("s1"));
        CHECK(user->got == &n.server("s1"));
    }
}

TEST_CASE("who gives up leaves the queue, and is told if a slot is already on its way") {
    Narrow n;
    TestUser a, b;
    n.pick();
    n.pick();
    n.pick(&a);
    n.pick(&b);
    CHECK(n.backend->cancel(a));
    CHECK_FALSE(n.backend->cancel(a));
    CHECK(n.backend->queue.get() == 1);
    n.backend->leave(n.server("s1"));
    CHECK(b.got == &n.server("s1"));
    CHECK_FALSE(n.backend->cancel(b));
    CHECK(a.slots == 0);
}

TEST_CASE("maxqueue bounds a server's queue") {
    Narrow n;
    n.proxy->servers[0]->max_queue = 1;
    n.start();
    TestUser a, b;
    n.pick(nullptr, &n.server("s1"));
    CHECK(n.pick(&a, &n.server("s1")).outcome == Outcome::queued);
    Pick pick = n.pick(&b, &n.server("s1"));
    CHECK(pick.outcome == Outcome::full);
    CHECK(pick.server == &n.server("s1"));
    n.proxy->options.redispatch = true;
    pick = n.pick(&b, &n.server("s1"));
    CHECK(pick.outcome == Outcome::assigned);
    CHECK(pick.server == &n.server("s2"));
    CHECK(pick.persistent_down);
    n.backend->cancel(a);
}

TEST_CASE("those who wait for a server that goes down choose again with redispatch only") {
    Narrow n;
    TestUser a, forced;
    n.pick(nullptr, &n.server("s1"));
    n.pick(&a, &n.server("s1"));
    PickRequest request;
    request.user = &forced;
    request.persistent = &n.server("s1");
    request.force = true;
    CHECK(n.backend->pick(request).outcome == Outcome::queued);
    n.backend->set_health(n.server("s1"), Health::down, {});
    CHECK(a.slots == 0);
    n.backend->set_health(n.server("s1"), Health::up, {});
    n.proxy->options.redispatch = true;
    n.sink.take();
    n.backend->set_health(n.server("s1"), Health::down, "reason: test");
    CHECK(a.slots == 1);
    CHECK(a.got == nullptr);
    CHECK(forced.slots == 0);
    CHECK(n.server("s1").queue.get() == 1);
    CHECK(n.sink.take() ==
          "Server b/s1 is DOWN, reason: test. 1 active and 0 backup servers left. 1 sessions active, 1 requeued, 1 "
          "remaining in queue.");
    n.backend->leave(n.server("s1"));
    CHECK(forced.got == &n.server("s1"));
}

TEST_CASE("a server that comes up takes those who wait") {
    Narrow n;
    TestUser a, b, c;
    n.backend->set_health(n.server("s2"), Health::down, {});
    n.pick();
    n.pick(&a);
    n.pick(&b);
    n.sink.take();
    n.backend->set_health(n.server("s2"), Health::up, {});
    CHECK(a.got == &n.server("s2"));
    CHECK(b.slots == 0);
    CHECK(n.sink.take() ==
          "Server b/s2 is UP. 2 active and 0 backup servers online. 1 sessions requeued, 0 total in queue.");
    n.backend->cancel(b);
}

TEST_CASE("a raised limit lets those in who wait") {
    Narrow n;
    TestUser a, b;
    n.pick();
    n.pick();
    n.pick(&a);
    n.pick(&b);
    CHECK(n.backend->set_max_connections(n.server("s1"), "2").ok());
    CHECK(a.got == &n.server("s1"));
    CHECK(b.slots == 0);
    CHECK(n.backend->set_max_connections(n.server("s1"), "x").error() == "maxconn string empty or preceded by garbage");
    CHECK(n.backend->set_max_connections(n.server("s1"), "2x").error() == "Trailing garbage in maxconn string");
    CHECK(n.backend->set_max_connections(n.server("s1"), "").error() == "Require <maxconn>.\n");
    n.backend->cancel(b);
}

TEST_CASE("dynamic limits follow the backend's load") {
    Narrow n(100);
    n.proxy->servers[0]->min_connections = 10;
    n.start();
    n.backend->full_connections.store(50);
    Server& server = n.server("s1");
    CHECK(server.connection_limit() == 10);
    for (int i = 0; i < 20; ++i) n.backend->sessions.enter();
    CHECK(server.connection_limit() == 40);
    for (int i = 0; i < 30; ++i) n.backend->sessions.enter();
    CHECK(server.connection_limit() == 100);
    CHECK(n.server("s2").connection_limit() == 100);
    n.proxy->servers[1]->max_connections = 0;
    n.proxy->servers[1]->min_connections = 7;  // minconn alone is a plain limit
    n.start();
    CHECK(n.server("s2").connection_limit() == 7);
}

TEST_CASE("slowstart lets weight and limit grow") {
    Narrow n(100);
    n.proxy->servers[0]->slow_start_ms = 10000;
    n.proxy->servers[0]->weight = 100;
    n.start();
    Server& server = n.server("s1");
    CHECK(server.throttle() == 100);
    n.backend->set_health(server, Health::down, {});
    n.backend->set_health(server, Health::up, {});
    CHECK(server.health() == Health::starting);
    CHECK(server.throttle() == 6);  // one sixteenth
    CHECK(server.connection_limit() == 1);
    Clock::skip(5000);
    CHECK(server.connection_limit() == 50);
    n.backend->tick();
    CHECK(server.throttle() == Approx(57).margin(7));
    Clock::skip(5000);
    n.pick();  // does it as well
    CHECK(server.health() == Health::up);
    CHECK(server.throttle() == 100);
    CHECK(server.connection_limit() == 100);
}

}  // namespace cfgproxy::server
