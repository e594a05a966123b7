// `timeout` in proxies, and the words that it had in 1.x (manual 2.6 section 4.2).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Timeouts;

/// The name behind "timeout", be it the row's own or that of the modern word.
std::string_view short_name(const Keyword& row) {
    std::string_view name = row.modern.empty() ? row.name : row.modern;
    return name.substr(name.find(' ') + 1);
}

template <std::int64_t Timeouts::*Member>
void set_timeout(Parser& parser) {
    const std::string name(short_name(parser.keyword())), text(parser.arg(0));
    const Word& word = parser.arg_word(0);
    const auto time = config::parse_time(text, config::TimeUnit::ms);
    using Status = config::Duration::Status;
    if (time.status == Status::overflow)
        return parser.alert(word, "timer overflow in argument '" + text + "' to 'timeout " + name +
                                      "' (maximum value is 2147483647 ms or ~24.8 days)");
    if (time.status == Status::underflow)
        return parser.alert(word, "timer underflow in argument '" + text + "' to 'timeout " + name +
                                      "' (minimum non-null value is 1 ms)");
    if (time.status == Status::unexpected)
        return parser.alert(word,
                            "unexpected character '" + std::string(1, time.unexpected) + "' in 'timeout " + name + "'");
    auto& timeout = parser.proxy().timeouts.*Member;
    const bool here = parser.keyword().sections & parser.section();
    if (here && !parser.in_defaults() && timeout != parser.inherited().timeouts.*Member)
        parser.warning(parser.words()[0], "overwriting 'timeout " + name + "' which was already specified");
    if (parser.args().size() > 1)
        return parser.alert(parser.arg_word(1), "'timeout " + name + "' : unexpected extra argument '" +
                                                    std::string(parser.arg(1)) + "' after value '" + text + "'.");
    timeout = time.value ? time.value : -1;  // 0 is as if the line were not there
}

/// 1.3: how long a word of `appsession` was kept; without that line it is the time of nothing.
void check_session_timeout(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok)
        parser.alert(parser.arg_word(0),
                     describe_time_problem(time, parser.arg(0), parser.keyword().name, config::TimeUnit::ms));
}

void report_unknown(Parser& parser) {
    parser.alert(parser.arg_word(0),
                 "'timeout' supports 'client', 'server', 'connect', 'check', 'queue', "
                 "'http-keep-alive', 'http-request', 'tunnel', 'tarpit', 'client-fin' and "
                 "'server-fin' (got " +
                     quoted(parser.arg(0)) + ")");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "clitimeout", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::client>, .form = "'timeout client' expects an integer value (in milliseconds)", .until = "2.0", .modern = "timeout client"},
    {.name = "contimeout", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::connect>, .form = "'timeout connect' expects an integer value (in milliseconds)", .until = "2.0", .modern = "timeout connect"},
    {.name = "srvtimeout", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::server>, .form = "'timeout server' expects an integer value (in milliseconds)", .until = "2.0", .modern = "timeout server"},
    {.name = "timeout", .sections = kProxies, .support = Support::done, .parse = report_unknown},
    {.name = "timeout appsession", .sections = kProxies, .arity = {1}, .support = Support::advisory, .parse = check_session_timeout, .form = "expects an integer value (in milliseconds)", .until = "1.3"},
    {.name = "timeout check", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::check>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout client", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::client>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout client-fin", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::client_fin>, .form = "expects an integer value (in milliseconds)", .since = "1.5", .misplaced = Misplaced::timeout},
    {.name = "timeout client-hs", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::client_handshake>, .form = "expects an integer value (in milliseconds)", .since = "2.9", .misplaced = Misplaced::timeout},
    {.name = "timeout clitimeout", .sections = kFrontends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::client>, .form = "'timeout client' expects an integer value (in milliseconds)", .until = "2.0", .modern = "timeout client"},
    {.name = "timeout connect", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::connect>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout contimeout", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::connect>, .form = "'timeout connect' expects an integer value (in milliseconds)", .until = "2.0", .modern = "timeout connect"},
    {.name = "timeout http-keep-alive", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::http_keep_alive>, .form = "expects an integer value (in milliseconds)", .since = "1.4", .misplaced = Misplaced::timeout},
    {.name = "timeout http-request", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::http_request>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout queue", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::queue>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout server", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::server>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout server-fin", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::server_fin>, .form = "expects an integer value (in milliseconds)", .since = "1.5", .misplaced = Misplaced::timeout},
    {.name = "timeout srvtimeout", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::server>, .form = "'timeout server' expects an integer value (in milliseconds)", .until = "2.0", .modern = "timeout server"},
    {.name = "timeout tarpit", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::tarpit>, .form = "expects an integer value (in milliseconds)", .misplaced = Misplaced::timeout},
    {.name = "timeout tunnel", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_timeout<&Timeouts::tunnel>, .form = "expects an integer value (in milliseconds)", .since = "1.5", .misplaced = Misplaced::timeout},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
