// Options of `server` and `default-server` lines (manual 2.6 section 5.2).
#include <algorithm>

#include "keywords/formats.h"
#include "keywords/server_option.h"
#include "keywords/setters.h"
#include "keywords/source.h"

namespace cfgproxy::keywords {
namespace {

using model::CheckSettings;
using model::Server;
using model::ServerSettings;

/// The server's name for messages; default-server has none, which HAProxy prints so.
std::string server_name(Parser& parser) {
    return parser.full_server ? parser.full_server->name : std::string("(null)");
}

template <auto Member>
auto& target(Parser& parser) {
    using Class = typename MemberOf<decltype(Member)>::Class;
    if constexpr (std::is_same_v<Class, CheckSettings>)
        return parser.server->check.*Member;
    else if constexpr (std::is_same_v<Class, Server>)
        return parser.full_server->*Member;
    else
        return parser.server->*Member;
}

template <auto Member, bool Value>
void set_flag(Parser& parser) {
    target<Member>(parser) = Value;
}

void set_health_check(Parser& parser) {
    if (lacks_value(parser, "the name of a healthcheck section")) return;
    parser.server->health_check_name = parser.option_arg(1);
}

/// maxconn, minconn, maxqueue: whatever atol(3) makes of it.
template <auto Member>
void set_number(Parser& parser) {
    assign_number(target<Member>(parser), config::leading_number(parser.option_arg(1)));
}

/// rise and fall.
template <std::uint16_t CheckSettings::*Member>
void set_count(Parser& parser) {
    if (lacks_value(parser, "an integer argument.")) return;
    const auto number = config::leading_number(parser.option_arg(1));
    if (number <= 0) return complain(parser, option_name(parser) + " has to be > 0.");
    assign_number(parser.server->check.*Member, number);
}

/// Why an interval cannot be taken.
void complain_of_interval(Parser& parser, const config::Duration& time) {
    const std::string name(parser.option_arg(0));
    const std::string about =
        "argument <" + std::string(parser.option_arg(1)) + "> to <" + name + "> of server " + server_name(parser);
    using Status = config::Duration::Status;
    if (time.status == Status::overflow)
        return complain(parser, "timer overflow in " + about + ", maximum value is 2147483647 ms (~24.8 days).");
    if (time.status == Status::underflow)
        return complain(parser, "timer underflow in " + about + ", minimum non-null value is 1 ms.");
    if (time.status == Status::unexpected)
        return complain(parser, "unexpected character '" + std::string(1, time.unexpected) +
                                    "' in 'agent-inter' argument of server " + server_name(parser) + ".");
    complain(parser, "invalid value 0 for argument '" + name + "' of server " + server_name(parser) + ".");
}

/// inter, fastinter, downinter.
template <std::uint32_t CheckSettings::*Member>
void set_interval(Parser& parser) {
    if (lacks_value(parser, "a delay as argument.")) return;
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok || time.value == 0) return complain_of_interval(parser, time);
    parser.server->check.*Member = static_cast<std::uint32_t>(time.value);
}

void set_slow_start(Parser& parser) {
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    using Status = config::Duration::Status;
    const std::string about =
        "argument <" + std::string(parser.option_arg(1)) + "> to <slowstart> of server " + server_name(parser);
    if (time.status == Status::overflow)
        return complain(parser, "overflow in " + about + ", maximum value is 2147483647 ms (~24.8 days).");
    if (time.status == Status::underflow)
        return complain(parser, "underflow in " + about + ", minimum non-null value is 1 ms.");
    if (time.status == Status::unexpected)
        return complain(parser, "unexpected character '" + std::string(1, time.unexpected) +
                                    "' in 'slowstart' argument of server " + server_name(parser) + ".");
    parser.server->slow_start_ms = static_cast<std::uint32_t>((time.value + 999) / 1000 * 1000);
}

void set_weight(Parser& parser) {
    const auto weight = config::leading_number(parser.option_arg(1));
    if (weight < 0 || weight > 256)
        return complain(parser, "weight of server " + server_name(parser) + " is not within 0 and 256 (" +
                                    std::to_string(weight) + ").");
    parser.server->weight = static_cast<std::uint32_t>(weight);
}

void set_port(Parser& parser) {
    if (!lacks_value(parser, "a port number as argument."))
        assign_number(parser.server->check.port, config::leading_number(parser.option_arg(1)));
}

void set_check_address(Parser& parser) {
    if (lacks_value(parser, "<ipv4|ipv6> as argument.")) return;
    auto endpoint = config::parse_endpoint(parser.environment().expand(parser.option_arg(1)), {});
    if (!endpoint) return complain(parser, "'addr' : " + endpoint.error());
    endpoint->place = parser.option_words()[1].place;
    if (!config::resolve_host(*endpoint))
        return complain(parser,
                        "'addr' : invalid address: " + quoted(endpoint->path) + " in " + quoted(parser.option_arg(1)));
    parser.server->check.address = std::move(*endpoint);
}

void set_source(Parser& parser) {
    if (parser.option_arg(1).empty())
        return complain(parser,
                        "'source' expects <addr>[:<port>[-<port>]], and optionally 'usesrc' <addr>, and "
                        "'interface' <name> as argument.");
    const std::string text = parser.environment().expand(parser.option_arg(1));
    auto endpoint = config::parse_endpoint(text, {.port_range = true});
    if (!endpoint) return complain(parser, "'source " + text + "' : " + endpoint.error());
    endpoint->place = parser.option_words()[1].place;
    if (!config::resolve_host(*endpoint))
        return complain(parser,
                        "'source " + text + "' : invalid address: " + quoted(endpoint->path) + " in " + quoted(text));
    parser.server->source = std::move(*endpoint);
}

void set_interface(Parser& parser) {
    if (!lacks_value(parser, "an interface name as argument.")) parser.server->interface = parser.option_arg(1);
}

void set_shown_source(Parser& parser) {
    if (!parser.server->source) return complain(parser, "'usesrc' only allowed after a 'source' statement.");
    if (parser.option_arg(1).empty())
        return complain(parser,
                        "'usesrc' expects <addr>[:<port>], 'client', 'clientip', or 'hdr_ip(name,#)' as argument.");
    std::string error;
    if (!read_shown_source(parser, parser.option_arg(1), parser.server->shown_source, error))
        complain(parser, "'usesrc' : " + error);
}

void set_socks4(Parser& parser) {
    if (lacks_value(parser, "<addr>:<port> as argument.")) return;
    const std::string text = parser.environment().expand(parser.option_arg(1));
    auto endpoint = config::parse_endpoint(text, {.port_required = true});
    if (!endpoint) return complain(parser, "'socks4 " + text + "' : " + endpoint.error());
    if (!config::resolve_host(*endpoint))
        return complain(parser,
                        "'socks4 " + text + "' : invalid address: " + quoted(endpoint->path) + " in " + quoted(text));
    if (endpoint->ip.is_ip() && endpoint->ip.port() == 0) endpoint->ip.set_port(endpoint->port_low);
    parser.server->socks4 = std::move(*endpoint);
}

void set_cookie(Parser& parser) {
    if (lacks_value(parser, "<value> as argument.")) return;
    if (parser.full_server)
        parser.full_server->cookie = parser.option_arg(1);
    else
        parser.server->default_cookie = parser.option_arg(1);
}

void set_id(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, "'id' : expects an integer argument");
    const auto id = config::leading_number(parser.option_arg(1));
    if (id <= 0) return complain(parser, "'id' : custom id has to be > 0");
    for (const auto& other : parser.proxy().servers) {
        if (!other->forced_id || other->id != id) continue;
        return complain(parser, "'id' : custom id " + std::to_string(id) + " already used at " + *other->place.file +
                                    ":" + std::to_string(other->place.line) + " ('server " + other->name + "')");
    }
    assign_number(parser.full_server->id, id);
    parser.full_server->forced_id = true;
}

