#pragma once
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace cfgproxy::model {

/// Status codes from 100 to 599. Frozen once loaded.
class StatusSet {
  public:
    StatusSet(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> ranges) {
        for (const auto& [low, high] : ranges) put(low, high, true);
    }
    /// Takes all codes from `low` to `high` in, or out; both must be such codes.
    void put(std::uint32_t low, std::uint32_t high, bool in) {
        for (std::uint32_t code = low; code <= high; ++code) codes_.set(code - kFirst, in);
    }
    void clear() { codes_.reset(); }
    bool has(std::uint32_t code) const { return is_code(code) && codes_.test(code - kFirst); }
    static bool is_code(std::uint32_t code) { return code >= kFirst && code <= kLast; }

  private:
    static constexpr std::uint32_t kFirst = 100, kLast = 599;
    std::bitset<kLast - kFirst + 1> codes_;
};

}  // namespace cfgproxy::model
