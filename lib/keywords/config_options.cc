// `option` in proxies (manual 2.6 section 4.2): the plain switches, connection modes and address headers.
#include "config/hint.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::ConnectionMode;
using model::Options;

/// `option httpclose` and kin: one replaces the other, and `no` only takes back its own.
template <ConnectionMode Mode>
void set_connection_mode(Parser& parser) {
    auto& mode = parser.proxy().options.connection_mode;
    if (!parser.negated() && !parser.defaulted())
        mode = Mode;
    else if (mode == Mode)
        mode.reset();
}

/// `default` puts it back into the era's hands.
void set_abort_on_close(Parser& parser) {
    auto& options = parser.proxy().options;
    options.abort_on_close = !parser.negated() && !parser.defaulted();
    options.abort_on_close_set = !parser.defaulted();
}

void set_redispatch(Parser& parser) {
    auto& options = parser.proxy().options;
    options.redispatch = !parser.negated() && !parser.defaulted();
    options.redispatch_interval = -1;
    if (!parser.args().empty()) assign_number(options.redispatch_interval, config::leading_number(parser.arg(0)));
    // Without a number only the last retry goes elsewhere; 0 is as `no`.
    if (options.redispatch_interval == 0) options.redispatch = false;
}

/// 1.x: `redispatch` alone.
void set_old_redispatch(Parser& parser) {
    parser.proxy().options.redispatch = true;
    parser.proxy().options.redispatch_interval = -1;
}

void set_keepalive_both(Parser& parser) {
    auto& proxy = parser.proxy();
    if (proxy.is_frontend()) proxy.options.clitcpka = true;
    if (proxy.is_backend()) proxy.options.srvtcpka = true;
}

/// `except`, `header`, `if-none` behind `option forwardfor` and `option originalto`.
void read_address_header(Parser& parser, model::AddressHeader& header, std::string_view default_name,
                         bool takes_if_none) {
    const std::string name(parser.keyword().name.substr(7));
    header = {.enabled = true, .header = base::lower(default_name)};
    const auto args = parser.args();
    for (std::size_t i = 0; i < args.size(); ++i) {
        std::string_view option = args[i].text;
        if (option == "except") {
            auto network = net::Network::parse(parser.arg(i + 1));
            if (!network)
                return parser.alert(parser.arg_word(i + 1),
                                    "'option " + name + " except' expects <address>[/mask] as argument.");
            header.except = {*network};
            ++i;
        } else if (option == "header") {
            if (i + 1 >= args.size())
                return parser.alert(args[i], "'option " + name + " header' expects <header_name> as argument.");
            header.header = base::lower(args[++i].text);
        } else if (option == "if-none" && takes_if_none) {
            header.if_none = true;
        } else {
            return parser.alert(args[i], "'option " + name + "' only supports optional values: 'except'" +
                                             (takes_if_none ? ", 'header' and 'if-none'." : " and 'header'."));
        }
    }
}

void set_forwardfor(Parser& parser) { read_address_header(parser, parser.proxy().forwardfor, "X-Forwarded-For", true); }
void set_originalto(Parser& parser) { read_address_header(parser, parser.proxy().originalto, "X-Original-To", false); }

void report_unknown(Parser& parser) {
    if (parser.args().empty()) return parser.alert_tight(parser.words()[0], "'option' expects an option name.");
    std::vector<std::string_view> names;
    for (const Keyword* row : base::Table<Keyword>::all())
        if (row->name.starts_with("option ") && (row->sections & kProxies)) names.push_back(row->name.substr(7));
    const std::string_view near = config::find_similar(parser.arg(0), names);
    std::string text = "unknown option " + quoted(parser.arg(0));
    text += near.empty() ? "." : "; did you mean " + quoted(near) + " maybe ?";
    parser.alert(parser.arg_word(0), std::move(text), std::string(near));
}

