// Words in, model out: one case for each family.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

namespace {

constexpr std::string_view kTutorial = R"(
global
    log         127.0.0.1 local2
    pidfile     /var/run/haproxy.pid
    maxconn     4000
    daemon
    stats socket /var/lib/haproxy/stats
defaults
    mode                    http
    log                     global
    option                  httplog
    option                  dontlognull
    option http-server-close
    option forwardfor       except 127.0.0.0/8
    option                  redispatch
    retries                 3
    timeout http-request    10s
    timeout queue           1m
    timeout connect         10s
    timeout client          1m
    timeout server          1m
    timeout http-keep-alive 10s
    timeout check           10s
    maxconn                 3000
frontend  main *:80
    acl url_favicon      path_end       -i favicon.ico
    use_backend blackhole       if url_favicon
    default_backend             app
backend app
    balance     roundrobin
    server  app1 192.168.0.12:80 check weight 1
    server  app2 192.168.0.13:80 check weight 1
backend blackhole
    errorfile 403 /dev/null
listen hastats *:10080
    mode http
    maxconn 64
    stats enable
    stats show-legends
    stats uri /?hastats
    stats auth admin:conoha
)";

}  // namespace

TEST_CASE("the tutorial's words fill the model") {
    auto loaded = load(kTutorial);
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    CHECK(loaded.has_listener);
    const auto& config = *loaded.config;
    CHECK(config.global.max_connections == 4000);
    CHECK(config.global.daemon);
    REQUIRE(config.global.logs.size() == 1);
    CHECK(config.global.logs[0].facility == 18);
    CHECK(config.global.logs[0].endpoint.ip.port() == 514);
    REQUIRE(config.global.stats_sockets.size() == 1);
    CHECK(config.global.stats_sockets[0].bind.endpoint.path == "/var/lib/haproxy/stats");

    REQUIRE(config.proxies.size() == 4);
    const auto& main = *config.proxies[0];
    CHECK(main.id == 2);
    CHECK(main.mode == model::Mode::http);
    CHECK(main.max_connections == 3000);
    CHECK(main.timeouts.client == 60000);
    CHECK(main.timeouts.http_keep_alive == 10000);
    REQUIRE(main.logs.size() >= 1);
    CHECK(main.logs[0].global_number == 1);
    CHECK(main.options.httplog);
    CHECK(main.options.dontlognull);
    CHECK(main.options.connection_mode == model::ConnectionMode::server_close);
    CHECK(main.forwardfor.header == "x-forwarded-for");
    REQUIRE(main.forwardfor.except.size() == 1);
    CHECK(main.forwardfor.except[0].bits == 8);
    REQUIRE(main.binds.size() == 1);
    CHECK(main.binds[0].is_section_address);
    CHECK(main.binds[0].endpoint.ip.port() == 80);
    REQUIRE(main.use_backends.size() == 1);
    CHECK(main.use_backends[0].backend == config.proxies[2].get());
    CHECK(main.default_backend_proxy == config.proxies[1].get());

    const auto& app = *config.proxies[1];
    CHECK(app.options.redispatch);
    CHECK(app.options.redispatch_interval == -1);
    REQUIRE(app.servers.size() == 2);
    CHECK(app.servers[1]->name == "app2");
    CHECK(app.servers[1]->id == 2);
    CHECK(app.servers[1]->check.enabled);
    CHECK(app.servers[1]->proxy == &app);
    CHECK(app.servers[1]->endpoint.ip.text() == "192.168.0.13:80");

    REQUIRE(config.proxies[2]->error_replies.contains(403));
    CHECK(config.proxies[2]->error_replies.at(403).raw->empty());
    const auto& stats = *config.proxies[3];
    CHECK(stats.max_connections == 64);
    CHECK(stats.stats.enabled);
    CHECK(stats.stats.show_legends);
    CHECK(stats.stats.uri == "/?hastats");
    CHECK(stats.stats.users == std::vector<std::pair<std::string, std::string>>{{"admin", "conoha"}});
}

