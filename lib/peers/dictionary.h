#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cfgproxy::peers {

/// How many texts each side of a connection remembers of the other one's.
constexpr std::size_t kDictionarySize = 128;

/// Texts that were sent over a connection, by the numbers under which the other side knows them. Thread 0.
class SentTexts {
  public:
    /// The number of `text`, from 1, and whether the other side knows it already.
    std::uint8_t number_of(std::string_view text, bool& is_known) {
        const auto found = places_.find(std::string(text));
        is_known = found != places_.end();
        if (is_known) return static_cast<std::uint8_t>(found->second + 1);
        std::string& place = texts_[next_];
        if (!place.empty()) places_.erase(place);
        place = text;
        places_.emplace(place, next_);
        const auto number = static_cast<std::uint8_t>(next_ + 1);
        next_ = (next_ + 1) % kDictionarySize;
        return number;
    }
    void clear() {
        places_.clear();
        texts_.fill({});
        next_ = 0;
    }
    const std::string& at(std::size_t place) const { return texts_[place]; }

  private:
    std::array<std::string, kDictionarySize> texts_;
    std::unordered_map<std::string, std::size_t> places_;
    std::size_t next_ = 0;  ///< the place that is given away next
};

/// Texts that came over a connection. Thread 0.
class ReceivedTexts {
  public:
    static bool is_number(std::uint64_t number) { return number >= 1 && number <= kDictionarySize; }
    void set(std::uint64_t number, std::string_view text) { texts_[number - 1] = text; }
    /// Empty: none came under that number.
    const std::string& at(std::size_t place) const { return texts_[place]; }
    void clear() { texts_.fill({}); }

  private:
    std::array<std::string, kDictionarySize> texts_;
};

}  // namespace cfgproxy::peers
