// Actions that edit header fields: set-header, add-header, del-header, replace-header, replace-value (manual 2.6
// section 4.2, "http-request").
#include "keywords/actions.h"
#include "sample/pattern.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

/// set-header and add-header.
template <bool Replace>
class PutHeader final : public Action {
  public:
    PutHeader(bool response, std::string name, std::unique_ptr<model::Template> value)
        : response_(response), name_(std::move(name)), value_(std::move(value)) {}
    Verdict run(RuleContext& context) const override {
        http::Head* head = head_of(context, response_);
        if (!head) return Verdict::next;
        const std::string_view value = log::render(*value_, nullptr, context);
        if (!take_room(context, added_size(name_, value))) {
            if (Replace) remove_counted(context, *head);
            if (!Replace || !take_room(context, added_size(name_, value))) return refuse_rewrite(context);
        }
        if (Replace)
            head->headers.set(*context.arena, name_, value);
        else
            head->headers.add(*context.arena, name_, value);
        return Verdict::next;
    }

  private:
    /// As HAProxy: what set-header replaces is gone before there is room for the new one, or is none.
    void remove_counted(RuleContext& context, http::Head& head) const {
        for (const http::Header& old : head.headers)
            if (old.name == name_) context.rewrite_room += added_size(old.name, old.value);
        head.headers.remove(std::string_view(name_));
    }

    bool response_;
    std::string name_;
    std::unique_ptr<model::Template> value_;
};

template <bool Replace>
std::unique_ptr<Action> parse_put_header(Parser& parser) {
    if (!has_words(parser, 2, "expects exactly 2 arguments")) return nullptr;
    auto value = action_format(parser, parser.option_words()[2]);
    if (!value) return nullptr;
    return std::make_unique<PutHeader<Replace>>(is_response_rule(parser), base::lower(parser.option_arg(1)),
                                                std::move(value));
}

/// del-header: by name, or by what `-m` says of the name.
class DeleteHeader final : public Action {
  public:
    enum class Match : std::uint8_t { str, beg, end, sub, reg };
    DeleteHeader(bool response, Match match, std::string pattern, std::shared_ptr<const sample::Regex> regex)
        : response_(response), match_(match), pattern_(std::move(pattern)), regex_(std::move(regex)) {}
    Verdict run(RuleContext& context) const override {
        http::Head* head = head_of(context, response_);
        if (!head) return Verdict::next;
        if (match_ == Match::str) {
            head->headers.remove(std::string_view(pattern_));
            return Verdict::next;
        }
        for (std::uint32_t i = head->headers.size(); i > 0; --i)
            if (matches(head->headers[i - 1].name)) head->headers.erase(i - 1);
        return Verdict::next;
    }

  private:
    bool matches(std::string_view name) const {
        switch (match_) {
            case Match::beg:
                return name.starts_with(pattern_);
            case Match::end:
                return name.ends_with(pattern_);
            case Match::sub:
                return name.find(pattern_) != std::string_view::npos;
            case Match::reg:
                return regex_->matches(name);
            case Match::str:
                break;
        }
        return name == pattern_;
    }

    bool response_;
    Match match_;
    std::string pattern_;
    std::shared_ptr<const sample::Regex> regex_;
};

bool find_delete_match(std::string_view name, DeleteHeader::Match& match) {
    struct Row {
        std::string_view name;
        DeleteHeader::Match match;
    };
    constexpr Row kRows[] = {{"str", DeleteHeader::Match::str},
                             {"beg", DeleteHeader::Match::beg},
                             {"end", DeleteHeader::Match::end},
                             {"sub", DeleteHeader::Match::sub},
                             {"reg", DeleteHeader::Match::reg}};
    for (const Row& row : kRows) {
        if (row.name != name) continue;
        match = row.match;
        return true;
    }
    return false;
}