TEST_CASE("unknown words are reported with what they may mean") {
    CHECK(messages(load("global\n maxcon 5\n")) ==
          "A 2: unknown keyword 'maxcon' in 'global' section; did you mean 'maxconn' maybe ?\n");
    CHECK(messages(load("foo\n")) == "A 1: unknown keyword 'foo' out of section.\n");
    CHECK(complaints("backend b\n option htplog\n") ==
          "A 8: unknown option 'htplog'; did you mean 'httplog' maybe ?\n");
    CHECK(complaints("backend b\n timeout cleint 5s\n") ==
          "A 8: 'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'http-keep-alive', "
          "'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin' (got 'cleint')\n");
}

TEST_CASE("words that are not executed yet are refused") {
    CHECK(complaints("frontend f\n bind :80\n filter spoe engine e config f\n") ==
          "A 9: the keyword 'filter spoe' is understood but not executed yet by this version of cfgproxy\n");
    CHECK(complaints("frontend f\n bind :80 ech x\n") ==
          "A 8: the bind option 'ech' is understood but not executed yet by this version of cfgproxy\n");
    CHECK(complaints("backend b\n server s 1.1.1.1:80 resolve-prefer ipv4\n") ==
          "A 8: the server option 'resolve-prefer' is understood but not executed yet by this version of cfgproxy\n");
    CHECK(complaints("frontend f\n bind :80\n http-request do-resolve(txn.a,b) src if { path , nope }\n") ==
          "A 9: the action 'http-request do-resolve(' is understood but not executed yet by this version of "
          "cfgproxy\n");
    CHECK(complaints("frontend f\n bind :80\n http-request set-header A %[ssl_fc_ech_status,lower]\n") ==
          "A 9: the fetch method 'ssl_fc_ech_status' is understood but not executed yet by this version of cfgproxy\n");
    // A section is refused once, and its lines are looked at all the same.
    CHECK(complaints("acme p\n keytype RSA\n zork\n") ==
          "A 7: the section 'acme' is understood but not executed yet by this version of cfgproxy\n"
          "A 9: unknown keyword 'zork' in 'acme' section\n");
    // A wrong line says what is wrong; that the word is not executed matters to right ones.
    CHECK(complaints("backend b\n server s 1.1.1.1:80 ssl zork\n acl a ssl_fc(x)\n").find("unknown keyword") !=
          std::string::npos);
}

TEST_CASE("kTLS, which is never used, may be forbidden, and is not promised") {
    const std::string asked = "frontend f\n bind :80 ktls off\nbackend b\n server s 1.1.1.1:80 ktls ";
    CHECK(complaints(asked + "off\n") ==
          "A 8: 'bind :80' in section 'frontend' : 'ktls' directive is experimental, must be allowed via a global "
          "'expose-experimental-directives'\n"
          "A 10: 'server b/s' : 'ktls' directive is experimental, must be allowed via a global "
          "'expose-experimental-directives'.\n");
    const std::string allowed = quiet("global\n expose-experimental-directives\n noktls\n" + asked);
    CHECK(messages(load(allowed + "OFF\n")) == "");
    CHECK(messages(load(allowed + "on\n")) ==
          "A 13: the server option 'ktls on' is understood but not executed yet by this version of cfgproxy\n");
    CHECK(messages(load(allowed + "maybe\n")) ==
          "A 13: 'server b/s' : 'ktls' expects \"on\" or \"off\" as an argument, got 'maybe'..\n");
}

TEST_CASE("whether a server may ask for another handshake is said on its line, or for all") {
    auto loaded = load(
        quiet("global\n ssl-default-server-options no-renegotiate\nbackend b\n server a 1.1.1.1:80 ssl verify none\n"
              " server b 1.1.1.1:80 ssl verify none renegotiate\n"));
    REQUIRE(loaded.config);
    const auto& servers = loaded.config->proxies.back()->servers;
    CHECK(servers[0]->tls->settings.renegotiates == false);
    CHECK(servers[1]->tls->settings.renegotiates == true);
    loaded = load(quiet("backend b\n server a 1.1.1.1:80 ssl verify none no-renegotiate\n"));
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies.back()->servers[0]->tls->settings.renegotiates == false);
}

