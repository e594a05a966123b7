// Actions that change the patterns of acls and maps: add-acl, del-acl, set-map, del-map (manual 2.6 section 4.2).
#include "keywords/actions.h"
#include "log/log.h"
#include "sample/pattern_list.h"

namespace cfgproxy::keywords {
namespace {

using model::Action;
using model::RuleContext;
using model::Verdict;
using sample::PatternList;

enum class Change : std::uint8_t { add_acl, del_acl, set_map, del_map };

/// A file that nothing in the configuration uses, or a value that cannot be one, is passed over in silence.
template <Change change>
class ChangePatterns final : public Action {
  public:
    ChangePatterns(std::string file, std::unique_ptr<model::Template> key, std::unique_ptr<model::Template> value)
        : lists_(&sample::PatternLists::reading()),
          file_(std::move(file)),
          key_(std::move(key)),
          value_(std::move(value)) {}

    Verdict run(RuleContext& context) const override {
        PatternList* list = lists_->find(file_);
        if (!list) return Verdict::next;
        const std::string_view key = log::render(*key_, nullptr, context);
        if constexpr (change == Change::add_acl) {
            if (!list->contains(key)) static_cast<void>(list->add(key, {}));
        } else if constexpr (change == Change::set_map) {
            const std::string_view value = log::render(*value_, nullptr, context);
            const auto changed = list->set(key, value);
            if (changed && !*changed) static_cast<void>(list->add(key, value));
        } else {
            list->remove(key);
        }
        return Verdict::next;
    }

  private:
    const sample::PatternLists* lists_;  // of the configuration that this action belongs to
    std::string file_;
    std::unique_ptr<model::Template> key_, value_;
};

template <Change change>
std::unique_ptr<Action> parse_change(Parser& parser) {
    constexpr std::size_t kWords = change == Change::set_map ? 2 : 1;
    const Word& word = parser.option_words()[0];
    if (!has_words(parser, kWords, "expects exactly " + std::to_string(kWords) + " arguments")) return nullptr;
    const auto open = word.text.find('(');
    const std::string file(word.text.substr(open + 1, word.text.size() - open - 2));
    auto key = action_format(parser, parser.option_words()[1], log::Use::plain);
    if (!key) return nullptr;
    std::unique_ptr<model::Template> value;
    if (change == Change::set_map) {
        value = action_format(parser, parser.option_words()[2], log::Use::plain);
        if (!value) return nullptr;
    }
    return std::make_unique<ChangePatterns<change>>(file, std::move(key), std::move(value));
}

constexpr auto kDone = Support::done;

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "add-acl(", .sets = kHttpRequest | kHttpResponse, .support = kDone, .parse = parse_change<Change::add_acl>, .arguments = 1, .since = "1.5"},
    {.name = "del-acl(", .sets = kHttpRequest | kHttpResponse, .support = kDone, .parse = parse_change<Change::del_acl>, .arguments = 1, .since = "1.5"},
    {.name = "del-acl(", .sets = kHttpAfterResponse, .support = kDone, .parse = parse_change<Change::del_acl>, .arguments = 1, .since = "2.8"},
    {.name = "del-map(", .sets = kHttpRequest | kHttpResponse, .support = kDone, .parse = parse_change<Change::del_map>, .arguments = 1, .since = "1.5"},
    {.name = "del-map(", .sets = kHttpAfterResponse, .support = kDone, .parse = parse_change<Change::del_map>, .arguments = 1, .since = "2.8"},
    {.name = "set-map(", .sets = kHttpRequest | kHttpResponse, .support = kDone, .parse = parse_change<Change::set_map>, .arguments = 2, .since = "1.5"},
    {.name = "set-map(", .sets = kHttpAfterResponse, .support = kDone, .parse = parse_change<Change::set_map>, .arguments = 2, .since = "2.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
