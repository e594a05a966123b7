#include <algorithm>
#include <cstring>
#include <map>

#include "base/text.h"
#include "sample/pattern_sets.h"
#include "sample/text_index.h"

namespace cfgproxy::sample {
namespace {

constexpr std::size_t kFew = 4;  // up to here a plain loop is quicker than any index

/// A copy of a text: in lower case or backwards, on the stack unless it is long.
class Changed {
  public:
    Changed(std::string_view text, base::Arena& arena) : at_(small_), size_(text.size()) {
        if (text.size() > sizeof small_) at_ = arena.bytes(text.size());
    }
    std::string_view lower(std::string_view text) {
        for (std::size_t i = 0; i < size_; ++i) at_[i] = base::to_lower(text[i]);
        return {at_, size_};
    }
    std::string_view backwards(std::string_view text) {
        for (std::size_t i = 0; i < size_; ++i) at_[i] = text[size_ - 1 - i];
        return {at_, size_};
    }

  private:
    char small_[256];
    char* at_;
    std::size_t size_;
};

/// What all kinds share: the patterns to compare with, folded to lower case if case is to be ignored. A `Kind`
/// answers for a text that is folded the same way, and passes over patterns that do not count. It can do so as long as
/// what it keeps of equal patterns is removed together with all of them: Kind::kKeepsAll, and no folding.
template <class Kind>
class TextSet final : public PatternSet {
  public:
    TextSet(const Texts& texts, bool ignore_case) : ignore_case_(ignore_case) {
        if (ignore_case) {
            kind_.build(folded_.make(texts, [](std::string_view text, char* to) {
                std::transform(text.begin(), text.end(), to, base::to_lower);
            }));
        } else {
            kind_.build(texts);
        }
    }
    std::int64_t find(const Value& value, base::Arena& arena) const override { return look(value, arena, AllCount()); }
    std::int64_t find_beside(const Value& value, base::Arena& arena, const Removed& removed) const override {
        return look(value, arena, [&](std::size_t index) { return !removed.contains(pattern(index)); });
    }
    bool can_pass_over() const override { return Kind::kKeepsAll && !ignore_case_; }

  private:
    template <class Counts>
    std::int64_t look(const Value& value, base::Arena& arena, Counts counts) const {
        std::string_view text = kind_.relevant(value.text);
        if (!ignore_case_) return kind_.find(text, arena, counts);
        if (text.size() < kind_.shortest()) return -1;
        Changed folded(text, arena);
        return kind_.find(folded.lower(text), arena, counts);
    }
    TextBlock folded_;
    Kind kind_;
    bool ignore_case_;
};

/// Lengths of the patterns, and the patterns themselves when there are few.
class Lengths {
  public:
    void measure(const Texts& texts) {
        for (auto text : texts) {
            longest_ = std::max(longest_, text.size());
            shortest_ = std::min(shortest_, text.size());
        }
    }
    std::size_t shortest() const { return shortest_; }
    std::size_t longest() const { return longest_; }

  private:
    std::size_t shortest_ = ~std::size_t{0}, longest_ = 0;
};

/// The first of `texts` that counts and for which `test` says yes.
template <class Counts, class Test>
std::int64_t first_of(const Texts& texts, Counts counts, Test test) {
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (test(texts[i]) && counts(i)) return static_cast<std::int64_t>(i);
    return -1;
}

class Exact : public Lengths {
  public:
    static constexpr bool kKeepsAll = true;
    void build(const Texts& texts) {
        measure(texts);
        if (texts.size() <= kFew)
            few_ = texts;
        else
            index_.build(texts);
    }
    std::string_view relevant(std::string_view text) const { return text.substr(0, longest() + 1); }
    template <class Counts>
    std::int64_t find(std::string_view text, base::Arena&, Counts counts) const {
        if (text.size() > longest() || text.size() < shortest()) return -1;
        if (!few_.empty()) return first_of(few_, counts, [&](std::string_view p) { return p == text; });
        const std::int64_t found = index_.find(text);
        return found >= 0 && counts(static_cast<std::size_t>(found)) ? found : -1;
    }

