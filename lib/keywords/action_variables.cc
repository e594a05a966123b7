// Actions on variables, and what a rule sets for the rest of its exchange: set-log-level, set-timeout (manual 2.6
// section 4.2).
#include "keywords/actions.h"
#include "keywords/setters.h"
#include "log/log.h"
#include "sample/variable.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

/// What a rule sets: "txn.foo,ifnotset".
struct VariableName {
    sample::Scope scope = sample::Scope::txn;
    std::string name;              ///< without the scope
    std::uint32_t conditions = 0;  ///< sample::SetIf bits
};

void assign(const RuleContext& context, const VariableName& name, const sample::Value& value) {
    sample::set_variable(context, name.scope, name.name, value, name.conditions);
}

class SetVariable final : public Action {
  public:
    SetVariable(VariableName name, std::unique_ptr<sample::Expression> expression)
        : name_(std::move(name)), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        sample::Value value;
        if (expression_->evaluate(context, value) == sample::Found::yes) assign(context, name_, value);
        return Verdict::next;
    }

  private:
    VariableName name_;
    std::unique_ptr<sample::Expression> expression_;
};

class SetVariableFormat final : public Action {
  public:
    SetVariableFormat(VariableName name, std::unique_ptr<model::Template> format)
        : name_(std::move(name)), format_(std::move(format)) {}
    Verdict run(RuleContext& context) const override {
        assign(context, name_, sample::Value::of_text(log::render(*format_, nullptr, context)));
        return Verdict::next;
    }

  private:
    VariableName name_;
    std::unique_ptr<model::Template> format_;
};

class UnsetVariable final : public Action {
  public:
    explicit UnsetVariable(VariableName name) : name_(std::move(name)) {}
    Verdict run(RuleContext& context) const override {
        sample::unset_variable(context, name_.scope, name_.name);
        return Verdict::next;
    }

  private:
    VariableName name_;
};

/// The name between the parentheses of the action's word. False after a report.
bool read_name(Parser& parser, VariableName& name) {
    const Word& word = parser.option_words()[0];
    const auto open = word.text.find('('), close = word.text.rfind(')');
    std::string error;
    if (close == std::string_view::npos || close + 1 != word.text.size()) {
        error = "invalid or incomplete action " + quoted(word.text) +
                ". Expects 'set-var(<var-name>)', "
                "'set-var-fmt(<var-name>)' or 'unset-var(<var-name>)'";
    } else {
        std::string_view inside = word.text.substr(open + 1, close - open - 1);
        const auto words = base::split(inside, ',');
        if (const auto parsed = sample::parse_variable(words[0], name.scope); parsed)
            name.name = *parsed;
        else
            error = parsed.error();
        if (error.empty() && name.scope == sample::Scope::proc) sample::process_variables().declare(name.name);
        if (error.empty() && words.size() > 1 && word.text.starts_with("unset"))
            error =
                "unset-var does not expect parameters after the variable name. Only \"set-var\" and "
                "\"set-var-fmt\" manage conditions";
        for (std::size_t i = 1; i < words.size() && error.empty(); ++i)
            if (auto result = sample::parse_condition_name(words[i], name.conditions); !result) error = result.error();
    }
    if (error.empty()) return true;
    action_error(parser, word, std::move(error));
    return false;
}

std::unique_ptr<Action> parse_set_variable(Parser& parser) {
    VariableName name;
    if (!read_name(parser, name)) return nullptr;
    auto expression = only_expression(parser);
    if (!expression) return nullptr;
    return std::make_unique<SetVariable>(std::move(name), std::move(expression));
}

std::unique_ptr<Action> parse_set_variable_format(Parser& parser) {
    VariableName name;
    if (!read_name(parser, name)) return nullptr;
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], "missing format string");
    auto format = action_format(parser, words[1], log::Use::plain);
    if (!format) return nullptr;
    if (words.size() > 2) return unexpected_word(parser, words[2]);
    return std::make_unique<SetVariableFormat>(std::move(name), std::move(format));
}

