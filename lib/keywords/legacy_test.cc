// The req and rsp words of 1.x against messages.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

namespace {

struct Old {
    explicit Old(std::string_view rules) : loaded(load(quiet("listen f\n bind :80\n" + std::string(rules)))) {
        INFO(messages(loaded));
        REQUIRE(loaded.config);
        request.method = http::Method::get;
        request.method_text = "GET";
        request.target = "/a?x=1";
        request.version = "HTTP/1.1";
        request.headers.add(arena, "host", "www.example.com");
        request.headers.add(arena, "user-agent", "curl");
        request.headers.add(arena, "x-a", "one");
        request.headers.add(arena, "x-a", "two");
        context.arena = &arena;
        context.request = &request;
        context.request_complete = context.response_complete = true;
        context.frontend = context.backend = loaded.config->proxies[0].get();
        response.status = 200;
        response.reason = "OK";
        response.version = "HTTP/1.1";
        response.headers.add(arena, "server", "secret");
    }
    model::Verdict run(const model::RuleSet& rules) {
        std::size_t from = 0;
        return model::run_rules(rules, context, from);
    }
    model::Verdict run() { return run(loaded.config->proxies[0]->legacy_request); }
    model::Verdict run_response() {
        context.response = &response;
        return run(loaded.config->proxies[0]->legacy_response);
    }
    static std::string text(const http::HeaderList& headers) {
        std::string all;
        for (const auto& h : headers) all.append(h.name).append("=").append(h.value).append(";");
        return all;
    }

    base::Arena arena;
    config::Loaded loaded;
    http::Request request;
    http::Response response;
    model::RuleContext context;
};

std::string after(std::string_view rules) {
    Old old(rules);
    CHECK(old.run() == model::Verdict::next);
    return Old::text(old.request.headers);
}

}  // namespace

TEST_CASE("fields are replaced, split and dropped") {
    CHECK(after(" reqrep ^X-A:\\ (.*) X-B:\\ <\\1>\n") == "host=www.example.com;user-agent=curl;x-b=<one>;x-b=<two>;");
    CHECK(after(" reqrep ^x-a:\\ two x-a:\\ 2\n") == "host=www.example.com;user-agent=curl;x-a=one;x-a=2;");
    CHECK(after(" reqrep ^X-a:\\ two x-a:\\ 2\n") == "host=www.example.com;user-agent=curl;x-a=one;x-a=two;");
    CHECK(after(" reqirep ^host:.* Host:\\ a\\nX-New:\\ b\n") == "host=a;x-new=b;user-agent=curl;x-a=one;x-a=two;");
    CHECK(after(" reqirep ^x-a:.* nonsense\n") == "host=www.example.com;user-agent=curl;");
    CHECK(after(" reqidel ^x-a:\n reqdel ^Host\n") == "user-agent=curl;");
    CHECK(after(" reqadd X-Z:\\ 1\n reqirep ^x-z.* X-Y:\\ 2\n") ==
          "host=www.example.com;user-agent=curl;x-a=one;x-a=two;x-z=1;");
}

TEST_CASE("the request line is replaced, or the request refused if it is none any more") {
    Old good(" reqrep ^([^\\ ]*)\\ /a(.*) \\1\\ /b\\2\n");
    CHECK(good.run() == model::Verdict::next);
    CHECK(good.request.target == "/b?x=1");
    Old method(" reqirep ^get\\ (.*) POST\\ \\1\n");
    CHECK(method.run() == model::Verdict::next);
    CHECK(method.request.method == http::Method::post);
    Old broken(" reqrep ^GET.* nonsense\n");
    CHECK(broken.run() == model::Verdict::reply);
    CHECK(broken.context.reply.status == 400);
}

TEST_CASE("allowed, denied, tarpitted") {
    Old denied(" reqideny curl\n");
    CHECK(denied.run() == model::Verdict::reply);
    CHECK(denied.context.reply.status == 403);
    Old tarpit(" reqitarpit ^get\n");
    CHECK(tarpit.run() == model::Verdict::tarpit);
    Old passed(" reqiallow ^host:.*example\n reqideny curl\n reqitarpit ^get\n");
    CHECK(passed.run() == model::Verdict::next);
    Old ignored(" reqipass ^host:.*example\n reqdeny curl\n");
    CHECK(ignored.run() == model::Verdict::reply);
    Old conditional(" acl no path /none\n reqideny curl if no\n reqdeny ^GET unless no\n");
    CHECK(conditional.run() == model::Verdict::reply);
}

TEST_CASE("responses") {
    Old old(" rspidel ^server\n rspadd X-Via:\\ p\n rspirep ^(HTTP/1..)\\ 200\\ .* \\1\\ 203\\ Fine\\ indeed\n");
    CHECK(old.run_response() == model::Verdict::next);
    CHECK(Old::text(old.response.headers) == "x-via=p;");
    CHECK(old.response.status == 203);
    CHECK(old.response.reason == "Fine indeed");
    Old denied(" rspideny secret\n");
    CHECK(denied.run_response() == model::Verdict::reply);
    CHECK(denied.context.reply.status == 502);
    CHECK(denied.context.denied_by_rule);
}

TEST_CASE("what is wrong with such a line") {
    const auto said = [](std::string_view line) {
        return complaints("listen f\n bind :80\n " + std::string(line) + "\n");
    };
    CHECK(said("reqrep ^a") != "");
    CHECK(said("reqdel") != "");
    CHECK(said("reqdel ^a( if TRUE") != "");
    CHECK(said("reqrep ^a \\\\xg0") != "");
    CHECK(said("reqdel ^a whenever") != "");
    CHECK(said("reqadd nonsense") != "");
    CHECK(said("reqsetbe ^a nowhere") != "");
}
