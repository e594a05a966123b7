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

/// `switch-mode http [proto h1|h2]`.
class SwitchMode final : public Action {
  public:
    explicit SwitchMode(model::Proto proto) : proto_(proto) {}
    Verdict run(RuleContext& context) const override {
        context.http_proto = proto_;
        return Verdict::to_http;
    }

  private:
    model::Proto proto_;
};

std::unique_ptr<Action> parse_switch_mode(Parser& parser) {
    const auto words = parser.option_words();
    const auto refuse = [&](const Word& word, const std::string& text) {
        return action_error(parser, word, "'tcp-request switch-mode'" + text);
    };
    if (words.size() < 2) return refuse(words[0], " expects a mode as argument.");
    model::Proxy& proxy = parser.proxy();
    if (!proxy.is_frontend())
        return refuse(words[0], " not allowed because backend '" + proxy.name + "' has no frontend capability");
    if (words[1].text != "http")
        return refuse(words[1], " expects a valid mode (got '" + std::string(words[1].text) + "').");
    auto proto = model::Proto::negotiated;
    std::size_t used = 2;
    if (words.size() > 2 && words[2].text == "proto") {
        if (words.size() < 4) return refuse(words[2], ": 'proto' expects a protocol as argument.");
        const std::string_view name = words[3].text;
        if (name != "h1" && name != "h2")
            return refuse(words[3],
                          ": 'proto' expects a valid MUX protocol, if specified (got '" + std::string(name) + "')");
        proto = name == "h1" ? model::Proto::h1 : model::Proto::h2;
        used = 4;
    }
    if (words.size() > used) return unexpected_word(parser, words[used]);
    proxy.may_become_http = true;
    return std::make_unique<SwitchMode>(proto);
}

/// A header that tells who the client is stands in front of all else, as with `accept-proxy` on the bind line.
template <RuleContext::Introduction introduction>
class Expect final : public Action {
  public:
    Verdict run(RuleContext& context) const override {
        context.introduction = introduction;
        return Verdict::next;
    }
};

template <RuleContext::Introduction introduction>
std::unique_ptr<Action> parse_expect(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() > 2) return unexpected_word(parser, words[2]);
    return std::make_unique<Expect<introduction>>();
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
    {.name = "expect-netscaler-cip layer4", .sets = kTcpConnection, .support = Support::done, .parse = parse_expect<RuleContext::Introduction::netscaler>, .since = "1.7"},
    {.name = "expect-proxy layer4", .sets = kTcpConnection, .support = Support::done, .parse = parse_expect<RuleContext::Introduction::proxy>, .since = "1.5"},
    {.name = "reject", .sets = kTcpConnection | kTcpResponse, .support = Support::done, .parse = parse_reject, .final = true, .since = "1.5"},
    {.name = "reject", .sets = kTcpSession, .support = Support::done, .parse = parse_reject, .final = true, .since = "1.7"},
    {.name = "reject", .sets = kTcpContent, .support = Support::done, .parse = parse_reject, .final = true},
    {.name = "switch-mode", .sets = kTcpContent, .support = Support::done, .parse = parse_switch_mode, .since = "2.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
