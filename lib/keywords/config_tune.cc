// Tuning words of the `global` section (manual 2.6 section 3.2 and its successors). Most are advisory: their values are
// checked, and nothing that a user can observe would follow from them here.
#include <limits>
#include <optional>

#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using config::TimeUnit;
using model::CompressionLimits;
using model::Global;

/// A text that can be a template's argument.
template <std::size_t Size>
struct Choices {
    char text[Size];
    consteval Choices(const char (&from)[Size]) {  // NOLINT: rows write the text itself
        for (std::size_t i = 0; i < Size; ++i) text[i] = from[i];
    }
    std::string_view view() const { return {text, Size - 1}; }
};

bool is_one_of(std::string_view word, std::string_view choices) {
    for (std::string_view choice : base::split(choices, '|'))
        if (choice == word) return true;
    return false;
}

/// "'on', 'fair' or 'off'".
std::string list_choices(std::string_view choices) {
    std::string out;
    const auto last = choices.rfind('|');
    for (std::size_t begin = 0; begin < choices.size();) {
        const auto end = std::min(choices.find('|', begin), choices.size());
        if (begin > 0) out += begin == last + 1 ? " or " : ", ";
        out += quoted(choices.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

void refuse_choice(Parser& parser, std::size_t argument, std::string_view lead, std::string_view choices) {
    parser.alert(parser.arg_word(argument), quoted(parser.keyword().name) + " expects " + std::string(lead) +
                                                list_choices(choices) + " but got " + quoted(parser.arg(argument)) +
                                                ".");
}

template <Choices kChoices>
void check_choice(Parser& parser) {
    if (!is_one_of(parser.arg(0), kChoices.view())) refuse_choice(parser, 0, "either ", kChoices.view());
}

/// Several of them, one word each.
template <Choices kChoices>
void check_choices(Parser& parser) {
    for (std::size_t i = 0; i < parser.args().size(); ++i)
        if (!is_one_of(parser.arg(i), kChoices.view()))
            return refuse_choice(parser, i, "a combination of either ", kChoices.view());
}

/// Whether the time of streams is measured (cpu_ns_*, lat_ns_*). HAProxy's "auto" begins when all is slow already.
void set_profiling(Parser& parser) {
    check_choices<"on|auto|off|lock|no-lock|memory|no-memory">(parser);
    parser.config().global.profile_tasks = parser.arg(0) == "on";
}

/// Several of them in one word, with commas between.
template <Choices kChoices>
void check_list(Parser& parser) {
    for (std::string_view word : base::split(parser.arg(0), ','))
        if (!is_one_of(word, kChoices.view()))
            return refuse_choice(parser, 0, "a comma-delimited list of ", kChoices.view());
}

/// What atol(3) reads must lie within the limits.
template <std::int64_t Low, std::int64_t High = std::numeric_limits<std::int64_t>::max()>
void check_number(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number >= Low && number <= High) return;
    std::string text = quoted(parser.keyword().name);
    if (High == std::numeric_limits<std::int64_t>::max())
        text += Low == 0   ? " expects a positive numeric value."
                : Low == 1 ? " expects a positive integer."
                           : " expects a value >= " + std::to_string(Low) + ".";
    else
        text += " expects a numeric value between " + std::to_string(Low) + " and " + std::to_string(High) + ".";
    parser.alert(parser.arg_word(0), std::move(text));
}

template <TimeUnit Unit, std::int64_t Low = 0, std::int64_t High = std::numeric_limits<std::int64_t>::max()>
void check_time(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), Unit);
    if (time.status != config::Duration::Status::ok)
        return parser.alert(parser.arg_word(0),
                            describe_time_problem(time, parser.arg(0), parser.keyword().name, Unit));
    if (time.value < Low || time.value > High)
        parser.alert(parser.arg_word(0), quoted(parser.keyword().name) + " expects a timer value between " +
                                             std::to_string(Low) + " and " + std::to_string(High) + " ms.");
}