void set_on_marked_down(Parser& parser) {
    if (parser.option_arg(1) != "shutdown-sessions")
        return complain(parser, "'on-marked-down' expects 'shutdown-sessions' but got " + quoted(parser.option_arg(1)));
    parser.server->on_marked_down = model::OnMarkedDown::shutdown_sessions;
}

void set_on_marked_up(Parser& parser) {
    if (parser.option_arg(1) != "shutdown-backup-sessions")
        return complain(parser,
                        "'on-marked-up' expects 'shutdown-backup-sessions' but got " + quoted(parser.option_arg(1)));
    parser.server->on_marked_up = model::OnMarkedUp::shutdown_backup_sessions;
}

void set_observe(Parser& parser) {
    if (lacks_value(parser, "<mode> as argument.")) return;
    const std::string_view mode = parser.option_arg(1);
    if (mode == "none")
        parser.server->observe.layer = model::Observe::none;
    else if (mode == "layer4")
        parser.server->observe.layer = model::Observe::layer4;
    else if (mode != "layer7")
        complain(parser, "'observe' expects one of 'none', 'layer4', 'layer7' but got " + quoted(mode));
    else if (parser.proxy().mode != model::Mode::http)
        complain(parser, "'layer7' can only be used in http proxies.");
    else
        parser.server->observe.layer = model::Observe::layer7;
}