TEST_CASE("too many and too few words") {
    CHECK(complaints("frontend f\n bind :80\n maxconn\n maxconn 1 2\n mode\n") ==
          "A 9: 'maxconn' expects an integer argument.\n"
          "A 10: 'maxconn' cannot handle unexpected argument '2'.\n"
          "A 11: unknown proxy mode ''.\n");
    CHECK(complaints("backend b\n no retries 3\n") ==
          "A 8: negation/default currently supported only for options, log, busy-polling, set-dumpable, "
          "strict-limits, insecure-fork-wanted and numa-cpu-mapping.\n");
    CHECK(complaints("backend b\n no option httpchk\n") ==
          "A 8: negation/default is not supported for option 'httpchk'.\n");
}

TEST_CASE("words of the other side are warned about") {
    CHECK(complaints("frontend f\n bind :80\n fullconn 5\n option redispatch\n timeout server 3s\n") ==
          "W 9: 'fullconn' ignored because frontend 'f' has no backend capability. Maybe you want 'maxconn' instead ?\n"
          "W 10: 'redispatch' ignored because frontend 'f' has no backend capability.\n"
          "W 11: 'timeout server' will be ignored because frontend 'f' has no backend capability\n");
    CHECK(complaints("frontend f\n bind :80\n server s 1.1.1.1:80\n") ==
          "W 9: 'server' ignored because frontend 'f' has no backend capability.\n");
    CHECK(messages(load("defaults\n bind :80\n acl a path /\n")) ==
          "A 2: 'bind' not allowed in 'defaults' section.\n"
          "A 3: 'acl' not allowed in anonymous 'defaults' section.\n");
}

TEST_CASE("defaults are handed down, by position and by name") {
    auto loaded = load(
        "defaults one\n mode http\n timeout client 1s\n maxconn 7\n"
        "defaults two from one\n maxconn 8\n"
        "frontend a from one\n bind :1\nfrontend b\n bind :2\n no option dontlognull\n");
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies[0]->max_connections == 7);
    CHECK(loaded.config->proxies[1]->max_connections == 8);
    CHECK(loaded.config->proxies[1]->timeouts.client == 1000);
    CHECK(messages(load("frontend f from zork\n")) == "A 1: defaults section 'zork' not found for frontend 'f'.\n");
}

TEST_CASE("rules of named defaults come first") {
    auto loaded = load(
        "defaults one\n mode http\n timeout client 1s\n http-request set-header A one\n"
        "frontend a from one\n bind :1\n http-request set-header A two\n");
    REQUIRE(loaded.config);
    REQUIRE(loaded.config->proxies[0]->http_request.size() == 2);
    CHECK(loaded.config->proxies[0]->http_request[0].text == "set-header A one");
}

TEST_CASE("bind lines: addresses, ranges and options") {
    auto loaded =
        load(quiet("frontend f\n bind *:8000-8002,127.0.0.1:9000 name x maxconn 5 backlog 6\n"
                   " bind ipv6@:80 v6only interface lo mss 1400\n bind unix@/tmp/s mode 600 uid 5\n"));
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    const auto& binds = loaded.config->proxies[0]->binds;
    REQUIRE(binds.size() == 6);
    CHECK(binds[2].endpoint.ip.port() == 8002);
    CHECK(binds[2].id == 3);
    CHECK(binds[3].endpoint.ip.text() == "127.0.0.1:9000");
    CHECK(binds[3].name == "x");
    CHECK(binds[3].max_connections == 5);
    CHECK(binds[3].backlog == 6);
    CHECK(binds[4].endpoint.ip.family() == AF_INET6);
    CHECK(binds[4].v6only);
    CHECK(binds[4].mss == 1400);
    CHECK(binds[5].owner.mode == 0600u);
    CHECK(binds[5].owner.uid == 5);
    CHECK(complaints("frontend f\n bind :80 foo\n bind foo\n bind :0\n bind 1.1.1.1:9-8\n") ==
          "A 8: 'bind :80' in section 'frontend': unknown keyword 'foo'; did you mean 'tfo' maybe ?\n"
          "A 9: 'bind' : missing port specification in 'foo'\n"
          "A 10: 'bind' : invalid port '0'\n"
          "A 11: 'bind' : invalid port range '9-8'\n");
}

