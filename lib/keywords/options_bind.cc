// Options of `bind` and `stats socket` lines (manual 2.6 section 5.1).
#include <netinet/tcp.h>

#include <cstdlib>

#include "base/offline.h"
#include "keywords/accounts.h"
#include "keywords/namespaces.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Bind;

const Word& option_word(Parser& parser) { return parser.option_words().back(); }

void complain(Parser& parser, std::string text) {
    parser.complain(option_word(parser), quoted(parser.option_arg(0)) + " : " + text);
}

bool lacks_value(Parser& parser, std::string_view what = "value") {
    if (!parser.option_arg(1).empty()) return false;
    complain(parser, "missing " + std::string(what));
    return true;
}

/// maxconn and backlog: at least `Least`.
template <std::uint32_t Bind::*Member>
void set_number(Parser& parser) {
    if (lacks_value(parser)) return;
    const auto number = config::leading_number(parser.option_arg(1));
    if (number < 0) return complain(parser, "invalid value " + std::to_string(number) + ", must be >= 0");
    assign_number(parser.bind->*Member, number);
}

void set_reverse_connections(Parser& parser) {
    if (!parser.global().experimental)
        return parser.complain(option_word(parser),
                               "'nbconn' is experimental, must be allowed via a global "
                               "'expose-experimental-directives'");
    if (parser.bind->endpoint.kind != model::Endpoint::Kind::rhttp)
        return complain(parser, "only valid for reverse HTTP listeners.");
    if (parser.option_arg(1).empty()) return complain(parser, "missing value.");
    const auto number = config::leading_number(parser.option_arg(1));
    if (number <= 0) return complain(parser, "invalid value " + std::to_string(number) + ", must be > 0.");
    assign_number(parser.bind->reverse_connections, number);
}

void set_id(Parser& parser) {
    std::string_view text = parser.option_arg(1);
    if (text.empty()) return complain(parser, "expects an integer argument");
    auto id = base::parse_int(text);
    if (!id) return complain(parser, "expects an integer argument, found " + quoted(text));
    if (*id <= 0) return complain(parser, "custom id has to be > 0");
    if (parser.section() & kProxies)
        for (const Bind& other : parser.proxy().binds)
            if (static_cast<std::int64_t>(other.id) == *id)
                return complain(parser, "custom id " + std::to_string(*id) + " already used at " + *other.place.file +
                                            ":" + std::to_string(other.place.line) + " ('bind " + other.text + "')");
    assign_number(parser.bind->id, *id);
}

void set_name(Parser& parser) {
    if (!lacks_value(parser, "name")) parser.bind->name = parser.option_arg(1);
}

void set_guid_prefix(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, "expects an argument");
    parser.bind->guid = parser.option_arg(1);
}

void set_interface(Parser& parser) {
    if (!lacks_value(parser, "interface name")) parser.bind->interface = parser.option_arg(1);
}

void set_mode(Parser& parser) {
    const std::string text(parser.option_arg(1));
    char* end = nullptr;
    const unsigned long mode = std::strtoul(text.c_str(), &end, 8);
    if (text.empty() || *end)
        return complain(parser, "missing or invalid mode " + quoted(text) + " (octal integer expected)");
    parser.bind->owner.mode = static_cast<std::uint32_t>(mode);
}

void set_uid(Parser& parser) {
    if (!lacks_value(parser)) parser.bind->owner.uid = config::leading_number(parser.option_arg(1));
}

void set_gid(Parser& parser) {
    if (!lacks_value(parser)) parser.bind->owner.gid = config::leading_number(parser.option_arg(1));
}

void set_user(Parser& parser) {
    if (lacks_value(parser, "user name")) return;
    const auto found = find_user(std::string(parser.option_arg(1)));
    if (!found) return complain(parser, "unknown user name " + quoted(parser.option_arg(1)));
    parser.bind->owner.uid = *found;
}

void set_group(Parser& parser) {
    if (lacks_value(parser, "group name")) return;
    const auto found = find_group(std::string(parser.option_arg(1)));
    if (!found) return complain(parser, "unknown group name " + quoted(parser.option_arg(1)));
    parser.bind->owner.gid = *found;
}