/// "16384", "32k", "1m", "1g"; reported and nothing if it is no size.
std::optional<std::int64_t> read_size(Parser& parser) {
    std::string_view text = parser.arg(0);
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    std::int64_t size = digits > 0 && digits < 12 ? config::leading_number(text) : -1;
    std::string_view unit = text.substr(digits);
    if (unit.size() == 1 && size >= 0) {
        const char letter = base::to_lower(unit[0]);
        const int shift = letter == 'k' ? 10 : letter == 'm' ? 20 : letter == 'g' ? 30 : 0;
        if (shift > 0) unit = {};
        size <<= shift;
    }
    if (size >= 0 && unit.empty()) return size;
    parser.alert(parser.arg_word(0), "unexpected " + quoted(unit.empty() ? text : unit) + " after size passed to " +
                                         quoted(parser.keyword().name));
    return std::nullopt;
}

void check_size(Parser& parser) { read_size(parser); }

template <std::uint32_t Global::*Member>
void set_size_once(Parser& parser) {
    auto& field = parser.global().*Member;
    if (field != Global{}.*Member)
        return parser.alert_but_continue(parser.words()[0],
                                         quoted(parser.keyword().name) + " already specified. Continuing.");
    if (const auto size = read_size(parser)) assign_number(field, *size);
}

void set_payload_size(Parser& parser) {
    if (const auto size = read_size(parser)) assign_number(parser.global().max_cli_payload, *size);
}

void set_buffer_size(Parser& parser) {
    const auto read = read_size(parser);
    if (!read) return;
    if (*read <= 0) return parser.alert(parser.arg_word(0), "'tune.bufsize' expects a positive integer argument.");
    auto& size = parser.global().buffer_size;
    assign_number(size, *read);
    size = (size + 15) & ~15u;  // HAProxy aligns its end to two pointers
}

void set_max_rewrite(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0) return parser.alert(parser.arg_word(0), "'tune.maxrewrite' expects a positive integer argument.");
    assign_number(parser.global().max_rewrite, number);
}

void set_max_headers(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 1 || number > 32767)
        return parser.alert(parser.arg_word(0), "'tune.http.maxhdr' expects a numeric value between 1 and 32767");
    parser.global().max_http_headers = static_cast<std::uint32_t>(number);
}

void set_max_accept(Parser& parser) {
    if (parser.global().max_accept)
        return parser.alert_but_continue(parser.words()[0], "'tune.maxaccept' already specified. Continuing.");
    const auto number = config::leading_number(parser.arg(0));
    if (number > 0x7fffffff)
        return parser.alert(parser.arg_word(0), "'tune.maxaccept' expects -1 or an integer from 0 to INT_MAX.");
    parser.global().max_accept = number < 0 ? 0xffffffffu : static_cast<std::uint32_t>(number);
}

/// N [rq-load {auto|ignore|M}] [min M]: the last two since 3.4.
void check_streams(Parser& parser) {
    const auto most = config::leading_number(parser.arg(0));
    if (most < 0)
        return parser.alert(parser.arg_word(0), quoted(parser.keyword().name) + " expects a positive numeric value.");
    for (std::size_t i = 1; i < parser.args().size(); i += 2) {
        std::string_view option = parser.arg(i), value = parser.arg(i + 1);
        const auto number = config::leading_number(value);
        std::string problem;
        if (option != "rq-load" && option != "min")
            problem = " only supports 'rq-load' or 'min' after the numeric value, but found " + quoted(option) + ".";
        else if (option == "rq-load" && value != "auto" && value != "ignore" && number <= 0)
            problem = " expects a strictly positive run-queue length, or 'auto' or 'ignore'.";
        else if (option == "min" && number <= 0)
            problem = " expects a strictly positive minimum number of streams.";
        else if (option == "min" && number > most)
            problem = " minimum number of streams cannot be higher than the maximum.";
        if (!problem.empty()) return parser.alert(parser.arg_word(i), quoted(parser.keyword().name) + problem);
    }
}

/// All threads are of one group: `full` is `on`.
void set_idle_pool_shared(Parser& parser) {
    check_choice<"full|on|off">(parser);
    parser.global().idle_pool_shared = parser.arg(0) != "off";
}