TEST_CASE("servers take over what default-server says") {
    auto loaded =
        load(quiet("backend b\n default-server inter 7s rise 4 fall 5 weight 9 maxconn 3\n"
                   " server a 1.1.1.1:+5 check backup cookie x weight 0 slowstart 10s\n"
                   " server b [::1]:80 source 2.2.2.2 on-marked-down shutdown-sessions id 9\n"
                   " server c /tmp/s disabled addr 3.3.3.3 port 81 fastinter 1s downinter 1m\n"));
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    const auto& servers = loaded.config->proxies[0]->servers;
    REQUIRE(servers.size() == 3);
    CHECK(servers[0]->check.inter_ms == 7000);
    CHECK(servers[0]->check.rise == 4);
    CHECK(servers[0]->weight == 0);
    CHECK(servers[0]->endpoint.port_mapped);
    CHECK(servers[0]->endpoint.port_offset == 5);
    CHECK(servers[0]->backup);
    CHECK(servers[0]->cookie == "x");
    CHECK(servers[0]->slow_start_ms == 10000);
    CHECK(servers[0]->min_connections == 3);
    CHECK(servers[1]->id == 9);
    CHECK(servers[1]->source->ip.ip_text() == "2.2.2.2");
    CHECK(servers[1]->on_marked_down == model::OnMarkedDown::shutdown_sessions);
    CHECK(servers[2]->disabled);
    CHECK(servers[2]->id == 3);
    CHECK(servers[2]->check.port == 81);
    CHECK(servers[2]->check.address->ip.ip_text() == "3.3.3.3");
    CHECK(complaints("backend b\n server s 1.1.1.1:80 weight 999\n server s! 1.1.1.1\n server s\n"
                     " server t 1.1.1.1:80 inter 0\n default-server id 5\n server u 1.1.1.1:80 zork\n") ==
          "A 8: 'server b/s' : weight of server s is not within 0 and 256 (999)..\n"
          "A 9: character '!' is not permitted in server name 's!'.\n"
          "A 10: 'server' expects <name> and <addr>[:<port>] as arguments.\n"
          "A 11: 'server b/t' : invalid value 0 for argument 'inter' of server t..\n"
          "A 12: 'id' option is not accepted in default-server sections..\n"
          "A 13: 'server b/u' : unknown keyword 'zork'.\n");
}

TEST_CASE("balance, hash-type and cookie") {
    auto loaded =
        load(quiet("backend a\n balance uri len 5 depth 2\n hash-type consistent djb2 avalanche\n"
                   "backend b\n balance hdr(Host) use_domain_only\n"
                   " cookie S insert indirect nocache domain .a.b maxidle 1m\n"
                   "backend c\n balance random(3)\n"));
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    const auto& a = loaded.config->proxies[0]->balance;
    CHECK(a.algorithm == model::Algorithm::uri);
    CHECK(a.uri_length == 5);
    CHECK(a.uri_depth == 2);
    CHECK(a.hash_type == model::HashType::consistent);
    CHECK(a.function == model::HashFunction::djb2);
    CHECK(a.avalanche);
    const auto& b = *loaded.config->proxies[1];
    CHECK(b.balance.argument == "Host");
    CHECK(b.balance.hdr_domain_only);
    CHECK(b.cookie.kind == model::CookieSettings::Kind::insert);
    CHECK(b.cookie.indirect);
    CHECK(b.cookie.max_idle_s == 60);
    CHECK(loaded.config->proxies[2]->balance.random_draws == 3);
    CHECK(complaints("backend b\n cookie x rewrite indirect\n balance url_param\n") ==
          "A 8: cookie 'rewrite' and 'indirect' modes are incompatible.\n"
          "A 9: balance url_param requires an URL parameter name.\n");
}