/// Where memory is saved nobody can observe.
void check_small_buffers(Parser& parser) {
    for (const Word& word : parser.args())
        if (word.text != "queue" && word.text != "l7-retries" && word.text != "check")
            return parser.alert(word,
                                "invalid parameter " + quoted(word.text) +
                                    ". option 'use-small-buffers' expects 'queue', 'l7-retries' or 'check' value.");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "option", .sections = kProxies, .support = Support::done, .parse = report_unknown, .prefixes = kNo | kDefault},
    {.name = "option abortonclose", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_abort_on_close, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option allbackups", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::all_backups>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option checkcache", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::check_cache>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option clitcpka", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::clitcpka>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option contstats", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::cont_stats>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option dontlog-normal", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::dontlog_normal>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option dontlognull", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::dontlognull>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option forceclose", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_connection_mode<ConnectionMode::close>, .prefixes = kNo, .until = "2.4", .modern = "option httpclose"},
    {.name = "option forwardfor", .sections = kProxies, .support = Support::done, .parse = set_forwardfor},
    {.name = "option http-ignore-probes", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::http_ignore_probes>, .prefixes = kNo | kDefault, .since = "1.6", .misplaced = Misplaced::skip},
    {.name = "option http-keep-alive", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_connection_mode<ConnectionMode::keep_alive>, .prefixes = kNo, .since = "1.5"},
    {.name = "option http-no-delay", .sections = kProxies, .arity = {0, 0}, .support = Support::advisory, .parse = set_switch<&Options::http_no_delay>, .prefixes = kNo | kDefault, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option http-pretend-keepalive", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::http_pretend_keepalive>, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option http-server-close", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_connection_mode<ConnectionMode::server_close>, .prefixes = kNo, .since = "1.4"},
    {.name = "option http-tunnel", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_connection_mode<ConnectionMode::tunnel>, .prefixes = kNo, .since = "1.5", .until = "2.4"},
    {.name = "option http-use-htx", .sections = kInDefaults | kInListen, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .prefixes = kNo | kDefault, .since = "1.9", .until = "2.4"},
    {.name = "option http-use-htx", .sections = kInFrontend | kInBackend, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .prefixes = kNo | kDefault, .since = "2.0", .until = "2.4"},
    {.name = "option http-use-proxy-header", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::http_use_proxy_header>, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option http_proxy", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::http_proxy>, .prefixes = kNo | kDefault, .until = "2.4", .modern = "http-request set-dst / set-uri / do-resolve", .misplaced = Misplaced::skip},
    {.name = "option httpclose", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_connection_mode<ConnectionMode::close>, .prefixes = kNo},
    {.name = "option idle-close-on-response", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::idle_close_on_response>, .prefixes = kNo | kDefault, .since = "2.6", .misplaced = Misplaced::skip},
    {.name = "option independant-streams", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::independent_streams>, .prefixes = kNo | kDefault, .until = "2.0", .modern = "option independent-streams", .misplaced = Misplaced::skip},
    {.name = "option independent-streams", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::independent_streams>, .prefixes = kNo | kDefault, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option log-health-checks", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::log_health_checks>, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option log-separate-errors", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::log_separate_errors>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option logasap", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::logasap>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option nolinger", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::nolinger>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option originalto", .sections = kProxies, .support = Support::done, .parse = set_originalto},
    {.name = "option persist", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::persist>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option prefer-last-server", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::prefer_last_server>, .prefixes = kNo | kDefault, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option redispatch", .sections = kBackends, .support = Support::done, .parse = set_redispatch, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option socket-stats", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::socket_stats>, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option splice-auto", .sections = kProxies, .arity = {0, 0}, .support = Support::advisory, .parse = set_switch<&Options::splice_auto>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option splice-request", .sections = kProxies, .arity = {0, 0}, .support = Support::advisory, .parse = set_switch<&Options::splice_request>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option splice-response", .sections = kProxies, .arity = {0, 0}, .support = Support::advisory, .parse = set_switch<&Options::splice_response>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option srvtcpka", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::srvtcpka>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option tcp-smart-accept", .sections = kFrontends, .arity = {0, 0}, .support = Support::advisory, .parse = set_switch<&Options::tcp_smart_accept>, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option tcp-smart-connect", .sections = kBackends, .arity = {0, 0}, .support = Support::advisory, .parse = set_switch<&Options::tcp_smart_connect>, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option tcpka", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_keepalive_both},
    {.name = "option transparent", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&Options::transparent>, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option use-small-buffers", .sections = kBackends, .support = Support::advisory, .parse = check_small_buffers, .prefixes = kNo | kDefault, .since = "3.4", .misplaced = Misplaced::skip},
    {.name = "redisp", .sections = kBackends, .support = Support::done, .parse = set_old_redispatch, .until = "2.0", .modern = "option redispatch"},
    {.name = "redispatch", .sections = kBackends, .support = Support::done, .parse = set_old_redispatch, .until = "2.0", .modern = "option redispatch"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
