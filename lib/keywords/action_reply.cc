// Actions that end an exchange: allow, deny, tarpit, return, auth, redirect, reject (manual 2.6 section 4.2).
#include "keywords/actions.h"
#include "keywords/replies.h"
#include "keywords/rules.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

class Stop final : public Action {
  public:
    Verdict run(RuleContext&) const override { return Verdict::stop; }
};

std::unique_ptr<Action> parse_allow(Parser& parser) {
    if (!has_words(parser, 0, "")) return nullptr;
    return std::make_unique<Stop>();
}

class Reject final : public Action {
  public:
    Verdict run(RuleContext& context) const override {
        context.denied_by_rule = true;
        return Verdict::reject;
    }
};

std::unique_ptr<Action> parse_reject(Parser& parser) {
    if (!has_words(parser, 0, "")) return nullptr;
    return std::make_unique<Reject>();
}

/// return, deny, tarpit.
class Answer final : public Action {
  public:
    Answer(std::shared_ptr<const model::ReplyMaker> reply, Verdict verdict, bool denies)
        : reply_(std::move(reply)), verdict_(verdict), denies_(denies) {}
    Verdict run(RuleContext& context) const override {
        context.denied_by_rule = denies_;
        reply_->make(context, context.reply);
        context.reply.is_local = !denies_;
        return verdict_;
    }

  private:
    std::shared_ptr<const model::ReplyMaker> reply_;
    Verdict verdict_;
    bool denies_;
};

std::unique_ptr<Action> parse_return(Parser& parser) {
    auto reply = read_reply(parser, {});
    if (!reply) return nullptr;
    return std::make_unique<Answer>(std::move(reply), Verdict::reply, false);
}

/// `deny` without words, or with a status alone the 1.x way (`deny_status`), shows the proxy's page of the status.
template <std::uint16_t Status, Verdict Ends>
std::unique_ptr<Action> parse_deny(Parser& parser) {
    const auto words = parser.option_words();
    const bool old_form = words.size() > 1 && words[1].text == "deny_status";
    const std::uint16_t status = is_response_rule(parser) ? 502 : Status;
    auto reply = read_reply(
        parser, {.status = status, .page = words.size() == 1 || (old_form && words.size() <= 3), .old_status = true});
    if (!reply) return nullptr;
    return std::make_unique<Answer>(std::move(reply), Ends, true);
}

/// `option http-use-proxy-header`: a request that names a whole address was meant for a proxy, and so is its password.
bool uses_proxy_header(const RuleContext& context) {
    if (!context.frontend || !context.frontend->options.http_use_proxy_header || !context.request) return false;
    return !context.request->target.starts_with('/') && !context.request->target.starts_with('*');
}

class Authenticate final : public Action {
  public:
    explicit Authenticate(std::string realm) : challenge_("Basic realm=\"" + realm + "\"") {}
    Verdict run(RuleContext& context) const override {
        const bool of_proxy = uses_proxy_header(context);
        context.reply = {};
        context.reply.status = of_proxy ? 407 : 401;
        context.reply.error_page = context.reply.is_local = true;
        context.reply.close = false;
        context.reply.headers.add(*context.arena, of_proxy ? "proxy-authenticate" : "www-authenticate", challenge_);
        return Verdict::reply;
    }

  private:
    std::string challenge_;
};

std::unique_ptr<Action> parse_auth(Parser& parser) {
    const auto words = parser.option_words();
    std::string realm = parser.proxy().name;
    if (words.size() > 1) {
        if (words[1].text != "realm") return unexpected_word(parser, words[1]);
        if (words.size() < 3) return action_error(parser, words[1], "missing realm value.");
        if (words.size() > 3) return unexpected_word(parser, words[3]);
        realm = words[2].text;
    }
    return std::make_unique<Authenticate>(std::move(realm));
}

std::unique_ptr<Action> parse_redirect_action(Parser& parser) {
    return parse_redirect(parser, parser.option_words().subspan(1), true);
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "allow", .sets = kHttpRequest | kStatsHttpRequest, .support = Support::done, .parse = parse_allow, .final = true, .since = "1.4"},
    {.name = "allow", .sets = kHttpResponse, .support = Support::done, .parse = parse_allow, .final = true, .since = "1.5"},
    {.name = "allow", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_allow, .final = true, .since = "2.2"},
    {.name = "auth", .sets = kHttpRequest | kStatsHttpRequest, .support = Support::done, .parse = parse_auth, .final = true, .since = "1.4"},
    {.name = "block", .sets = kHttpRequest, .support = Support::done, .parse = parse_deny<403, Verdict::reply>, .final = true, .since = "1.5", .until = "2.1"},
    {.name = "deny", .sets = kHttpRequest | kStatsHttpRequest, .support = Support::done, .parse = parse_deny<403, Verdict::reply>, .final = true, .since = "1.4"},
    {.name = "deny", .sets = kHttpResponse, .support = Support::done, .parse = parse_deny<403, Verdict::reply>, .final = true, .since = "1.5"},
    {.name = "redirect", .sets = kHttpRequest, .support = Support::done, .parse = parse_redirect_action, .final = true, .since = "1.5"},
    {.name = "redirect", .sets = kHttpResponse, .support = Support::done, .parse = parse_redirect_action, .final = true, .since = "1.6"},
    {.name = "reject", .sets = kHttpRequest, .support = Support::done, .parse = parse_reject, .final = true, .since = "1.8"},
    {.name = "return", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_return, .final = true, .since = "2.2"},
    {.name = "tarpit", .sets = kHttpRequest, .support = Support::done, .parse = parse_deny<500, Verdict::tarpit>, .final = true, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