/// tune.h2.*: of the front side, of the back side, or of both.
template <std::uint32_t model::H2Tuning::*Member, bool Front, bool Back>
void set_h2(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0 || number > 0x7fffffff) return check_number<0>(parser);
    if (Front) parser.global().h2_front.*Member = static_cast<std::uint32_t>(number);
    if (Back) parser.global().h2_back.*Member = static_cast<std::uint32_t>(number);
}

template <std::uint32_t model::H2Tuning::*Member, std::int64_t Low, std::int64_t High>
void set_h2_between(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < Low || number > High) return check_number<Low, High>(parser);
    set_h2<Member, true, true>(parser);
}

template <std::uint32_t model::Global::*Limit>
void set_h1_glitches(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0 || number > 0x7fffffff) return check_number<0>(parser);
    parser.global().*Limit = static_cast<std::uint32_t>(number);
}

void set_glitch_kill(Parser& parser) {
    const auto number = config::leading_number(parser.arg(0));
    if (number < 0 || number > 100) return check_number<0, 100>(parser);
    parser.global().glitch_kill_busy = static_cast<std::uint32_t>(number);
}

void set_peers_updates(Parser& parser) {
    check_number<1>(parser);
    assign_number(parser.global().peers_max_updates, config::leading_number(parser.arg(0)));
}

template <std::uint32_t CompressionLimits::*Member, std::int64_t Low, std::int64_t High>
void set_compression(Parser& parser) {
    check_number<Low, High>(parser);
    assign_number(parser.global().compression.*Member, config::leading_number(parser.arg(0)));
}

void set_compression_idle(Parser& parser) {
    check_number<0, 100>(parser);
    assign_number(parser.global().compression.least_idle, 100 - config::leading_number(parser.arg(0)));
}

void set_max_reloads(Parser& parser) {
    check_number<0>(parser);
    assign_number(parser.global().max_reloads, config::leading_number(parser.arg(0)));
}

template <std::uint32_t Global::*Member>
void set_record(Parser& parser) {
    check_number<0>(parser);
    assign_number(parser.global().*Member, config::leading_number(parser.arg(0)));
}

template <std::uint32_t Global::*Member>
void set_size(Parser& parser) {
    if (const auto size = read_size(parser)) assign_number(parser.global().*Member, *size);
}

template <std::optional<std::int32_t> Global::*Member>
void set_nice(Parser& parser) {
    check_number<-20, 19>(parser);
    parser.global().*Member = static_cast<std::int32_t>(config::leading_number(parser.arg(0)));
}

