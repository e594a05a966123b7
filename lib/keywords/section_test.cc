// Sections other than proxies: what they fill, and what is said of mistakes in them.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;

namespace {

config::Loaded load_kept(std::string_view text) {
    config::LoadOptions options;
    options.environment = {};
    options.keep_pending = true;
    return config::load_text("t.cfg", text, options);
}

}  // namespace

TEST_CASE("resolvers are read, and accepted while nobody uses them") {
    const auto loaded = keywords::load(
        "resolvers dns\n nameserver a 127.0.0.1:53\n nameserver b 127.0.0.2:5353\n parse-resolv-conf\n hold nx 5s\n"
        " hold valid 1m\n timeout resolve 2s\n timeout retry 3s\n accepted_payload_size 4096\n resolve_retries 7\n");
    INFO(keywords::messages(loaded));
    REQUIRE(loaded.config);
    const auto& dns = *loaded.config->resolvers.at(0);
    CHECK(dns.name == "dns");
    CHECK(dns.nameservers.size() == 2);
    CHECK(dns.nameservers.at(1).endpoint.port_low == 5353);
    CHECK(dns.system_servers);
    CHECK(dns.hold_nx_ms == 5000);
    CHECK(dns.hold_valid_ms == 60000);
    CHECK(dns.hold_other_ms == 30000);
    CHECK(dns.timeout_resolve_ms == 2000);
    CHECK(dns.timeout_retry_ms == 3000);
    CHECK(dns.payload_size == 4096);
    CHECK(dns.retries == 7);
}

TEST_CASE("mistakes in resolvers") {
    CHECK(complaints("resolvers\n") == "A 7: missing name for resolvers section.\n");
    CHECK(complaints("resolvers r\n nameserver a\n") ==
          "A 8: 'nameserver' expects <name> and <addr>[:<port>] as arguments.\n");
    CHECK(complaints("resolvers r\n hold zork 1s\n") ==
          "A 8: 'hold' unknown <event>: 'zork', expects either 'nx', 'timeout', 'valid', 'obsolete' or 'other'.\n");
    CHECK(complaints("resolvers r\n hold nx\n") == "A 8: 'hold' expects an <event> and a <time> as arguments.\n");
    CHECK(complaints("resolvers r\n hold nx 5x\n") == "A 8: unexpected character 'x' in argument to <hold>.\n");
    CHECK(complaints("resolvers r\n timeout zork 1s\n") ==
          "A 8: 'timeout' expects 'retry' or 'resolve' and <time> as arguments got 'zork'.\n");
    CHECK(complaints("resolvers r\n accepted_payload_size 5\n") ==
          "A 8: 'accepted_payload_size' must be between 12 and 65535 inclusive (was 5).\n");
    CHECK(complaints("resolvers r\nresolvers r\n") ==
          "A 8: resolvers 'r' has same name as another resolvers (declared at t.cfg:7).\n");
}

TEST_CASE("resolvers without a nameserver") {
    CHECK(complaints("resolvers r\n hold nx 5s\n") == "W 7: resolvers 'r' [t.cfg:7] has no nameservers configured!\n");
    CHECK(complaints("resolvers r\n parse-resolv-conf\n") == "");
}

TEST_CASE("mailers") {
    const auto loaded = keywords::load("mailers m\n mailer a 127.0.0.1:25\n timeout mail 5s\n");
    INFO(keywords::messages(loaded));
    REQUIRE(loaded.config);
    CHECK(loaded.config->mailers.at(0)->mailers.at(0).endpoint.port_low == 25);
    CHECK(loaded.config->mailers.at(0)->timeout_ms == 5000);
    CHECK(complaints("mailers m\n mailer a\n timeout mail\n timeout x 1s\n") ==
          "A 8: 'mailer' expects <name> and <addr>[:<port>] as arguments.\n"
          "A 9: 'timeout mail' expects <time> as argument.\n"
          "A 10: 'timeout' expects 'mail' and <time> as arguments got 'x'.\n");
}

