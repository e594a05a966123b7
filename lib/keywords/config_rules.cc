// Rules of proxies: acl, use_backend, http-request and kin, redirect, persistence rules (manual 2.6 sections 4.2, 7).
#include "config/dump.h"
#include "config/hint.h"
#include "config/sections.h"
#include "keywords/formats.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Proxy;

bool check_acl_name(Parser& parser, const Word& word) {
    if (auto bad = config::find_invalid_char(word.text); bad != std::string_view::npos) {
        parser.alert(word, "character '" + std::string(1, word.text.empty() ? ' ' : word.text[bad]) +
                               "' is not permitted in acl name " + quoted(word.text) + ".");
        return false;
    }
    if (base::iequal(word.text, "or")) {
        parser.alert(word, "acl name " + quoted(word.text) +
                               " will never match. 'or' is used to express a logical "
                               "disjunction within a condition.");
        return false;
    }
    return true;
}

void add_acl(Parser& parser) {
    const Word& name = parser.arg_word(0);
    if (!check_acl_name(parser, name)) return;
    std::vector<sample::SourceWord> words;
    for (const Word& word : parser.args().subspan(1)) words.push_back({word.text, word.place});
    sample::AclLine line;
    line.place = parser.place();
    sample::ParseFailure failure;
    const bool read = sample::parse_acl_line(words, line, failure);
    for (std::string& text : failure.warnings) parser.warning(name, std::move(text));
    if (!read) {
        Word at = parser.arg_word(1);
        if (failure.place.line) at.place = failure.place;
        return parser.alert(at, "error detected while parsing ACL " + quoted(name.text) + " : " + failure.text + ".",
                            std::move(failure.hint));
    }
    if (words.size() > 1 && words[0].text.find('(') == std::string_view::npos && words[1].text.starts_with('('))
        parser.warn_in_general(
            name, "parsing acl " + quoted(name.text) + " :\n  matching " + quoted(words[0].text) + " for pattern " +
                      quoted(words[1].text) +
                      " is likely a mistake and probably\n  not what you want. Maybe you need to remove the extraneous "
                      "space before '('.\n  If you are really sure this is not an error, please insert '--' between "
                      "the\n  match and the pattern to make this warning message disappear.");
    if (line.expression) parser.resolve_later(*line.expression, true);
    auto& acl = parser.proxy().acls[std::string(name.text)];
    if (!acl) {
        acl = std::make_unique<sample::Acl>();
        acl->name = name.text;
        acl->place = name.place;
    }
    acl->lines.push_back(std::move(line));
}

/// A rule set of the proxy with the word that fills it, for warnings about rules that run earlier than they stand.
struct Order {
    std::string_view word;
    std::size_t (*count)(const Proxy& proxy);
};
// In the order in which they are processed: a word is misplaced behind any that stands further down here.
constexpr Order kOrder[] = {
    {"tcp-request connection", [](const Proxy& p) { return p.tcp_request_connection.size(); }},
    {"tcp-request session", [](const Proxy& p) { return p.tcp_request_session.size(); }},
    {"tcp-request content", [](const Proxy& p) { return p.tcp_request_content.size(); }},
    {"monitor fail", [](const Proxy& p) { return p.monitor_fail.size(); }},
    {"http-request", [](const Proxy& p) { return p.http_request.size(); }},
    {"redirect", [](const Proxy& p) { return p.redirects.size(); }},
    {"use_backend", [](const Proxy& p) { return p.use_backends.size(); }},
    {"use-server", [](const Proxy& p) { return p.use_servers.size(); }},
};

/// `inherited`: how many rules at the front are those of a `defaults` section.
void warn_unreachable(Parser& parser, const model::RuleSet& rules, std::size_t inherited, std::string_view word) {
    if (rules.size() > inherited && !rules.back().when && rules.back().is_final && !rules.back().action->may_pass())
        parser.warning(parser.words()[0], "previous " + quoted(word) +
                                              " action is final and has no condition attached, further "
                                              "entries are NOOP.");
}

template <model::RuleSet Proxy::*Set, config::RuleSetBit Bit>
void add_rule(Parser& parser) {
    auto& rules = parser.proxy().*Set;
    const std::string_view word = parser.words()[0].text;
    warn_unreachable(parser, rules, (parser.inherited().*Set).size(), word);
    if (read_rule(parser, Bit, word, rules)) warn_misplaced(parser, word, word);
}

void add_monitor_fail(Parser& parser) {
    if (!Parser::begins_condition(parser.arg(0)))
        return parser.alert(parser.words()[0],
                            "'monitor fail' requires either 'if' or 'unless' followed by a condition.");
    warn_misplaced(parser, "monitor fail", "monitor fail");
    auto condition = parser.condition(parser.args(), 0, "error detected while parsing a 'monitor fail' condition");
    if (condition) parser.proxy().monitor_fail.push_back(std::move(condition));
}