void set_mss(Parser& parser) {
    if (lacks_value(parser, "MSS value")) return;
    const auto mss = config::leading_number(parser.option_arg(1));
    if (mss == 0 || mss < -65535 || mss > 65535)
        return complain(parser, "expects an MSS with and absolute value between 1 and 65535");
    parser.bind->mss = static_cast<std::int32_t>(mss);
}

template <bool Bind::*Member>
void set_flag(Parser& parser) {
    parser.bind->*Member = true;
}

void set_level(Parser& parser) {
    struct Row {
        std::string_view name;
        Bind::Level level;
    };
    constexpr Row kLevels[] = {
        {"user", Bind::Level::user}, {"operator", Bind::Level::operator_}, {"admin", Bind::Level::admin}};
    for (const Row& row : kLevels) {
        if (row.name != parser.option_arg(1)) continue;
        parser.bind->level = row.level;
        return;
    }
    parser.complain(option_word(parser),
                    "'level' only supports 'user', 'operator', and 'admin' (got " + quoted(parser.option_arg(1)) + ")");
}

/// The number that begins NetScaler's header.
void set_client_ip_magic(Parser& parser) {
    if (lacks_value(parser, "NetScaler's magic number")) return;
    const std::string text(parser.option_arg(1));
    char* end = nullptr;
    const unsigned long magic = std::strtoul(text.c_str(), &end, 0);
    if (*end || magic == 0 || magic > 0xffffffffu) return complain(parser, "invalid argument " + quoted(text));
    parser.bind->client_ip_magic = static_cast<std::uint32_t>(magic);
}

void set_save_syn(Parser& parser) {
    const std::string_view mode = parser.option_arg(1);
    if (mode != "0" && mode != "1" && mode != "2")
        return complain(parser, "TCP Save SYN option expects an integer argument from 0 to 2");
    parser.bind->save_syn = static_cast<std::uint8_t>(mode[0] - '0');
}

void set_tcp_user_timeout(Parser& parser) {
    if (lacks_value(parser, "TCP User Timeout value")) return;
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    using Status = config::Duration::Status;
    if (time.status == Status::overflow)
        return complain(parser, "timer overflow in argument " + quoted(parser.option_arg(1)) +
                                    " (maximum value is 2147483647 ms or ~24.8 days)");
    if (time.status == Status::underflow)
        return complain(parser, "timer underflow in argument " + quoted(parser.option_arg(1)) +
                                    " (minimum non-null value is 1 ms)");
    if (time.status != Status::ok) return complain(parser, "expects a positive delay in milliseconds");
    parser.bind->tcp_user_timeout_ms = static_cast<std::uint32_t>(time.value);
}

void set_idle_ping(Parser& parser) {
    if (parser.option_arg(1).empty()) return complain(parser, "expects an argument");
    const auto time = config::parse_time(parser.option_arg(1), config::TimeUnit::ms);
    if (time.status == config::Duration::Status::ok)
        parser.bind->idle_ping_ms = time.value;
    else
        complain(parser, describe_time_problem(time, parser.option_arg(1), "idle-ping", config::TimeUnit::ms));
}

void set_protocol(Parser& parser) {
    if (lacks_value(parser)) return;
    std::string_view name = parser.option_arg(1);
    if (name == "h1") parser.bind->proto = model::Proto::h1;
    if (name == "h2") parser.bind->proto = model::Proto::h2;
    if (name == "none") parser.bind->proto = model::Proto::none;
    if (name == "fcgi") parser.bind->proto = model::Proto::fcgi;  // to be refused when all is read
    if (name == "h1" || name == "h2" || name == "none" || name == "fcgi") return;
    if (name != "quic" && name != "qmux" && name != "spop")
        return complain(parser, "unknown MUX protocol " + quoted(name));
    parser.refuse_pending(option_word(parser), "protocol", name);
}

/// "all", "odd", "even", "3", "2-5" or "2-": which of several processes or threads.
std::optional<model::ThreadRange> read_range(std::string_view text, std::uint64_t most) {
    if (text == "all") return model::ThreadRange{};
    if (text == "odd" || text == "even") return model::ThreadRange{.first = text == "odd" ? 1u : 2u, .step = 2};
    const auto dash = text.find('-');
    const auto one = base::parse_uint(text.substr(0, dash));
    const bool open = dash + 1 == text.size();
    const auto other = dash == text.npos || open ? one : base::parse_uint(text.substr(dash + 1));
    if (!one || !other || std::min(*one, *other) < 1 || (!open && std::max(*one, *other) > most)) return std::nullopt;
    model::ThreadRange range;
    range.first = static_cast<std::uint32_t>(std::min(*one, *other));
    if (!open) range.last = static_cast<std::uint32_t>(std::max(*one, *other));
    return range;
}

