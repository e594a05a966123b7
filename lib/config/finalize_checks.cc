// Passes that settle values which depend on others, and say what HAProxy says about the whole.
#include <algorithm>
#include <unordered_map>

#include "config/finalize_internal.h"
#include "model/server_path.h"

namespace cfgproxy::config {

using model::Mode;
using model::Proxy;

/// The reserve for rewriting never takes more than half of a buffer.
void settle_sizes(Finalizing& finalizing) {
    auto& global = finalizing.config.global;
    if (global.max_rewrite >= global.buffer_size / 2) global.max_rewrite = global.buffer_size / 2;
}

/// What the log keeps of a cookie is no longer than tune.http.cookielen.
void settle_captured_cookies(Finalizing& finalizing) {
    const std::uint32_t most = finalizing.config.global.cookie_length;
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (proxy.capture_cookie_length <= most) return;
        finalizing.warning(proxy.place, "truncating capture length to " + std::to_string(most) + " bytes for " +
                                            described(proxy) + ".");
        proxy.capture_cookie_length = most;
    });
}

/// Since 1.3 the queue and the tarpit wait as long as a connection attempt may, unless told otherwise.
void settle_timeouts(Finalizing& finalizing) {
    for_each_active(finalizing, [](Proxy& proxy) {
        auto& timeouts = proxy.timeouts;
        if (timeouts.tarpit < 0) timeouts.tarpit = timeouts.connect;
        if (proxy.is_backend() && timeouts.queue < 0) timeouts.queue = timeouts.connect;
    });
}

/// `minconn` alone, or above `maxconn`, is a plain `maxconn`; `maxconn` alone does not move with the load.
void settle_limits(const model::Global& global, model::Server& server) {
    server.proxy_protocol.never_local = global.proxy_v2_never_local;
    if (server.min_connections > server.max_connections)
        server.max_connections = server.min_connections;
    else if (server.max_connections && !server.min_connections)
        server.min_connections = server.max_connections;
}

void settle_server_limits(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        for (const auto& server : proxy.servers) settle_limits(finalizing.config.global, *server);
    });
}

void check_listeners(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (proxy.is_frontend() && proxy.binds.empty())
            finalizing.warning(proxy.place, described(proxy) +
                                                " has no 'bind' directive. Please declare it as a "
                                                "backend if this was intended.");
    });
}

void check_bind_threads(Finalizing& finalizing) {
    const std::uint32_t threads = finalizing.config.global.threads;
    if (threads == 0) return;  // whoever opens the sockets knows how many there are
    for_each_active(finalizing, [&](Proxy& proxy) {
        for (const auto& bind : proxy.binds)
            if (bind.threads.first > threads)
                finalizing.alert(bind.place, "Proxy " + quoted(proxy.name) +
                                                 ": 'thread' directive only references threads not belonging to the "
                                                 "group in 'bind " +
                                                 bind.text + "' at [" + *bind.place.file + ":" +
                                                 std::to_string(bind.place.line) + "].");
    });
}

void settle_ports(Finalizing& finalizing) {
    if (!finalizing.config.global.no_reuse_port) return;
    for_each_active(finalizing, [](Proxy& proxy) {
        for (auto& bind : proxy.binds) bind.reuse_port = false;
    });
}

void check_balance(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (!proxy.is_backend() || !proxy.balance.set) return;
        if (proxy.options.transparent)
            finalizing.alert(proxy.place, described(proxy) + " cannot use both transparent and balance mode.");
        else if (proxy.dispatch)
            finalizing.warning(proxy.place,
                               "dispatch address of " + described(proxy) + " will be ignored in balance mode.");
    });
}

