// `capture` as an action: what an expression gives goes into a slot of the log's captures (manual 2.6 section 4.2).
#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::RuleContext;
using model::Verdict;

class CaptureSample final : public model::Action {
  public:
    CaptureSample(bool response, std::size_t slot, std::unique_ptr<sample::Expression> expression)
        : response_(response), slot_(slot), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        std::string_view* slots = response_ ? context.response_captures : context.request_captures;
        if (!context.frontend) return Verdict::next;
        const auto& captures = response_ ? context.frontend->response_captures : context.frontend->request_captures;
        if (!slots || slot_ >= captures.size()) return Verdict::next;
        sample::Value value;
        if (expression_->evaluate(context, value) != sample::Found::yes ||
            !sample::cast(value, sample::Type::str, *context.arena))
            return Verdict::next;
        const std::string_view text = value.text.substr(0, captures[slot_].length);
        slots[slot_] = text.empty() ? std::string_view("") : context.arena->copy(text);
        return Verdict::next;
    }

  private:
    bool response_;
    std::size_t slot_;
    std::unique_ptr<sample::Expression> expression_;
};

/// `len N`: a slot of its own, behind those that are there. False after a report.
bool add_slot(Parser& parser, const Word& word, std::size_t& slot) {
    model::Proxy& proxy = parser.proxy();
    if (!proxy.is_frontend()) {
        action_error(parser, word, "proxy " + quoted(proxy.name) + " has no frontend capability");
        return false;
    }
    const auto length = config::leading_number(word.text);
    if (length <= 0) {
        action_error(parser, word, "length must be > 0");
        return false;
    }
    slot = proxy.request_captures.size();
    proxy.request_captures.push_back({{}, static_cast<std::uint32_t>(std::min<std::int64_t>(length, 65535))});
    return true;
}

/// `id N`: a declared slot, of the frontend that a stream comes through.
bool find_slot(Parser& parser, const Word& word, bool response, std::size_t& slot) {
    const auto id = base::parse_uint(word.text);
    if (!id) {
        action_error(parser, word, "cannot parse id " + quoted(word.text));
        return false;
    }
    const model::Proxy& proxy = parser.proxy();
    const auto& captures = response ? proxy.response_captures : proxy.request_captures;
    if (proxy.is_frontend() && *id >= captures.size()) {
        action_error(parser, word,
                     "unable to find capture id '" + std::string(word.text) + "' referenced by " +
                         std::string(parser.rule_word) + " capture rule");
        return false;
    }
    slot = *id;
    return true;
}

std::unique_ptr<model::Action> parse_capture(Parser& parser) {
    const auto words = parser.option_words();
    const bool response = is_response_rule(parser);
    if (words.size() < 4)
        return action_error(
            parser, words.back(),
            response ? "expects <expression> id <idx>" : "expects <expression> [ 'len' <length> | id <idx> ]");
    std::string error;
    auto expression = parser.expression(words[1], error);
    if (!expression) return action_error(parser, words[1], std::move(error));
    std::size_t slot = 0;
    if (words[2].text == "len" && !response) {
        if (!add_slot(parser, words[3], slot)) return nullptr;
    } else if (words[2].text == "id") {
        if (!find_slot(parser, words[3], response, slot)) return nullptr;
    } else {
        return action_error(parser, words[2],
                            response ? "expects 'id', found " + quoted(words[2].text) : "expects 'len or 'id'");
    }
    if (words.size() > 4) return unexpected_word(parser, words[4]);
    return std::make_unique<CaptureSample>(response, slot, std::move(expression));
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "capture", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_capture, .arguments = 1, .since = "1.6"},
    {.name = "capture", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_capture, .arguments = 1, .since = "2.6"},
    {.name = "capture", .sets = kTcpContent, .support = Support::done, .parse = parse_capture, .arguments = 1, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
