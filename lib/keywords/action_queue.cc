// What rules say about the way to a server: set-priority-class, set-priority-offset, set-retries (manual 3.4
// section 4.4).
#include <algorithm>

#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;
using sample::Expression;

bool evaluate_number(const Expression& expression, RuleContext& context, std::int64_t& number) {
    sample::Value value;
    if (expression.evaluate(context, value) != sample::Found::yes ||
        !sample::cast(value, sample::Type::sint, *context.arena))
        return false;
    number = value.number;
    return true;
}

/// Places in the queue: lower ones are served first. What is beyond `Limit` counts as that.
template <std::int32_t RuleContext::*Member, std::int64_t Limit>
class SetPriority final : public Action {
  public:
    explicit SetPriority(std::unique_ptr<Expression> expression) : expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        std::int64_t number = 0;
        if (evaluate_number(*expression_, context, number))
            context.*Member = static_cast<std::int32_t>(std::clamp(number, -Limit, Limit));
        return Verdict::next;
    }

  private:
    std::unique_ptr<Expression> expression_;
};

template <std::int32_t RuleContext::*Member, std::int64_t Limit>
std::unique_ptr<Action> parse_set_priority(Parser& parser) {
    auto expression = only_expression(parser);
    if (!expression) return nullptr;
    return std::make_unique<SetPriority<Member, Limit>>(std::move(expression));
}

/// set-retries: a number, or an expression that gives one; others than 0 to 100 change nothing.
class SetRetries final : public Action {
  public:
    SetRetries(std::int32_t number, std::unique_ptr<Expression> expression)
        : number_(number), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        std::int64_t number = number_;
        if (expression_ && !evaluate_number(*expression_, context, number)) return Verdict::next;
        if (number >= 0 && number <= kMost) context.retries = static_cast<std::int32_t>(number);
        return Verdict::next;
    }
    static constexpr std::int64_t kMost = 100;

  private:
    std::int32_t number_;
    std::unique_ptr<Expression> expression_;
};

std::unique_ptr<Action> parse_set_retries(Parser& parser) {
    constexpr std::string_view kExpected = "expects exactly 1 argument (an expression or an integer between 1 and 100)";
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], std::string(kExpected));
    if (parser.in_defaults())
        return action_error(parser, words[0], quoted(words[0].text) + " is not allowed in 'defaults' sections");
    if (!parser.proxy().is_backend())
        return action_error(parser, words[0], quoted(words[0].text) + " only available in backend or listen section");
    if (words.size() > 2) return unexpected_word(parser, words[2]);
    if (const auto number = base::parse_int(words[1].text)) {
        if (*number < 0 || *number > SetRetries::kMost)
            return action_error(parser, words[1], "expects an expression or an integer between 1 and 100");
        return std::make_unique<SetRetries>(static_cast<std::int32_t>(*number), nullptr);
    }
    auto expression = action_expression(parser, words[1]);
    if (!expression) return nullptr;
    return std::make_unique<SetRetries>(0, std::move(expression));
}

constexpr auto parse_class = parse_set_priority<&RuleContext::priority_class, 2047>;
constexpr auto parse_offset = parse_set_priority<&RuleContext::priority_offset, 524287>;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "set-priority-class", .sets = kHttpRequest | kTcpContent, .support = Support::done, .parse = parse_class, .arguments = 1, .since = "1.9"},
    {.name = "set-priority-offset", .sets = kHttpRequest | kTcpContent, .support = Support::done, .parse = parse_offset, .arguments = 1, .since = "1.9"},
    {.name = "set-retries", .sets = kHttpRequest | kTcpContent, .support = Support::done, .parse = parse_set_retries, .arguments = 1, .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