/// HAProxy logs no name for what is no server.
void settle_direct(Finalizing& finalizing) {
    for_each_active(finalizing, [](Proxy& proxy) {
        if (!proxy.is_backend() || proxy.balance.set ||
            (!proxy.dispatch && !proxy.options.transparent && !proxy.options.http_proxy))
            return;
        proxy.direct = std::make_unique<model::Server>();
        proxy.direct->name = "<NOSRV>";
        proxy.direct->place = proxy.place;
        proxy.direct->proxy = &proxy;
        if (proxy.dispatch) {
            proxy.direct->endpoint = *proxy.dispatch;
        } else {
            proxy.direct->endpoint.ip = net::Address::from_v4({});
            proxy.direct->endpoint.port_mapped = true;
        }
    });
}

void check_stats(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        const auto& stats = proxy.stats;
        if (!proxy.stats_rules.empty() && (!stats.users.empty() || stats.realm_set))
            finalizing.alert(proxy.place, "proxy " + quoted(proxy.name) +
                                              ": stats 'auth'/'realm' and 'http-request' can't be used at the same "
                                              "time.");
    });
}

void check_timeouts(Finalizing& finalizing) {
    auto missing = [](std::int64_t timeout) { return timeout <= 0; };
    for_each_active(finalizing, [&](Proxy& proxy) {
        const auto& t = proxy.timeouts;
        const bool client = proxy.is_frontend() && missing(t.client);
        const bool tunnel_does = proxy.mode != Mode::http && !missing(t.tunnel);
        const bool server =
            proxy.is_backend() && !proxy.servers.empty() && (missing(t.connect) || (missing(t.server) && !tunnel_does));
        if (!client && !server) return;
        finalizing.warning(proxy.place,
                           "missing timeouts for " + described(proxy) +
                               ".\n   | While not properly invalid, you will certainly encounter various problems\n"
                               "   | with such a configuration. To fix this, please ensure that all following\n"
                               "   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.");
    });
}

void check_logs(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        const auto& options = proxy.options;
        const bool formatted = options.httplog || options.tcplog || options.clf_log || options.httpslog ||
                               proxy.log_format || proxy.log_format_sd;
        if (proxy.is_frontend() && formatted && proxy.logs.empty())
            finalizing.warning(proxy.place,
                               "log format ignored for " + described(proxy) + " since it has no log address.");
    });
}

