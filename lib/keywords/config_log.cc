// Words about logging in `global` and in proxies (manual 2.6 sections 3.1, 4.2 and 8).
#include <algorithm>

#include "keywords/formats.h"
#include "keywords/log_targets.h"
#include "keywords/setters.h"
#include "log/log.h"

namespace cfgproxy::keywords {
namespace {

using model::Global;
using model::LogFormatKind;
using model::LogTarget;
using model::ProxySettings;

struct FormatName {
    std::string_view name;
    LogFormatKind kind;
};
constexpr FormatName kFormats[] = {
    {"iso", LogFormatKind::iso},      {"local", LogFormatKind::local},     {"priority", LogFormatKind::priority},
    {"raw", LogFormatKind::raw},      {"rfc3164", LogFormatKind::rfc3164}, {"rfc5424", LogFormatKind::rfc5424},
    {"short", LogFormatKind::short_}, {"timed", LogFormatKind::timed},
};

std::vector<LogTarget>& targets_of(Parser& parser) {
    if (parser.section() == config::kPeers) return parser.opened<model::Peers>().logs;
    if (parser.section() == kLogForward) return parser.opened<model::LogForward>().logs;
    if (parser.section() == kFcgiApp) return parser.opened<model::FcgiApp>().logs;
    return parser.section() == kGlobal ? parser.global().logs : parser.proxy().logs;
}

void complain_log(Parser& parser, const Word& word, std::string text) {
    parser.alert(word, std::string(parser.words()[0].text) + " : " + text);
}

/// Reads the words behind the address. False after an error.
class TargetReader {
  public:
    TargetReader(Parser& parser, LogTarget& target) : parser_(parser), target_(target) {}
    bool read() {
        return read_length() && read_format() && read_sample() && read_profile() && read_facility() && read_levels();
    }

  private:
    bool fail(const Word& word, std::string text) {
        complain_log(parser_, word, std::move(text));
        return false;
    }
    bool read_length() {
        if (parser_.arg(at_) != "len") return true;
        const auto length = config::leading_number(parser_.arg(at_ + 1));
        if (length < 80 || length > 65535)
            return fail(parser_.arg_word(at_ + 1),
                        "invalid log length " + quoted(parser_.arg(at_ + 1)) + ", must be between 80 and 65535");
        target_.max_length = static_cast<std::uint16_t>(length);
        at_ += 2;
        return true;
    }
    bool read_format() {
        if (parser_.arg(at_) != "format") return true;
        const auto format = find_log_format(parser_.arg(at_ + 1));
        if (!format) return fail(parser_.arg_word(at_ + 1), "unknown log format " + quoted(parser_.arg(at_ + 1)));
        target_.format = *format;
        at_ += 2;
        return true;
    }
    bool read_sample() {
        if (parser_.arg(at_) != "sample") return true;
        const Word& word = parser_.arg_word(at_ + 1);
        const std::size_t colon = parser_.arg(at_ + 1).find(':');
        if (colon == std::string_view::npos) return fail(word, "Missing sample size");
        const std::string_view text = word.text.substr(0, colon), size = word.text.substr(colon + 1);
        if (text.empty()) return fail(word, "no sampling ranges given");
        std::uint32_t highest = 0;
        for (std::string_view piece : base::split(text.ends_with(',') ? text.substr(0, text.size() - 1) : text, ',')) {
            model::LogSample::Range range;
            if (!read_range(piece, range)) return fail(word, "wrong sample range " + quoted(piece));
            for (const auto& other : target_.sample.ranges)
                if (range.low <= other.high && other.low <= range.high) return fail(word, "ranges are overlapping");
            highest = std::max(highest, range.high);
            target_.sample.ranges.push_back(range);
        }
        const auto number = base::parse_uint(size);
        if (!number || *number == 0 || *number > 0xffffffffU)
            return fail(word, "wrong sample size " + quoted(size) + " for sample range " + quoted(text));
        target_.sample.size = static_cast<std::uint32_t>(*number);
        if (target_.sample.size < highest)
            return fail(word, "sample size " + std::to_string(target_.sample.size) + " should be greater or equal to " +
                                  std::to_string(highest) + " the maximum of the high ranges limits");
        at_ += 2;
        return true;
    }
    static bool read_range(std::string_view text, model::LogSample::Range& range) {
        const std::size_t dash = text.find('-');
        const auto low = base::parse_uint(text.substr(0, dash));
        const auto high = dash == std::string_view::npos ? low : base::parse_uint(text.substr(dash + 1));
        if (!low || !high || *low == 0 || *high > 0xffffffffU) return false;
        range = {static_cast<std::uint32_t>(*low), static_cast<std::uint32_t>(*high)};
        return dash == std::string_view::npos || range.low < range.high;
    }
    bool read_profile() {
        if (parser_.arg(at_) != "profile") return true;
        target_.profile_name = parser_.arg(at_ + 1);
        at_ += 2;
        return true;
    }
    bool read_facility() {
        const int facility = log::find_facility(parser_.arg(at_));
        if (facility < 0) return fail(parser_.arg_word(at_), "unknown log facility " + quoted(parser_.arg(at_)));
        target_.facility = static_cast<std::uint8_t>(facility);
        ++at_;
        return true;
    }
    bool read_level(std::uint8_t& to, std::string_view what) {
        if (parser_.arg(at_).empty()) return true;
        const int level = log::find_level(parser_.arg(at_));
        if (level < 0)
            return fail(parser_.arg_word(at_),
                        "unknown optional " + std::string(what) + " " + quoted(parser_.arg(at_)));
        to = static_cast<std::uint8_t>(level);
        ++at_;
        return true;
    }
    bool read_levels() {
        if (!read_level(target_.level, "log level") || !read_level(target_.min_level, "minimum log level"))
            return false;
        if (parser_.arg(at_).empty()) return true;
        return fail(parser_.arg_word(at_), "cannot handle unexpected argument " + quoted(parser_.arg(at_)));
    }

