#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cfgproxy::sample {

/// Look-ups that sets of texts are made of. All are built once, then read by any thread. Texts given to build() must
/// live as long as the index; each is known by its position there, and `find` answers with it, -1 for none.

/// Exact texts: open addressing, a 32-bit tag per slot so that a miss rarely looks at the text. The hash is a
/// polynomial over the bytes: whoever walks through a text can carry it along.
class HashIndex {
  public:
    static constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15ull;
    static std::uint64_t extend(std::uint64_t hash, unsigned char byte) { return hash * kBase + byte + 1; }
    static std::uint64_t hash(std::string_view text) {
        std::uint64_t h = 0;
        for (unsigned char c : text) h = extend(h, c);
        return h;
    }

    void build(const std::vector<std::string_view>& texts);
    /// Of equal texts the first one.
    std::int64_t find(std::uint64_t hash, std::string_view text) const;
    std::int64_t find(std::string_view text) const { return find(hash(text), text); }

  private:
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t index = kNone;
    };
    static constexpr std::uint32_t kNone = ~0u;
    static std::uint64_t spread(std::uint64_t hash);
    std::vector<Slot> slots_;
    std::vector<std::string_view> texts_;
};

/// Prefixes of a text: sorted, each knowing the longest other one that is a prefix of itself. What precedes the text in
/// the order is, or leads to, the longest match: one binary search, mostly over 8-byte keys.
class PrefixIndex {
  public:
    void build(const std::vector<std::string_view>& texts);
    /// Of those that `counts` says yes to.
    template <class Counts>
    std::int64_t find_longest(std::string_view text, Counts counts) const {
        for (std::int64_t at = find_entry(text); at >= 0; at = entries_[at].shorter)
            if (counts(entries_[at].index)) return entries_[at].index;
        return -1;
    }
    /// The match with the smallest position.
    template <class Counts>
    std::int64_t find_first(std::string_view text, Counts counts) const {
        std::int64_t best = -1;
        for (std::int64_t at = find_entry(text); at >= 0; at = entries_[at].shorter)
            if ((best < 0 || entries_[at].index < best) && counts(entries_[at].index)) best = entries_[at].index;
        return best;
    }

  private:
    struct Entry {
        std::string_view text;
        std::uint32_t index;   ///< smallest position of this text
        std::int32_t shorter;  ///< entry of the longest proper prefix, -1
    };
    std::int64_t find_entry(std::string_view text) const;
    std::string_view stem_;            ///< what all begin with
    std::vector<std::uint64_t> keys_;  ///< the 8 bytes behind the stem, big endian
    std::vector<Entry> entries_;
};

}  // namespace cfgproxy::sample