namespace {

/// Switches that mean something in HTTP mode only, with the side whose word they are.
struct HttpOption {
    std::string_view name;
    bool model::Options::*member;
    std::uint8_t capability;
};
constexpr HttpOption kHttpOptions[] = {
    {"http-ignore-probes", &model::Options::http_ignore_probes, model::kFrontend},
    {"prefer-last-server", &model::Options::prefer_last_server, model::kBackend},
    {"http-pretend-keepalive", &model::Options::http_pretend_keepalive, model::kBackend},
    {"http-no-delay", &model::Options::http_no_delay, model::kListen},
};

/// Whether connections of this TCP proxy may turn out to carry HTTP: a rule says so (switch-mode), or a backend that
/// may be chosen is one of HTTP.
bool may_become_http(const Finalizing& finalizing, const Proxy& proxy) {
    if (proxy.may_become_http || !proxy.is_frontend()) return proxy.may_become_http;
    const auto is_http = [&](const std::string& name) {
        const Proxy* target = finalizing.config.find_backend(name);
        return target && target->mode == Mode::http;
    };
    if (!proxy.default_backend.empty() && is_http(proxy.default_backend)) return true;
    return std::any_of(proxy.use_backends.begin(), proxy.use_backends.end(),
                       [&](const model::UseBackend& rule) { return rule.dynamic || is_http(rule.name); });
}

/// What HAProxy looks at first in a proxy of another mode.
void drop_http_settings(Finalizing& finalizing, Proxy& proxy) {
    auto warn = [&](std::string text) { finalizing.warning(proxy.place, std::move(text)); };
    const std::string needs = " will be ignored for " + described(proxy) + " (needs 'mode http').";
    if (proxy.cookie.kind != model::CookieSettings::Kind::none) warn("cookie" + needs);
    if (!proxy.monitor_uri.empty() && !proxy.may_become_http) warn("monitor-uri" + needs);
    using model::Algorithm;
    const Algorithm algorithm = proxy.balance.algorithm;
    if (algorithm == Algorithm::uri || algorithm == Algorithm::url_param || algorithm == Algorithm::hdr) {
        warn("Layer 7 hash not possible for " + described(proxy) +
             " (needs 'mode http'). Falling back to round robin.");
        proxy.balance.algorithm = Algorithm::roundrobin;
    }
    auto& options = proxy.options;
    if (proxy.may_become_http || !proxy.is_frontend() || !(options.httplog || options.clf_log || options.httpslog))
        return;
    const std::string name = options.httpslog ? "httpslog" : "httplog";
    options.httplog = options.clf_log = options.httpslog = false;
    options.tcplog = true;
    finalizing.diagnostics.add({base::Severity::warning,
                                proxy.log_format_place,
                                "'option " + name + "' not usable with " + described(proxy) +
                                    " (needs 'mode http'). Falling back to 'option tcplog'.",
                                {},
                                false,
                                true});
}

/// And what it looks at last.
void ignore_http_words(Finalizing& finalizing, Proxy& proxy) {
    auto warn = [&](std::string text) { finalizing.warning(proxy.place, std::move(text)); };
    const std::string whose = " ignored for " + described(proxy);
    if (proxy.stats.enabled) warn("'stats' statement" + whose + " as it requires HTTP mode.");
    proxy.stats.enabled = false;
    if (!proxy.request_captures.empty() || !proxy.response_captures.empty() || !proxy.capture_cookie.empty())
        warn("'capture' statement" + whose + " as it requires HTTP mode.");
    if (!proxy.http_request.empty()) warn("'http-request' rules" + whose + " as they require HTTP mode.");
    if (!proxy.http_response.empty()) warn("'http-response' rules" + whose + " as they require HTTP mode.");
    if (!proxy.http_after_response.empty()) warn("'http-after-response' rules" + whose + " as they require HTTP mode.");
    if (!proxy.redirects.empty()) warn("'redirect' rules" + whose + " as they require HTTP mode.");
    if (proxy.forwardfor.enabled) warn("'option forwardfor'" + whose + " as it requires HTTP mode.");
    if (proxy.originalto.enabled) warn("'option originalto'" + whose + " as it requires HTTP mode.");
    proxy.forwardfor.enabled = proxy.originalto.enabled = false;
    for (const HttpOption& option : kHttpOptions) {
        if (!(proxy.options.*option.member) || !(proxy.capabilities & option.capability)) continue;
        warn("'option " + std::string(option.name) + "'" + whose + " as it requires HTTP mode.");
        proxy.options.*option.member = false;
    }
}

}  // namespace

void leave_http_to_http(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (proxy.mode != Mode::tcp) return;
        const bool by_rule = proxy.may_become_http;
        proxy.may_become_http = may_become_http(finalizing, proxy);
        drop_http_settings(finalizing, proxy);
        if (!proxy.may_become_http) return ignore_http_words(finalizing, proxy);
        if (by_rule && proxy.default_backend.empty() && proxy.use_backends.empty() && !proxy.servers.empty())
            finalizing.warning(proxy.place, "Proxy " + quoted(proxy.name) +
                                                " : 'switch-mode http' configured for a tcp " +
                                                std::string(proxy.is_backend() ? "listen" : "frontend") +
                                                " with no backend. Incoming connections upgraded to HTTP cannot be "
                                                "routed to TCP servers");
    });
}