void set_error_limit(Parser& parser) {
    if (lacks_value(parser, "an integer argument.")) return;
    const auto number = config::leading_number(parser.option_arg(1));
    if (number <= 0) return complain(parser, "error-limit has to be > 0.");
    assign_number(parser.server->observe.error_limit, number);
}

void set_on_error(Parser& parser) {
    constexpr std::pair<std::string_view, model::OnError> kWords[] = {{"fastinter", model::OnError::fastinter},
                                                                      {"fail-check", model::OnError::fail_check},
                                                                      {"sudden-death", model::OnError::sudden_death},
                                                                      {"mark-down", model::OnError::mark_down}};
    if (lacks_value(parser, "<mode> as argument.")) return;
    for (const auto& [word, what] : kWords) {
        if (parser.option_arg(1) != word) continue;
        parser.server->observe.on_error = what;
        return;
    }
    complain(parser, "'on-error' expects one of 'fastinter', 'fail-check', 'sudden-death' or 'mark-down' but got " +
                         quoted(parser.option_arg(1)));
}

void set_redirect(Parser& parser) {
    if (lacks_value(parser, "<prefix> as argument.")) return;
    parser.server->redirect_prefix = parser.option_arg(1);
}

/// pool-max-conn, pool-low-conn, max-reuse: -1 is no limit.
template <std::int64_t ServerSettings::*Member>
void set_limit(Parser& parser) {
    if (lacks_value(parser, "<value> as argument.")) return;
    const auto number = config::leading_number(parser.option_arg(1));
    if (number < -1) return complain(parser, option_name(parser) + " must be >= -1");
    parser.server->*Member = number;
}

void set_purge_delay(Parser& parser) {
    if (lacks_value(parser, "<value> as argument.")) return;
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    if (time.status == config::Duration::Status::ok)
        parser.server->pool_purge_ms = time.value;
    else
        complain(parser, describe_time_problem(time, parser.option_arg(1), "pool-purge-delay", config::TimeUnit::ms));
}

void set_agent_address(Parser& parser) {
    if (lacks_value(parser, "an address as argument.")) return;
    auto endpoint = config::parse_endpoint(parser.environment().expand(parser.option_arg(1)), {});
    if (!endpoint) return complain(parser, "'agent-addr' : " + endpoint.error());
    endpoint->place = parser.option_words()[1].place;
    if (!config::resolve_host(*endpoint))
        return complain(parser,
                        "parsing agent-addr failed. Check if " + quoted(parser.option_arg(1)) + " is correct address.");
    parser.server->agent.address = std::move(*endpoint);
}

void set_agent_port(Parser& parser) {
    if (lacks_value(parser, "a port number as argument.")) return;
    assign_number(parser.server->agent.port, config::leading_number(parser.option_arg(1)));
}

