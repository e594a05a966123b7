#include "config/hint.h"

#include <array>
#include <climits>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"

namespace cfgproxy::config {
namespace {

// 1 to 26 letters, 27 digits, 28 everything else and both ends of a word.
constexpr std::size_t kClasses = 32;
constexpr std::size_t kOther = 28;

std::size_t class_of(char c) {
    c = base::to_lower(c);
    if (c >= 'a' && c <= 'z') return static_cast<std::size_t>(c - 'a') + 1;
    return base::is_digit(c) ? 27 : kOther;
}

// Row 0 says which classes occur at all, the others how often one class follows another.
using Fingerprint = std::array<std::uint8_t, kClasses * kClasses>;

Fingerprint fingerprint_of(std::string_view word) {
    Fingerprint print{};
    std::size_t from = kOther;
    for (char c : word) {
        const std::size_t to = class_of(c);
        print[to] = 1;
        ++print[kClasses * from + to];
        from = to;
    }
    ++print[kClasses * from + kOther];
    return print;
}

int distance_of(const Fingerprint& a, const Fingerprint& b) {
    int distance = 0;
    for (std::size_t i = 0; i < a.size(); ++i) distance += std::abs(int{a[i]} - int{b[i]});
    return distance;
}

}  // namespace

std::string_view find_similar(std::string_view word, std::span<const std::string_view> candidates,
                              bool prefix_tolerance) {
    const Fingerprint print = fingerprint_of(word);
    std::string_view best;
    int least = INT_MAX;
    for (std::string_view candidate : candidates) {
        const int distance = distance_of(print, fingerprint_of(candidate));
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    const int limit = prefix_tolerance && !best.empty() && best.back() == '(' ? 3 : 2;
    const bool too_far = least > limit * static_cast<int>(word.size()) || least > limit * static_cast<int>(best.size());
    return best.empty() || too_far ? std::string_view{} : best;
}

}  // namespace cfgproxy::config
