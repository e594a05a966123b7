// What is said when the whole file was read.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

TEST_CASE("backends that do not exist") {
    CHECK(complaints("frontend f\n bind :80\n use_backend x if TRUE\n default_backend y\n") ==
          "A 10: Proxy 'f': unable to find required default_backend: 'y'.\n"
          "A 9: Proxy 'f': unable to find required use_backend: 'x'.\n");
    CHECK(complaints("listen l\n bind :80\n default_backend l\n") ==
          "A 9: Proxy 'l': loop detected for default_backend: 'l'.\n");
    CHECK(complaints("frontend f\n bind :80\n default_backend b\nbackend b\n mode tcp\n") ==
          "A 9: http frontend 'f' (t.cfg:7) tries to use incompatible tcp backend 'b' (t.cfg:10) as its default "
          "backend (see 'mode').\n");
    CHECK(complaints("backend b\n use-server k if TRUE\n") ==
          "A 8: backend 'b' : unable to find server 'k' referenced in a 'use-server' rule.\n");
}

TEST_CASE("arguments of expressions are found") {
    CHECK(
        complaints(
            "frontend f\n bind :80\n acl a nbsrv(zork) gt 0\n http-request set-header A %[nbsrv(zork)] if a\n") ==
        "A 9: parsing [t.cfg:9] : unable to find backend 'zork' referenced in arg 1 of ACL keyword 'nbsrv' in proxy "
        "'f'.\n"
        "A 10: parsing [t.cfg:10] : unable to find backend 'zork' referenced in arg 1 of sample fetch keyword 'nbsrv' "
        "in http-request expression in proxy 'f'.\n");
    CHECK(complaints("frontend f\n bind :80\n acl a nbsrv(b) gt 0\n http-request deny if a\nbackend b\n") == "");
}

TEST_CASE("names that stand twice") {
    CHECK(complaints("frontend a\n bind :80\nfrontend a\n bind :81\n") ==
          "W 9: frontend 'a' has the same name as frontend 'a' declared at t.cfg:7.\n");
    CHECK(complaints("frontend a\n bind :80\nbackend a\n") == "");
    CHECK(complaints("backend b\n server s 1.1.1.1:80\n server s 1.1.1.2:80\n server s 1.1.1.3:80 id 5\n") ==
          "W 9: parsing [t.cfg:9] : backend 'b', another server named 's' was already defined at line 8, please use "
          "distinct names.\n");
    CHECK(complaints("backend b\n server s 1.1.1.1:80\n server s 1.1.1.2:80 max-reuse 5\n") ==
          "A 9: parsing [t.cfg:9] : backend 'b', another server named 's' was already defined at line 8, please use "
          "distinct names.\n");
}

TEST_CASE("missing timeouts and listeners") {
    CHECK(messages(load("frontend f\n")) ==
          "W 1: frontend 'f' has no 'bind' directive. Please declare it as a backend if this was intended.\n"
          "W 1: missing timeouts for frontend 'f'.\n"
          "   | While not properly invalid, you will certainly encounter various problems\n"
          "   | with such a configuration. To fix this, please ensure that all following\n"
          "   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.\n");
    CHECK(messages(load("backend b\n")) == "");
    auto none = load("backend b\n");
    REQUIRE(none.config);
    CHECK_FALSE(none.has_listener);
    CHECK(load("global\n stats socket /tmp/s\n").has_listener);
    CHECK_FALSE(load(quiet("frontend f\n bind :80\n disabled\n")).has_listener);
}

TEST_CASE("HTTP words in TCP proxies") {
    auto loaded =
        load(quiet("listen q\n bind :80\n mode tcp\n balance uri\n cookie A insert\n option forwardfor\n"
                   " stats enable\n http-request deny\n server s 1.1.1.1:80 cookie x\n"));
    CHECK(messages(loaded) ==
          "W 7: cookie will be ignored for proxy 'q' (needs 'mode http').\n"
          "W 7: Layer 7 hash not possible for proxy 'q' (needs 'mode http'). Falling back to round robin.\n"
          "W 7: 'stats' statement ignored for proxy 'q' as it requires HTTP mode.\n"
          "W 7: 'http-request' rules ignored for proxy 'q' as they require HTTP mode.\n"
          "W 7: 'option forwardfor' ignored for proxy 'q' as it requires HTTP mode.\n"
          "W 15: proxy 'q' : ignoring cookie for server 's' as HTTP mode is disabled.\n");
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies[0]->balance.algorithm == model::Algorithm::roundrobin);
    CHECK_FALSE(loaded.config->proxies[0]->forwardfor.enabled);
    CHECK_FALSE(loaded.config->proxies[0]->stats.enabled);
}

