// The words of reverse HTTP: rhttp@, nbconn, attach-srv.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::load;
using keywords::messages;
using keywords::quiet;

namespace {

const std::string kAllow = "global\n expose-experimental-directives\n";

/// Of a quiet text with the experimental words; its first line is number 9.
std::string complaints(const std::string& text) { return messages(load(kAllow + quiet(text))); }

std::string with_rule(const std::string& rule, const std::string& server) {
    return complaints("frontend f\n bind :80\n tcp-request session attach-srv " + rule + "\nbackend b\n server s " +
                      server + "\n");
}

const std::string kUsesName =
    "A 11: Proxy 'f': attach-srv rule has no name argument while server 'b/s' uses pool-conn-name; either add a name "
    "argument to the attach-srv rule or reconfigure the server.\n";

}  // namespace

TEST_CASE("reverse HTTP is experimental") {
    CHECK(keywords::complaints("backend b\n server s rhttp@\n") ==
          "A 8: 'server b/s' : Address 'rhttp@' is experimental, must be allowed via a global "
          "'expose-experimental-directives'\n");
    CHECK(keywords::complaints("frontend f\n bind rhttp@b/s\n") ==
          "A 8: 'bind' : Address 'rhttp@b/s' is experimental, must be allowed via a global "
          "'expose-experimental-directives'\n");
    CHECK(keywords::complaints("frontend f\n bind :80\n tcp-request session attach-srv b/s\n") ==
          "A 9: 'attach-srv' action is experimental, must be allowed via a global "
          "'expose-experimental-directives'\n");
}

TEST_CASE("attach-srv names a server, and a name where the server has use for one") {
    CHECK(with_rule("b/s", "rhttp@") == "");
    CHECK(with_rule("b/s if { src 192.0.2.1 }", "rhttp@ ssl verify none") == "");
    CHECK(with_rule("b/s name src", "rhttp@ pool-conn-name hdr(x)") == "");
    CHECK(with_rule("b/s name src", "rhttp@ ssl verify none sni hdr(x)") == "");
    CHECK(with_rule("b/s", "rhttp@ pool-conn-name hdr(x)") == kUsesName);
    CHECK(with_rule("b/s", "rhttp@ ssl verify none sni hdr(x)") == kUsesName);
    CHECK(with_rule("b/s name src", "rhttp@") ==
          "A 11: Proxy 'f': attach-srv rule has a name argument while server 'b/s' does not use pool-conn-name; either "
          "reconfigure the server or remove the name argument from this attach-srv rule.\n");
    CHECK(with_rule("c/s", "rhttp@") == "A 11: Proxy 'f': attach-srv rule: no such backend 'c/s'.\n");
    CHECK(with_rule("b/t", "rhttp@") == "A 11: Proxy 'f': attach-srv rule: no such server 'b/t'.\n");
    CHECK(with_rule("bs", "rhttp@") == "A 11: Proxy 'f': attach-srv rule: invalid server name 'bs'.\n");
    CHECK(with_rule("b/s name", "rhttp@") == "A 11: missing name value\n");
}

TEST_CASE("a server rhttp@ has no address, is of HTTP, and is not checked yet") {
    auto loaded = load(kAllow + quiet("backend b\n server s rhttp@ ssl verify none\n"));
    REQUIRE(loaded.config);
    const model::Server& server = *loaded.config->proxies.back()->servers[0];
    CHECK(server.endpoint.kind == model::Endpoint::Kind::rhttp);
    CHECK_FALSE(server.endpoint.port_mapped);
    CHECK_FALSE(server.tls->sni);
    CHECK(complaints("backend b\n mode tcp\n server s rhttp@\n") ==
          "A 11: backend 'b' : server s uses reverse HTTP addressing which can only be used with HTTP mode.\n");
    CHECK_FALSE(complaints("backend b\n server s rhttp@ check\n").empty());
}

TEST_CASE("bind rhttp@ names a server and how many connections there are to be") {
    const std::string target = "backend b\n server s 127.0.0.1:1 proto h2\n";
    auto loaded = load(kAllow + quiet("frontend f\n bind rhttp@b/s nbconn 3\n" + target));
    REQUIRE(loaded.config);
    const model::Bind& bind = loaded.config->proxies[0]->binds[0];
    CHECK(bind.reverse_connections == 3);
    CHECK(bind.reverse_server == loaded.config->proxies[1]->servers[0].get());
    CHECK(complaints("frontend f\n bind rhttp@b/s nbconn 0\n" + target) ==
          "A 10: 'bind rhttp@b/s' in section 'frontend' : 'nbconn' : invalid value 0, must be > 0.\n");
    CHECK(complaints("frontend f\n bind :80 nbconn 2\n" + target) ==
          "A 10: 'bind :80' in section 'frontend' : 'nbconn' : only valid for reverse HTTP listeners.\n");
    CHECK(complaints("frontend f\n bind rhttp@b/s maxconn 2\n" + target) ==
          "A 10: 'maxconn' option is not accepted for reverse HTTP\n");
    CHECK(complaints("frontend f\n bind rhttp@b/s,:80\n" + target) ==
          "A 10: 'bind' : Cannot mix reverse HTTP bind with others.\n");
}