void add_force_switch(Parser& parser) {
    if (!Parser::begins_condition(parser.arg(0)))
        return parser.alert(parser.words()[0],
                            "'force-be-switch' requires either 'if' or 'unless' followed by a condition.");
    auto condition = parser.condition(parser.args(), 0, "'force-be-switch'");
    if (condition) parser.proxy().force_switch.push_back(std::move(condition));
}

/// `block if ...` of 1.x: denied before all http-request rules.
void add_block(Parser& parser) {
    if (!Parser::begins_condition(parser.arg(0)))
        return parser.alert(parser.words()[0], "'block' requires either 'if' or 'unless' followed by a condition.");
    const Word deny{"deny", parser.words()[0].place};
    std::vector<Word> words{deny};
    words.insert(words.end(), parser.args().begin(), parser.args().end());
    model::RuleSet rules;
    if (!read_rule_words(parser, config::kHttpRequest, "http-request", words, rules)) return;
    auto& all = parser.proxy().http_request;
    all.insert(all.begin() + parser.proxy().block_rules, std::move(rules.front()));
    ++parser.proxy().block_rules;
}

void add_redirect(Parser& parser) {
    const auto args = parser.args();
    const std::size_t end = Parser::find_condition(args, 0);
    const std::string context = "error detected in " + std::string(config::kind_of(parser.proxy())) + " " +
                                quoted(parser.proxy().name) + " while parsing redirect rule";
    parser.frame = {.before = context + " : ", .after = "."};
    auto action = parse_redirect(parser, args.first(end), false);
    if (!action) return;
    model::Rule rule{.action = std::move(action), .text = config::spelled(parser.words()), .place = parser.place()};
    if (end < args.size()) {
        rule.when = parser.condition(args, end, context + " : error in condition:");
        if (!rule.when) return;
    }
    parser.proxy().redirects.push_back(std::move(rule));
    warn_misplaced(parser, "redirect", "redirect");
}

void add_use_backend(Parser& parser) {
    const auto args = parser.args();
    model::UseBackend rule;
    rule.name = args[0].text;
    rule.text = config::spelled(parser.words());
    rule.place = args[0].place;
    if (args.size() > 1 && !Parser::begins_condition(args[1].text))
        return parser.alert(args[1], "unexpected keyword " + quoted(args[1].text) +
                                         " after switching rule, only 'if' and 'unless' are allowed.");
    if (args.size() > 1) {
        rule.when = parser.condition(args, 1, "error detected while parsing switching rule");
        if (!rule.when) return;
    }
    if (rule.name.find('%') != std::string::npos) {
        std::string error;
        auto format = compile_format(parser, args[0], error, log::Use::plain);
        if (!format)
            return parser.alert(args[0], "failed to parse use_backend rule " + quoted(rule.name) + " : " + error + ".");
        if (!format->is_literal())
            rule.dynamic = std::move(format);
        else
            rule.name = format->literal();
    }
    parser.proxy().use_backends.push_back(std::move(rule));
}

void add_use_server(Parser& parser) {
    const auto args = parser.args();
    if (args.size() < 2 || !Parser::begins_condition(args[1].text))
        return parser.alert(parser.arg_word(1),
                            "'use-server' requires either 'if' or 'unless' followed by a condition.");
    model::UseServer rule;
    rule.name = args[0].text;
    rule.place = args[0].place;
    if (rule.name.find('%') != std::string::npos) return parser.refuse_pending(args[0], "log format in", "use-server");
    rule.when = parser.condition(args, 1, "error detected while parsing switching rule");
    if (rule.when) parser.proxy().use_servers.push_back(std::move(rule));
}