std::unique_ptr<Action> parse_unset_variable(Parser& parser) {
    VariableName name;
    if (!read_name(parser, name) || !has_words(parser, 0, "")) return nullptr;
    return std::make_unique<UnsetVariable>(std::move(name));
}

class SetLogLevel final : public Action {
  public:
    explicit SetLogLevel(std::int8_t level) : level_(level) {}
    Verdict run(RuleContext& context) const override {
        context.log_level = level_;
        return Verdict::next;
    }

  private:
    std::int8_t level_;  // as RuleContext::log_level
};

std::unique_ptr<Action> parse_set_log_level(Parser& parser) {
    if (!has_words(parser, 1, "expects exactly 1 argument (log level name or 'silent')")) return nullptr;
    const Word& word = parser.option_words()[1];
    if (word.text == "silent") return std::make_unique<SetLogLevel>(static_cast<std::int8_t>(-1));
    const int level = log::find_level(word.text);
    if (level < 0) return action_error(parser, word, "expects exactly 1 argument (log level name or 'silent')");
    return std::make_unique<SetLogLevel>(static_cast<std::int8_t>(level + 1));
}

class SetTimeout final : public Action {
  public:
    SetTimeout(std::int64_t RuleContext::*which, std::int64_t ms, std::unique_ptr<sample::Expression> expression)
        : which_(which), ms_(ms), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        sample::Value value;
        if (!expression_)
            context.*which_ = ms_;
        else if (expression_->evaluate(context, value) == sample::Found::yes &&
                 sample::cast(value, sample::Type::sint, *context.arena) && value.number > 0)
            context.*which_ = value.number;
        return Verdict::next;
    }

  private:
    std::int64_t RuleContext::*which_;
    std::int64_t ms_;
    std::unique_ptr<sample::Expression> expression_;  // null: ms_
};

std::unique_ptr<Action> parse_set_timeout(Parser& parser) {
    if (!has_words(parser, 2, "expects exactly 2 arguments")) return nullptr;
    const std::string name(parser.option_arg(1)), text(parser.option_arg(2));
    const Word& word = parser.option_words()[2];
    std::int64_t RuleContext::*which = nullptr;
    if (name == "server") which = &RuleContext::server_timeout_ms;
    if (name == "tunnel") which = &RuleContext::tunnel_timeout_ms;
    if (name == "client") which = &RuleContext::client_timeout_ms;
    if (name == "connect") which = &RuleContext::connect_timeout_ms;
    if (name == "queue") which = &RuleContext::queue_timeout_ms;
    if (name == "tarpit") which = &RuleContext::tarpit_timeout_ms;
    if (!which)
        return action_error(parser, parser.option_words()[1],
                            "'set-timeout' rule supports 'server'/'tunnel' (got " + quoted(name) + ")");
    if (name != "client" && name != "tarpit" && !parser.proxy().is_backend())
        return action_error(parser, parser.option_words()[1],
                            "proxy " + quoted(parser.proxy().name) + " has no backend capability");
    const auto time = config::parse_time(text, config::TimeUnit::ms);
    using Status = config::Duration::Status;
    const std::string about = "argument '" + text + "' to rule 'set-timeout " + name + "'";
    if (time.status == Status::overflow)
        return action_error(parser, word,
                            "timer overflow in " + about + " (maximum value is 2147483647 ms or ~24.8 days)");
    if (time.status == Status::underflow)
        return action_error(parser, word, "timer underflow in " + about + " (minimum value is 1 ms)");
    if (time.status == Status::ok && time.value == 0)
        return action_error(parser, word, "null value is not valid for a 'set-timeout " + name + "' rule");
    if (time.status == Status::ok) return std::make_unique<SetTimeout>(which, time.value, nullptr);
    std::string ignored;
    auto expression = parser.expression(word, ignored);
    if (!expression)
        return action_error(
            parser, word,
            "unexpected character '" + std::string(1, time.unexpected) + "' in rule 'set-timeout " + name + "'");
    return std::make_unique<SetTimeout>(which, 0, std::move(expression));
}

