// Rules in, edited requests and answers out.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

namespace {

/// One request against the rules of the frontend that `text` describes.
struct Exchange {
    explicit Exchange(std::string_view rules) : loaded(load(quiet("frontend f\n bind :80\n" + std::string(rules)))) {
        INFO(messages(loaded));
        REQUIRE(loaded.config);
        request.method = http::Method::get;
        request.method_text = "GET";
        request.target = "/a/b?x=1";
        request.version = "HTTP/1.1";
        request.headers.add(arena, "host", "www.example.com");
        request.headers.add(arena, "accept", "text/html, text/plain");
        context.arena = &arena;
        context.session_arena = &arena;
        context.request = &request;
        context.request_complete = context.response_complete = true;
        context.frontend = context.backend = loaded.config->proxies[0].get();
        context.variables[static_cast<int>(sample::Scope::txn)] = &variables;
    }

    model::Verdict run() {
        std::size_t from = 0;
        return model::run_rules(loaded.config->proxies[0]->http_request, context, from);
    }
    model::Verdict run_response() {
        context.response = &response;
        response.status = 200;
        std::size_t from = 0;
        return model::run_rules(loaded.config->proxies[0]->http_response, context, from);
    }
    std::string header(std::string_view name) {
        const auto* found = request.headers.find(name);
        return found ? std::string(found->value) : "(none)";
    }
    /// "status name: value|name: value|body" of the reply.
    std::string reply() {
        std::string text = std::to_string(context.reply.status);
        if (context.reply.error_page) text += " page";
        for (const auto& h : context.reply.headers) text.append("|").append(h.name).append(": ").append(h.value);
        if (!context.reply.body.empty()) text.append("|").append(context.reply.body);
        return text;
    }

    base::Arena arena;
    config::Loaded loaded;
    http::Request request;
    http::Response response;
    sample::Variables variables;
    model::RuleContext context;
};

std::string reply_of(std::string_view rule) {
    Exchange exchange(rule);
    CHECK(exchange.run() == model::Verdict::reply);
    return exchange.reply();
}

std::string target_after(std::string_view rule) {
    Exchange exchange(rule);
    CHECK(exchange.run() == model::Verdict::next);
    return std::string(exchange.request.target);
}

}  // namespace

TEST_CASE("header actions") {
    Exchange exchange(
        " http-request set-header X-A one\n http-request add-header X-A two\n http-request set-header X-H "
        "%[hdr(host)]\n"
        " http-request replace-value Accept text/(.*) \\1/text\n http-request replace-header Host ^www[.](.*) \\1\n"
        " http-request del-header x-n -m beg\n");
    exchange.request.headers.add(exchange.arena, "x-next", "1");
    CHECK(exchange.run() == model::Verdict::next);
    CHECK(exchange.header("x-h") == "www.example.com");
    CHECK(exchange.header("accept") == "html/text,plain/text");
    CHECK(exchange.header("host") == "example.com");
    CHECK(exchange.header("x-next") == "(none)");
    std::string all;
    for (const auto& h : exchange.request.headers)
        if (h.name == "x-a") all += h.value;
    CHECK(all == "onetwo");
}

TEST_CASE("actions on the request line") {
    CHECK(target_after(" http-request set-path /z\n") == "/z?x=1");
    CHECK(target_after(" http-request set-pathq /z\n") == "/z");
    CHECK(target_after(" http-request set-query y=2\n") == "/a/b?y=2");
    CHECK(target_after(" http-request set-uri http://h/q\n") == "http://h/q");
    CHECK(target_after(" http-request replace-path /a(.*) \\1/end\n") == "/b/end?x=1");
    CHECK(target_after(" http-request replace-uri x=(.) y=\\1\n") == "y=1");
    Exchange exchange(" http-request set-method POST\n");
    exchange.run();
    CHECK(exchange.request.method == http::Method::post);
}

TEST_CASE("redirects have HAProxy's headers in HAProxy's order") {
    CHECK(reply_of(" http-request redirect location /x\n") ==
          "302|content-length: 0|location: /x|cache-control: no-cache");
    CHECK(reply_of(" http-request redirect prefix http://b code 301 set-cookie A=1 drop-query append-slash\n") ==
          "301|content-length: 0|location: http://b/a/b/|set-cookie: A=1; path=/;");
    CHECK(reply_of(" http-request redirect scheme https code 307 clear-cookie B=\n") ==
          "307|content-length: 0|location: https://www.example.com/a/b?x=1|cache-control: no-cache|set-cookie: B=; "
          "path=/; Max-Age=0;");
    CHECK(reply_of(" http-request redirect location %[path]\n") ==
          "302|content-length: 0|location: /a/b|cache-control: no-cache");
    Exchange empty(" http-request redirect location %[hdr(none)] ignore-empty\n");
    CHECK(empty.run() == model::Verdict::next);
}