TEST_CASE("caches") {
    const auto loaded = keywords::load(
        "cache c\n total-max-size 4\n max-age 30\n max-object-size 1000\n process-vary on\n max-secondary-entries 3\n");
    INFO(keywords::messages(loaded));
    REQUIRE(loaded.config);
    const auto& cache = *loaded.config->caches.at(0);
    CHECK(cache.total_size == 4u << 20);
    CHECK(cache.max_age_s == 30);
    CHECK(cache.max_object_size == 1000);
    CHECK(cache.vary);
    CHECK(cache.max_secondary_entries == 3);
    CHECK(complaints("cache c\n max-age 3\n") == "A 7: Size not specified for cache 'c'\n");
    CHECK(complaints("cache c\n total-max-size 1\n max-object-size 600000\n") ==
          "A 7: \"max-object-size\" is limited to an half of \"total-max-size\" => 524288\n");
    CHECK(complaints("cache c\n total-max-size 0\n process-vary maybe\n") ==
          "A 8: total-max-size wrong value '0'\n"
          "A 9: 'process-vary' expects \"on\" or \"off\" (enable or disable vary processing).\n");
}

TEST_CASE("programs are read, and not executed") {
    auto loaded = load_kept("program p\n command /bin/true a b\n no option start-on-reload\n user root\n");
    INFO(keywords::messages(loaded));
    REQUIRE(loaded.config);
    CHECK(loaded.diagnostics.pendings() == 1);
    CHECK(loaded.config->programs.at(0)->command == std::vector<std::string>{"/bin/true", "a", "b"});
    CHECK_FALSE(loaded.config->programs.at(0)->start_on_reload);
    CHECK(loaded.era.release == base::Release{3, 2});
}

TEST_CASE("FastCGI applications") {
    auto loaded = load_kept(
        "fcgi-app php\n docroot /srv\n index index.php\n option max-reqs 5\n option mpxs-conns\n no option keep-conn\n"
        " acl a path /a\n set-param Foo.Bar %[path] if a\n pass-header Authorization unless a\n"
        "backend b\n mode http\n timeout server 1s\n timeout connect 1s\n use-fcgi-app php\n"
        " server s 127.0.0.1:1 proto fcgi\n");
    INFO(keywords::messages(loaded));
    REQUIRE(loaded.config);
    CHECK(loaded.diagnostics.pendings() == 0);
    const model::FcgiApp& app = *loaded.config->fcgi_apps.at(0);
    CHECK(app.docroot == "/srv");
    CHECK(app.max_requests == 5);
    CHECK_FALSE(app.keep_connection);
    REQUIRE(app.parameters.size() == 3);  // two of our own
    CHECK(app.parameters[2].name == "foo_bar");
    CHECK(app.parameters[2].when);
    CHECK((app.headers.back().name == "authorization" && app.headers.back().pass));
    const model::Proxy& proxy = *loaded.config->proxies.at(0);
    CHECK(proxy.fcgi_app == &app);
    CHECK(proxy.options.restrict_names == model::RestrictNames::delete_);
    CHECK(proxy.options.http_buffer_request);
    const std::string wrong =
        keywords::messages(load_kept("fcgi-app a\n set-param B %[nonsense]\n set-param C d e\n"
                                     " option max-reqs 0\n pass-header X if nobody\n"));
    for (const char* what : {"A 2: 'B' : ", "A 3: 'C' : ", "A 4: ", "A 5: 'X' : "}) {
        INFO(wrong << what);
        CHECK(wrong.find(what) != std::string::npos);
    }
}

TEST_CASE("certificates and acme are checked") {
    const std::string unread =
        keywords::messages(load_kept("crt-store x\n crt-base /nowhere\n load crt a.pem alias one key a.key\n"));
    CHECK(unread.find("unable to stat SSL certificate from file '/nowhere/a.pem'") != std::string::npos);
    CHECK(keywords::messages(load_kept("crt-store\n load crt a.pem key a.key\n crt-base /x\n")) ==
          "A 3: 'crt-base' can't be used after a load line, use it at the beginning of the section.\n");
    CHECK(keywords::messages(load_kept("crt-store\n load key a.key\n")) ==
          "A 2: 'load' in section 'crt-store': mandatory 'crt' parameter not found.\n");
    CHECK(keywords::messages(load_kept("crt-store\n load crt a.pem zork x\n")) ==
          "A 2: 'load zork' in section 'crt-store': unknown keyword 'zork'.\n");
    const std::string acme = "A 1: the section 'acme' is understood but not executed yet by this version of cfgproxy\n";
    CHECK(keywords::messages(load_kept("acme a\n directory https://x/\n keytype RSA\n bits 2048\n")) == acme);
    CHECK(keywords::messages(load_kept("acme a\n keytype DSA\n")) ==
          acme + "A 2: keyword 'keytype' in 'acme' section requires either 'RSA' or 'ECDSA' argument\n");
}