void set_h2_streams(Parser& parser) {
    check_streams(parser);
    if (config::leading_number(parser.arg(0)) >= 0) set_h2<&model::H2Tuning::max_streams, true, false>(parser);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "anonkey", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0, 4294967295>, .since = "2.7"},
    {.name = "debug.counters", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.2"},
    {.name = "fd-hard-limit", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number_once<&Global::descriptors_limit>, .form = "expects an integer argument.", .since = "2.6"},
    {.name = "force-cfg-parser-pause", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.1"},
    {.name = "harden.reject-privileged-ports.quic", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.0"},
    {.name = "httpclient.resolvers.disabled", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.8"},
    {.name = "httpclient.resolvers.id", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = accept, .since = "2.6"},
    {.name = "httpclient.resolvers.prefer", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"ipv4|ipv6">, .since = "2.6"},
    {.name = "httpclient.retries", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "2.9"},
    {.name = "httpclient.ssl.ca-file", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = accept, .since = "2.6"},
    {.name = "httpclient.ssl.verify", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"none|required">, .since = "2.6"},
    {.name = "httpclient.timeout.connect", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "2.9"},
    {.name = "limited-quic", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "2.9"},
    {.name = "max-threads-per-group", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.4"},
    {.name = "maxcompcpuusage", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_compression_idle, .form = "expects an integer argument between 0 and 100.", .since = "1.5"},
    {.name = "mworker-max-reloads", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_max_reloads, .since = "2.0"},
    {.name = "no-quic", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "2.8", .until = "3.2"},
    {.name = "profiling.memory", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.4"},
    {.name = "profiling.tasks", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_profiling, .since = "1.9"},
    {.name = "stress-level", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0, 9>, .since = "3.2"},
    {.name = "thread-group", .sections = kGlobal, .arity = {1}, .support = Support::advisory, .parse = accept, .since = "2.6"},
    {.name = "thread-groups", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "2.5"},
    {.name = "thread-hard-limit", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.0"},
    {.name = "tune.applet.zero-copy-forwarding", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.0"},
    {.name = "tune.buffers.limit", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .form = "expects an integer argument.", .since = "1.6"},
    {.name = "tune.buffers.reserve", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .form = "expects an integer argument.", .since = "1.6"},
    {.name = "tune.bufsize", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_buffer_size, .form = "expects an integer argument.", .since = "1.4"},
    {.name = "tune.bufsize.large", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.4"},
    {.name = "tune.bufsize.small", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.1"},
    {.name = "tune.chksize", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "1.5", .until = "2.4"},
    {.name = "tune.cli.max-payload-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_payload_size, .form = "expects a size argument.", .since = "3.4"},
    {.name = "tune.comp.maxlevel", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_compression<&CompressionLimits::level, 1, 9>, .since = "1.5"},
    {.name = "tune.defaults.purge", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "3.4"},
    {.name = "tune.disable-fast-forward", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "2.8"},
    {.name = "tune.disable-zero-copy-forwarding", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "2.9"},
    {.name = "tune.epoll.mask-events", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_list<"err|hup|rdhup">, .since = "3.2"},
    {.name = "tune.events.max-events-at-once", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1, 10000>, .since = "2.9"},
    {.name = "tune.fd.edge-triggered", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.2"},
    {.name = "tune.glitches.kill.cpu-usage", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_glitch_kill, .since = "3.2"},
    {.name = "tune.h1.be.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h1_glitches<&model::Global::h1_back_glitches>, .since = "3.4"},
    {.name = "tune.h1.fe.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h1_glitches<&model::Global::h1_front_glitches>, .since = "3.4"},
    {.name = "tune.h1.zero-copy-fwd-recv", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.9"},
    {.name = "tune.h1.zero-copy-fwd-send", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.9"},
    {.name = "tune.h2.be.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::max_glitches, false, true>, .since = "3.0"},
    {.name = "tune.h2.be.initial-window-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::initial_window, false, true>, .since = "2.8"},
    {.name = "tune.h2.be.max-concurrent-streams", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::max_streams, false, true>, .since = "2.8"},
    {.name = "tune.h2.be.max-frames-at-once", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.4"},
    {.name = "tune.h2.be.rxbuf", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.1"},
    {.name = "tune.h2.fe.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::max_glitches, true, false>, .since = "3.0"},
    {.name = "tune.h2.fe.initial-window-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::initial_window, true, false>, .since = "2.8"},
    {.name = "tune.h2.fe.max-concurrent-streams", .sections = kGlobal, .arity = {1}, .support = Support::done, .parse = set_h2_streams, .since = "2.8"},
    {.name = "tune.h2.fe.max-frames-at-once", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.4"},
    {.name = "tune.h2.fe.max-rst-at-once", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.4"},
    {.name = "tune.h2.fe.max-total-streams", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::max_total_streams, true, false>, .since = "3.0"},
    {.name = "tune.h2.fe.rxbuf", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.1"},
    {.name = "tune.h2.header-table-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2_between<&model::H2Tuning::header_table, 4096, 65536>, .since = "1.8"},
    {.name = "tune.h2.initial-window-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::initial_window, true, true>, .since = "1.8"},
    {.name = "tune.h2.log-errors", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"none|connection|stream">, .since = "3.4"},
    {.name = "tune.h2.max-concurrent-streams", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2<&model::H2Tuning::max_streams, true, true>, .since = "1.8"},
    {.name = "tune.h2.max-frame-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_h2_between<&model::H2Tuning::max_frame, 16384, 16777215>, .since = "2.0"},
    {.name = "tune.h2.zero-copy-fwd-send", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.9"},
    {.name = "tune.http.cookielen", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number<&Global::cookie_length>, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "tune.http.logurilen", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_number<&Global::log_uri_length>, .form = "expects an integer argument.", .since = "1.8"},
    {.name = "tune.http.maxhdr", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_max_headers, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "tune.idle-pool.shared", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_idle_pool_shared, .since = "2.2"},
    {.name = "tune.idletimer", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms, 0, 65535>, .since = "1.5"},
    {.name = "tune.listener.default-shards", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"by-process|by-group|by-thread">, .since = "2.8"},
    {.name = "tune.listener.multi-queue", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|fair|off">, .since = "2.0"},
    {.name = "tune.lua.bool-sample-conversion", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"normal|pre-3.1-bug">, .since = "3.2"},
    {.name = "tune.lua.burst-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "2.8"},
    {.name = "tune.lua.forced-yield", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "1.6"},
    {.name = "tune.lua.log.loggers", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.9"},
    {.name = "tune.lua.log.stderr", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|auto|off">, .since = "2.9"},
    {.name = "tune.lua.maxmem", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "1.6"},
    {.name = "tune.lua.openlibs", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = accept, .since = "3.4"},
    {.name = "tune.lua.service-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "1.6"},
    {.name = "tune.lua.session-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "1.6"},
    {.name = "tune.lua.task-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "1.6"},
    {.name = "tune.max-checks-per-thread", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "2.9"},
    {.name = "tune.max-rules-at-once", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.2"},
    {.name = "tune.maxaccept", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_max_accept, .form = "expects an integer argument."},
    {.name = "tune.maxpollevents", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<-2147483647, 1000000>, .form = "expects an integer argument."},
    {.name = "tune.maxrewrite", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_max_rewrite, .form = "expects an integer argument.", .since = "1.4"},
    {.name = "tune.memory.hot-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "2.8"},
    {.name = "tune.notsent-lowat.client", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::not_sent_client>, .since = "3.2"},
    {.name = "tune.notsent-lowat.server", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::not_sent_server>, .since = "3.2"},
    {.name = "tune.pattern.cache-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "1.6"},
    {.name = "tune.peers.max-updates-at-once", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_peers_updates, .since = "2.6"},
    {.name = "tune.pipesize", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size<&Global::pipe_size>, .form = "expects an integer argument.", .since = "1.5"},
    {.name = "tune.pool-high-fd-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0, 100>, .since = "2.0"},
    {.name = "tune.pool-low-fd-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0, 100>, .since = "2.0"},
    {.name = "tune.pt.zero-copy-forwarding", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.9"},
    {.name = "tune.quic.backend.max-idle-timeou", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "2.6", .until = "3.0"},
    {.name = "tune.quic.be.cc.cubic-min-losses", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.be.cc.hystart", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.be.cc.max-frame-loss", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.be.cc.max-win-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.3"},
    {.name = "tune.quic.be.cc.reorder-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.3"},
    {.name = "tune.quic.be.max-idle-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "3.3"},
    {.name = "tune.quic.be.sec.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.be.stream.data-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1, 100>, .since = "3.3"},
    {.name = "tune.quic.be.stream.max-concurrent", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.be.stream.rxbuf", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.3"},
    {.name = "tune.quic.be.tx.pacing", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.be.tx.udp-gso", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.cc-hystart", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.0"},
    {.name = "tune.quic.cc.cubic.min-losses", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.1"},
    {.name = "tune.quic.disable-tx-pacing", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "3.2"},
    {.name = "tune.quic.disable-udp-gso", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "3.1"},
    {.name = "tune.quic.fe.cc.cubic-min-losses", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.fe.cc.hystart", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.fe.cc.max-frame-loss", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.fe.cc.max-win-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.3"},
    {.name = "tune.quic.fe.cc.reorder-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.3"},
    {.name = "tune.quic.fe.max-idle-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "3.3"},
    {.name = "tune.quic.fe.sec.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.fe.sec.retry-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.3"},
    {.name = "tune.quic.fe.sock-per-conn", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"default-on|force-off">, .since = "3.3"},
    {.name = "tune.quic.fe.stream.data-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1, 100>, .since = "3.3"},
    {.name = "tune.quic.fe.stream.max-concurrent", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.3"},
    {.name = "tune.quic.fe.stream.max-total", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.4"},
    {.name = "tune.quic.fe.stream.rxbuf", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.3"},
    {.name = "tune.quic.fe.tx.pacing", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.fe.tx.udp-gso", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.frontend.conn-tx-buffers.limit", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "2.6", .until = "3.2"},
    {.name = "tune.quic.frontend.default-max-window-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.1"},
    {.name = "tune.quic.frontend.glitches-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "3.0"},
    {.name = "tune.quic.frontend.max-data-size", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.2"},
    {.name = "tune.quic.frontend.max-idle-timeout", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms>, .since = "2.6"},
    {.name = "tune.quic.frontend.max-streams-bidi", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "2.6"},
    {.name = "tune.quic.frontend.max-tx-mem", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.2"},
    {.name = "tune.quic.frontend.stream-data-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1, 100>, .since = "3.2"},
    {.name = "tune.quic.listen", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "3.3"},
    {.name = "tune.quic.max-frame-loss", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<1>, .since = "2.8"},
    {.name = "tune.quic.mem.tx-max", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "3.3"},
    {.name = "tune.quic.reorder-ratio", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0, 100>, .since = "3.0"},
    {.name = "tune.quic.retry-threshold", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "2.6"},
    {.name = "tune.quic.socket-owner", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"connection|listener">, .since = "2.8"},
    {.name = "tune.quic.zero-copy-fwd-send", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.9"},
    {.name = "tune.rcvbuf.backend", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "2.9"},
    {.name = "tune.rcvbuf.client", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::receive_buffer_client>, .form = "expects an integer argument.", .since = "1.4"},
    {.name = "tune.rcvbuf.frontend", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::receive_buffer_datagrams>, .since = "2.9"},
    {.name = "tune.rcvbuf.server", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::receive_buffer_server>, .form = "expects an integer argument.", .since = "1.4"},
    {.name = "tune.recv_enough", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .form = "expects an integer argument.", .since = "1.7"},
    {.name = "tune.renice.runtime", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_nice<&Global::nice_later>, .since = "3.1"},
    {.name = "tune.renice.startup", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_nice<&Global::nice_at_start>, .since = "3.1"},
    {.name = "tune.ring.queues", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0, 64>, .since = "3.0"},
    {.name = "tune.runqueue-depth", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .form = "expects an integer argument.", .since = "1.9"},
    {.name = "tune.sched.low-latency", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"on|off">, .since = "2.2"},
    {.name = "tune.sndbuf.backend", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::send_buffer_logs>, .since = "2.9"},
    {.name = "tune.sndbuf.client", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::send_buffer_client>, .form = "expects an integer argument.", .since = "1.4"},
    {.name = "tune.sndbuf.frontend", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_size, .since = "2.9"},
    {.name = "tune.sndbuf.server", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_size_once<&Global::send_buffer_server>, .form = "expects an integer argument.", .since = "1.4"},
    {.name = "tune.ssl.certificate-compression", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"auto|off">, .since = "3.4"},
    {.name = "tune.ssl.force-private-cache", .sections = kGlobal, .arity = {0, 0}, .support = Support::advisory, .parse = accept, .since = "1.5"},
    {.name = "tune.ssl.hard-maxrecord", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_record<&Global::tls_hard_max_record>, .since = "2.6"},
    {.name = "tune.ssl.maxrecord", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_record<&Global::tls_max_record>, .since = "1.5"},
    {.name = "tune.streams-elasticity", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_number<0>, .since = "3.4"},
    {.name = "tune.takeover-other-tg-connections", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_choice<"none|restricted|full">, .since = "3.2"},
    {.name = "tune.zlib.memlevel", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_compression<&CompressionLimits::memory_level, 1, 9>, .since = "1.5"},
    {.name = "tune.zlib.windowsize", .sections = kGlobal, .arity = {1, 1}, .support = Support::done, .parse = set_compression<&CompressionLimits::window_bits, 8, 15>, .since = "1.5"},
    {.name = "warn-blocked-traffic-after", .sections = kGlobal, .arity = {1, 1}, .support = Support::advisory, .parse = check_time<TimeUnit::ms, 1, 1000>, .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
