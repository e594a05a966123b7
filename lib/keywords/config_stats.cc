// `stats` in proxies (manual 2.6 section 4.2): the statistics page.
#include "base/letters.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::StatsSettings;

/// The settings of the section, which start anew with its first own line. Any line of the kind enables the page.
StatsSettings& own_stats(Parser& parser) {
    StatsSettings& stats = parser.proxy().stats;
    if (stats.inherited) stats = {};
    stats.enabled = true;
    return stats;
}

void enable(Parser& parser) { own_stats(parser); }

template <bool StatsSettings::*Member>
void set_flag(Parser& parser) {
    own_stats(parser).*Member = true;
}

template <std::string StatsSettings::*Member>
void set_string(Parser& parser) {
    own_stats(parser).*Member = parser.arg(0);
}

void set_realm(Parser& parser) {
    auto& stats = own_stats(parser);
    stats.realm = parser.arg(0);
    stats.realm_set = true;
}

void set_refresh(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::s);
    using Status = config::Duration::Status;
    const std::string about = "argument <" + std::string(parser.arg(0)) + "> to stats refresh interval";
    if (time.status == Status::ok) {
        own_stats(parser).refresh_s = static_cast<std::uint32_t>(time.value);
        return;
    }
    std::string text =
        "unexpected character '" + std::string(1, time.unexpected) + "' in argument to stats refresh interval.";
    if (time.status == Status::overflow)
        text = "timer overflow in " + about + ", maximum value is 2147483647 s (~68 years).";
    if (time.status == Status::underflow) text = "timer underflow in " + about + ", minimum non-null value is 1 s.";
    parser.alert_tight(parser.arg_word(0), std::move(text));
}

void add_user(Parser& parser) {
    std::string_view account = parser.arg(0);
    const auto colon = account.find(':');
    std::string name(account.substr(0, colon)), password;
    if (colon != std::string_view::npos) password = account.substr(colon + 1);
    auto& users = own_stats(parser).users;
    for (const auto& [known, ignored] : users)
        if (known == name) return;  // the first one counts
    users.emplace_back(std::move(name), std::move(password));
}

void add_scope(Parser& parser) {
    auto& scope = own_stats(parser).scope;
    for (const std::string& known : scope)
        if (known == parser.arg(0)) return;
    scope.emplace_back(parser.arg(0));
}

void show_node(Parser& parser) {
    for (char c : parser.arg(0)) {
        if (base::is_alnum(c) || c == '_' || c == '-' || c == '.') continue;
        return parser.alert_tight(parser.arg_word(0),
                                  "'stats show-node' invalid node name - should be a stringwith digits(0-9), "
                                  "letters(A-Z, a-z), hyphen(-) or underscode(_).");
    }
    auto& stats = own_stats(parser);
    stats.show_node = true;
    if (!parser.args().empty()) stats.node = parser.arg(0);
}

void show_description(Parser& parser) {
    if (parser.args().empty() && parser.global().description.empty())
        return parser.warning(parser.words()[0],
                              "'show-desc' requires a parameter or 'desc' to be set in the global "
                              "section.");
    auto& stats = own_stats(parser);
    stats.show_description = true;
    stats.description = config::joined(parser.args());
}

void add_admin(Parser& parser) {
    auto& stats = own_stats(parser);
    if (!Parser::begins_condition(parser.arg(0)))
        return parser.alert(parser.words()[0],
                            "'stats admin' requires either 'if' or 'unless' followed by a condition.");
    auto condition = parser.condition(parser.args(), 0, "error detected while parsing a 'stats admin' rule");
    if (condition) stats.admin.push_back({std::move(condition)});
}

void add_rule(Parser& parser) {
    own_stats(parser);
    auto& rules = parser.proxy().stats_rules;
    if (!rules.empty() && !rules.back().when)
        parser.warning(parser.words()[0],
                       "previous 'stats' action has no condition attached, further entries are NOOP.");
    read_rule(parser, config::kStatsHttpRequest, "http-request", rules);
}

void report_unknown(Parser& parser) {
    const bool missing = parser.args().empty();
    parser.alert_tight(parser.arg_word(0),
                       std::string(missing ? "missing keyword in" : "unknown stats parameter") + " " +
                           quoted(missing ? std::string_view("stats") : parser.arg(0)) +
                           ", expects 'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', "
                           "'show-desc' or 'show-legends'.");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "stats", .sections = kProxies, .support = Support::done, .parse = report_unknown},
    {.name = "stats admin", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_admin, .since = "1.5"},
    {.name = "stats auth", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_user, .form = "'auth' needs a user:password account."},
    {.name = "stats enable", .sections = kProxies, .support = Support::done, .parse = enable},
    {.name = "stats hide-version", .sections = kProxies, .support = Support::done, .parse = set_flag<&StatsSettings::hide_version>},
    {.name = "stats http-request", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_rule, .since = "1.4"},
    {.name = "stats realm", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_realm, .form = "'realm' needs an realm name."},
    {.name = "stats refresh", .sections = kProxies, .support = Support::done, .parse = set_refresh},
    {.name = "stats scope", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = add_scope, .form = "'scope' needs a proxy name."},
    {.name = "stats show-desc", .sections = kProxies, .support = Support::done, .parse = show_description},
    {.name = "stats show-legends", .sections = kProxies, .support = Support::done, .parse = set_flag<&StatsSettings::show_legends>, .since = "1.4"},
    {.name = "stats show-modules", .sections = kProxies, .support = Support::done, .parse = set_flag<&StatsSettings::show_modules>, .since = "2.3"},
    {.name = "stats show-node", .sections = kProxies, .support = Support::done, .parse = show_node},
    {.name = "stats show-version", .sections = kProxies, .support = Support::done, .parse = set_flag<&StatsSettings::show_version>, .since = "3.4"},
    {.name = "stats uri", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_string<&StatsSettings::uri>, .form = "'uri' needs an URI prefix."},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