TEST_CASE("http-reuse") {
    auto loaded = load(quiet("backend a\n http-reuse never\nbackend b\n http-reuse always\nbackend c\n"));
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies[0]->reuse == model::Reuse::never);
    CHECK(loaded.config->proxies[1]->reuse == model::Reuse::always);
    CHECK(loaded.config->proxies[2]->reuse == model::Reuse::safe);
    CHECK(complaints("backend a\n http-reuse zork\n") ==
          "A 8: 'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.\n");
}

TEST_CASE("logs: targets and formats") {
    auto loaded = load("global\n log 10.0.0.1:5140 len 2000 format rfc5424 local3 notice err\n log /dev/log daemon\n");
    REQUIRE(loaded.config);
    const auto& logs = loaded.config->global.logs;
    REQUIRE(logs.size() == 2);
    CHECK(logs[0].max_length == 2000);
    CHECK(logs[0].format == model::LogFormatKind::rfc5424);
    CHECK(logs[0].facility == 19);
    CHECK(logs[0].level == 5);
    CHECK(logs[0].min_level == 3);
    CHECK(logs[0].endpoint.ip.port() == 5140);
    CHECK(logs[1].endpoint.path == "/dev/log");
    CHECK(messages(load("global\n log 127.0.0.1 zork\n log 127.0.0.1\n")) ==
          "A 2: log : unknown log facility 'zork'\n"
          "A 3: log : expects <address> and <facility>  as arguments\n");
    CHECK(messages(load("defaults\n option tcplog\n option httplog\n")) ==
          "W 3: 'option httplog' overrides previous 'option tcplog' in 'defaults' section.\n");
}

TEST_CASE("words of 1.x keep their meaning") {
    auto loaded = load(
        "defaults\n mode http\n clitimeout 1000\n contimeout 2000\n srvtimeout 3000\n redispatch\n"
        "listen l 127.0.0.1:80\n option forceclose\n block if FALSE\n http-request allow\n"
        " server s 1.1.1.1:80\n monitor-net 10.0.0.0/8\n");
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    const auto& proxy = *loaded.config->proxies[0];
    CHECK(proxy.timeouts.client == 1000);
    CHECK(proxy.timeouts.connect == 2000);
    CHECK(proxy.timeouts.server == 3000);
    CHECK(proxy.timeouts.queue == 2000);
    CHECK(proxy.options.redispatch);
    CHECK(proxy.options.connection_mode == model::ConnectionMode::close);
    REQUIRE(proxy.http_request.size() == 2);
    CHECK(proxy.http_request[0].text == "deny if FALSE");
    CHECK(proxy.monitor_net.size() == 1);
}

TEST_CASE("-V names the modern form of old words") {
    config::LoadOptions options;
    options.verbose = true;
    auto loaded = config::load_text("t.cfg", "defaults\n clitimeout 1s\n", options);
    CHECK(messages(loaded) ==
          "N 2: 'clitimeout' is not known to HAProxy after 2.0: 'timeout client' is its modern form\n"
          "N 2: defaults of HAProxy 2.0: later releases do not accept 'clitimeout'.\n");
}

TEST_CASE("userlists") {
    auto loaded = load("userlist l\n group g users a\n user a insecure-password x groups h\n group h\n");
    CHECK(messages(loaded) == "");
    REQUIRE(loaded.config);
    const auto* list = loaded.config->find_userlist("l");
    REQUIRE(list);
    REQUIRE(list->users.size() == 1);
    CHECK(list->users[0].insecure);
    CHECK(list->users[0].groups == std::vector<std::string>{"h", "g"});
    CHECK(messages(load("userlist l\n user a groups x\n")) ==
          "A 1: userlist 'l': no such group 'x' specified in user 'a'\n");
}

TEST_CASE("the environment changes while the file is read") {
    auto loaded = load(
        "global\n setenv PORT 81\n presetenv PORT 82\ndefaults\n timeout client 1s\n"
        "frontend f\n bind \":${PORT}\"\n bind :$PORT\n");
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies[0]->binds[0].endpoint.ip.port() == 81);
    CHECK(loaded.config->proxies[0]->binds[1].endpoint.ip.port() == 81);
}