  private:
    Texts few_;
    HashIndex index_;
};

/// `first`: of several prefixes the first one counts, not the longest.
template <bool first>
class Beginning : public Lengths {
  public:
    static constexpr bool kKeepsAll = true;
    void build(const Texts& texts) {
        measure(texts);
        few_ = texts.size() == 1 ? texts : Texts{};
        if (few_.empty()) index_.build(texts);
    }
    std::string_view relevant(std::string_view text) const { return text.substr(0, longest()); }
    template <class Counts>
    std::int64_t find(std::string_view text, base::Arena&, Counts counts) const {
        if (text.size() < shortest()) return -1;
        if (!few_.empty()) return text.starts_with(few_[0]) && counts(0) ? 0 : -1;
        return first ? index_.find_first(text, counts) : index_.find_longest(text, counts);
    }

  private:
    Texts few_;
    PrefixIndex index_;
};

class Ending : public Lengths {
  public:
    static constexpr bool kKeepsAll = true;
    void build(const Texts& texts) {
        measure(texts);
        if (texts.size() <= kFew) {
            few_ = texts;
            return;
        }
        index_.build(backwards_.make(
            texts, [](std::string_view text, char* to) { std::reverse_copy(text.begin(), text.end(), to); }));
    }
    std::string_view relevant(std::string_view text) const {
        return text.size() <= longest() ? text : text.substr(text.size() - longest());
    }
    template <class Counts>
    std::int64_t find(std::string_view text, base::Arena& arena, Counts counts) const {
        if (text.size() < shortest()) return -1;
        if (!few_.empty()) return first_of(few_, counts, [&](std::string_view p) { return text.ends_with(p); });
        Changed turned(text, arena);
        return index_.find_first(turned.backwards(text), counts);
    }

  private:
    Texts few_;
    TextBlock backwards_;
    PrefixIndex index_;
};

/// Many substrings: for each length that occurs a hash is rolled over the text once (Rabin and Karp).
class Inside : public Lengths {
  public:
    static constexpr bool kKeepsAll = true;
    void build(const Texts& texts) {
        measure(texts);
        if (texts.size() <= kFew) {
            few_ = texts;
            return;
        }
        index_.build(texts);
        std::map<std::size_t, std::uint64_t> powers;
        for (auto text : texts) powers[text.size()];
        std::uint64_t power = 1;
        std::size_t size = 0;
        for (auto& [length, value] : powers) {
            for (; size < length; ++size) power *= HashIndex::kBase;
            lengths_.push_back({length, power});
        }
    }
    std::string_view relevant(std::string_view text) const { return text; }
    template <class Counts>
    std::int64_t find(std::string_view text, base::Arena&, Counts counts) const {
        if (!few_.empty()) return first_of(few_, counts, [&](std::string_view p) { return contains(text, p); });
        std::int64_t best = -1;
        for (const Length& length : lengths_) {
            if (length.size > text.size()) break;
            std::int64_t found = roll(text, length, counts);
            if (found >= 0 && (best < 0 || found < best)) best = found;
        }
        return best;
    }

