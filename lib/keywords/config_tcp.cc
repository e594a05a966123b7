// tcp-request and tcp-response (manual 2.6 section 4.2): rules about connections and about what they carry.
#include "config/dump.h"
#include "config/hint.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Proxy;

/// "frontend 'main'".
std::string described(const Proxy& proxy) { return std::string(config::kind_of(proxy)) + " " + quoted(proxy.name); }

void report_unknown_action(Parser& parser, std::uint16_t set, const std::string& word, const Word* action) {
    std::vector<std::string_view> names;
    std::string text = quoted(word) + " expects ";
    for (const ActionRow* row : base::Table<ActionRow>::all()) {
        if (!(row->sets & set)) continue;
        names.push_back(row->name);
        text += "'" + std::string(row->name) + (row->name.ends_with('(') ? "*)" : "") + "', ";
    }
    text += "in " + described(parser.proxy()) + " (got '" + std::string(action ? action->text : "") + "').";
    std::string_view near;
    if (action) near = config::find_similar(action->text, names, true);
    if (!near.empty()) text += " Did you mean " + quoted(near) + " maybe ?";
    parser.alert(action ? *action : parser.words().back(), std::move(text), std::string(near));
}

bool read_tcp_rule(Parser& parser, std::uint16_t set, model::RuleSet& rules) {
    const auto words = parser.args();
    const std::string word(parser.keyword().name);
    const ActionRow* row = words.empty() ? nullptr : config::find_action(words[0].text, set);
    if (!row && words.size() > 1)  // "expect-proxy layer4"
        row = config::find_action(std::string(words[0].text) + " " + std::string(words[1].text), set);
    if (!row) {
        report_unknown_action(parser, set, word, words.empty() ? nullptr : &words[0]);
        return false;
    }
    const std::string name = quoted(word + " " + std::string(words[0].text));
    const std::size_t end = Parser::find_condition(words, std::min<std::size_t>(1 + row->arguments, words.size()));
    parser.frame = {.before = name + " : "};
    parser.rule_set = set;
    parser.rule_word = parser.keyword().name;
    parser.set_option_words(words.first(end));
    model::Rule rule{.text = config::spelled(words), .place = parser.place(), .is_final = row->final};
    rule.action = row->parse ? row->parse(parser) : std::make_unique<PendingAction>();
    if (!rule.action) return false;
    if (row->support == Support::pending)
        parser.refuse_pending(words[0], "action", word + " " + std::string(row->name));
    if (end < words.size()) {
        rule.when = parser.condition(words, end,
                                     name + " : error detected in " + described(parser.proxy()) + " while parsing " +
                                         quoted(words[end].text) + " condition");
        if (!rule.when) return false;
    }
    rules.push_back(std::move(rule));
    return true;
}

template <model::RuleSet Proxy::*Set, config::RuleSetBit Bit>
void add_rule(Parser& parser) {
    Proxy& proxy = parser.proxy();
    if ((Bit & (kTcpConnection | kTcpSession)) && !proxy.is_frontend())
        return parser.alert(parser.words()[0], std::string(parser.keyword().name) + " is not allowed because " +
                                                   std::string(config::kind_of(proxy)) + " " + proxy.name +
                                                   " is not a frontend");
    if (read_tcp_rule(parser, Bit, proxy.*Set)) warn_misplaced(parser, parser.keyword().name, "tcp-request");
}

template <std::int64_t model::ProxySettings::*Member>
void set_inspect_delay(Parser& parser) {
    const std::string name(parser.keyword().name);
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::ms);
    using Status = config::Duration::Status;
    if (parser.args().empty() || time.status != Status::ok) {
        std::string text = quoted(name) + " expects a positive delay in milliseconds, in " + described(parser.proxy());
        const std::string value(parser.arg(0));
        if (parser.args().empty())
            ;
        else if (time.status == Status::overflow)
            text += " (timer overflow in " + quoted(value) + ", maximum value is 2147483647 ms or ~24.8 days)";
        else if (time.status == Status::underflow)
            text += " (timer underflow in " + quoted(value) + ", minimum non-null value is 1 ms)";
        else
            text += " (unexpected character '" + std::string(1, time.unexpected) + "')";
        return parser.alert(parser.arg_word(0), std::move(text));
    }
    auto& delay = parser.proxy().*Member;
    if (delay && delay != parser.inherited().*Member)
        return parser.warning(parser.words()[0],
                              "ignoring " + name + " (was already defined) in " + described(parser.proxy()));
    delay = time.value;
}

