// `appsession` (1.2 to 1.5): stickiness to a cookie of the application, which is a stick table today.
#include <memory>

#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::StickRule;
using model::StickTable;

// HAProxy's memory of sessions had no bound but their age.
constexpr std::uint32_t kMostSessions = 1024 * 1024;

/// What stands behind the cookie's name, its length and its age.
struct Manner {
    bool learns = false;
    bool in_query = false;
};

bool read_manner(Parser& parser, Manner& manner) {
    for (std::size_t i = 5; i < parser.args().size(); ++i) {
        const std::string_view word = parser.arg(i);
        if (word == "request-learn") {
            manner.learns = true;
        } else if (word == "prefix") {
            parser.refuse_pending(parser.arg_word(i), "option of appsession", word);
        } else if (word == "mode") {
            const std::string_view mode = parser.arg(++i);
            if (mode.empty())
                return parser.alert(parser.arg_word(i - 1), "'appsession': missing argument for 'mode'."), false;
            if (mode != "query-string" && mode != "path-parameters")
                return parser.alert(parser.arg_word(i), "unknown mode " + quoted(mode)), false;
            manner.in_query = mode == "query-string";
        }
    }
    return true;
}

/// A session's memory, under a name that no section has.
StickTable& table_of(Parser& parser, const std::string& name) {
    if (StickTable* known = parser.config().find_table(name)) return *known;
    auto table = std::make_unique<StickTable>();
    table->name = name;
    return parser.config().add_table(std::move(table));
}

/// The last line of a backend counts.
void forget_rules(Parser& parser, std::vector<StickRule>& rules, const std::string& table) {
    for (StickRule& rule : rules)
        if (rule.table_name == table) parser.keep(std::shared_ptr<sample::Expression>(std::move(rule.key)));
    std::erase_if(rules, [](const StickRule& rule) { return !rule.key; });
}

bool add_rule(Parser& parser, std::vector<StickRule>& rules, const std::string& table, const std::string& expression,
              bool match, bool store) {
    StickRule rule;
    rule.match = match;
    rule.store = store;
    rule.table_name = table;
    rule.place = parser.place();
    std::string error;
    rule.key = parser.expression({expression, parser.arg_word(0).place}, error);
    if (!rule.key) return parser.alert(parser.arg_word(0), "'appsession': " + error), false;
    rules.push_back(std::move(rule));
    return true;
}

/// appsession NAME len LENGTH timeout AGE [request-learn] [prefix] [mode M]
void set_appsession(Parser& parser) {
    const auto time = config::parse_time(parser.arg(4), config::TimeUnit::ms);
    if (time.status != config::Duration::Status::ok)
        return parser.alert(parser.arg_word(4),
                            "unexpected character '" + std::string(1, time.unexpected) + "' in appsession timeout.");
    const auto length = config::leading_number(parser.arg(2));
    if (length < 1) return parser.alert(parser.arg_word(2), "'appsession' expects a length of at least 1.");
    Manner manner;
    if (!read_manner(parser, manner)) return;
    model::Proxy& proxy = parser.proxy();
    const std::string name = proxy.name + "/appsession", cookie(parser.arg(0));
    StickTable& table = table_of(parser, name);
    table.key = model::StickKey::string;
    table.size = kMostSessions;
    table.place = parser.place();
    assign_number(table.key_length, length);
    assign_number(table.expire_ms, time.value);
    forget_rules(parser, proxy.stick_requests, name);
    forget_rules(parser, proxy.stick_responses, name);
    // A parameter of the path ends where the query begins.
    const std::string parameter = "urlp(" + cookie + (manner.in_query ? ")" : ",;),field(1,?)");
    add_rule(parser, proxy.stick_requests, name, "req.cook(" + cookie + ")", true, manner.learns) &&
        add_rule(parser, proxy.stick_requests, name, parameter, true, manner.learns) &&
        add_rule(parser, proxy.stick_responses, name, "res.cook(" + cookie + ")", false, true);
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "appsession", .sections = kInBackend | kInListen, .arity = {5}, .support = Support::done, .parse = set_appsession, .form = "expects 'appsession' <cookie_name> 'len' <len> 'timeout' <timeout> [options*].", .until = "1.5", .modern = "stick-table type string len <n> expire <t> + stick store-response res.cook"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