/// strict-mode: whether a rewrite that has no room spoils the exchange.
class StrictMode final : public Action {
  public:
    explicit StrictMode(bool on) : on_(on) {}
    Verdict run(RuleContext& context) const override {
        context.lenient = !on_;
        return Verdict::next;
    }

  private:
    bool on_;
};

std::unique_ptr<Action> parse_strict_mode(Parser& parser) {
    if (!has_words(parser, 1, "expects exactly 1 arguments")) return nullptr;
    const std::string_view mode = parser.option_arg(1);
    if (mode != "on" && mode != "off")
        return action_error(parser, parser.option_words()[1],
                            "Unexpected value " + quoted(mode) + ". Only 'on' and 'off' are supported");
    return std::make_unique<StrictMode>(mode == "on");
}

/// Advisory actions: what they ask for cannot be observed.
class Nothing final : public Action {
  public:
    Verdict run(RuleContext&) const override { return Verdict::next; }
};

template <std::size_t Words>
std::unique_ptr<Action> parse_nothing(Parser& parser) {
    if (!has_words(parser, Words, "expects exactly " + std::to_string(Words) + " arguments")) return nullptr;
    return std::make_unique<Nothing>();
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "set-log-level", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_set_log_level, .arguments = 1, .since = "1.5"},
    {.name = "set-log-level", .sets = kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_set_log_level, .arguments = 1, .since = "2.5"},
    {.name = "set-log-level", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_set_log_level, .arguments = 1, .since = "2.8"},
    {.name = "set-nice", .sets = kHttpRequest | kHttpResponse, .support = Support::advisory, .parse = parse_nothing<1>, .arguments = 1, .since = "1.5"},
    {.name = "set-nice", .sets = kTcpContent | kTcpResponse, .support = Support::advisory, .parse = parse_nothing<1>, .arguments = 1, .since = "2.5"},
    {.name = "set-timeout", .sets = kHttpRequest, .support = Support::done, .parse = parse_set_timeout, .arguments = 2, .since = "2.4"},
    {.name = "set-timeout", .sets = kHttpResponse, .support = Support::done, .parse = parse_set_timeout, .arguments = 2, .since = "2.9"},
    {.name = "set-var(", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_set_variable, .arguments = 1, .since = "1.6"},
    {.name = "set-var(", .sets = kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_set_variable, .arguments = 1, .since = "1.6"},
    {.name = "set-var(", .sets = kTcpSession, .support = Support::done, .parse = parse_set_variable, .arguments = 1, .since = "1.7"},
    {.name = "set-var(", .sets = kHttpAfterResponse | kChecks, .support = Support::done, .parse = parse_set_variable, .arguments = 1, .since = "2.2"},
    {.name = "set-var(", .sets = kTcpConnection, .support = Support::done, .parse = parse_set_variable, .arguments = 1, .since = "2.5"},
    {.name = "set-var-fmt(", .sets = kTcpConnection | kTcpSession | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_set_variable_format, .arguments = 1, .since = "2.5"},
    {.name = "set-var-fmt(", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse | kChecks, .support = Support::done, .parse = parse_set_variable_format, .arguments = 1, .since = "2.5"},
    {.name = "strict-mode", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse, .support = Support::done, .parse = parse_strict_mode, .arguments = 1, .since = "2.2"},
    {.name = "unset-var(", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_unset_variable, .since = "1.7"},
    {.name = "unset-var(", .sets = kTcpSession | kTcpContent | kTcpResponse, .support = Support::done, .parse = parse_unset_variable, .since = "1.7"},
    {.name = "unset-var(", .sets = kHttpAfterResponse | kChecks, .support = Support::done, .parse = parse_unset_variable, .since = "2.2"},
    {.name = "unset-var(", .sets = kTcpConnection, .support = Support::done, .parse = parse_unset_variable, .since = "2.5"},
    {.name = "wait-for-handshake", .sets = kHttpRequest, .support = Support::advisory, .parse = parse_nothing<0>, .since = "2.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
