// Actions that put something else in the place of a server, or of plain bytes: use-service, switch-mode (manual 3.4
// section 4.3).
#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

class UseService final : public Action {
  public:
    explicit UseService(std::string name) : name_(std::move(name)) {}
    Verdict run(RuleContext& context) const override {
        context.service = name_;
        return Verdict::serve;
    }

  private:
    std::string name_;
};

std::unique_ptr<Action> parse_use_service(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words[0], "missing service name");
    const Word& name = words[1];
    if (name.text.starts_with("lua.")) return parser.refuse_pending(name, "service", name.text), nullptr;
    if (name.text != "prometheus-exporter")
        return action_error(parser, name, "unknown service name " + quoted(name.text));
    if (parser.rule_set != kHttpRequest)
        return action_error(parser, name, "Prometheus exporter service only available on 'http-request' rulesets");
    if (words.size() > 2) return unexpected_word(parser, words[2]);
    return std::make_unique<UseService>(std::string(name.text));
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "use-service", .sets = kHttpRequest | kTcpContent, .support = Support::done, .parse = parse_use_service, .arguments = 1, .final = true, .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
