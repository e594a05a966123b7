// `capture` rules: the value of an expression goes into a slot of the log's captures (manual 2.6 section 4.2).
#include <algorithm>

#include "keywords/actions.h"
#include "keywords/capture_slots.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using config::kHttpAfterResponse, config::kHttpRequest, config::kHttpResponse, config::kTcpContent;
using model::Action;
using model::RuleContext;
using model::Verdict;

class Capture final : public Action {
  public:
    Capture(std::unique_ptr<sample::Expression> expression, std::size_t slot, bool response, bool declared)
        : slot(slot), response(response), declared(declared), expression_(std::move(expression)) {}
    Verdict run(RuleContext& context) const override {
        sample::Value value;
        const auto found = expression_->evaluate(context, value);
        if (found == sample::Found::not_yet && !context.is_final()) return Verdict::wait;
        if (found == sample::Found::yes && sample::cast(value, sample::Type::str, *context.arena))
            fill_capture_slot(context, response, slot, value.text);
        return Verdict::next;
    }

    const std::size_t slot;
    const bool response;
    const bool declared;  ///< `id`: the slot of another line

  private:
    std::unique_ptr<sample::Expression> expression_;
};

/// `len`: a slot of its own, in the frontend that the rule stands in.
std::unique_ptr<Action> make_with_slot(Parser& parser, std::unique_ptr<sample::Expression> expression) {
    const auto words = parser.option_words();
    auto& slots = parser.proxy().request_captures;
    const std::int64_t length = words.size() > 3 ? config::leading_number(words[3].text) : 0;
    if (length <= 0)
        return action_error(parser, words[std::min<std::size_t>(3, words.size() - 1)], "length must be > 0");
    if (words.size() > 4) return unexpected_word(parser, words[4]);
    slots.push_back({{}, static_cast<std::uint32_t>(std::min<std::int64_t>(length, 65535))});
    return std::make_unique<Capture>(std::move(expression), slots.size() - 1, false, false);
}

std::unique_ptr<Action> make_with_id(Parser& parser, std::unique_ptr<sample::Expression> expression) {
    const auto words = parser.option_words();
    const auto id = words.size() > 3 ? base::parse_uint(words[3].text) : std::nullopt;
    if (!id)
        return action_error(parser, words[std::min<std::size_t>(3, words.size() - 1)],
                            "cannot parse id " + quoted(words.size() > 3 ? words[3].text : ""));
    if (words.size() > 4) return unexpected_word(parser, words[4]);
    return std::make_unique<Capture>(std::move(expression), *id, is_response_rule(parser), true);
}

/// http-request capture EXPRESSION len N|id N; in responses there are declared slots only.
std::unique_ptr<Action> parse_capture(Parser& parser) {
    const auto words = parser.option_words();
    const bool response = is_response_rule(parser);
    if (words.size() < 4)
        return action_error(
            parser, words.back(),
            response ? "expects <expression> id <idx>" : "expects <expression> [ 'len' <length> | id <idx> ]");
    auto expression = action_expression(parser, words[1]);
    if (!expression) return nullptr;
    if (words[2].text == "id") return make_with_id(parser, std::move(expression));
    if (response || words[2].text != "len")
        return action_error(
            parser, words[2],
            std::string(response ? "expects 'id'" : "expects 'len' or 'id'") + ", found " + quoted(words[2].text));
    if (!parser.proxy().is_frontend())
        return action_error(parser, words[0], "proxy " + quoted(parser.proxy().name) + " has no frontend capability");
    return make_with_slot(parser, std::move(expression));
}

/// tcp-request content capture EXPRESSION len N.
std::unique_ptr<Action> parse_content_capture(Parser& parser) {
    const auto words = parser.option_words();
    if (!parser.proxy().is_frontend())
        return action_error(parser, words[0], "proxy " + quoted(parser.proxy().name) + " has no frontend capability");
    if (words.size() < 2) return action_error(parser, words[0], "missing fetch method");
    auto expression = action_expression(parser, words[1]);
    if (!expression) return nullptr;
    if (words.size() < 3 || words[2].text != "len")
        return action_error(parser, words.back(), "a positive 'len' argument is mandatory");
    return make_with_slot(parser, std::move(expression));
}

/// A rule of a frontend must name a slot that is there; one of a backend serves frontends that are not known here.
void check_capture_slots(config::Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies) {
        if (proxy->disabled || !proxy->is_frontend()) continue;
        for (const model::RuleSet* rules : {&proxy->http_request, &proxy->http_response, &proxy->http_after_response})
            for (const model::Rule& rule : *rules) {
                const auto* capture = dynamic_cast<const Capture*>(rule.action.get());
                if (!capture || !capture->declared) continue;
                const auto& slots = capture->response ? proxy->response_captures : proxy->request_captures;
                if (capture->slot < slots.size()) continue;
                finalizing.alert(rule.place, "Proxy " + quoted(proxy->name) + ": unable to find capture id '" +
                                                 std::to_string(capture->slot) + "' referenced by " +
                                                 (capture->response ? "http-response" : "http-request") +
                                                 " capture rule.");
            }
    }
}

constexpr config::Pass kPasses[] = {{"check capture slots", 53, check_capture_slots}};
const base::Table<config::Pass> kPassesRegistered{kPasses};

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "capture", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_capture, .arguments = 3, .since = "1.6"},
    {.name = "capture", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_capture, .arguments = 3, .since = "2.6"},
    {.name = "capture", .sets = kTcpContent, .support = Support::done, .parse = parse_content_capture, .arguments = 3, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
