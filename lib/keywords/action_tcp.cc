// What tcp-request and tcp-response rules decide: accept, reject, close (manual 2.6 section 4.2).
#include "keywords/actions.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

template <Verdict verdict>
class Decide final : public Action {
  public:
    Verdict run(RuleContext&) const override { return verdict; }
};

template <Verdict verdict>
std::unique_ptr<Action> parse_decision(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() > 1)
        return action_error(parser, words[1],
                            "only accepts 'if' or 'unless' (got '" + std::string(words[1].text) + "')");
    return std::make_unique<Decide<verdict>>();
}

constexpr auto parse_accept = parse_decision<Verdict::stop>;
constexpr auto parse_reject = parse_decision<Verdict::reject>;
constexpr auto parse_close = parse_decision<Verdict::close>;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "accept", .sets = kTcpConnection | kTcpResponse, .support = Support::done, .parse = parse_accept, .final = true, .since = "1.5"},
    {.name = "accept", .sets = kTcpSession, .support = Support::done, .parse = parse_accept, .final = true, .since = "1.7"},
    {.name = "accept", .sets = kTcpContent, .support = Support::done, .parse = parse_accept, .final = true},
    {.name = "close", .sets = kTcpResponse, .support = Support::done, .parse = parse_close, .final = true, .since = "1.5"},
    {.name = "reject", .sets = kTcpConnection | kTcpResponse, .support = Support::done, .parse = parse_reject, .final = true, .since = "1.5"},
    {.name = "reject", .sets = kTcpSession, .support = Support::done, .parse = parse_reject, .final = true, .since = "1.7"},
    {.name = "reject", .sets = kTcpContent, .support = Support::done, .parse = parse_reject, .final = true},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
