// `mode log`: backends whose servers are sent log lines (manual 3.4 section 4.2), and the `log backend@NAME` lines that
// lead there.
#include "config/finalize.h"
#include "config/sections.h"
#include "keywords/server_option.h"
#include "model/log_forward.h"

namespace cfgproxy::keywords {
namespace {

using model::Algorithm;
using model::Mode;
using model::Proxy;

void set_mode(Parser& parser) {
    if (parser.too_many(0, "mode")) return;
    Proxy& proxy = parser.proxy();
    if (!parser.in_defaults() && !proxy.is_backend())
        return parser.alert(parser.arg_word(0), "mode syslog is only applicable on proxies with backend capability.");
    proxy.mode = Mode::log;
    proxy.mode_set = true;
}

std::string described(const Proxy& proxy) {
    return (proxy.is_frontend() ? std::string("proxy") : std::string(config::kind_of(proxy))) + " " +
           quoted(proxy.name);
}

/// What makes no sense for lines.
void warn_of_rules(config::Finalizing& finalizing, Proxy& proxy) {
    auto warn = [&](bool there, const char* what, const char* they) {
        if (there)
            finalizing.warning(proxy.place, std::string("Cannot ") + what + " with 'mode log' in " + described(proxy) +
                                                ". " + they + " will be ignored.");
    };
    warn(!proxy.tcp_request_connection.empty() || !proxy.tcp_request_session.empty() ||
             !proxy.tcp_request_content.empty(),
         "use tcp-request rules", "They");
    warn(!proxy.tcp_response_content.empty(), "use tcp-response rules", "They");
    warn(proxy.stick_table != nullptr, "use stick table", "It");
    warn(!proxy.stick_requests.empty() || !proxy.stick_responses.empty(), "use sticking rules", "They");
    warn(!proxy.send_name_header.empty(), "set \"http-send-name-header\"", "It");
    warn(!proxy.dynamic_cookie_key.empty(), "set \"dynamic-cookie-key\"", "It");
    warn(!proxy.use_servers.empty(), "use \"use-server\" rules", "They");
    warn(proxy.log_steps != 0, "use \"log-steps\"", "It");
}

bool check_balance(config::Finalizing& finalizing, const Proxy& proxy) {
    const model::Balance& balance = proxy.balance;
    const bool fits = balance.algorithm == Algorithm::roundrobin || balance.algorithm == Algorithm::random ||
                      balance.algorithm == Algorithm::sticky || balance.algorithm == Algorithm::log_hash;
    if (!fits)
        finalizing.alert(proxy.place, "in " + described(proxy) +
                                          ": \"balance\" only supports 'roundrobin', 'random', 'sticky' and "
                                          "'log-hash'.");
    else if (balance.algorithm == Algorithm::log_hash && balance.hash_type != model::HashType::map_based)
        finalizing.alert(proxy.place, "log backend " + quoted(proxy.name) +
                                          ": failed to initialize: unsupported hash method (from \"hash-type\").");
    else
        return true;
    return false;
}

/// Lines for a stream server wait in a ring of its own.
void add_ring(model::Config& config, const Proxy& proxy, model::Server& server) {
    auto ring = std::make_unique<model::LogRing>();
    ring->name = proxy.name + "/" + server.name;
    ring->description = "lines on their way to log backend server " + ring->name;
    ring->size = server.log_ring_size ? server.log_ring_size : config.global.buffer_size;
    ring->place = server.place;
    ring->servers.push_back({.name = server.name,
                             .endpoint = server.endpoint,
                             .octet_count = server.log_counts_octets,
                             .tls = server.tls,
                             .place = server.place});
    ring->connect_timeout_ms = proxy.timeouts.connect;
    ring->server_timeout_ms = proxy.timeouts.server;
    server.log_ring = ring->name;
    config.rings.push_back(std::move(ring));
}

void settle_servers(config::Finalizing& finalizing, Proxy& proxy) {
    for (const auto& server : proxy.servers) {
        model::Endpoint& endpoint = server->endpoint;
        if (endpoint.ip.is_ip() && endpoint.ip.port() == 0) endpoint.ip.set_port(endpoint.port_low);
        if (endpoint.datagram != proxy.servers.front()->endpoint.datagram)
            return finalizing.alert(proxy.place, "log backend " + quoted(proxy.name) +
                                                     ": failed to initialize: cannot mix server types within a log "
                                                     "backend, " +
                                                     quoted(server->name) +
                                                     " srv's network type differs from previous server.");
        if (!endpoint.datagram) add_ring(finalizing.config, proxy, *server);
    }
}

void check_addresses(config::Finalizing& finalizing, const Proxy& proxy) {
    for (const auto& server : proxy.servers)
        if (server->endpoint.datagram)
            finalizing.alert(server->place, "[" + *server->place.file + ":" + std::to_string(server->place.line) +
                                                "] : unsupported transport for server address in '" +
                                                (proxy.mode == Mode::http ? "http" : "tcp") + "' backend.");
}

/// `section` is how messages call it; empty: global.
void check_targets(config::Finalizing& finalizing, const std::vector<model::LogTarget>& targets,
                   const std::string& section) {
    for (const model::LogTarget& target : targets) {
        // What `log global` copied has been told of there.
        if (target.backend.empty() || (!section.empty() && target.global_number)) continue;
        const Proxy* backend = finalizing.config.find_backend(target.backend);
        if (backend && backend->mode == Mode::log) continue;
        const std::string line = std::to_string(target.place.line), &file = *target.place.file;
        const std::string what = backend ? "incompatible" : "unknown";
        finalizing.alert(
            target.place,
            (section.empty() ? "global log directive declared in file " + file + " at line '" + line + "'"
                             : "log directive declared in " + section + " in file '" + file + "' at line " + line) +
                " uses " + what + " log backend " + quoted(target.backend) + ".");
    }
}

void settle_log_backends(config::Finalizing& finalizing) {
    model::Config& config = finalizing.config;
    for (const auto& proxy : config.proxies) {
        if (!proxy->is_backend() || proxy->disabled) continue;
        if (proxy->mode != Mode::log) {
            check_addresses(finalizing, *proxy);
            continue;
        }
        warn_of_rules(finalizing, *proxy);
        if (check_balance(finalizing, *proxy)) settle_servers(finalizing, *proxy);
    }
    check_targets(finalizing, config.global.logs, {});
    for (const auto& proxy : config.proxies)
        check_targets(finalizing, proxy->logs,
                      std::string(config::kind_of(*proxy)) + " section " + quoted(proxy->name));
    for (const auto& forward : config.log_forwards)
        check_targets(finalizing, forward->logs, "log-forward section " + quoted(forward->name));
    for (const auto& app : config.fcgi_apps)
        check_targets(finalizing, app->logs, "fcgi-app section " + quoted(app->name));
}

void set_log_ring_size(Parser& parser) {
    if (lacks_value(parser, "an integer argument.")) return;
    const auto size = config::leading_number(parser.option_arg(1));
    if (size <= 0) return complain(parser, option_name(parser) + " has to be > 0");
    assign_number(parser.server->log_ring_size, size);
}

void set_log_protocol(Parser& parser) {
    const std::string_view protocol = parser.option_arg(1);
    if (protocol != "legacy" && protocol != "octet-count")
        return complain(parser,
                        option_name(parser) + " expects one of 'legacy' or 'octet-count' but got " + quoted(protocol));
    parser.server->log_counts_octets = protocol == "octet-count";
}

// clang-format off
constexpr ServerOption kOptions[] = {
    {.name = "log-bufsize", .arguments = 1, .support = Support::done, .parse = set_log_ring_size, .at_run_time = false, .since = "2.9"},
    {.name = "log-proto", .arguments = 1, .support = Support::done, .parse = set_log_protocol, .at_run_time = false, .since = "2.2"},
};
constexpr Keyword kTable[] = {
    {.name = "mode log", .sections = kProxies, .support = Support::done, .parse = set_mode, .since = "2.9"},
};
// clang-format on
static_assert(base::well_formed(kTable));
static_assert(base::well_formed(kOptions));
const base::Table<Keyword> kRegistered{kTable};
const base::Table<ServerOption> kRegisteredOptions{kOptions};

constexpr config::Pass kPasses[] = {{"settle log backends", 21, settle_log_backends}};
const base::Table<config::Pass> kRegisteredPasses{kPasses};

}  // namespace
}  // namespace cfgproxy::keywords
