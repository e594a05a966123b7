#include "config/findings.h"

#include <catch2/catch.hpp>
#include <set>

#include "keywords/load_test.h"

using namespace cfgproxy;
using config::Finding;
using keywords::quiet;

namespace {

/// "CODE name LINE:COLUMN+LENGTH meant" of the first finding of a text's seventh line and on.
std::string first(std::string_view text) {
    config::Loaded loaded = keywords::load(quiet(text));
    for (const Finding& f : config::find_all(loaded))
        if (f.place.line >= 7)
            return std::string(f.mistake->name) + " " + std::to_string(f.place.line) + ":" +
                   std::to_string(f.place.column) + "+" + std::to_string(f.place.length) + " " + f.meant;
    return "nothing";
}

std::string expected(std::string_view text) {
    config::Loaded loaded = keywords::load(quiet(text));
    for (const Finding& f : config::find_all(loaded))
        if (f.kind == Finding::Kind::error) return f.expected;
    return "nothing";
}

}  // namespace

TEST_CASE("every kind of name has its did-you-mean, and the caret under the wrong word") {
    CHECK(first("frontend f\n bind :1\n tiemout client 3s\n") == "unknown-keyword 9:2+7 timeout");
    CHECK(first("frontend f\n bind :1\n option httplgo\n") == "unknown-option 9:9+7 httplog");
    CHECK(first("frontend f\n bind :1 nmae x\n") == "unknown-bind-option 8:10+4 name");
    CHECK(first("backend b\n server s 1.1.1.1:1 chek\n") == "unknown-server-option 8:21+4 check");
    CHECK(first("frontend f\n bind :1\n acl static path_beg /s\n http-request deny if sttic\n") ==
          "unknown-acl 10:23+5 static");
    CHECK(first("frontend f\n bind :1\n use_backend wbe if TRUE\nbackend web\n") == "unknown-backend 9:14+3 web");
    CHECK(first("frontend f\n bind :1\n default_backend wbe\nbackend web\n") == "unknown-backend 9:18+3 web");
    CHECK(first("backend b\n server one 1.1.1.1:1\n use-server oen if TRUE\n") == "unknown-server 9:13+3 one");
    CHECK(first("frontend f\n bind :1\n acl a pathbeg /s\n") == "unknown-fetch 9:8+7 path_beg");
    CHECK(first("frontend f\n bind :1\n acl a path,lowr -m str /s\n") == "unknown-converter 9:13+4 lower");
    CHECK(first("frontend f\n bind :1\n acl a path -m sttr /s\n") == "unknown-match 9:16+4 str");
    CHECK(first("frontend f\n bind :1\n http-request set-haeder a b\n") == "unknown-action 9:15+10 set-header");
    CHECK(first("frontend f\n bind :1\n http-request set-var(tnx.a) int(1)\n") == "unknown-variable-scope 9:23+5 txn");
    CHECK(first("backend b\n balance roundrobbin\n") == "unknown-algorithm 8:10+11 roundrobin");
    CHECK(first("userlist admins\nfrontend f\n bind :1\n acl a http_auth(admin)\n") ==
          "unknown-userlist 10:18+5 admins");
    CHECK(first("defaults basic\nfrontend f from basik\n bind :1\n") == "unknown-defaults 8:17+5 basic");
    CHECK(first("frontent f\n") == "unknown-keyword 7:1+8 frontend");
}

TEST_CASE("findings tell the form that a statement has") {
    CHECK(expected("frontend f\n bind :1\n maxconn\n") == "maxconn <number>");
    CHECK(expected("frontend f\n bind :1\n http-request set-header x\n") ==
          "http-request set-header <name> <fmt> [{if|unless} <condition>]");
    CHECK(expected("frontend f\n bind :1\n default_backend\n") == "default_backend <backend>");
}

TEST_CASE("pending words are no errors of language") {
    config::Loaded loaded = keywords::load(quiet("cache c\n total-max-size 4\n"));
    for (const Finding& f : config::find_all(loaded)) CHECK(f.kind != Finding::Kind::error);
}

TEST_CASE("a kind of mistake has one code, and a code is one kind") {
    std::map<std::string_view, std::string_view> codes, names;
    for (const config::Mistake& row : config::all_mistakes()) {
        INFO(row.code << " " << row.name);
        CHECK(codes.try_emplace(row.code, row.name).first->second == row.name);
        CHECK(names.try_emplace(row.name, row.code).first->second == row.code);
        CHECK_FALSE(row.about.empty());
    }
    CHECK(codes.size() > 50);
    // These stand in people's settings: they never change.
    CHECK(names.at("unknown-keyword") == "CFG113");
    CHECK(names.at("unknown-acl") == "CFG201");
    CHECK(names.at("unmatched-quote") == "CFG301");
    CHECK(names.at("not-executed") == "CFG003");
}