template <bool Force>
void add_persist_rule(Parser& parser) {
    const std::string name = quoted(parser.keyword().name);
    if (!Parser::begins_condition(parser.arg(0)))
        return parser.alert(parser.words()[0], name + " requires either 'if' or 'unless' followed by a condition.");
    auto condition = parser.condition(parser.args(), 0, "error detected while parsing a " + name + " rule");
    if (!condition) return;
    model::PersistRule rule;
    rule.force = Force;
    rule.when = std::move(condition);
    rule.place = parser.place();
    parser.proxy().persist_rules.push_back(std::move(rule));
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "acl", .sections = kInDefaults, .arity = {1}, .support = Support::done, .parse = add_acl, .since = "2.5", .named_defaults = true},
    {.name = "acl", .sections = kInFrontend | kInBackend | kInListen, .arity = {1}, .support = Support::done, .parse = add_acl},
    {.name = "acl", .sections = kFcgiApp, .arity = {2}, .support = Support::done, .parse = add_acl, .form = "expects <name> and <criterion> as arguments.", .since = "2.1"},
    {.name = "block", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_block, .until = "2.0", .modern = "http-request deny"},
    {.name = "force-be-switch", .sections = kInFrontend | kInListen, .support = Support::done, .parse = add_force_switch, .since = "3.4"},
    {.name = "force-persist", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_persist_rule<true>},
    {.name = "http-after-response", .sections = kInDefaults, .support = Support::done, .parse = add_rule<&Proxy::http_after_response, config::kHttpAfterResponse>, .since = "2.5", .named_defaults = true},
    {.name = "http-after-response", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_rule<&Proxy::http_after_response, config::kHttpAfterResponse>, .since = "2.2"},
    {.name = "http-request", .sections = kInDefaults, .support = Support::done, .parse = add_rule<&Proxy::http_request, config::kHttpRequest>, .since = "2.5", .named_defaults = true},
    {.name = "http-request", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_rule<&Proxy::http_request, config::kHttpRequest>, .since = "1.4"},
    {.name = "http-response", .sections = kInDefaults, .support = Support::done, .parse = add_rule<&Proxy::http_response, config::kHttpResponse>, .since = "2.5", .named_defaults = true},
    {.name = "http-response", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_rule<&Proxy::http_response, config::kHttpResponse>, .since = "1.5"},
    {.name = "ignore-persist", .sections = kInBackend | kInListen, .support = Support::done, .parse = add_persist_rule<false>, .since = "1.4"},
    {.name = "monitor fail", .sections = kInFrontend | kInListen, .support = Support::done, .parse = add_monitor_fail},
    {.name = "redirect", .sections = kInFrontend | kInBackend | kInListen, .support = Support::done, .parse = add_redirect},
    {.name = "use-server", .sections = kInBackend | kInListen, .arity = {1}, .support = Support::done, .parse = add_use_server, .form = "expects a server name.", .since = "1.5"},
    {.name = "use_backend", .sections = kInFrontend | kInListen, .arity = {1}, .support = Support::done, .parse = add_use_backend, .form = "expects a backend name."},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

/// "'add-header', 'allow', ..." for the message about an unknown action.
std::string list_actions(std::uint16_t set, std::vector<std::string_view>& names) {
    std::string text;
    for (const ActionRow* row : base::Table<ActionRow>::all()) {
        if (!(row->sets & set)) continue;
        names.push_back(row->name);
        text += "'" + std::string(row->name) + (row->name.ends_with('(') ? "*)" : "") + "', ";
    }
    return text;
}

bool report_unknown_action(Parser& parser, std::uint16_t set, std::string_view word, const Word* action) {
    std::vector<std::string_view> names;
    std::string text = quoted(word) + " expects " + list_actions(set, names) + "but got '";
    std::string_view near;
    if (action) {
        near = config::find_similar(action->text, names, true);
        text += std::string(action->text) + "'.";
    } else {
        text += "' (missing argument).";
    }
    if (!near.empty()) text += " Did you mean " + quoted(near) + " maybe ?";
    parser.alert_tight(action ? *action : parser.words().back(), std::move(text), std::string(near));
    return false;
}

}  // namespace

void warn_misplaced(Parser& parser, std::string_view word, std::string_view shown) {
    bool later = false;
    for (const Order& order : kOrder) {  // rules of a `defaults` section stand in front of all anyway
        if (later && order.count(parser.proxy()) > order.count(parser.inherited()))
            return parser.warning(parser.words()[0], "a " + quoted(shown) + " rule placed after a" +
                                                         (order.word[0] == 'h' ? "n " : " ") + quoted(order.word) +
                                                         " rule will still be processed before.");
        later |= order.word == word;
    }
}

bool read_rule_words(Parser& parser, std::uint16_t set, std::string_view word, std::span<const Word> words,
                     model::RuleSet& rules) {
    if (words.empty()) return report_unknown_action(parser, set, word, nullptr);
    const ActionRow* row = config::find_action(words[0].text, set);
    if (!row) return report_unknown_action(parser, set, word, &words[0]);
    const std::string name = std::string(word) + " " + std::string(words[0].text);
    const std::size_t end = Parser::find_condition(words, std::min<std::size_t>(1 + row->arguments, words.size()));
    parser.frame = {.before = "error detected in " + std::string(config::kind_of(parser.proxy())) + " " +
                              quoted(parser.proxy().name) + " while parsing '" + name + "' rule : ",
                    .after = "."};
    parser.rule_set = set;
    parser.rule_word = word;
    parser.set_option_words(words.first(end));
    model::Rule rule{.text = config::spelled(words), .place = parser.place(), .is_final = row->final};
    rule.action = row->parse ? row->parse(parser) : std::make_unique<PendingAction>();
    if (!rule.action) return false;
    parser.note_until(words[0], row->until, std::string(word) + " " + std::string(row->name));
    parser.note_since(row->since);
    if (row->support == Support::pending)
        parser.refuse_pending(words[0], "action", std::string(word) + " " + std::string(row->name));
    if (end < words.size()) {
        const bool vowel = word.starts_with("http");
        rule.when = parser.condition(
            words, end, std::string("error detected while parsing a") + (vowel ? "n '" : " '") + name + "' condition");
        if (!rule.when) return false;
    }
    rules.push_back(std::move(rule));
    return true;
}

bool read_rule(Parser& parser, std::uint16_t set, std::string_view word, model::RuleSet& rules) {
    return read_rule_words(parser, set, word, parser.args(), rules);
}

}  // namespace cfgproxy::keywords