std::unique_ptr<Action> parse_delete_header(Parser& parser) {
    const auto words = parser.option_words();
    if (words.size() < 2) return action_error(parser, words.back(), "expects at least 1 argument");
    auto match = DeleteHeader::Match::str;
    if (words.size() > 2) {
        if (words[2].text != "-m") return unexpected_word(parser, words[2]);
        if (words.size() < 4) return action_error(parser, words[2], "-m flag expects exactly 1 argument");
        if (!find_delete_match(words[3].text, match))
            return action_error(parser, words[3],
                                "-m with unsupported matching method '" + std::string(words[3].text) + "'");
        if (words.size() > 4) return unexpected_word(parser, words[4]);
    }
    std::shared_ptr<const sample::Regex> regex;
    if (match == DeleteHeader::Match::reg) {
        auto compiled = sample::Regex::compile(words[1].text, true);
        if (!compiled) return action_error(parser, words[1], "failed to parse the regex : " + compiled.error());
        regex = *compiled;
    }
    return std::make_unique<DeleteHeader>(is_response_rule(parser), match, base::lower(words[1].text),
                                          std::move(regex));
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// replace-header holds the expression against whole field values, replace-value against each of their elements.
template <bool PerValue>
class ReplaceHeader final : public Action {
  public:
    ReplaceHeader(bool response, std::string name, std::shared_ptr<const sample::Regex> regex,
                  std::unique_ptr<model::Template> replacement)
        : response_(response), name_(std::move(name)), regex_(std::move(regex)), replacement_(std::move(replacement)) {}
    Verdict run(RuleContext& context) const override {
        http::Head* head = head_of(context, response_);
        if (!head) return Verdict::next;
        std::string_view replacement;
        bool rendered = false;
        for (http::Header& header : head->headers) {
            if (header.name != name_) continue;
            if (!rendered) replacement = log::render(*replacement_, nullptr, context);
            rendered = true;
            const std::string_view value = PerValue ? replace_elements(context, header.value, replacement)
                                                    : replace_matched(context, *regex_, header.value, replacement);
            if (!take_room(context,
                           static_cast<std::int64_t>(value.size()) - static_cast<std::int64_t>(header.value.size())))
                return refuse_rewrite(context);
            header.value = value;
        }
        return Verdict::next;
    }

  private:
    std::string_view replace_elements(RuleContext& context, std::string_view value,
                                      std::string_view replacement) const {
        std::string made;
        std::size_t copied = 0;
        std::string_view rest = value, element;
        while (http::next_element(rest, element)) {
            const std::string_view replaced = replace_matched(context, *regex_, element, replacement);
            if (replaced.data() == element.data()) continue;
            auto at = static_cast<std::size_t>(element.data() - value.data());
            auto end = at + element.size();
            while (at > copied && is_blank(value[at - 1])) --at;  // the blanks around it go with it
            while (end < value.size() && is_blank(value[end])) ++end;
            made.append(value, copied, at - copied);
            made += replaced;
            copied = end;
        }
        made.append(value, copied);
        return context.arena->copy(made);
    }

    bool response_;
    std::string name_;
    std::shared_ptr<const sample::Regex> regex_;
    std::unique_ptr<model::Template> replacement_;
};

template <bool PerValue>
std::unique_ptr<Action> parse_replace_header(Parser& parser) {
    if (!has_words(parser, 3, "expects exactly 3 arguments")) return nullptr;
    const auto words = parser.option_words();
    auto regex = sample::Regex::compile(words[2].text, false);
    if (!regex) return action_error(parser, words[2], regex.error());
    auto replacement = action_format(parser, words[3]);
    if (!replacement) return nullptr;
    return std::make_unique<ReplaceHeader<PerValue>>(is_response_rule(parser), base::lower(words[1].text), *regex,
                                                     std::move(replacement));
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "add-header", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_put_header<false>, .arguments = 2, .since = "1.5"},
    {.name = "add-header", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_put_header<false>, .arguments = 2, .since = "2.2"},
    {.name = "del-header", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_delete_header, .arguments = 1, .since = "1.5"},
    {.name = "del-header", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_delete_header, .arguments = 1, .since = "2.2"},
    {.name = "replace-header", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_replace_header<false>, .arguments = 3, .since = "1.5"},
    {.name = "replace-header", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_replace_header<false>, .arguments = 3, .since = "2.2"},
    {.name = "replace-value", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_replace_header<true>, .arguments = 3, .since = "1.5"},
    {.name = "replace-value", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_replace_header<true>, .arguments = 3, .since = "2.2"},
    {.name = "set-header", .sets = kHttpRequest | kHttpResponse, .support = Support::done, .parse = parse_put_header<true>, .arguments = 2, .since = "1.5"},
    {.name = "set-header", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_put_header<true>, .arguments = 2, .since = "2.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
