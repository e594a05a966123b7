#include "base/text.h"
#include "keywords/sample_support.h"
#include "sample/pattern.h"
#include "sample/replace.h"

/// Replacements by regular expressions (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

using sample::Regex;

constexpr int kMaxGroups = 10;

/// Collects pieces in the arena; doubles its room, so that a text of n bytes costs about 2n.
class Collector {
  public:
    Collector(base::Arena& arena, std::size_t room) : arena_(arena), start_(arena.bytes(room)), room_(room) {}
    void put(std::string_view piece) {
        if (piece.size() > room_ - size_) grow(piece.size());
        for (char c : piece) start_[size_++] = c;
    }
    std::string_view text() const { return {start_, size_}; }

  private:
    void grow(std::size_t more) {
        const std::size_t room = 2 * room_ + more;
        char* to = arena_.bytes(room);
        std::copy(start_, start_ + size_, to);
        start_ = to;
        room_ = room;
    }
    base::Arena& arena_;
    char* start_;
    std::size_t size_ = 0;
    std::size_t room_;
};

/// s/regex/replacement/: the first match, or all with the flag g. What is left is matched as a text of its own, but
/// '^' does not match its start again. A match of no bytes stands in front of a byte, which is copied.
bool convert_regsub(const Context& context, Arguments args, Value& value) {
    const auto& regex = *static_cast<const Regex*>(args[0].object.get());
    const bool everywhere = args[0].number != 0;
    Collector to(*context.arena, value.text.size() + 64);
    std::string_view rest = value.text;
    for (bool first = true; first || everywhere; first = false) {
        std::size_t offsets[2 * kMaxGroups];
        const int groups = regex.match(rest, 0, offsets, kMaxGroups, !first);
        if (groups == 0) break;
        to.put(rest.substr(0, offsets[0]));
        std::string_view replacement;
        if (sample::expand_groups(args[1].text, rest, offsets, groups, *context.arena, replacement))
            to.put(replacement);
        if (rest.empty()) break;
        std::size_t end = offsets[1];
        if (end == 0) to.put(rest.substr(end++, 1));
        rest.remove_prefix(end);
    }
    to.put(rest);
    value.text = to.text();
    return true;
}

base::Result<void> prepare_regsub(std::vector<Argument>& args) {
    bool ignore_case = false;
    if (args.size() > 2) {
        for (char flag : args[2].text) {
            if (flag == 'i')
                ignore_case = true;
            else if (flag == 'g')
                args[0].number = 1;
            else
                return base::Error{std::string("invalid regex flag '") + flag + "', only 'i' and 'g' are supported"};
        }
    }
    auto regex = Regex::compile(args[0].text, ignore_case);
    if (!regex) return base::Error{regex.error()};
    args[0].object = std::const_pointer_cast<Regex>(*regex);
    return {};
}

constexpr Converter kTable[] = {
    {.name = "regsub",
     .args = "regex,string[,string]",
     .support = Support::done,
     .run = convert_regsub,
     .prepare = prepare_regsub,
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
