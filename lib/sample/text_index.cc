#include "sample/text_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cfgproxy::sample {
namespace {

/// The first 8 bytes as a number that sorts like them; zeros behind the end.
std::uint64_t key_of(std::string_view text) {
    std::uint64_t key = 0;
    std::memcpy(&key, text.data(), std::min<std::size_t>(text.size(), 8));
    return __builtin_bswap64(key);
}

std::string_view common_prefix(std::string_view a, std::string_view b) {
    std::size_t n = std::min(a.size(), b.size()), i = 0;
    while (i < n && a[i] == b[i]) ++i;
    return a.substr(0, i);
}

/// What all of `texts`, of which there is one at least, begin with.
std::string_view common_prefix(const std::vector<std::string_view>& texts) {
    std::string_view stem = texts.front();
    for (auto text : texts) {
        if (text.starts_with(stem)) continue;
        stem = common_prefix(stem, text);
        if (stem.empty()) break;
    }
    return stem;
}

}  // namespace

std::uint64_t HashIndex::spread(std::uint64_t hash) {
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93ull;
    return hash ^ (hash >> 32);
}

void HashIndex::build(const std::vector<std::string_view>& texts) {
    texts_ = texts;
    slots_.assign(std::bit_ceil(texts.size() * 2 + 1), {});
    const std::size_t mask = slots_.size() - 1;
    // Each slot is a trip to memory: they are asked for a few texts ahead.
    constexpr std::size_t kAhead = 16;
    std::uint64_t hashes[kAhead];
    const auto look_at = [&](std::size_t i) {
        hashes[i % kAhead] = spread(hash(texts[i]));
        __builtin_prefetch(&slots_[hashes[i % kAhead] & mask], 1);
    };
    for (std::size_t i = 0; i < std::min(kAhead, texts.size()); ++i) look_at(i);
    for (std::uint32_t i = 0; i < texts.size(); ++i) {
        const std::uint64_t h = hashes[i % kAhead];
        if (i + kAhead < texts.size()) look_at(i + kAhead);
        const auto tag = static_cast<std::uint32_t>(h >> 32);
        const auto is_same = [&](const Slot& slot) { return slot.tag == tag && texts_[slot.index] == texts[i]; };
        std::size_t at = h & mask;
        while (slots_[at].index != kNone && !is_same(slots_[at])) at = (at + 1) & mask;
        if (slots_[at].index == kNone) slots_[at] = {tag, i};
    }
}

std::int64_t HashIndex::find(std::uint64_t hash, std::string_view text) const {
    if (slots_.empty()) return -1;
    const std::uint64_t h = spread(hash);
    const auto tag = static_cast<std::uint32_t>(h >> 32);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = h & mask; slots_[at].index != kNone; at = (at + 1) & mask)
        if (slots_[at].tag == tag && texts_[slots_[at].index] == text) return slots_[at].index;
    return -1;
}

void PrefixIndex::build(const std::vector<std::string_view>& texts) {
    entries_.clear();
    keys_.clear();
    if (texts.empty()) return;
    stem_ = common_prefix(texts);
    // The order is mostly found by keys that lie side by side: each look at a text is a trip to memory.
    struct Place {
        std::uint64_t key;
        std::uint32_t index;
    };
    std::vector<Place> order(texts.size());
    for (std::uint32_t i = 0; i < texts.size(); ++i) order[i] = {key_of(texts[i].substr(stem_.size())), i};
    std::sort(order.begin(), order.end(), [&](const Place& a, const Place& b) {
        if (a.key != b.key) return a.key < b.key;
        const int by_text = texts[a.index].compare(texts[b.index]);
        return by_text != 0 ? by_text < 0 : a.index < b.index;
    });
    entries_.reserve(texts.size());
    keys_.reserve(texts.size());
    for (const Place& place : order) {
        const std::string_view text = texts[place.index];
        if (!entries_.empty() && keys_.back() == place.key && entries_.back().text == text) continue;
        entries_.push_back({text, place.index, -1});
        keys_.push_back(place.key);
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        // One of 8 bytes or more behind the stem begins the text only if the keys are equal: no look at the texts then.
        const auto begins = [&](const Entry& entry, std::uint64_t key) {
            if (key != keys_[i] && entry.text.size() >= stem_.size() + sizeof key) return false;
            return entries_[i].text.starts_with(entry.text);
        };
        auto candidate = static_cast<std::int32_t>(i) - 1;
        while (candidate >= 0 && !begins(entries_[candidate], keys_[candidate]))
            candidate = entries_[candidate].shorter;
        entries_[i].shorter = candidate;
    }
}

std::int64_t PrefixIndex::find_entry(std::string_view text) const {
    if (!text.starts_with(stem_)) return -1;
    const std::uint64_t key = key_of(text.substr(stem_.size()));
    // The last entry that is not greater than the text.
    auto low = std::upper_bound(keys_.begin(), keys_.end(), key) - keys_.begin();
    if (low > 0 && keys_[low - 1] == key && entries_[low - 1].text > text) {
        auto first = std::lower_bound(keys_.begin(), keys_.begin() + low, key);
        auto begin = entries_.begin() + (first - keys_.begin());
        low = std::upper_bound(begin, entries_.begin() + low, text,
                               [](std::string_view t, const Entry& e) { return t < e.text; }) -
              entries_.begin();
    }
    std::int64_t at = low - 1;
    while (at >= 0 && !text.starts_with(entries_[at].text)) at = entries_[at].shorter;
    return at;
}

}  // namespace cfgproxy::sample
