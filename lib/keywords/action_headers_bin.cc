// Header fields that come as one binary value, as `req.hdrs_bin` gives them: set-headers-bin, add-headers-bin,
// del-headers-bin (manual 3.4 section 4.3).
#include <algorithm>

#include "keywords/actions.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

/// Takes a text behind its length (numbers of SPOE: 4 bits in the first byte once it is full, 7 in each that follows).
/// False if it is not all there.
bool take_text(std::string_view& rest, std::string_view& text) {
    if (rest.empty()) return false;
    std::uint64_t size = static_cast<std::uint8_t>(rest[0]);
    rest.remove_prefix(1);
    for (int shift = 4; size >= 240; shift += 7) {
        if (rest.empty() || shift > 60) return false;
        const std::uint8_t byte = static_cast<std::uint8_t>(rest[0]);
        size += static_cast<std::uint64_t>(byte) << shift;
        rest.remove_prefix(1);
        if (byte < 128) break;
    }
    if (size > rest.size()) return false;
    text = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
}

/// What a message's length and the connection hang on is left alone.
bool is_immutable(std::string_view name) {
    constexpr std::string_view kNames[] = {
        "connection",        "content-length", "expect",           "keep-alive",         "trailer",
        "transfer-encoding", "upgrade",        "proxy-connection", "proxy-authenticate", "proxy-authorization"};
    return std::any_of(std::begin(kNames), std::end(kNames), [&](auto known) { return base::iequal(known, name); });
}

/// The value of the rule's expression; false: there is none.
bool evaluate(RuleContext& context, const sample::Expression& expression, std::string_view& bytes) {
    sample::Value value;
    if (expression.evaluate(context, value) != sample::Found::yes ||
        !sample::cast(value, sample::Type::bin, *context.arena))
        return false;
    bytes = value.text;
    return true;
}

template <bool Replace>
class PutHeaders final : public Action {
  public:
    PutHeaders(bool response, std::unique_ptr<sample::Expression> expression, std::string prefix)
        : response_(response), expression_(std::move(expression)), prefix_(std::move(prefix)) {}
    Verdict run(RuleContext& context) const override {
        http::Head* head = head_of(context, response_);
        std::string_view rest, name, value;
        if (!head || !evaluate(context, *expression_, rest)) return Verdict::next;
        while (take_text(rest, name)) {
            if (!take_text(rest, value)) return refuse_rewrite(context);
            if (name.empty()) return value.empty() ? Verdict::next : refuse_rewrite(context);
            if (!base::istarts_with(name, prefix_) || is_immutable(name)) continue;
            const std::string_view lower = context.arena->copy(base::lower(name));
            if (Replace) head->headers.remove(lower);
            if (!take_room(context, added_size(lower, value))) return refuse_rewrite(context);
            head->headers.add(*context.arena, lower, context.arena->copy(value));
        }
        return rest.empty() ? Verdict::error : refuse_rewrite(context);  // its end is missing
    }

  private:
    bool response_;
    std::unique_ptr<sample::Expression> expression_;
    std::string prefix_;
};

class DeleteHeaders final : public Action {
  public:
    enum class Match : std::uint8_t { str, beg, end, sub };
    DeleteHeaders(bool response, std::unique_ptr<sample::Expression> expression, Match match)
        : response_(response), expression_(std::move(expression)), match_(match) {}
    Verdict run(RuleContext& context) const override {
        http::Head* head = head_of(context, response_);
        std::string_view rest, name;
        if (!head || !evaluate(context, *expression_, rest)) return Verdict::next;
        while (take_text(rest, name)) {
            if (name.empty()) return Verdict::next;
            if (is_immutable(name)) continue;
            const std::string lower = base::lower(name);
            for (std::uint32_t i = head->headers.size(); i > 0; --i)
                if (matches(head->headers[i - 1].name, lower)) head->headers.erase(i - 1);
        }
        return rest.empty() ? Verdict::error : refuse_rewrite(context);
    }

  private:
    bool matches(std::string_view name, std::string_view wanted) const {
        switch (match_) {
            case Match::beg:
                return name.starts_with(wanted);
            case Match::end:
                return name.ends_with(wanted);
            case Match::sub:
                return name.find(wanted) != std::string_view::npos;
            case Match::str:
                break;
        }
        return name == wanted;
    }

    bool response_;
    std::unique_ptr<sample::Expression> expression_;
    Match match_;
};

std::unique_ptr<sample::Expression> read_expression(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words.back(), "expects exactly one argument"), nullptr;
    return action_expression(parser, words[1]);
}

template <bool Replace>
std::unique_ptr<Action> parse_put_headers(Parser& parser) {
    auto expression = read_expression(parser);
    if (!expression) return nullptr;
    const auto words = parser.option_words();
    std::string prefix;
    if (words.size() > 2) {
        if (words[2].text != "prefix") return unexpected_word(parser, words[2]);
        if (words.size() < 4)
            return action_error(parser, words[2],
                                "expects 1 argument: <headers>; or 3 arguments: <headers> prefix <pfx>");
        if (words.size() > 4) return unexpected_word(parser, words[4]);
        prefix = words[3].text;
    }
    return std::make_unique<PutHeaders<Replace>>(is_response_rule(parser), std::move(expression), std::move(prefix));
}

std::unique_ptr<Action> parse_delete_headers(Parser& parser) {
    using Match = DeleteHeaders::Match;
    auto expression = read_expression(parser);
    if (!expression) return nullptr;
    const auto words = parser.option_words();
    Match match = Match::str;
    if (words.size() > 2) {
        if (words[2].text != "-m") return unexpected_word(parser, words[2]);
        if (words.size() < 4) return action_error(parser, words[2], "-m flag expects exactly 1 argument");
        constexpr std::pair<std::string_view, Match> kMatches[] = {
            {"str", Match::str}, {"beg", Match::beg}, {"end", Match::end}, {"sub", Match::sub}};
        const auto* found = std::find_if(std::begin(kMatches), std::end(kMatches),
                                         [&](const auto& known) { return known.first == words[3].text; });
        if (found == std::end(kMatches))
            return action_error(parser, words[3], "-m with unsupported matching method " + std::string(words[3].text));
        if (words.size() > 4) return unexpected_word(parser, words[4]);
        match = found->second;
    }
    return std::make_unique<DeleteHeaders>(is_response_rule(parser), std::move(expression), match);
}

constexpr auto kAll = kHttpRequest | kHttpResponse | kHttpAfterResponse;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "add-headers-bin", .sets = kAll, .support = Support::done, .parse = parse_put_headers<false>, .arguments = 1, .since = "3.4"},
    {.name = "del-headers-bin", .sets = kAll, .support = Support::done, .parse = parse_delete_headers, .arguments = 1, .since = "3.4"},
    {.name = "set-headers-bin", .sets = kAll, .support = Support::done, .parse = parse_put_headers<true>, .arguments = 1, .since = "3.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
