// Which HAProxy's defaults a file gets, and what they are.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using config::Era;
using keywords::quiet;

namespace {

config::Loaded load_era(std::string_view text, std::optional<base::Release> era = {}, bool verbose = false) {
    config::LoadOptions options;
    options.environment = {};
    options.keep_pending = true;
    options.era = era;
    options.verbose = verbose;
    return config::load_text("t.cfg", text, options);
}

const std::string kProxy = "listen l\n bind :80\n server a 127.0.0.1:1\n";

/// The release and the line that decided it: "2.4:8".
std::string era_of(std::string_view text) {
    const auto loaded = load_era(quiet(text));
    INFO(keywords::messages(loaded));
    CHECK(loaded.config);
    return loaded.era.release.text() + ":" + std::to_string(loaded.era.place.line);
}

const model::Proxy& proxy_of(const config::Loaded& loaded) {
    INFO(keywords::messages(loaded));
    REQUIRE(loaded.config);
    return *loaded.config->proxies.at(0);
}

}  // namespace

TEST_CASE("a release is one of HAProxy's") {
    CHECK(base::parse_release("2.6") == base::Release{2, 6});
    CHECK(base::parse_release("2.6.12") == base::Release{2, 6});
    CHECK(base::parse_release("1.5-dev19") == base::Release{1, 5});
    for (const char* bad : {"", "2", "2.", ".6", "1.2", "2.10", "3.5", "4.0", "2.6x", "x.6", "0.0"}) {
        INFO(bad);
        CHECK_FALSE(base::parse_release(bad));
    }
    CHECK(base::Release{2, 6} < base::Release{3, 0});
    CHECK(base::Release{1, 9} < base::Release{2, 0});
}

TEST_CASE("the era is that of the newest release which accepts every word") {
    CHECK(era_of(kProxy) == "3.4:0");
    CHECK(era_of(kProxy + " option forceclose\n") == "2.4:10");
    CHECK(era_of(kProxy + " redispatch\n") == "2.0:10");
    CHECK(era_of(kProxy + " block if TRUE\n") == "2.0:10");
    CHECK(era_of(kProxy + " option forceclose\n redispatch\n option forceclose\n") == "2.0:11");
    CHECK(era_of("listen l :80\n server a 127.0.0.1:1\n") == "1.5:7");
    CHECK(era_of(kProxy + "frontend f\n bind :81 process 1\n default_backend l\n") == "2.6:11");
    CHECK(era_of(kProxy + "backend b\n option dontlognull\n") == "3.1:11");
    CHECK(era_of(kProxy + "global\n nbproc 1\n") == "2.4:11");
    CHECK(era_of(kProxy + " log-format %Ci\n") == "2.4:10");
    CHECK(era_of(kProxy + " http-request set-header X it's\n") == "1.5:10");
    CHECK(era_of(kProxy + " http-response set-header X %[ssl_ocsp_status]\n") == "3.3:10");
}

TEST_CASE("compat-version and --era decide, in this order") {
    const std::string text = "global\n compat-version 1.8\n" + kProxy + " option forceclose\n";
    auto loaded = load_era(quiet(text));
    CHECK(loaded.era.release == base::Release{1, 8});
    CHECK(loaded.era.source == Era::Source::global);
    CHECK(loaded.era.place.line == 8);
    loaded = load_era(quiet(text), base::Release{2, 2});
    CHECK(loaded.era.release == base::Release{2, 2});
    CHECK(loaded.era.source == Era::Source::command_line);
    CHECK(loaded.config->era == base::Release{2, 2});
    CHECK(keywords::complaints("global\n compat-version 3.9\n" + kProxy) ==
          "A 8: 'compat-version' expects a HAProxy release from 1.3 to 3.4 (got '3.9').\n");
    CHECK(keywords::complaints("global\n compat-version\n" + kProxy) ==
          "A 8: 'compat-version' expects a HAProxy release such as 2.4.\n");
}

TEST_CASE("-V says what the era is and which line decided it") {
    CHECK(keywords::messages(load_era(quiet(kProxy), {}, true)) ==
          "N 0: defaults of HAProxy 3.4: it accepts every word.\n");
    const auto text = keywords::messages(load_era(quiet("listen l :80\n server a 127.0.0.1:1\n"), {}, true));
    INFO(text);
    CHECK(text.find("N 7: defaults of HAProxy 1.5: later releases do not accept 'listen <name> <address>'.") !=
          std::string::npos);
    CHECK(keywords::messages(load_era(quiet(kProxy))).empty());
}

