// Options of `server` and `default-server` lines that came with HAProxy 2.9 and later, and network namespaces: who a
// server is, how it begins, which connections it may have.
#include <netinet/tcp.h>

#include "base/offline.h"
#include "config/finalize.h"
#include "keywords/guid.h"
#include "keywords/namespaces.h"
#include "keywords/server_option.h"

namespace cfgproxy::keywords {
namespace {

void set_congestion(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, "'cc' : missing TCP congestion control algorithm");
    parser.server->congestion = parser.option_arg(1);
}

void set_guid(Parser& parser) {
    if (lacks_value(parser, "an argument.")) return;
    model::Server& server = *parser.full_server;
    const std::string owner = "server " + parser.proxy().name + "/" + server.name;
    if (const std::string wrong = claim_guid(parser.config(), parser.option_arg(1), owner); !wrong.empty())
        return complain(parser, "'guid': " + wrong);
    server.guid = parser.option_arg(1);
}

/// Sets `what` to the value of the word behind the option; false if that is none of `words`.
template <class Value, std::size_t Count>
bool choose(const Parser& parser, const std::pair<std::string_view, Value> (&words)[Count], Value& what) {
    for (const auto& [word, value] : words) {
        if (parser.option_arg(1) != word) continue;
        what = value;
        return true;
    }
    return false;
}

void set_hash_key(Parser& parser) {
    using model::HashKey;
    constexpr std::pair<std::string_view, HashKey> kWords[] = {{"id", HashKey::id},
                                                               {"id32", HashKey::id32},
                                                               {"guid", HashKey::guid},
                                                               {"addr", HashKey::addr},
                                                               {"addr-port", HashKey::addr_port}};
    if (!choose(parser, kWords, parser.server->hash_key))
        complain(parser, option_name(parser) + " has to be 'id', 'id32', 'guid', 'addr', or 'addr-port'");
}

void set_init_state(Parser& parser) {
    using model::InitState;
    constexpr std::pair<std::string_view, InitState> kWords[] = {{"none", InitState::none},
                                                                 {"fully-up", InitState::fully_up},
                                                                 {"up", InitState::up},
                                                                 {"down", InitState::down},
                                                                 {"fully-down", InitState::fully_down}};
    if (!choose(parser, kWords, parser.server->init_state))
        complain(parser, option_name(parser) +
                             " expects one of 'none', 'fully-up', 'up', 'down', or 'fully-down' but got " +
                             quoted(parser.option_arg(1)));
}

void set_pool_name(Parser& parser) {
    if (lacks_value(parser, "<value> as argument")) return;
    std::string error;
    auto expression = parser.expression(parser.option_words()[1], error);
    if (!expression)
        return parser.complain(parser.option_words()[1],
                               "error detected while parsing sni or pool-conn-name expressions : " + error);
    parser.server->pool_name = parser.keep<const sample::Expression>(std::move(expression));
}

void set_namespace(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, option_name(parser) + " : expects <name> as argument");
    model::ServerSettings& server = *parser.server;
    server.client_namespace = parser.option_arg(1) == "*";
    if (server.client_namespace) return;
    server.network_namespace = find_namespace(parser.config(), parser.option_arg(1));
    if (!server.network_namespace && !base::offline())
        complain(parser, "Cannot open namespace " + quoted(parser.option_arg(1)));
}

void set_md5_password(Parser& parser) {
    if (parser.option_arg(1).empty())
        return complain(parser, option_name(parser) + " : missing TCP MD5 signature password");
    if (parser.option_arg(1).size() > TCP_MD5SIG_MAXKEYLEN)
        return complain(parser, option_name(parser) + " : password too long (at most " +
                                    std::to_string(TCP_MD5SIG_MAXKEYLEN) + " characters expected)");
    parser.server->md5_password = parser.option_arg(1);
}

void set_strict(Parser& parser) { parser.server->strict_max_connections = true; }

void set_idle_ping(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, option_name(parser) + " expects an argument.");
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    if (time.status == config::Duration::Status::ok)
        parser.server->idle_ping_ms = time.value;
    else
        complain(parser, describe_time_problem(time, parser.option_arg(1), "idle-ping", config::TimeUnit::ms));
}

void set_check_pool_name(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, option_name(parser) + " : missing value");
    parser.server->check.pool_name = parser.option_arg(1);
}

template <bool Reuse>
void set_check_reuse(Parser& parser) {
    parser.server->check.reuse_pool = Reuse;
}

// --- passes --------------------------------------------------------------------------------------------------

bool is_reverse(const model::Server& server) { return server.endpoint.kind == model::Endpoint::Kind::rhttp; }

/// Whether connections to it may carry several requests at a time.
bool may_share_connections(const model::Server& server) {
    if (is_reverse(server)) return true;
    const bool by_alpn = server.tls->on && server.tls->settings.alpn.find("\x02h2") != std::string::npos;
    return server.proto == model::Proto::h2 || server.proto == model::Proto::fcgi ||
           (server.proto == model::Proto::negotiated && by_alpn);
}

/// Checks use connections of HTTP/1 only so far.
void look_at_check_reuse(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies)
        for (const auto& server : proxy->servers) {
            const model::HealthCheck& check =
                server->own_health_check ? *server->own_health_check : proxy->health_check;
            // What cannot be connected to can only be checked so.
            const bool reuses = server->check.reuse_pool || is_reverse(*server);
            if (!server->check.enabled || !reuses || !may_share_connections(*server)) continue;
            if (check.protocol != model::HealthCheck::Protocol::http && !is_reverse(*server))
                continue;  // HAProxy does not look at it either
            finalizing.diagnostics.pending(server->place,
                                           "'check-reuse-pool' over HTTP/2 or FastCGI is understood but not executed "
                                           "yet by this version of cfgproxy",
                                           "");
        }
}

constexpr config::Pass kPasses[] = {{"look at check-reuse-pool", 96, look_at_check_reuse}};
static_assert(base::well_formed(kPasses));
const base::Table<config::Pass> kRegisteredPasses{kPasses};

// clang-format off
constexpr ServerOption kTable[] = {
    {.name = "cc", .arguments = 1, .support = Support::done, .parse = set_congestion, .at_run_time = false, .since = "3.3"},
    {.name = "check-pool-conn-name", .arguments = 1, .support = Support::done, .parse = set_check_pool_name, .since = "3.2"},
    {.name = "check-reuse-pool", .support = Support::done, .parse = set_check_reuse<true>, .since = "3.2"},
    {.name = "guid", .arguments = 1, .support = Support::done, .parse = set_guid, .on_default_server = false, .since = "3.0"},
    {.name = "hash-key", .arguments = 1, .support = Support::done, .parse = set_hash_key, .since = "3.0"},
    {.name = "idle-ping", .arguments = 1, .support = Support::done, .parse = set_idle_ping, .since = "3.2"},
    {.name = "init-state", .arguments = 1, .support = Support::done, .parse = set_init_state, .since = "3.1"},
    {.name = "namespace", .arguments = 1, .support = Support::done, .parse = set_namespace, .at_run_time = false, .since = "1.6"},
    {.name = "no-check-reuse-pool", .support = Support::done, .parse = set_check_reuse<false>, .at_run_time = false, .since = "3.2"},
    {.name = "pool-conn-name", .arguments = 1, .support = Support::done, .parse = set_pool_name, .since = "3.0"},
    {.name = "strict-maxconn", .support = Support::done, .parse = set_strict, .since = "3.2"},
    {.name = "tcp-md5sig", .arguments = 1, .support = Support::done, .parse = set_md5_password, .at_run_time = false, .since = "3.3"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ServerOption> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