void check_tracked(Reporting& reporting, const model::Config& config, const Proxy& proxy, const model::Server& server,
                   Followed& followed) {
    const auto refuse = [&](const std::string& why) { reporting.alert_of_server(proxy, server, why); };
    const model::ServerPath path(server.track);
    const Proxy* other = path.backend ? config.find_backend(*path.backend) : &proxy;
    if (!other) return refuse("unable to find required proxy " + quoted(*path.backend) + " for tracking.");
    const model::Server* found = other->find_server(path.server);
    if (!found) return refuse("unable to find required server " + quoted(path.server) + " for tracking.");
    const std::string both = other->name + "/" + found->name;
    if (!found->check.enabled && !found->agent.enabled && found->track.empty())
        return refuse("unable to use " + both + " for tracking as it does not have any check nor agent enabled.");
    const model::Server* at = found;
    while (at && at != &server) at = followed.contains(at) ? followed[at] : nullptr;
    if (at)
        return refuse("unable to track " + both + " as it belongs to a tracking chain looping back to " + proxy.name +
                      "/" + server.name + ".");
    if (other != &proxy && other->health_check.disable_on_404 != proxy.health_check.disable_on_404)
        return refuse("unable to use " + both + " for tracking: disable-on-404 option inconsistency.");
    found->referenced = true;
    followed[&server] = found;
}

bool goes_with_tracking(Reporting& reporting, const Proxy& proxy, const model::Server& server) {
    const bool begins_somehow = server.init_state != model::InitState::none;
    if (server.track.empty() || !(server.check.enabled || begins_somehow)) return true;
    reporting.alert_of_server(proxy, server,
                              std::string("unable to ") + (server.check.enabled ? "enable checks" : "set init-state") +
                                  " and tracking at the same time!");
    return false;
}

void check_tracking(Finalizing& finalizing) {
    const std::size_t before = finalizing.diagnostics.alerts();
    for_each_active(finalizing, [&](Proxy& proxy) {
        for (const auto& server : proxy.servers) goes_with_tracking(finalizing, proxy, *server);
    });
    if (finalizing.diagnostics.alerts() > before) return;
    Followed followed;
    for_each_active(finalizing, [&](Proxy& proxy) {
        for (const auto& server : proxy.servers)
            if (!server->track.empty()) check_tracked(finalizing, finalizing.config, proxy, *server, followed);
    });
}

void settle_own_check(Reporting& reporting, const model::Config& config, const Proxy& proxy, model::Server& server) {
    using Protocol = model::HealthCheck::Protocol;
    if (!server.health_check_name.empty()) {
        for (const auto& section : config.health_checks)
            if (section->name == server.health_check_name) server.own_health_check = &section->health_check;
        if (!server.own_health_check)
            reporting.alert(server.place, "'server " + proxy.name + "/" + server.name +
                                              "': unable to find healthcheck section " +
                                              quoted(server.health_check_name) + ".");
    }
    const model::HealthCheck& check = server.own_health_check ? *server.own_health_check : proxy.health_check;
    const bool speaks_http = server.check.proto != model::Proto::negotiated;
    if (server.check.enabled && server.check.proto_given && speaks_http != (check.protocol == Protocol::http))
        reporting.alert(server.place, "config: " + std::string(proxy.is_frontend() ? "listen " : "backend ") +
                                          quoted(proxy.name) + ": server " + quoted(server.name) +
                                          " uses an incompatible MUX protocol for the selected check type");
}

/// That no server of a TCP proxy is dressed up for HTTP.
void check_servers(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (proxy.mode == Mode::http) return;
        for (const auto& server : proxy.servers) {
            if (server->endpoint.kind == model::Endpoint::Kind::rhttp)
                finalizing.alert(server->place, described(proxy) + " : server " + server->name +
                                                    " uses reverse HTTP addressing which can only be used with HTTP "
                                                    "mode.");
            if (!server->redirect_prefix.empty())
                finalizing.alert(server->place, described(proxy) +
                                                    " : server cannot have cookie or redirect prefix in "
                                                    "non-HTTP mode.");
            if (!server->cookie.empty())
                finalizing.warning(server->place, described(proxy) + " : ignoring cookie for server " +
                                                      quoted(server->name) + " as HTTP mode is disabled.");
        }
    });
}

}  // namespace cfgproxy::config