void set_agent_interval(Parser& parser) {
    if (lacks_value(parser, "a delay as argument.")) return;
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok)
        return complain(parser, describe_time_problem(time, parser.option_arg(1), "agent-inter", config::TimeUnit::ms));
    if (time.value == 0)
        return complain(parser, "invalid value 0 for argument 'agent-inter' of server " + server_name(parser) + ".");
    parser.server->agent.inter_ms = static_cast<std::uint32_t>(time.value);
}

void set_agent_text(Parser& parser) {
    if (!lacks_value(parser, "a string as argument.")) parser.server->agent.send = parser.option_arg(1);
}

template <bool Enabled>
void set_agent(Parser& parser) {
    parser.server->agent.enabled = Enabled;
}

/// send-proxy and send-proxy-v2, which do not take each other back; `Tls`: with what is known of the client's TLS.
template <std::uint8_t Version, bool Tls = false, bool Name = false>
void add_proxy_protocol(Parser& parser) {
    auto& protocol = parser.server->proxy_protocol;
    protocol.version |= Version;
    protocol.tls.on |= Tls;
    protocol.tls.common_name |= Name;
}

/// Their opposites: of that version only.
template <std::uint8_t Version>
void drop_proxy_protocol(Parser& parser) {
    auto& protocol = parser.server->proxy_protocol;
    protocol.version &= static_cast<std::uint8_t>(~Version);
    if (Version == 2) protocol.tls = {};
}

void set_proxy_options(Parser& parser) {
    auto& protocol = parser.server->proxy_protocol;
    constexpr std::pair<std::string_view, bool net::TlsTold::*> kTls[] = {{"ssl", &net::TlsTold::on},
                                                                          {"cert-cn", &net::TlsTold::common_name},
                                                                          {"cert-key", &net::TlsTold::key},
                                                                          {"cert-sig", &net::TlsTold::signature},
                                                                          {"ssl-cipher", &net::TlsTold::cipher}};
    for (std::string_view option : base::split(parser.option_arg(1), ',')) {
        const auto* tls =
            std::find_if(std::begin(kTls), std::end(kTls), [&](auto& row) { return row.first == option; });
        if (tls != std::end(kTls))
            protocol.tls.on = protocol.tls.*tls->second = true;
        else if (option == "crc32c")
            protocol.crc32c = true;
        else if (option == "unique-id")
            protocol.unique_id = true;
        else if (option == "authority")
            protocol.authority = true;
        else
            return complain(parser, quoted(option) + " : proxy v2 option not implemented");
    }
}

void set_track(Parser& parser) {
    if (!lacks_value(parser, "[<proxy>/]<server> as argument.")) parser.server->track = parser.option_arg(1);
}

/// set-proxy-v2-tlv-fmt(TYPE) FORMAT; without one the TLV is empty.
void set_proxy_tlv(Parser& parser) {
    const std::string_view word = parser.option_arg(0);
    const auto open = word.find('('), close = word.find(')');
    const std::string number(open < close && close != word.npos ? word.substr(open + 1, close - open - 1) : "");
    char* end = nullptr;
    const unsigned long type = std::strtoul(number.c_str(), &end, 0);
    if (number.empty() || *end || type > 255)
        return complain(parser, "'set-proxy-v2-tlv-fmt' : expects the type of a TLV, from 0 to 255, as (<id>)");
    const auto words = parser.option_words();
    std::string error;
    auto format = compile_format(parser, words.size() > 1 ? words[1] : Word{"", words[0].place}, error);
    if (!format) return complain(parser, "'set-proxy-v2-tlv-fmt' : " + error);
    parser.server->proxy_protocol.tlvs.emplace_back(
        static_cast<std::uint8_t>(type), parser.keep(std::shared_ptr<const model::Template>(std::move(format))));
}