constexpr std::uint64_t kMostProcesses = 64, kMostThreads = 4096;

/// Threads, and in front of a slash the group or the process that they are of: there is one.
bool read_threads(Parser& parser, std::optional<std::string_view> group, std::string_view threads,
                  std::uint64_t most_groups) {
    const auto range = read_range(threads, kMostThreads);
    const bool good_group = !group || read_range(*group, most_groups);
    if (range && good_group) parser.bind->threads = *range;
    if (!range || !good_group)
        complain(parser, quoted(good_group ? threads : *group) + " is not a valid number/range.");
    return range && good_group;
}

void set_threads(Parser& parser) {
    const std::string_view text = parser.option_arg(1);
    const auto slash = text.find('/');
    if (slash == text.npos)
        read_threads(parser, {}, text, kMostThreads);
    else
        read_threads(parser, text.substr(0, slash), text.substr(slash + 1), kMostThreads);
}

void check_nice(Parser& parser) { lacks_value(parser); }

void set_severity(Parser& parser) {
    using Severity = Bind::Severity;
    constexpr std::pair<std::string_view, Severity> kWords[] = {
        {"none", Severity::none}, {"number", Severity::number}, {"string", Severity::string}};
    if (lacks_value(parser, "severity format")) return;
    for (const auto& [word, severity] : kWords) {
        if (parser.option_arg(1) != word) continue;
        parser.bind->severity = severity;
        return;
    }
    parser.complain(option_word(parser), "'severity-output' only supports 'none', 'number', and 'string' (got " +
                                             quoted(parser.option_arg(1)) + ")");
}

void set_congestion(Parser& parser) {
    if (!lacks_value(parser, "TCP congestion control algorithm")) parser.bind->congestion = parser.option_arg(1);
}

void set_label(Parser& parser) {
    if (!lacks_value(parser, "label")) parser.bind->label = parser.option_arg(1);
}

void set_namespace(Parser& parser) {
    if (lacks_value(parser, "namespace id")) return;
    parser.bind->network_namespace = find_namespace(parser.config(), parser.option_arg(1));
    if (!parser.bind->network_namespace && !base::offline())
        parser.complain(option_word(parser), "Cannot open namespace " + quoted(parser.option_arg(1)) + ".");
}

void set_md5_password(Parser& parser) {
    if (lacks_value(parser, "TCP MD5 signature password")) return;
    if (parser.option_arg(1).size() > TCP_MD5SIG_MAXKEYLEN)
        return complain(parser,
                        "password too long (at most " + std::to_string(TCP_MD5SIG_MAXKEYLEN) + " characters expected)");
    parser.bind->md5_password = parser.option_arg(1);
}

/// 1.5 to 2.6: the processes that listen, of which there is one, and behind a slash its threads.
void set_processes(Parser& parser) {
    const std::string_view text = parser.option_arg(1);
    const auto slash = std::min(text.find('/'), text.size());
    const std::string_view threads = slash < text.size() ? text.substr(slash + 1) : std::string_view("all");
    if (!read_threads(parser, text.substr(0, slash), threads, kMostProcesses)) return;
    parser.warning(parser.option_words()[0], parser.frame.before + "'process " + std::string(text) +
                                                 "' on 'bind' lines is deprecated and will be removed in 2.7.");
}

void check_expose(Parser& parser) {
    if (parser.option_arg(1) == "listeners") {
        parser.bind->expose_fd = true;
        return;
    }
    complain(parser,
             parser.option_arg(1).empty() ? "missing fd type" : "unknown fd type " + quoted(parser.option_arg(1)));
}

