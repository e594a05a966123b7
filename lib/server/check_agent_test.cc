#include "server/check_agent.h"

#include <catch2/catch.hpp>

#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

AgentReply read(std::string_view text) {
    AgentReply reply;
    CHECK(read_agent_reply(text, reply));
    return reply;
}

}  // namespace

TEST_CASE("an agent's line") {
    using Health = AgentReply::Health;
    AgentReply none;
    CHECK_FALSE(read_agent_reply("", none));
    CHECK_FALSE(read_agent_reply("up", none));
    CHECK(read("\n").health == Health::none);
    CHECK(read("UP\r\n").health == Health::up);
    CHECK(read("down,ready\n").admin == "ready");
    CHECK(read("up 75% maxconn:30\n").weight == "75%");
    CHECK(read("up 75% maxconn:30\n").max_connections == "30");
    const AgentReply last = read("up down\tfail\n");  // the last word of a kind counts
    CHECK(last.health == Health::down);
    CHECK(last.health_word == "fail");
    const AgentReply told = read("drain  #  going home, soon\nup\n");
    CHECK(told.admin == "drain");
    CHECK(told.description == "going home, soon");
    CHECK(told.health == Health::none);
    CHECK(read("what ever\n").unknown == "what");
    CHECK(read("%\n").unknown == "%");
}

TEST_CASE("what an agent says is done") {
    TestSink sink;
    auto proxy = make_proxy({10});
    Backend backend(*proxy, 1, sink);
    Server& server = *backend.find("s1");
    auto say = [&](std::string_view text) {
        backend.agent_said(server, read(text), 1);
        return sink.take();
    };
    CHECK(say("down # tired\n")
              .starts_with("Server b/s1 is DOWN, reason: Layer7 wrong status, code: 0, info: \"via "
                           "agent : down (tired)\", check duration: 1ms. 0 active"));
    CHECK(server.health() == Health::down);
    CHECK(say("up\n").starts_with("Server b/s1 is UP, reason: Layer7 check passed, code: 0, info: \"via agent : up\""));
    say("50%\n");
    CHECK(server.user_weight() == 5);
    say("maxconn:7\n");
    CHECK(server.max_connections() == 7);
    say("drain\n");
    CHECK(server.draining());
    say("maint\n");
    CHECK(server.in_maintenance());
    say("ready\n");
    CHECK(server.usable());
    CHECK(say("nonsense\n").empty());
}

}  // namespace cfgproxy::server