TEST_CASE("defaults that changed are those of the era, where the file says nothing") {
    struct Change {
        base::Release last_old, first_new;
        bool (*is_new)(const model::Config& config, const model::Proxy& proxy);
    };
    using model::Proxy;
    const Change changes[] = {
        {{3, 2}, {3, 3}, [](auto&, const Proxy& p) { return p.balance.algorithm == model::Algorithm::random; }},
        {{3, 2}, {3, 3}, [](auto&, const Proxy& p) { return p.options.abort_on_close; }},
        {{1, 4}, {1, 5}, [](auto&, const Proxy& p) { return !p.options.connection_mode; }},
        {{1, 8}, {1, 9}, [](auto&, const Proxy& p) { return p.reuse == model::Reuse::safe; }},
        {{1, 9}, {2, 0}, [](auto&, const Proxy& p) { return p.max_connections == 0; }},
        {{1, 9}, {2, 0}, [](const model::Config& c, auto&) { return c.global.max_connections == 0; }},
    };
    for (const Change& change : changes) {
        INFO(change.first_new.text());
        const auto before = load_era(quiet(kProxy), change.last_old), after = load_era(quiet(kProxy), change.first_new);
        CHECK_FALSE(change.is_new(*before.config, proxy_of(before)));
        CHECK(change.is_new(*after.config, proxy_of(after)));
    }
    const auto old = load_era(quiet(kProxy), base::Release{1, 4});
    CHECK(proxy_of(old).options.connection_mode == model::ConnectionMode::tunnel);
    CHECK(proxy_of(old).reuse == model::Reuse::never);
    CHECK(proxy_of(old).max_connections == 2000);
}

TEST_CASE("what the file says counts in every era") {
    const std::string set =
        "global\n maxconn 77\ndefaults\n mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n"
        " balance roundrobin\n no option abortonclose\n option http-server-close\n http-reuse always\n maxconn 88\n" +
        kProxy;
    for (const base::Release era : {base::Release{1, 3}, base::kNewestRelease}) {
        const auto loaded = load_era(set, era);
        const auto& proxy = proxy_of(loaded);
        CHECK(proxy.balance.algorithm == model::Algorithm::roundrobin);
        CHECK_FALSE(proxy.options.abort_on_close);
        CHECK(proxy.options.connection_mode == model::ConnectionMode::server_close);
        CHECK(proxy.reuse == model::Reuse::always);
        CHECK(proxy.max_connections == 88);
        CHECK(loaded.config->global.max_connections == 77);
    }
    const auto undone = load_era(set + " default option abortonclose\n", base::kNewestRelease);
    CHECK(proxy_of(undone).options.abort_on_close);
}

TEST_CASE("processes become threads, which share the limits of all of them") {
    const auto loaded = load_era(
        quiet("global\n nbproc 4\n maxconn 100\n maxconnrate 5\nlisten l\n bind :80 maxconn 3\n maxconn 10\n "
              "bind-process 2-\n server a 127.0.0.1:1 maxconn 7 maxqueue 1\nlisten m\n bind :81\n maxconn 10\n "
              "bind-process 1 even\n"));
    const auto& first = proxy_of(loaded);
    CHECK(loaded.config->global.threads == 4);
    CHECK(loaded.config->global.max_connections == 400);
    CHECK(loaded.config->global.max_connection_rate == 20);
    CHECK(first.max_connections == 30);
    CHECK(first.binds.at(0).max_connections == 9);
    CHECK(first.servers.at(0)->max_connections == 21);
    CHECK(first.servers.at(0)->max_queue == 3);
    CHECK(loaded.config->proxies.at(1)->max_connections == 30);
    CHECK(
        proxy_of(load_era(quiet("global\n nbproc 1\n" + kProxy + " bind-process 1\n maxconn 10\n"))).max_connections ==
        10);

    for (const char* bad : {"global\n nbproc 0\n", "global\n nbproc 65\n", "global\n nbproc 2\n nbthread 2\n"}) {
        INFO(bad);
        CHECK_FALSE(load_era(quiet(bad + kProxy)).config);
    }
    CHECK_FALSE(load_era(quiet(kProxy + " bind-process 65\n")).config);
    CHECK_FALSE(load_era(quiet(kProxy + " bind-process first\n")).config);
}
