#include <catch2/catch.hpp>

#include "server/backend.h"
#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

std::unique_ptr<model::Server> make_line(const model::Proxy& proxy, std::string name, std::uint32_t id = 0) {
    static const std::string kFile = "CLI";
    auto line = std::make_unique<model::Server>();
    line->name = std::move(name);
    line->id = id;
    line->proxy = &proxy;
    line->place.file = &kFile;
    return line;
}

std::string_view why(const Backend::Removal& removal) { return removal.why; }

}  // namespace

TEST_CASE("an added server begins in maintenance and gets traffic once it is ready") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 1, sink);
    auto added = backend.add(make_line(*proxy, "s3"));
    REQUIRE(added);
    Server& server = **added;
    CHECK(server.config().id == 3);
    CHECK(server.is_added());
    CHECK_FALSE(backend.find("s1")->is_added());
    CHECK(server.in_maintenance());
    CHECK(server.admin() == kForcedMaint);
    CHECK(sequence(backend, 4) == "1212");
    backend.set_ready(server);
    CHECK(backend.active_servers() == 3);
    CHECK(sequence(backend, 6) == "123123");
    CHECK(backend.find(3) == *added);
    CHECK(backend.state_of(server.config()) == &server);
    CHECK(backend.lines().size() == 3);
}

TEST_CASE("names and ids of servers are not taken twice") {
    TestSink sink;
    auto proxy = make_proxy({1});
    static const std::string kFile = "x.cfg";
    proxy->servers[0]->place = {.file = &kFile, .line = 7};
    Backend backend(*proxy, 1, sink);
    CHECK(backend.add(make_line(*proxy, "s1")).error() == "Already exists a server with the same name in backend.");
    CHECK(backend.add(make_line(*proxy, "x", 1)).error() ==
          "'id' : custom id 1 already used at x.cfg:7 ('server s1').");
    REQUIRE(backend.add(make_line(*proxy, "x", 3)));
    CHECK((*backend.add(make_line(*proxy, "y")))->config().id == 2);
    CHECK((*backend.add(make_line(*proxy, "z")))->config().id == 4);
}

TEST_CASE("which servers can be removed, and when") {
    TestSink sink;
    auto proxy = make_proxy({1, 1, 1});
    proxy->servers[0]->referenced = true;
    Backend backend(*proxy, 1, sink);
    const std::string_view named =
        "This server cannot be removed at runtime due to other configuration elements pointing to it.";
    CHECK(why(backend.remove(*backend.find("s1"))) == named);
    const auto s2 = backend.find("s2"), s3 = backend.find("s3");
    CHECK(why(backend.remove(*s2)) == "Only servers in maintenance mode can be deleted.");
    const Pick pick = backend.pick({.persistent = s2.get()});
    REQUIRE(pick.server == s2.get());
    backend.set_maintenance(*s2);
    CHECK(backend.removal_of(*s2).when == Backend::Removable::not_yet);
    CHECK(why(backend.remove(*s2)) == "Server still has connections attached to it, cannot remove it.");
    backend.leave(*s2);
    s2->idle_connections = 1;
    CHECK(backend.removal_of(*s2).when == Backend::Removable::not_yet);
    s2->idle_connections = 0;
    backend.follow(*s3, s2);
    CHECK(why(backend.remove(*s2)) == named);
    backend.follow(*s3, nullptr);
    backend.set_ready(*s3);
    CHECK(why(backend.remove(*s2)) == named);  // it was followed: the link goes when the follower does
}

TEST_CASE("a removed server is not found, not chosen, and lives while somebody holds it") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 1, sink);
    auto line = make_line(*proxy, "s3");
    line->cookie = "c3";
    auto added = backend.add(std::move(line));
    const std::shared_ptr<Server> server = *added;
    CHECK(backend.find_by_cookie("c3") == server.get());
    CHECK(backend.remove(*server).when == Backend::Removable::now);
    CHECK_FALSE(backend.find("s3"));
    CHECK(backend.find_by_cookie("c3") == nullptr);
    CHECK(server->vanished());
    CHECK(server->config().name == "s3");
    CHECK(sequence(backend, 4) == "1212");
    // The name is free again, for another server.
    auto again = backend.add(make_line(*proxy, "s3"));
    REQUIRE(again);
    CHECK(*again != server);
    CHECK(backend.state_of((*again)->config()) == again->get());
}

TEST_CASE("an added server that tracks lets go when it is removed") {
    TestSink sink;
    auto proxy = make_proxy({1});
    Backend backend(*proxy, 1, sink);
    const auto tracked = backend.find("s1");
    const std::shared_ptr<Server> server = *backend.add(make_line(*proxy, "s2"));
    backend.follow(*server, tracked);
    backend.set_ready(*server);
    backend.set_maintenance(*tracked);
    CHECK(server->in_maintenance());
    CHECK(backend.remove(*server).when == Backend::Removable::now);
    CHECK(backend.remove(*tracked).when == Backend::Removable::now);
}

TEST_CASE("servers come and go only where the algorithm can do with it") {
    TestSink sink;
    const auto refusal = [&](model::Algorithm algorithm, model::HashType type = model::HashType::map_based) {
        auto proxy = make_proxy({1}, algorithm);
        proxy->balance.hash_type = type;
        return Backend(*proxy, 1, sink).refuses_servers();
    };
    using model::Algorithm;
    for (const auto algorithm : {Algorithm::roundrobin, Algorithm::leastconn, Algorithm::first, Algorithm::random})
        CHECK(refusal(algorithm).empty());
    CHECK(refusal(Algorithm::static_rr) == "backend 'b' uses a non dynamic load balancing method");
    CHECK_FALSE(refusal(Algorithm::source).empty());
    CHECK(refusal(Algorithm::source, model::HashType::consistent).empty());
}

}  // namespace cfgproxy::server
