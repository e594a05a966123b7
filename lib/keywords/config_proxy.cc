// Words of proxy sections that set one thing each (manual 2.6 section 4.2).
#include "config/sections.h"
#include "keywords/guid.h"
#include "keywords/process_set.h"
#include "keywords/setters.h"
#include "keywords/source.h"

namespace cfgproxy::keywords {
namespace {

using model::Mode;
using model::ProxySettings;
using model::Reuse;

template <Mode Value>
void set_mode(Parser& parser) {
    if (parser.too_many(0, "mode")) return;
    parser.proxy().mode = Value;
    parser.proxy().mode_set = true;
}

void report_unknown_mode(Parser& parser) {
    parser.alert(parser.arg_word(0), "unknown proxy mode " + quoted(parser.arg(0)) + ".");
}

void set_id(Parser& parser) {
    const auto id = config::leading_number(parser.arg(0));
    if (id <= 0) return parser.alert_tight(parser.arg_word(0), "custom id has to be > 0.");
    for (const auto& other : parser.config().proxies) {
        if (other.get() == &parser.proxy() || !other->forced_id || other->id != id) continue;
        auto name = [](const model::Proxy& proxy) { return std::string(config::kind_of(proxy)) + " " + proxy.name; };
        return parser.alert_tight(parser.arg_word(0), name(parser.proxy()) + " reuses same custom id as " +
                                                          name(*other) + " (declared at " + *other->place.file + ":" +
                                                          std::to_string(other->place.line) + ").");
    }
    assign_number(parser.proxy().id, id);
    parser.proxy().forced_id = true;
}

void set_description(Parser& parser) { parser.proxy().description = config::joined(parser.args()); }

template <Reuse Value>
void set_reuse(Parser& parser) {
    parser.proxy().reuse = Value;
    parser.proxy().reuse_set = true;
}

void report_unknown_reuse(Parser& parser) {
    parser.alert(parser.words()[0], "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.");
}

void set_session_rate(Parser& parser) {
    const Word& word = parser.arg_word(0);
    auto number = base::parse_uint(parser.arg(0));
    if (!number) {
        auto bad = word.text.find_first_not_of("0123456789");
        return parser.alert(word, "'rate-limit sessions' : unexpected character '" +
                                      std::string(1, bad == std::string_view::npos ? ' ' : word.text[bad]) +
                                      "' in integer value " + quoted(word.text));
    }
    auto& rate = parser.proxy().rate_limit_sessions;
    if (rate != parser.inherited().rate_limit_sessions)
        parser.warning(parser.words()[0], "overwriting rate-limit sessions which was already specified");
    assign_number(rate, static_cast<std::int64_t>(*number));
}

void set_keepalive_queue(Parser& parser) {
    auto number = base::parse_int(parser.arg(0));
    if (!number)
        return parser.alert(parser.arg_word(0),
                            "'max-keep-alive-queue' : unexpected character in integer value " + quoted(parser.arg(0)));
    // -1, the default, is no limit: stored as 0, so that one more is kept.
    assign_number(parser.proxy().max_keepalive_queue, *number + 1);
}

void set_kept_per_session(Parser& parser) {
    const auto number = base::parse_int(parser.arg(0));
    if (!number || *number < 0)
        return parser.alert(parser.arg_word(0),
                            "'max-session-srv-conns' expects a number (got " + quoted(parser.arg(0)) + ").");
    assign_number(parser.proxy().max_kept_per_session, *number);
}

void set_source(Parser& parser) {
    const auto args = parser.args();
    model::ShownSource shown;
    std::string interface;
    for (std::size_t i = 1; i < args.size(); i += 2) {
        if (args[i].text != "usesrc" && args[i].text != "interface")
            return parser.alert(args[i], "'source' only supports optional keywords 'interface' and 'usesrc'.");
        if (parser.arg(i + 1).empty())
            return parser.alert(args[i], args[i].text == "interface"
                                             ? "'source' : missing interface name."
                                             : "'usesrc' expects <addr>[:<port>], 'client', 'clientip', or "
                                               "'hdr_ip(name,#)' as argument.");
        std::string error;
        if (args[i].text == "interface")
            interface = parser.arg(i + 1);
        else if (!read_shown_source(parser, parser.arg(i + 1), shown, error))
            return parser.alert(args[i + 1], "'source usesrc' : " + error);
    }
    auto endpoint = parser.address(args[0], args[0].text, {}, "'source " + std::string(args[0].text) + "'");
    if (!endpoint) return;
    if (!config::resolve_host(*endpoint))
        return parser.alert(args[0], "'source " + std::string(args[0].text) + "' : invalid address: " +
                                         quoted(endpoint->path) + " in " + quoted(args[0].text));
    parser.proxy().source = std::move(*endpoint);
    parser.proxy().shown_source = std::move(shown);
    parser.proxy().source_interface = std::move(interface);
}

void set_dispatch(Parser& parser) {
    const Word& word = parser.args()[0];
    auto endpoint = parser.address(word, word.text, {.port_required = true}, "'dispatch'");
    if (!endpoint) return;
    if (!config::resolve_host(*endpoint))
        return parser.alert(word,
                            "'dispatch' : invalid address: " + quoted(endpoint->path) + " in " + quoted(word.text));
    if (endpoint->kind == model::Endpoint::Kind::host) endpoint->kind = model::Endpoint::Kind::ip;
    parser.proxy().dispatch = std::move(endpoint);
}

void set_default_backend(Parser& parser) {
    parser.proxy().default_backend = parser.arg(0);
    parser.proxy().default_backend_place = parser.arg_word(0).place;
}

/// 1.3 to 2.2: connections from there are closed at once, without a log line.
void add_monitor_net(Parser& parser) {
    auto network = net::Network::parse(parser.arg(0));
    if (!network) return parser.alert(parser.arg_word(0), "'monitor-net' expects address[/mask].");
    parser.proxy().monitor_net = {*network};
}

void report_unknown_monitor(Parser& parser) { parser.alert(parser.words()[0], "'monitor' only supports 'fail'."); }

void report_unknown_rate_limit(Parser& parser) {
    parser.alert(parser.arg_word(0), "'rate-limit' only supports 'sessions' (got " + quoted(parser.arg(0)) + ")");
}

/// A name for the proxy's counters in files of other processes.
void set_guid(Parser& parser) {
    model::Proxy& proxy = parser.proxy();
    const bool both = proxy.is_frontend() && proxy.is_backend();
    const std::string owner = (both ? "proxy" : std::string(config::kind_of(proxy))) + " " + proxy.name;
    if (const std::string wrong = claim_guid(parser.config(), parser.arg(0), owner); !wrong.empty())
        return parser.alert_tight(parser.arg_word(0), "'guid': " + wrong);
    proxy.guid = parser.arg(0);
}

/// How long the proxy listens on behind SIGUSR1.
void set_grace(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok)
        return parser.alert(parser.arg_word(0),
                            describe_time_problem(time, parser.arg(0), "grace", config::TimeUnit::ms));
    parser.proxy().grace_ms = static_cast<std::int32_t>(time.value);
}

/// On which processes the proxy ran; its limits were those of each of them.
void set_processes(Parser& parser) {
    ProcessSet set;
    for (const Word& word : parser.args())
        if (const auto wrong = add_processes(word.text, set); !wrong.empty())
            return parser.alert(word, "bind-process : " + wrong);
    parser.proxy().processes = set.to_ullong();
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "backlog", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = set_number<&ProxySettings::backlog>, .form = "expects an integer argument."},
    {.name = "bind-process", .sections = kProxies, .support = Support::done, .parse = set_processes, .until = "2.6"},
    {.name = "default_backend", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = set_default_backend, .form = "expects a backend name."},
    {.name = "description", .sections = kInFrontend | kInBackend | kInListen, .arity = {1}, .support = Support::done, .parse = set_description, .form = "expects a string argument."},
    {.name = "disabled", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_to<&ProxySettings::disabled, true>},
    {.name = "dispatch", .sections = kInBackend | kInListen, .arity = {1, 1}, .support = Support::done, .parse = set_dispatch},
    {.name = "enabled", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_to<&ProxySettings::disabled, false>},
    {.name = "fullconn", .sections = kBackends, .arity = {1, 1}, .support = Support::done, .parse = set_number<&ProxySettings::full_connections>, .form = "expects an integer argument.", .meant = "maxconn"},
    {.name = "grace", .sections = kProxies, .arity = {1, 1}, .support = Support::done, .parse = set_grace, .form = "expects a time in milliseconds.", .until = "2.4"},
    {.name = "guid", .sections = kInFrontend | kInBackend | kInListen, .arity = {1, 1}, .support = Support::done, .parse = set_guid, .form = "expects an argument", .since = "3.0"},
    {.name = "http-reuse", .sections = kBackends, .support = Support::done, .parse = report_unknown_reuse, .since = "1.6"},
    {.name = "http-reuse aggressive", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_reuse<model::Reuse::aggressive>, .since = "1.6"},
    {.name = "http-reuse always", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_reuse<model::Reuse::always>, .since = "1.6"},
    {.name = "http-reuse never", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_reuse<model::Reuse::never>, .since = "1.6"},
    {.name = "http-reuse safe", .sections = kBackends, .arity = {0, 0}, .support = Support::done, .parse = set_reuse<model::Reuse::safe>, .since = "1.6"},
    {.name = "id", .sections = kInFrontend | kInBackend | kInListen, .arity = {1, 1}, .support = Support::done, .parse = set_id, .form = "expects an integer argument."},
    {.name = "max-keep-alive-queue", .sections = kBackends, .arity = {1, 1}, .support = Support::advisory, .parse = set_keepalive_queue, .form = "expects expects an integer value (or -1 to disable)", .since = "1.5"},
    {.name = "max-session-srv-conns", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = set_kept_per_session, .form = "expects <number> as argument.", .since = "1.9"},
    {.name = "maxconn", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = set_number<&ProxySettings::max_connections>, .form = "expects an integer argument.", .meant = "fullconn"},
    {.name = "mode", .sections = kProxies, .arity = {0, 1}, .support = Support::done, .parse = report_unknown_mode},
    {.name = "mode health", .sections = kFrontends, .support = Support::done, .parse = set_mode<Mode::health>, .until = "2.2", .modern = "http-request return status 200"},
    {.name = "mode http", .sections = kProxies, .support = Support::done, .parse = set_mode<Mode::http>},
    {.name = "mode tcp", .sections = kProxies, .support = Support::done, .parse = set_mode<Mode::tcp>},
    {.name = "monitor", .sections = kInFrontend | kInListen, .support = Support::done, .parse = report_unknown_monitor},
    {.name = "monitor-net", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = add_monitor_net, .form = "expects an address[/mask]", .until = "2.2", .modern = "http-request return status 200 if { src <net> }"},
    {.name = "monitor-uri", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = set_text<&ProxySettings::monitor_uri>, .form = "expects an URI."},
    {.name = "rate-limit", .sections = kFrontends, .support = Support::done, .parse = report_unknown_rate_limit},
    {.name = "rate-limit sessions", .sections = kFrontends, .arity = {1, 1}, .support = Support::done, .parse = set_session_rate, .form = "'rate-limit sessions' expects expects an integer value (in sessions/second)"},
    {.name = "retries", .sections = kBackends, .arity = {1, 1}, .support = Support::done, .parse = set_number<&ProxySettings::retries>, .form = "expects an integer argument (dispatch counts for one)."},
    {.name = "source", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_source, .form = "expects <addr>[:<port>], and optionally 'usesrc' <addr>, and 'interface' <name>."},
    {.name = "transparent", .sections = kProxies, .arity = {0, 0}, .support = Support::done, .parse = set_switch<&model::Options::transparent>},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