// clang-format off
constexpr BindOption kTable[] = {
    {.name = "accept-netscaler-cip", .arguments = 1, .support = Support::done, .parse = set_client_ip_magic, .since = "1.7"},
    {.name = "accept-proxy", .support = Support::done, .parse = set_flag<&Bind::accept_proxy>, .since = "1.5"},
    {.name = "backlog", .arguments = 1, .support = Support::done, .parse = set_number<&Bind::backlog>, .since = "1.5"},
    {.name = "cc", .arguments = 1, .support = Support::done, .parse = set_congestion, .since = "3.3"},
    {.name = "defer-accept", .support = Support::done, .parse = set_flag<&Bind::defer_accept>, .since = "1.4"},
    {.name = "ech", .arguments = 1, .since = "3.3"},
    {.name = "expose-fd", .arguments = 1, .support = Support::done, .parse = check_expose, .since = "1.8"},
    {.name = "gid", .arguments = 1, .support = Support::done, .parse = set_gid, .since = "1.5"},
    {.name = "group", .arguments = 1, .support = Support::done, .parse = set_group, .since = "1.5"},
    {.name = "guid-prefix", .arguments = 1, .support = Support::done, .parse = set_guid_prefix, .since = "3.0"},
    {.name = "id", .arguments = 1, .support = Support::done, .parse = set_id, .since = "1.4"},
    {.name = "idle-ping", .arguments = 1, .support = Support::done, .parse = set_idle_ping, .since = "3.2"},
    {.name = "interface", .arguments = 1, .support = Support::done, .parse = set_interface},
    {.name = "label", .arguments = 1, .support = Support::done, .parse = set_label, .since = "3.2"},
    {.name = "level", .arguments = 1, .support = Support::done, .parse = set_level, .since = "1.5"},
    {.name = "maxconn", .arguments = 1, .support = Support::done, .parse = set_number<&Bind::max_connections>, .since = "1.5"},
    {.name = "mode", .arguments = 1, .support = Support::done, .parse = set_mode, .since = "1.5"},
    {.name = "mss", .arguments = 1, .support = Support::done, .parse = set_mss, .since = "1.4"},
    {.name = "name", .arguments = 1, .support = Support::done, .parse = set_name, .since = "1.4"},
    {.name = "namespace", .arguments = 1, .support = Support::done, .parse = set_namespace, .since = "1.6"},
    {.name = "nbconn", .arguments = 1, .support = Support::done, .parse = set_reverse_connections, .since = "2.9"},
    {.name = "nice", .arguments = 1, .support = Support::advisory, .parse = check_nice, .since = "1.5"},
    {.name = "process", .arguments = 1, .support = Support::done, .parse = set_processes, .since = "1.5", .until = "2.6"},
    {.name = "proto", .arguments = 1, .support = Support::done, .parse = set_protocol, .since = "1.9"},
    {.name = "quic-cc-algo", .arguments = 1, .support = Support::advisory, .since = "2.7"},
    {.name = "quic-force-retry", .support = Support::advisory, .since = "2.6"},
    {.name = "quic-socket", .arguments = 1, .support = Support::advisory, .since = "2.9"},
    {.name = "severity-output", .arguments = 1, .support = Support::done, .parse = set_severity, .since = "1.8"},
    {.name = "shards", .arguments = 1, .support = Support::advisory, .since = "2.5"},
    {.name = "tcp-md5sig", .arguments = 1, .support = Support::done, .parse = set_md5_password, .since = "3.3"},
    {.name = "tcp-ss", .arguments = 1, .support = Support::done, .parse = set_save_syn, .since = "3.4"},
    {.name = "tcp-ut", .arguments = 1, .support = Support::done, .parse = set_tcp_user_timeout, .since = "1.6"},
    {.name = "tfo", .support = Support::done, .parse = set_flag<&Bind::tfo>, .since = "1.5"},
    {.name = "thread", .arguments = 1, .support = Support::done, .parse = set_threads, .since = "2.5"},
    {.name = "transparent", .support = Support::done, .parse = set_flag<&Bind::transparent>},
    {.name = "uid", .arguments = 1, .support = Support::done, .parse = set_uid, .since = "1.5"},
    {.name = "user", .arguments = 1, .support = Support::done, .parse = set_user, .since = "1.5"},
    {.name = "v4v6", .support = Support::done, .parse = set_flag<&Bind::v4v6>, .since = "1.5"},
    {.name = "v6only", .support = Support::done, .parse = set_flag<&Bind::v6only>, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<BindOption> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