TEST_CASE("answers") {
    CHECK(reply_of(" http-request deny\n") == "403 page");
    CHECK(reply_of(" http-request deny deny_status 404\n") == "404 page");
    CHECK(reply_of(" http-request deny status 429 content-type text/plain string no hdr A b\n") ==
          "429|a: b|content-length: 2|content-type: text/plain|no");
    CHECK(reply_of(" http-request return status 200 content-type text/plain string hi hdr X-Foo bar\n") ==
          "200|x-foo: bar|content-length: 2|content-type: text/plain|hi");
    CHECK(reply_of(" http-request return status 204\n") == "204");
    CHECK(reply_of(" http-request return content-type text/plain lf-string %[path]\n") ==
          "200|content-length: 4|content-type: text/plain|/a/b");
    CHECK(reply_of(" http-request auth\n") == "401 page|www-authenticate: Basic realm=\"f\"");
    CHECK(reply_of(" http-request auth realm Mine\n") == "401 page|www-authenticate: Basic realm=\"Mine\"");
    Exchange tarpit(" http-request tarpit\n");
    CHECK(tarpit.run() == model::Verdict::tarpit);
    CHECK(tarpit.reply() == "500 page");
    CHECK(tarpit.context.denied_by_rule);
    Exchange reject(" http-request reject\n");
    CHECK(reject.run() == model::Verdict::reject);
    Exchange allow(" http-request allow if TRUE\n http-request deny\n");
    CHECK(allow.run() == model::Verdict::stop);
}

TEST_CASE("what a rule sets for the rest of the exchange") {
    Exchange exchange(
        " http-request set-log-level silent\n http-request set-timeout client 7s\n"
        " http-request set-var(txn.a) path\n http-request set-var-fmt(txn.b) <%[path]>\n"
        " http-request unset-var(txn.a)\n");
    exchange.run();
    CHECK(exchange.context.log_level == -1);
    CHECK(exchange.context.client_timeout_ms == 7000);
    CHECK(exchange.variables.get("a") == nullptr);
    REQUIRE(exchange.variables.get("b"));
    CHECK(exchange.variables.get("b")->text == "</a/b>");
}

TEST_CASE("response rules") {
    Exchange exchange(" http-response set-status 418 reason Teapot\n http-response set-header X-R y\n");
    CHECK(exchange.run_response() == model::Verdict::next);
    CHECK(exchange.response.status == 418);
    CHECK(exchange.response.reason == "Teapot");
    REQUIRE(exchange.response.headers.find("x-r"));
    CHECK_FALSE(exchange.request.headers.find("x-r"));
    Exchange denied(" http-response deny\n");
    CHECK(denied.run_response() == model::Verdict::reply);
    CHECK(denied.reply() == "502 page");
}

TEST_CASE("actions that are wrong") {
    const std::string frame = "A 9: error detected in frontend 'f' while parsing 'http-request ";
    CHECK(complaints("frontend f\n bind :80\n http-request set-header a\n") ==
          frame + "set-header' rule : expects exactly 2 arguments.\n");
    CHECK(complaints("frontend f\n bind :80\n http-request set-header a b c\n") ==
          "A 9: 'http-request set-header' expects either 'if' or 'unless' followed by a condition but found 'c'.\n");
    CHECK(complaints("frontend f\n bind :80\n http-request deny if zork\n") ==
          "A 9: error detected while parsing an 'http-request deny' condition : no such ACL : 'zork'.\n");
    CHECK(complaints("frontend f\n bind :80\n http-request return string x\n") ==
          frame + "return' rule : a content type must be defined when non-empty payload is configured.\n");
    CHECK(complaints("frontend f\n bind :80\n redirect prefix / code 999\n") ==
          "A 9: error detected in frontend 'f' while parsing redirect rule : 'code': unsupported HTTP code '999' (must "
          "be one of 301, 302, 303, 307 or 308).\n");
    CHECK(complaints("frontend f\n bind :80\n http-response redirect prefix /\n") ==
          "A 9: error detected in frontend 'f' while parsing 'http-response redirect' rule : response only supports "
          "redirect type 'location'.\n");
}
