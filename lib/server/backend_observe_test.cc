#include <catch2/catch.hpp>

#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

/// A backend of one checked server that has passed its check.
struct Watched {
    explicit Watched(model::ObserveSettings settings) : proxy(make_proxy({1})) {
        model::Server& line = *proxy->servers[0];
        line.check.enabled = true;
        line.check.fall = 3;
        line.observe = settings;
        backend = std::make_unique<Backend>(*proxy, 1, sink);
        server = backend->find("s1");
        backend->check_done(*server, CheckStatus::l4_ok, 0, 0, {});
        sink.take();
    }
    std::uint32_t health() const { return server->check().health; }

    TestSink sink;
    std::unique_ptr<model::Proxy> proxy;
    std::unique_ptr<Backend> backend;
    std::shared_ptr<Server> server;
};

using model::Observe;
using model::OnError;

TEST_CASE("errors in a row count as one failed check, good answers forgive") {
    Watched w({.layer = Observe::layer7, .error_limit = 3});
    REQUIRE(w.server->observes());
    CHECK(w.health() == 4);
    w.backend->observed(*w.server, Observed::wrong_status);
    w.backend->observed(*w.server, Observed::read_timeout);
    w.backend->observed(*w.server, Observed::good_response);
    w.backend->observed(*w.server, Observed::closed);
    w.backend->observed(*w.server, Observed::bad_head);
    CHECK(w.health() == 4);
    w.backend->observed(*w.server, Observed::connected);  // nothing that layer 7 looks at
    w.backend->observed(*w.server, Observed::connect_failed);
    CHECK(w.health() == 3);
    CHECK(w.server->check().status == CheckStatus::observed);
    CHECK(w.server->check().text == "Detected 3 consecutive errors, last one was: L4 unsuccessful connection");
    CHECK(w.server->failed_observations == 1);
    CHECK(w.server->health() == Health::up);
    for (int i = 0; i < 6; ++i) w.backend->observed(*w.server, Observed::read_error);
    CHECK(w.server->health() == Health::down);
    CHECK(w.sink.take().starts_with(
        "Server b/s1 is DOWN, reason: Health analyze, info: \"Detected 3 consecutive errors, last one was: Read error "
        "(http)\". 0 active"));
}

TEST_CASE("layer 4 sees connections only") {
    Watched w({.layer = Observe::layer4, .error_limit = 1});
    for (auto what : {Observed::wrong_status, Observed::bad_head, Observed::bad_response, Observed::read_error,
                      Observed::read_timeout, Observed::closed})
        w.backend->observed(*w.server, what);
    CHECK(w.health() == 4);
    w.backend->observed(*w.server, Observed::connect_failed);
    CHECK(w.health() == 3);
}

TEST_CASE("on-error decides what follows") {
    SECTION("mark-down") {
        Watched w({.layer = Observe::layer7, .on_error = OnError::mark_down, .error_limit = 1});
        w.backend->observed(*w.server, Observed::wrong_status);
        CHECK(w.server->health() == Health::down);
    }
    SECTION("sudden-death") {
        Watched w({.layer = Observe::layer7, .on_error = OnError::sudden_death, .error_limit = 1});
        w.backend->observed(*w.server, Observed::wrong_status);
        CHECK(w.server->health() == Health::up);
        CHECK(w.health() == 2);
        w.backend->observed(*w.server, Observed::wrong_status);
        CHECK(w.server->health() == Health::down);
    }
    SECTION("fastinter") {
        Watched w({.layer = Observe::layer7, .on_error = OnError::fastinter, .error_limit = 1});
        w.backend->observed(*w.server, Observed::wrong_status);
        CHECK(w.health() == 4);
        CHECK(w.server->in_a_hurry());
        w.backend->check_started(*w.server);
        CHECK_FALSE(w.server->in_a_hurry());
    }
}

TEST_CASE("a server that is not checked is not watched either") {
    auto proxy = make_proxy({1});
    proxy->servers[0]->observe = {.layer = Observe::layer4, .error_limit = 1};
    TestSink sink;
    Backend backend(*proxy, 1, sink);
    auto server = backend.find("s1");
    backend.observed(*server, Observed::connect_failed);
    CHECK(server->failed_observations == 0);
    CHECK(server->health() == Health::up);
}

}  // namespace
}  // namespace cfgproxy::server