void set_tcp_user_timeout(Parser& parser) {
    if (lacks_value(parser, "a TCP User Timeout value as argument.")) return;
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    if (time.status == config::Duration::Status::ok)
        parser.server->tcp_user_timeout_ms = static_cast<std::uint32_t>(time.value);
    else
        complain(parser, describe_time_problem(time, parser.option_arg(1), "tcp-ut", config::TimeUnit::ms));
}

/// HTTP/1, HTTP/2, FastCGI or, in mode tcp, no HTTP at all. False: it is something else.
bool read_protocol(Parser& parser, model::Proto& proto) {
    std::string_view name = parser.option_arg(1);
    if (name.empty()) {
        complain(parser, option_name(parser) + " : missing value");
        return true;
    }
    if (name == "h1") proto = model::Proto::h1;
    if (name == "h2") proto = model::Proto::h2;
    if (name == "fcgi") proto = model::Proto::fcgi;
    return name == "h1" || name == "h2" || name == "fcgi" || name == "none";
}

void refuse_protocol(Parser& parser) {
    std::string_view name = parser.option_arg(1);
    if (name != "quic" && name != "qmux" && name != "spop")
        return complain(parser, option_name(parser) + " :  unknown MUX protocol " + quoted(name));
    parser.refuse_pending(parser.option_words().back(), "protocol", name);
}

void set_protocol(Parser& parser) {
    if (!read_protocol(parser, parser.server->proto)) refuse_protocol(parser);
}

void set_check_protocol(Parser& parser) {
    model::CheckSettings& check = parser.server->check;
    check.proto = model::Proto::negotiated;
    check.proto_given = read_protocol(parser, check.proto);
    if (!check.proto_given) refuse_protocol(parser);
}

void set_web_sockets(Parser& parser) {
    using model::WebSockets;
    std::string_view how = parser.option_arg(1);
    if (how != "auto" && how != "h1" && how != "h2")
        return complain(parser, option_name(parser) + " has to be 'auto', 'h1' or 'h2'");
    parser.server->web_sockets = how == "h1" ? WebSockets::h1 : how == "h2" ? WebSockets::h2 : WebSockets::negotiated;
}

/// Only names that the system's resolver knows when we start are understood; "none" and an address would be more.
void check_init_addr(Parser& parser) {
    bool has_address = false;
    for (std::string_view method : base::split(parser.option_arg(1), ',')) {
        if (method.empty() || method == "libc" || method == "last") continue;
        const bool is_address = net::Address::parse_ip(method).ok();
        if (is_address && has_address)
            return complain(parser, option_name(parser) + " : initial address already specified, cannot add " +
                                        quoted(method) + ".");
        if (!is_address && method != "none")
            return complain(parser, option_name(parser) + " : unknown init-addr method " + quoted(method) +
                                        ", supported methods are 'libc', 'last', 'none'.");
        has_address = has_address || is_address;
        parser.refuse_pending(parser.option_words().back(), "init-addr method", method);
    }
}

void check_resolve_prefer(Parser& parser) {
    if (parser.option_arg(1) != "ipv4" && parser.option_arg(1) != "ipv6")
        complain(parser, option_name(parser) + " expects either ipv4 or ipv6 as argument.");
}

