// Room for rewrites, places in the queue, retries, status codes that tables count, slots of captures.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

namespace {

/// One request in the sections of `text`, whose first proxy has the rules.
struct Ruled {
    explicit Ruled(std::string_view text) : loaded(load(quiet(std::string(text)))) {
        INFO(messages(loaded));
        REQUIRE(loaded.config);
        request.method_text = "GET";
        request.target = "/a";
        request.version = "HTTP/1.1";
        request.headers.add(arena, "x-a", "12345");
        context.arena = context.session_arena = &arena;
        context.request = &request;
        context.request_complete = true;
        context.frontend = context.backend = loaded.config->proxies[0].get();
    }
    model::Verdict run() {
        std::size_t from = 0;
        return model::run_rules(loaded.config->proxies[0]->http_request, context, from);
    }

    base::Arena arena;
    config::Loaded loaded;
    http::Request request;
    model::RuleContext context;
};

}  // namespace

TEST_CASE("a rewrite takes room, and fails without") {
    Ruled added("frontend f\n bind :80\n http-request add-header b 123\n");
    added.context.rewrite_room = 12;  // name, value and 8 beside them
    CHECK(added.run() == model::Verdict::next);
    CHECK(added.context.rewrite_room == 0);
    CHECK(added.run() == model::Verdict::error);
    CHECK(added.context.failed_rewrites == 1);
    CHECK(added.request.headers.size() == 2);

    Ruled lenient("frontend f\n bind :80\n http-request strict-mode off\n http-request set-path /abc\n");
    lenient.context.rewrite_room = 1;
    CHECK(lenient.run() == model::Verdict::next);
    CHECK(lenient.request.target == "/a");
    CHECK(lenient.context.failed_rewrites == 1);
}

TEST_CASE("what set-header replaces makes room for the new value") {
    Ruled replaced("frontend f\n bind :80\n http-request set-header x-a 123456\n");
    replaced.context.rewrite_room = 1;
    CHECK(replaced.run() == model::Verdict::next);
    CHECK(replaced.context.rewrite_room == 0);
    Ruled longer("frontend f\n bind :80\n http-request set-header x-a 1234567\n");
    longer.context.rewrite_room = 1;
    CHECK(longer.run() == model::Verdict::error);
    CHECK(longer.request.headers.size() == 0);
}

TEST_CASE("priorities are cut to their range, retries beyond it change nothing") {
    Ruled ruled(
        "listen f\n bind :80\n http-request set-priority-class int(-5000)\n"
        " http-request set-priority-offset int(17)\n http-request set-retries int(101)\n");
    CHECK(ruled.run() == model::Verdict::next);
    CHECK(ruled.context.priority_class == -2047);
    CHECK(ruled.context.priority_offset == 17);
    CHECK(ruled.context.retries == -1);
    Ruled timed("listen f\n bind :80\n http-request set-timeout connect 70\n");
    CHECK(timed.run() == model::Verdict::next);
    CHECK(timed.context.connect_timeout_ms == 70);
    CHECK(complaints("frontend f\n bind :80\n http-request set-retries 1\n") != "");
    CHECK(complaints("listen f\n bind :80\n http-request set-retries 101\n") != "");
    CHECK(complaints("listen f\n bind :80\n http-request set-priority-class\n") != "");
}

TEST_CASE("sets of status codes") {
    const auto has = [](std::string_view words, std::uint32_t code) {
        const auto loaded = load("global\n http-err-codes " + std::string(words) + "\n");
        INFO(messages(loaded));
        REQUIRE(loaded.config);
        return loaded.config->global.error_statuses.has(code);
    };
    CHECK(has("+500", 400));
    CHECK(has("+500", 500));
    CHECK_FALSE(has("500", 400));
    CHECK_FALSE(has("-404,410-420", 415));
    CHECK(has("400,402-444,480", 400));
    CHECK(has("400,402-444,480", 444));
    CHECK_FALSE(has("400,402-444,480", 401));
    CHECK(has("500 +200-202 -201", 202));
    CHECK_FALSE(has("500 +200-202 -201", 201));
    for (const char* wrong : {"99", "600", "402-401", "4x", "+", "400,", "400-", "", "400--410", "99999999999"})
        CHECK(complaints("global\n http-err-codes " + std::string(wrong) + "\n") != "");
}

TEST_CASE("slots of captures may be declared behind the rule, and must be there in a frontend") {
    const auto said = [](std::string_view rules) { return complaints("frontend f\n bind :80\n" + std::string(rules)); };
    CHECK(said(" http-request capture path id 0\n declare capture request len 3\n") == "");
    CHECK(said(" http-request capture path id 1\n declare capture request len 3\n") != "");
    CHECK(said(" http-response capture status id 0\n") != "");
    CHECK(said(" http-request capture path len 0\n") != "");
    CHECK(said(" http-request capture path\n") != "");
    CHECK(said(" tcp-request content capture src id 0\n") != "");
    CHECK(complaints("backend b\n http-request capture path id 4\n") == "");
    CHECK(complaints("backend b\n http-request capture path len 4\n") != "");
}
