// http-request normalize-uri (manual 2.6 section 4.2): one form of address for all that mean the same.
#include "http/normalize.h"
#include "keywords/actions.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::RuleContext;
using model::Verdict;

enum class Part : std::uint8_t { path, query, path_and_query };

/// A normalizer of the manual. `option` is the word that may follow it, which sets `more`.
struct Normalizer {
    std::string_view name;
    Part part;
    std::string_view option;
    bool (*run)(std::string_view text, bool more, std::string& to);
};

template <void (*Run)(std::string_view, std::string&)>
bool always(std::string_view text, bool, std::string& to) {
    Run(text, to);
    return true;
}
bool dotdots(std::string_view text, bool full, std::string& to) {
    http::strip_dotdots(text, full, to);
    return true;
}

constexpr Normalizer kNormalizers[] = {
    {"fragment-encode", Part::path_and_query, {}, always<http::encode_fragment>},
    {"fragment-strip", Part::path_and_query, {}, always<http::strip_fragment>},
    {"path-merge-slashes", Part::path, {}, always<http::merge_slashes>},
    {"path-strip-dot", Part::path, {}, always<http::strip_dots>},
    {"path-strip-dotdot", Part::path, "full", dotdots},
    {"percent-decode-unreserved", Part::path_and_query, "strict", http::decode_unreserved},
    {"percent-to-uppercase", Part::path_and_query, "strict", http::upper_escapes},
    {"query-sort-by-name", Part::query, {}, always<http::sort_query>},
};

class NormalizeUri final : public model::Action {
  public:
    NormalizeUri(const Normalizer& normalizer, bool more) : normalizer_(normalizer), more_(more) {}
    Verdict run(RuleContext& context) const override {
        if (!context.request) return Verdict::next;
        http::Request& request = *context.request;
        const std::string_view whole = request.path_and_query();
        if (whole.empty() || whole == "*") return Verdict::next;
        const std::size_t path = request.path().size();
        const std::string_view part = normalizer_.part == Part::path    ? whole.substr(0, path)
                                      : normalizer_.part == Part::query ? whole.substr(path)
                                                                        : whole;
        thread_local std::string made;
        made.clear();
        if (!normalizer_.run(part, more_, made)) return refuse(context);
        if (made == part) return Verdict::next;
        const auto at = static_cast<std::size_t>(part.data() - request.target.data());
        request.target = context.arena->concat(request.target.substr(0, at), std::string_view(made),
                                               request.target.substr(at + part.size()));
        return Verdict::next;
    }

  private:
    /// The address is broken: 400.
    static Verdict refuse(RuleContext& context) {
        context.reply = {};
        context.reply.status = 400;
        context.reply.error_page = true;
        return Verdict::reply;
    }

    const Normalizer& normalizer_;
    bool more_;
};

std::unique_ptr<model::Action> parse_normalize(Parser& parser) {
    const auto words = parser.option_words();
    if (!parser.global().experimental) {
        parser.alert(words[0],
                     "'normalize-uri' action is experimental, must be allowed via a global "
                     "'expose-experimental-directives'");
        return nullptr;
    }
    if (words.size() < 2) return action_error(parser, words[0], "missing argument <normalizer>");
    for (const Normalizer& normalizer : kNormalizers) {
        if (normalizer.name != words[1].text) continue;
        const bool more = words.size() > 2 && !normalizer.option.empty() && words[2].text == normalizer.option;
        if (words.size() > 2 && !more && !normalizer.option.empty())
            return action_error(
                parser, words[2],
                "unknown argument " + quoted(words[2].text) + " for " + quoted(normalizer.name) + " normalizer");
        if (words.size() > (more ? 3 : 2)) return unexpected_word(parser, words[more ? 3 : 2]);
        return std::make_unique<NormalizeUri>(normalizer, more);
    }
    return action_error(parser, words[1], "unknown normalizer " + quoted(words[1].text));
}

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "normalize-uri", .sets = kHttpRequest, .support = Support::done, .parse = parse_normalize, .arguments = 1, .since = "2.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