void report_unknown_request_word(Parser& parser) {
    if (parser.args().empty())
        return parser.alert(parser.words()[0], "missing argument for 'tcp-request' in " + described(parser.proxy()));
    parser.alert(parser.arg_word(0), "'tcp-request' expects 'inspect-delay', 'connection', or 'content' in " +
                                         described(parser.proxy()) + " (got " + quoted(parser.arg(0)) + ")");
}

void report_unknown_response_word(Parser& parser) {
    if (parser.args().empty())
        return parser.alert(parser.words()[0], "missing argument for 'tcp-response' in " + described(parser.proxy()));
    parser.alert(parser.arg_word(0), "'tcp-response' expects 'inspect-delay' or 'content' in " +
                                         described(parser.proxy()) + " (got " + quoted(parser.arg(0)) + ")");
}

constexpr auto add_connection_rule = add_rule<&Proxy::tcp_request_connection, kTcpConnection>;
constexpr auto add_session_rule = add_rule<&Proxy::tcp_request_session, kTcpSession>;
constexpr auto add_content_rule = add_rule<&Proxy::tcp_request_content, kTcpContent>;

void add_response_rule(Parser& parser) { read_tcp_rule(parser, kTcpResponse, parser.proxy().tcp_response_content); }

constexpr std::uint32_t kAny = kInFrontend | kInBackend | kInListen;
constexpr auto set_request_delay = set_inspect_delay<&model::ProxySettings::request_inspect_ms>;
constexpr auto set_response_delay = set_inspect_delay<&model::ProxySettings::response_inspect_ms>;

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "tcp-request", .sections = kProxies, .support = Support::done, .parse = report_unknown_request_word},
    {.name = "tcp-request connection", .sections = kInDefaults, .support = Support::done, .parse = add_connection_rule, .named_defaults = true},
    {.name = "tcp-request connection", .sections = kInFrontend | kInListen, .support = Support::done, .parse = add_connection_rule, .since = "1.5", .misplaced = Misplaced::own},
    {.name = "tcp-request content", .sections = kInDefaults, .support = Support::done, .parse = add_content_rule, .since = "2.5", .named_defaults = true},
    {.name = "tcp-request content", .sections = kAny, .support = Support::done, .parse = add_content_rule},
    {.name = "tcp-request inspect-delay", .sections = kInDefaults, .support = Support::done, .parse = set_request_delay, .since = "2.5", .named_defaults = true},
    {.name = "tcp-request inspect-delay", .sections = kAny, .support = Support::done, .parse = set_request_delay},
    {.name = "tcp-request session", .sections = kInDefaults, .support = Support::done, .parse = add_session_rule, .named_defaults = true},
    {.name = "tcp-request session", .sections = kInFrontend | kInListen, .support = Support::done, .parse = add_session_rule, .since = "1.7", .misplaced = Misplaced::own},
    {.name = "tcp-response", .sections = kInDefaults | kInBackend | kInListen, .support = Support::done, .parse = report_unknown_response_word, .since = "1.5"},
    {.name = "tcp-response content", .sections = kInDefaults, .support = Support::done, .parse = add_response_rule, .since = "2.5", .named_defaults = true},
    {.name = "tcp-response content", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_response_rule, .since = "1.5", .misplaced = Misplaced::refuse},
    {.name = "tcp-response inspect-delay", .sections = kInDefaults, .support = Support::done, .parse = set_response_delay, .since = "2.5", .named_defaults = true},
    {.name = "tcp-response inspect-delay", .sections = kInBackend | kInListen, .support = Support::done, .parse = set_response_delay, .since = "1.5", .misplaced = Misplaced::refuse},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