TEST_CASE("rules that run earlier than they stand") {
    CHECK(complaints("frontend f\n bind :80\n use_backend b if FALSE\n http-request deny if FALSE\n"
                     " redirect location / if FALSE\n monitor fail if FALSE\nbackend b\n") ==
          "W 10: a 'http-request' rule placed after a 'use_backend' rule will still be processed before.\n"
          "W 11: a 'redirect' rule placed after a 'use_backend' rule will still be processed before.\n"
          "W 12: a 'monitor fail' rule placed after an 'http-request' rule will still be processed before.\n");
    CHECK(complaints("frontend f\n bind :80\n http-request deny\n http-request deny\n") ==
          "W 10: previous 'http-request' action is final and has no condition attached, further entries are NOOP.\n");
}

TEST_CASE("numbers are given as HAProxy gives them") {
    auto loaded = load("global\n stats socket /tmp/s\n" +
                       quiet("frontend a\n bind :1\nbackend b\n id 3\n server x 1.1.1.1:1\n server y 1.1.1.1:1 id 2\n"
                             " server z 1.1.1.1:1\nbackend c\n disabled\nbackend d\n"));
    REQUIRE(loaded.config);
    const auto& proxies = loaded.config->proxies;
    CHECK(proxies[0]->id == 2);
    CHECK(proxies[1]->id == 3);
    CHECK(proxies[2]->id == 4);
    CHECK(proxies[3]->id == 5);
    CHECK(proxies[1]->servers[0]->id == 1);
    CHECK(proxies[1]->servers[1]->id == 2);
    CHECK(proxies[1]->servers[2]->id == 3);
}

TEST_CASE("nothing is said about the whole of a file that was not understood") {
    CHECK(complaints("frontend f\n zork\n default_backend nope\n") ==
          "A 8: unknown keyword 'zork' in 'frontend' section\n");
}

TEST_CASE("conditions that ask for what is not there yet, or no more") {
    const std::string front = "frontend f\n bind :80\n", back = "backend b\n";
    CHECK(complaints(front + " tcp-request connection reject if { path / }\n") ==
          "W 9: anonymous acl will never match in 'tcp-request connection' because it uses keyword 'path' which is "
          "incompatible with 'frontend tcp-request connection rule'\n");
    CHECK(complaints(front + " acl x path /\n http-response deny if x\n") ==
          "W 10: acl 'x' will never match because it only involves keywords that are incompatible with 'frontend "
          "http-response header rule'\n");
    CHECK(complaints(front + " acl x src 192.0.2.1\n acl x res.hdr(a) b\n http-request deny if x\n") ==
          "W 11: acl 'x' involves keywords 'res.hdr' which is incompatible with 'frontend http-request header rule'\n");
    CHECK(complaints(front + " acl x src 192.0.2.1\n acl x res.hdr(a) b\n tcp-request content reject if x\n") ==
          "W 11: acl 'x' involves keyword 'res.hdr' which is incompatible with 'frontend tcp-request content rule'\n");
    CHECK(complaints(back + " stick-table type ip size 10\n stick store-response src if { path / }\n") ==
          "W 9: anonymous acl will never match because it uses keyword 'path' which is incompatible with 'backend "
          "stick-store rule'\n");
    CHECK(complaints(
              "listen l\n bind :80\n http-response deny if { path / }\n redirect location / if { status 200 }\n") ==
          "W 9: anonymous acl will never match because it uses keyword 'path' which is incompatible with 'backend "
          "http-response header rule'\n"
          "W 10: anonymous acl will never match because it uses keyword 'status' which is incompatible with 'frontend "
          "http-request header rule'\n");
    CHECK(complaints(front + " http-response deny if METH_GET { res.hdr(a) b } || { src 192.0.2.1 }\n"
                             " tcp-request connection reject if { src 192.0.2.1 } { dst_port 80 }\n"
                             " http-request deny if { req.hdr(a) b } { var(txn.a) -m str b }\n") == "");
}
