// Actions that change the request line or the status: set-method, set-path, set-query, set-uri, replace-path,
// replace-uri, set-status (manual 2.6 section 4.2).
#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;

/// Which part of the target a rule is about.
enum class Part : std::uint8_t { path, path_and_query, query, uri };

/// Offsets of the part in the target, [begin, end).
struct Range {
    std::size_t begin, end;
};

Range find_part(const http::Request& request, Part part) {
    const std::string_view target = request.target;
    if (part == Part::uri) return {0, target.size()};
    std::string_view path = request.path_and_query();
    const std::size_t begin = path.empty() ? 0 : static_cast<std::size_t>(path.data() - target.data());
    const bool inside = !path.empty() && begin <= target.size();
    const std::size_t from = inside ? begin : 0;
    std::size_t question = target.find('?', from);
    if (question == std::string_view::npos) question = target.size();
    if (part == Part::path) return {from, question};
    if (part == Part::query) return {question, target.size()};
    return {from, target.size()};
}

Verdict replace_part(RuleContext& context, Range range, std::string_view text) {
    std::string_view target = context.request->target;
    if (!take_room(context,
                   static_cast<std::int64_t>(text.size()) - static_cast<std::int64_t>(range.end - range.begin)))
        return refuse_rewrite(context);
    context.request->target = context.arena->concat(target.substr(0, range.begin), text, target.substr(range.end));
    return Verdict::next;
}

template <Part What>
class SetPart final : public Action {
  public:
    explicit SetPart(std::unique_ptr<model::Template> format) : format_(std::move(format)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.request) return Verdict::next;
        std::string_view text = log::render(*format_, nullptr, context);
        const Range range = find_part(*context.request, What);
        if constexpr (What == Part::query) {
            // An empty query takes away what stood behind the question mark, which stays.
            const bool has_mark = range.begin < range.end;
            if (has_mark || !text.empty()) text = context.arena->concat("?", text);
        }
        return replace_part(context, range, text);
    }

  private:
    std::unique_ptr<model::Template> format_;
};

template <Part What>
std::unique_ptr<Action> parse_set_part(Parser& parser) {
    if (!has_words(parser, 1, "expects exactly 1 argument <format>")) return nullptr;
    auto format = action_format(parser, parser.option_words()[1]);
    if (!format) return nullptr;
    return std::make_unique<SetPart<What>>(std::move(format));
}

class SetMethod final : public Action {
  public:
    explicit SetMethod(std::unique_ptr<model::Template> format) : format_(std::move(format)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.request) return Verdict::next;
        const std::string_view text = log::render(*format_, nullptr, context);
        context.request->method_text = text;
        context.request->method = http::find_method(text);
        // `method` goes on telling what the client asked with; HAProxy remembers that of known methods only.
        if (context.method == http::Method::other) context.method_text = text;
        return Verdict::next;
    }

  private:
    std::unique_ptr<model::Template> format_;
};

std::unique_ptr<Action> parse_set_method(Parser& parser) {
    if (!has_words(parser, 1, "expects exactly 1 argument <format>")) return nullptr;
    auto format = action_format(parser, parser.option_words()[1]);
    if (!format) return nullptr;
    return std::make_unique<SetMethod>(std::move(format));
}

template <Part What>
class ReplacePart final : public Action {
  public:
    ReplacePart(std::shared_ptr<const sample::Regex> regex, std::unique_ptr<model::Template> format)
        : regex_(std::move(regex)), format_(std::move(format)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.request) return Verdict::next;
        const Range range = find_part(*context.request, What);
        const std::string_view part = context.request->target.substr(range.begin, range.end - range.begin);
        if (!regex_->matches(part)) return Verdict::next;
        const std::string_view replacement = log::render(*format_, nullptr, context);
        return replace_part(context, range, replace_matched(context, *regex_, part, replacement));
    }

  private:
    std::shared_ptr<const sample::Regex> regex_;
    std::unique_ptr<model::Template> format_;
};

template <Part What>
std::unique_ptr<Action> parse_replace_part(Parser& parser) {
    if (!has_words(parser, 2, "expects exactly 2 arguments <match-regex> and <replace-format>")) return nullptr;
    const auto words = parser.option_words();
    auto regex = sample::Regex::compile(words[1].text, false);
    if (!regex) return action_error(parser, words[1], "failed to parse the regex : " + regex.error());
    auto format = action_format(parser, words[2]);
    if (!format) return nullptr;
    return std::make_unique<ReplacePart<What>>(*regex, std::move(format));
}

class SetStatus final : public Action {
  public:
    SetStatus(std::uint16_t status, std::string reason) : status_(status), reason_(std::move(reason)) {}
    Verdict run(RuleContext& context) const override {
        if (!context.response) return Verdict::next;
        const std::string_view reason = reason_.empty() ? http::reason_of(status_) : std::string_view(reason_);
        if (!take_room(context, static_cast<std::int64_t>(reason.size()) -
                                    static_cast<std::int64_t>(context.response->reason.size())))
            return refuse_rewrite(context);
        context.response->status = status_;
        context.response->reason = reason;
        return Verdict::next;
    }

  private:
    std::uint16_t status_;
    std::string reason_;  // empty: the standard one
};

std::unique_ptr<Action> parse_set_status(Parser& parser) {
    const auto words = parser.option_words();
    const bool well_formed = words.size() == 2 || (words.size() == 4 && words[2].text == "reason");
    if (!well_formed)
        return action_error(parser, words.back(),
                            "expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>");
    auto status = base::parse_int(words[1].text);
    if (!status || *status < 100 || *status > 999)
        return action_error(parser, words[1], "expects an integer status code between 100 and 999");
    std::string reason;
    if (words.size() == 4) reason = words[3].text;
    return std::make_unique<SetStatus>(static_cast<std::uint16_t>(*status), std::move(reason));
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "replace-path", .sets = kHttpRequest, .support = Support::done, .parse = parse_replace_part<Part::path>, .arguments = 2, .since = "2.2"},
    {.name = "replace-pathq", .sets = kHttpRequest, .support = Support::done, .parse = parse_replace_part<Part::path_and_query>, .arguments = 2, .since = "2.3"},
    {.name = "replace-uri", .sets = kHttpRequest, .support = Support::done, .parse = parse_replace_part<Part::uri>, .arguments = 2, .since = "2.0"},
    {.name = "set-method", .sets = kHttpRequest, .support = Support::done, .parse = parse_set_method, .arguments = 1, .since = "1.6"},
    {.name = "set-path", .sets = kHttpRequest, .support = Support::done, .parse = parse_set_part<Part::path>, .arguments = 1, .since = "1.6"},
    {.name = "set-pathq", .sets = kHttpRequest, .support = Support::done, .parse = parse_set_part<Part::path_and_query>, .arguments = 1, .since = "2.3"},
    {.name = "set-query", .sets = kHttpRequest, .support = Support::done, .parse = parse_set_part<Part::query>, .arguments = 1, .since = "1.6"},
    {.name = "set-status", .sets = kHttpResponse, .support = Support::done, .parse = parse_set_status, .arguments = 1, .since = "1.6"},
    {.name = "set-status", .sets = kHttpAfterResponse, .support = Support::done, .parse = parse_set_status, .arguments = 1, .since = "2.2"},
    {.name = "set-uri", .sets = kHttpRequest, .support = Support::done, .parse = parse_set_part<Part::uri>, .arguments = 1, .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