  private:
    struct Length {
        std::size_t size;
        std::uint64_t power;  ///< of the hash's base, to take the oldest byte out
    };
    static bool contains(std::string_view text, std::string_view pattern) {
        return !pattern.empty() && memmem(text.data(), text.size(), pattern.data(), pattern.size()) != nullptr;
    }
    template <class Counts>
    std::int64_t roll(std::string_view text, const Length& length, Counts counts) const {
        std::uint64_t hash = HashIndex::hash(text.substr(0, length.size));
        std::int64_t best = -1;
        for (std::size_t end = length.size;; ++end) {
            std::int64_t found = index_.find(hash, text.substr(end - length.size, length.size));
            if (found >= 0 && (best < 0 || found < best) && counts(static_cast<std::size_t>(found))) best = found;
            if (end == text.size()) return best;
            const auto oldest = static_cast<unsigned char>(text[end - length.size]);
            hash = HashIndex::extend(hash, static_cast<unsigned char>(text[end])) - length.power * (oldest + 1ull);
        }
    }
    Texts few_;
    HashIndex index_;
    std::vector<Length> lengths_;
};

/// `dir` and `dom`: the pattern, without delimiters at its ends, stands between delimiters or ends of the text.
template <bool is_domain>
class Words : public Lengths {
  public:
    static constexpr bool kKeepsAll = false;  // "/a/" and "a" are the same here
    void build(const Texts& texts) {
        Texts stripped;
        stripped.reserve(texts.size());
        for (auto text : texts) {
            while (!text.empty() && is_delimiter(text.front())) text.remove_prefix(1);
            while (!text.empty() && is_delimiter(text.back())) text.remove_suffix(1);
            stripped.push_back(text);
        }
        measure(stripped);
        if (texts.size() <= kFew)
            few_ = stripped;
        else
            index_.build(stripped);
    }
    std::string_view relevant(std::string_view text) const { return text; }
    template <class Counts>
    std::int64_t find(std::string_view text, base::Arena&, Counts counts) const {
        if (!few_.empty()) return first_of(few_, counts, [&](std::string_view p) { return has_word(text, p); });
        std::int64_t best = -1;
        for (std::size_t begin = 0; begin < text.size(); begin = next_word(text, begin)) {
            if (is_delimiter(text[begin])) continue;
            std::int64_t found = find_from(text, begin);
            if (found >= 0 && (best < 0 || found < best) && counts(static_cast<std::size_t>(found))) best = found;
        }
        return best;
    }

  private:
    static bool is_delimiter(char c) { return c == '/' || c == '?' || (is_domain && (c == '.' || c == ':')); }
    static std::size_t next_word(std::string_view text, std::size_t at) {
        while (at < text.size() && !is_delimiter(text[at])) ++at;
        while (at < text.size() && is_delimiter(text[at])) ++at;
        return at;
    }
    static bool has_word(std::string_view text, std::string_view pattern) {
        if (pattern.empty()) return false;
        for (std::size_t at = 0; (at = text.find(pattern, at)) != text.npos; ++at) {
            const std::size_t end = at + pattern.size();
            if ((at == 0 || is_delimiter(text[at - 1])) && (end == text.size() || is_delimiter(text[end]))) return true;
        }
        return false;
    }
    /// All that begin at `begin` and end before a delimiter.
    std::int64_t find_from(std::string_view text, std::size_t begin) const {
        std::uint64_t hash = 0;
        std::int64_t best = -1;
        const std::size_t limit = std::min(text.size(), begin + longest());
        for (std::size_t end = begin; end < limit;) {
            hash = HashIndex::extend(hash, static_cast<unsigned char>(text[end++]));
            if (end != text.size() && !is_delimiter(text[end])) continue;
            std::int64_t found = index_.find(hash, text.substr(begin, end - begin));
            if (found >= 0 && (best < 0 || found < best)) best = found;
        }
        return best;
    }
    Texts few_;
    HashIndex index_;
};

template <class Kind>
std::unique_ptr<PatternSet> make(const Texts& texts, bool ignore_case) {
    return std::make_unique<TextSet<Kind>>(texts, ignore_case);
}

}  // namespace

std::unique_ptr<PatternSet> make_text_set(MatchKind kind, bool ignore_case, bool first, const Texts& texts) {
    switch (kind) {
        case MatchKind::beg:
            if (first) return make<Beginning<true>>(texts, ignore_case);
            return make<Beginning<false>>(texts, ignore_case);
        case MatchKind::end:
            return make<Ending>(texts, ignore_case);
        case MatchKind::sub:
            return make<Inside>(texts, ignore_case);
        case MatchKind::dir:
            return make<Words<false>>(texts, ignore_case);
        case MatchKind::dom:
            return make<Words<true>>(texts, ignore_case);
        default:
            return make<Exact>(texts, ignore_case);
    }
}

}  // namespace cfgproxy::sample