    Parser& parser_;
    LogTarget& target_;
    std::size_t at_ = 1;
};

/// `log tcp@...`: a ring of its own with that one server behind it.
void add_own_ring(Parser& parser, LogTarget& target, const model::Endpoint& endpoint) {
    auto ring = std::make_unique<model::LogRing>();
    ring->name = "ring#" + std::to_string(parser.config().rings.size() + 1) + " " + endpoint.text;
    ring->description = "lines on their way to " + endpoint.text;
    ring->format = target.format;
    ring->max_length = target.max_length;
    ring->place = target.place;
    ring->servers.push_back({endpoint.text, endpoint, false, {}, target.place});
    ring->connect_timeout_ms = 1000;
    ring->server_timeout_ms = 5000;
    target.ring = ring->name;
    parser.config().rings.push_back(std::move(ring));
}

bool read_target_address(Parser& parser, LogTarget& target) {
    const Word& word = parser.arg_word(0);
    std::string_view text = word.text;
    if (text == "stdout") text = "fd@1";
    if (text == "stderr") text = "fd@2";
    if (text.starts_with("ring@")) {
        target.ring = text.substr(5);
        return true;
    }
    if (text.starts_with("backend@")) {
        parser.note_since("2.9");
        target.backend = text.substr(8);
        return true;
    }
    auto endpoint = parser.address(word, text, {.fd_allowed = true, .datagram = true}, "log");
    if (!endpoint) return false;
    const bool network = endpoint->kind == model::Endpoint::Kind::ip || endpoint->kind == model::Endpoint::Kind::host;
    if (network && endpoint->port_low == 0) {
        endpoint->port_low = endpoint->port_high = 514;
        endpoint->ip.set_port(514);
    }
    if (!config::resolve_host(*endpoint)) {
        complain_log(parser, word, "invalid address: " + quoted(endpoint->path) + " in " + quoted(text));
        return false;
    }
    if (!endpoint->datagram && endpoint->kind != model::Endpoint::Kind::fd) {
        add_own_ring(parser, target, *endpoint);
        return true;
    }
    target.endpoint = std::move(*endpoint);
    return true;
}

void add_log(Parser& parser) {
    const bool global = parser.section() == kGlobal;
    if (parser.negated()) {
        if (!parser.args().empty())
            return complain_log(parser, parser.arg_word(0), "'no log' does not expect arguments");
        targets_of(parser).clear();
        return;
    }
    if (global && parser.args().size() == 1 && parser.arg(0) == "global")
        return complain_log(parser, parser.arg_word(0), "'global' is not supported for a global syslog server");
    if (parser.args().size() < 2)
        return complain_log(
            parser, parser.words()[0],
            std::string("expects <address> and <facility> ") + (global ? "" : "or global") + " as arguments");
    LogTarget target;
    target.place = parser.words()[0].place;
    if (global) target.global_number = static_cast<std::uint32_t>(parser.global().logs.size() + 1);
    if (TargetReader(parser, target).read() && read_target_address(parser, target))
        targets_of(parser).push_back(std::move(target));
}

/// `log global`: what the global section has said so far, each target once, in addition to the proxy's own.
void add_global_logs(Parser& parser) {
    if (!parser.args().empty()) return add_log(parser);  // a host called "global"
    auto& own = targets_of(parser);
    for (const LogTarget& target : parser.global().logs) {
        const bool known = std::any_of(own.begin(), own.end(), [&](const LogTarget& other) {
            return other.global_number == target.global_number;
        });
        if (known) continue;
        own.push_back(target);
        own.back().place = parser.words()[0].place;
    }
}

template <auto Member>
void set_log_tag(Parser& parser) {
    field<Member>(parser) = parser.arg(0);
}

std::string previous_format(const model::Proxy& proxy) {
    if (proxy.options.httpslog) return "option httpslog";
    if (proxy.options.tcplog_clf) return "option tcplog clf";
    if (proxy.log_format) return "log-format";
    if (proxy.options.clf_log) return "option httplog clf";
    if (proxy.options.httplog) return "option httplog";
    return proxy.options.tcplog ? "option tcplog" : "";
}

/// All words that choose the format of log lines: the last one counts. `shown` is how HAProxy calls this one.
void choose_format(Parser& parser, std::string_view shown) {
    auto& proxy = parser.proxy();
    const std::string before = previous_format(proxy);
    if (parser.in_defaults() && !before.empty())
        parser.warning(parser.words()[0],
                       quoted(shown) + " overrides previous '" + before + "' in 'defaults' section.");
    if (!parser.in_defaults() && !proxy.is_frontend())
        parser.warning(parser.words()[0],
                       "backend " + quoted(proxy.name) + " : " + quoted(shown) + " directive is ignored in backends.");
    auto& options = proxy.options;
    options.httplog = options.tcplog = options.clf_log = options.httpslog = options.tcplog_clf = false;
    proxy.log_format = nullptr;
    proxy.log_format_place = parser.words()[0].place;
}

void log_http(Parser& parser) {
    if (!parser.args().empty())
        return parser.alert(parser.arg_word(0), "keyword 'httplog' only supports option 'clf'.");
    choose_format(parser, "option httplog");
    parser.proxy().options.httplog = true;
}

void log_clf(Parser& parser) {
    choose_format(parser, "option httplog clf");
    parser.proxy().options.clf_log = true;
}

/// A built-in format that is read like one of the file.
void choose_built_in(Parser& parser, std::string_view shown, std::string_view format) {
    choose_format(parser, shown);
    std::string error;
    parser.proxy().log_format = compile_format(parser, {format, parser.words()[0].place}, error, log::Use::line);
}

void log_https(Parser& parser) {
    choose_built_in(parser, "option httpslog", log::kHttpsFormat);
    parser.proxy().options.httpslog = true;
}

void log_tcp_clf(Parser& parser) {
    choose_built_in(parser, "option tcplog clf", log::kTcpClfFormat);
    parser.proxy().options.tcplog_clf = true;
}

void log_tcp(Parser& parser) {
    choose_format(parser, "option tcplog");
    parser.proxy().options.tcplog = true;
}

/// log-format, log-format-sd, error-log-format. Frontends only, but HAProxy takes them in backends, with a warning.
std::shared_ptr<const model::Template> read_log_format(Parser& parser, std::string_view what) {
    std::string error;
    if (parser.args().size() > 1) {
        parser.alert(parser.arg_word(1),
                     std::string(parser.keyword().name) + " expects only one argument, don't forget to escape spaces!");
        return nullptr;
    }
    auto format = compile_format(parser, parser.arg_word(0), error, log::Use::line);
    if (!format) {
        parser.alert(parser.arg_word(0), "failed to parse " + std::string(what) + " : " + error + ".");
        return nullptr;
    }
    if (log::prints_server_side(*format)) parser.proxy().log_server_side = true;
    return format;
}

void set_log_format(Parser& parser) {
    choose_format(parser, "log-format");
    parser.proxy().log_format = read_log_format(parser, "log-format");
}

void warn_ignored_in_backend(Parser& parser) {
    if (!parser.in_defaults() && !parser.proxy().is_frontend())
        parser.warning(parser.words()[0], "backend " + quoted(parser.proxy().name) + " : " +
                                              quoted(parser.keyword().name) + " directive is ignored in backends.");
}

void set_log_format_sd(Parser& parser) {
    parser.proxy().log_format_sd = read_log_format(parser, "log-format-sd");
    warn_ignored_in_backend(parser);
}

void set_error_log_format(Parser& parser) {
    auto& format = parser.proxy().error_log_format;
    if (format && parser.in_defaults())
        parser.warning(parser.words()[0],
                       "'error-log-format' overrides previous 'error-log-format' in 'defaults' section.");
    format = read_log_format(parser, "error-log-format");
    warn_ignored_in_backend(parser);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "error-log-format", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_error_log_format, .form = "error-log-format expects an argument.", .since = "2.5", .misplaced = Misplaced::own},
    {.name = "log", .sections = kProxies | kGlobal, .support = Support::done, .parse = add_log, .prefixes = kNo},
    {.name = "log", .sections = kLogForward, .support = Support::done, .parse = add_log, .since = "2.3"},
    // HAProxy reads it in peers sections, and writes nothing there.
    {.name = "log", .sections = kPeers, .support = Support::advisory, .parse = add_log, .since = "2.1"},
    {.name = "log global", .sections = kProxies, .support = Support::done, .parse = add_global_logs},
    {.name = "log global", .sections = kLogForward, .support = Support::done, .parse = add_global_logs, .since = "2.3"},
    {.name = "log-format", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_log_format, .form = "log-format expects an argument.", .since = "1.5", .misplaced = Misplaced::own},
    {.name = "log-format-sd", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_log_format_sd, .form = "log-format-sd expects an argument.", .since = "1.6", .misplaced = Misplaced::own},
    {.name = "log-stderr", .sections = kFcgiApp, .support = Support::done, .parse = add_log, .since = "2.1"},
    {.name = "log-stderr global", .sections = kFcgiApp, .support = Support::done, .parse = add_global_logs, .since = "2.1"},
    {.name = "log-tag", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_text<&Global::log_tag>, .form = "expects a tag for use in syslog.", .since = "1.5"},
    {.name = "log-tag", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_text<&ProxySettings::log_tag>, .form = "expects a tag for use in syslog.", .since = "1.6"},
    {.name = "option httplog", .sections = kFrontends, .support = Support::done, .parse = log_http, .misplaced = Misplaced::own},
    {.name = "option httplog clf", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = log_clf, .misplaced = Misplaced::own},
    {.name = "option httpslog", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = log_https, .since = "2.5", .misplaced = Misplaced::own},
    {.name = "option tcplog", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = log_tcp, .misplaced = Misplaced::own},
    {.name = "option tcplog clf", .sections = kFrontends, .arity = {0, 0}, .support = Support::done, .parse = log_tcp_clf, .misplaced = Misplaced::own},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
std::optional<LogFormatKind> find_log_format(std::string_view name) {
    for (const FormatName& row : kFormats)
        if (row.name == name) return row.kind;
    return std::nullopt;
}

}  // namespace cfgproxy::keywords