// clang-format off
constexpr ServerOption kTable[] = {
    {.name = "addr", .arguments = 1, .support = Support::done, .parse = set_check_address},
    {.name = "agent-addr", .arguments = 1, .support = Support::done, .parse = set_agent_address, .since = "1.8"},
    {.name = "agent-check", .support = Support::done, .parse = set_agent<true>, .since = "1.5"},
    {.name = "agent-inter", .arguments = 1, .support = Support::done, .parse = set_agent_interval, .since = "1.5"},
    {.name = "agent-port", .arguments = 1, .support = Support::done, .parse = set_agent_port, .since = "1.5"},
    {.name = "agent-send", .arguments = 1, .support = Support::done, .parse = set_agent_text, .since = "1.7"},
    {.name = "backup", .support = Support::done, .parse = set_flag<&ServerSettings::backup, true>},
    {.name = "check", .support = Support::done, .parse = set_flag<&CheckSettings::enabled, true>},
    {.name = "check-proto", .arguments = 1, .support = Support::done, .parse = set_check_protocol, .since = "2.2"},
    {.name = "check-send-proxy", .support = Support::done, .parse = set_flag<&ServerSettings::check_send_proxy, true>, .since = "1.5"},
    {.name = "check-via-socks4", .support = Support::done, .parse = set_flag<&ServerSettings::check_via_socks4, true>, .since = "2.0"},
    {.name = "cookie", .arguments = 1, .support = Support::done, .parse = set_cookie},
    {.name = "disabled", .support = Support::done, .parse = set_flag<&ServerSettings::disabled, true>, .since = "1.4"},
    {.name = "downinter", .arguments = 1, .support = Support::done, .parse = set_interval<&CheckSettings::down_inter_ms>},
    {.name = "enabled", .support = Support::done, .parse = set_flag<&ServerSettings::disabled, false>, .at_run_time = false, .since = "1.8"},
    {.name = "error-limit", .arguments = 1, .support = Support::done, .parse = set_error_limit, .since = "1.4"},
    {.name = "fall", .arguments = 1, .support = Support::done, .parse = set_count<&CheckSettings::fall>},
    {.name = "fastinter", .arguments = 1, .support = Support::done, .parse = set_interval<&CheckSettings::fast_inter_ms>},
    {.name = "healthcheck", .arguments = 1, .support = Support::done, .parse = set_health_check, .since = "3.4"},
    {.name = "id", .arguments = 1, .support = Support::done, .parse = set_id, .on_default_server = false},
    {.name = "init-addr", .arguments = 1, .support = Support::advisory, .parse = check_init_addr, .at_run_time = false, .since = "1.7"},
    {.name = "inter", .arguments = 1, .support = Support::done, .parse = set_interval<&CheckSettings::inter_ms>},
    {.name = "interface", .arguments = 1, .support = Support::done, .parse = set_interface, .at_run_time = false},
    {.name = "max-reuse", .arguments = 1, .support = Support::done, .parse = set_limit<&ServerSettings::max_reuse>, .at_run_time = false, .since = "2.0"},
    {.name = "maxconn", .arguments = 1, .support = Support::done, .parse = set_number<&ServerSettings::max_connections>},
    {.name = "maxqueue", .arguments = 1, .support = Support::done, .parse = set_number<&ServerSettings::max_queue>},
    {.name = "minconn", .arguments = 1, .support = Support::done, .parse = set_number<&ServerSettings::min_connections>},
    {.name = "no-agent-check", .support = Support::done, .parse = set_agent<false>, .at_run_time = false, .since = "1.8"},
    {.name = "no-backup", .support = Support::done, .parse = set_flag<&ServerSettings::backup, false>, .since = "1.8"},
    {.name = "no-check", .support = Support::done, .parse = set_flag<&CheckSettings::enabled, false>, .at_run_time = false, .since = "1.8"},
    {.name = "no-check-send-proxy", .support = Support::done, .parse = set_flag<&ServerSettings::check_send_proxy, false>, .at_run_time = false, .since = "1.8"},
    {.name = "no-send-proxy", .support = Support::done, .parse = drop_proxy_protocol<1>, .since = "1.8"},
    {.name = "no-send-proxy-v2", .support = Support::done, .parse = drop_proxy_protocol<2>, .since = "1.8"},
    {.name = "no-send-proxy-v2-ssl", .support = Support::done, .parse = drop_proxy_protocol<2>, .at_run_time = false, .since = "1.8"},
    {.name = "no-send-proxy-v2-ssl-cn", .support = Support::done, .parse = drop_proxy_protocol<2>, .at_run_time = false, .since = "1.8"},
    {.name = "no-tfo", .support = Support::done, .parse = set_flag<&ServerSettings::tcp_fast_open, false>, .since = "2.1"},
    {.name = "non-stick", .support = Support::done, .parse = set_flag<&ServerSettings::non_stick, true>, .at_run_time = false, .since = "1.5"},
    {.name = "observe", .arguments = 1, .support = Support::done, .parse = set_observe, .since = "1.4"},
    {.name = "on-error", .arguments = 1, .support = Support::done, .parse = set_on_error, .since = "1.4"},
    {.name = "on-marked-down", .arguments = 1, .support = Support::done, .parse = set_on_marked_down, .since = "1.5"},
    {.name = "on-marked-up", .arguments = 1, .support = Support::done, .parse = set_on_marked_up, .since = "1.5"},
    {.name = "pool-low-conn", .arguments = 1, .support = Support::done, .parse = set_limit<&ServerSettings::pool_low>, .since = "2.2"},
    {.name = "pool-max-conn", .arguments = 1, .support = Support::done, .parse = set_limit<&ServerSettings::pool_max>, .since = "1.9"},
    {.name = "pool-purge-delay", .arguments = 1, .support = Support::done, .parse = set_purge_delay, .since = "1.9"},
    {.name = "port", .arguments = 1, .support = Support::done, .parse = set_port},
    {.name = "proto", .arguments = 1, .support = Support::done, .parse = set_protocol, .since = "1.9"},
    {.name = "proxy-v2-options", .arguments = 1, .support = Support::done, .parse = set_proxy_options, .since = "1.9"},
    {.name = "quic-cc-algo", .arguments = 1, .support = Support::advisory, .on_default_server = false, .at_run_time = false, .since = "3.4"},
    {.name = "redir", .arguments = 1, .support = Support::done, .parse = set_redirect, .at_run_time = false},
    {.name = "resolve-net", .arguments = 1, .at_run_time = false, .since = "1.7"},
    {.name = "resolve-opts", .arguments = 1, .at_run_time = false, .since = "1.9"},
    {.name = "resolve-prefer", .arguments = 1, .support = Support::pending, .parse = check_resolve_prefer, .at_run_time = false, .since = "1.6"},
    {.name = "resolvers", .arguments = 1, .at_run_time = false, .since = "1.6"},
    {.name = "rise", .arguments = 1, .support = Support::done, .parse = set_count<&CheckSettings::rise>},
    {.name = "send-proxy", .support = Support::done, .parse = add_proxy_protocol<1>, .since = "1.5"},
    {.name = "send-proxy-v2", .support = Support::done, .parse = add_proxy_protocol<2>, .since = "1.5"},
    {.name = "send-proxy-v2-ssl", .support = Support::done, .parse = add_proxy_protocol<2, true>, .since = "1.5"},
    {.name = "send-proxy-v2-ssl-cn", .support = Support::done, .parse = add_proxy_protocol<2, true, true>, .since = "1.5"},
    {.name = "set-proxy-v2-tlv-fmt", .arguments = 1, .support = Support::done, .parse = set_proxy_tlv, .since = "2.9"},
    {.name = "shard", .arguments = 1, .support = Support::done, .parse = set_number<&ServerSettings::shard>, .since = "2.7"},
    {.name = "slowstart", .arguments = 1, .support = Support::done, .parse = set_slow_start},
    {.name = "socks4", .arguments = 1, .support = Support::done, .parse = set_socks4, .at_run_time = false, .since = "2.0"},
    {.name = "source", .arguments = 1, .support = Support::done, .parse = set_source},
    {.name = "stick", .support = Support::done, .parse = set_flag<&ServerSettings::non_stick, false>, .at_run_time = false, .since = "1.8"},
    {.name = "tcp-ut", .arguments = 1, .support = Support::done, .parse = set_tcp_user_timeout, .at_run_time = false, .since = "1.6"},
    {.name = "tfo", .support = Support::done, .parse = set_flag<&ServerSettings::tcp_fast_open, true>, .since = "2.0"},
    {.name = "track", .arguments = 1, .support = Support::done, .parse = set_track},
    {.name = "usesrc", .arguments = 1, .support = Support::done, .parse = set_shown_source},
    {.name = "weight", .arguments = 1, .support = Support::done, .parse = set_weight},
    {.name = "ws", .arguments = 1, .support = Support::done, .parse = set_web_sockets, .since = "2.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ServerOption> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
