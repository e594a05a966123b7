#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <queue>

#include "base/offline.h"
#include "base/text.h"
#include "sample/pattern_sets.h"

namespace cfgproxy::sample {
namespace {

using Wide = unsigned __int128;

/// A span of numbers, both ends included.
template <class Number>
struct Span {
    Number low, high;
    std::uint32_t index;
};

/// Spans cut into pieces that do not overlap, sorted, so that a look-up is one binary search: where spans overlap, the
/// first one counts.
template <class Number>
class Pieces {
  public:
    void build(std::vector<Span<Number>> spans);
    std::int64_t find(Number number) const {
        auto after = std::upper_bound(lows_.begin(), lows_.end(), number);
        if (after == lows_.begin()) return -1;
        const Piece& piece = pieces_[after - lows_.begin() - 1];
        return number <= piece.high ? std::int64_t{piece.index} : -1;
    }
    bool empty() const { return lows_.empty(); }

  private:
    static constexpr Number greatest() {
        if constexpr (std::is_same_v<Number, std::int64_t>) return INT64_MAX;
        return static_cast<Number>(~Number{0});
    }
    struct Piece {
        Number high;
        std::uint32_t index;
    };
    std::vector<Number> lows_;
    std::vector<Piece> pieces_;
};

template <class Number>
void Pieces<Number>::build(std::vector<Span<Number>> spans) {
    using S = Span<Number>;
    const auto is_lower = [](const S& a, const S& b) { return a.low < b.low; };
    if (!std::is_sorted(spans.begin(), spans.end(), is_lower)) std::stable_sort(spans.begin(), spans.end(), is_lower);
    lows_.reserve(spans.size());
    pieces_.reserve(spans.size());
    auto worse = [](const S* a, const S* b) { return a->index > b->index; };
    std::priority_queue<const S*, std::vector<const S*>, decltype(worse)> open(worse);
    std::size_t next = 0;
    std::optional<Number> at;  // up to here everything is cut
    while (next < spans.size() || !open.empty()) {
        if (open.empty()) at = spans[next].low;
        while (next < spans.size() && spans[next].low == *at) open.push(&spans[next++]);
        const S* best = open.top();
        if (best->high < *at) {
            open.pop();
            continue;
        }
        Number high = best->high;
        if (next < spans.size() && spans[next].low <= high) high = static_cast<Number>(spans[next].low - 1);
        if (!pieces_.empty() && pieces_.back().index == best->index && pieces_.back().high + 1 == *at) {
            pieces_.back().high = high;
        } else {
            lows_.push_back(*at);
            pieces_.push_back({high, best->index});
        }
        if (high == best->high) open.pop();
        if (high == greatest()) break;
        at = static_cast<Number>(high + 1);
    }
}

/// Spans of which each two are apart or one lies within the other, as masks make them. A look-up is one binary search
/// and then, from the innermost one on, a few steps outwards.
template <class Number>
class Nested {
  public:
    void build(std::vector<Span<Number>> spans);
    /// The narrowest one that counts; of equal ones the first.
    template <class Counts>
    std::int64_t find(Number number, Counts counts) const {
        auto at = static_cast<std::int64_t>(std::upper_bound(lows_.begin(), lows_.end(), number) - lows_.begin()) - 1;
        for (; at >= 0; at = spans_[static_cast<std::size_t>(at)].outer) {
            const Inner& span = spans_[static_cast<std::size_t>(at)];
            if (number <= span.high && counts(span.index)) return span.index;
        }
        return -1;
    }
    bool empty() const { return lows_.empty(); }

  private:
    struct Inner {
        Number high;
        std::uint32_t index;
        std::int32_t outer;  ///< the next wider one around it, or an equal one that comes later in the list; -1: none
    };
    std::vector<Number> lows_;
    std::vector<Inner> spans_;
};

template <class Number>
void Nested<Number>::build(std::vector<Span<Number>> spans) {
    using S = Span<Number>;
    std::sort(spans.begin(), spans.end(), [](const S& a, const S& b) {
        return a.low != b.low ? a.low < b.low : a.high != b.high ? a.high > b.high : a.index > b.index;
    });
    lows_.reserve(spans.size());
    spans_.reserve(spans.size());
    for (const S& span : spans) {
        auto outer = static_cast<std::int32_t>(spans_.size()) - 1;
        while (outer >= 0 && spans_[static_cast<std::size_t>(outer)].high < span.high)
            outer = spans_[static_cast<std::size_t>(outer)].outer;
        lows_.push_back(span.low);
        spans_.push_back({span.high, span.index, outer});
    }
}

class RangeSet final : public PatternSet {
  public:
    RangeSet(std::vector<Span<std::int64_t>> spans, bool of_length) : of_length_(of_length) {
        pieces_.build(std::move(spans));
    }
    std::int64_t find(const Value& value, base::Arena&) const override {
        return pieces_.find(of_length_ ? static_cast<std::int64_t>(value.text.size()) : value.number);
    }

  private:
    Pieces<std::int64_t> pieces_;
    bool of_length_;
};

/// A number as patterns have it: digits, perhaps behind '-', nothing else.
bool parse_number(std::string_view text, std::int64_t& number) {
    if (text == "-") {
        number = 0;
        return true;
    }
    auto parsed = base::parse_int(text);
    if (parsed) number = *parsed;
    return parsed.has_value();
}

/// "3.1": 3 in the upper 16 bits, 1 in the lower.
bool parse_version(std::string_view text, std::int64_t& number) {
    const std::size_t dot = text.find('.');
    std::int64_t major = 0, minor = 0;
    if (!parse_number(text.substr(0, dot), major)) return false;
    if (dot != text.npos && dot + 1 < text.size() && !parse_number(text.substr(dot + 1), minor)) return false;
    if (major < 0 || major > 0xffff || minor < 0 || minor > 0xffff) return false;
    number = major << 16 | minor;
    return true;
}

/// "5", "5:7", ":7", "5:"; '-' serves as ':' too, so that a number with a sign is an open range.
template <bool (*parse_number)(std::string_view, std::int64_t&)>
base::Result<void> parse_range(std::string_view text, std::string_view kind, Span<std::int64_t>& span) {
    const std::size_t colon = text.find_first_of(":-");
    const auto named = [text] { return "'" + std::string(text) + "' is not a "; };
    if (!text.empty() && colon == text.npos) {
        if (!parse_number(text, span.low)) return base::Error{named() + std::string(kind)};
        span.high = span.low;
        return {};
    }
    span.low = INT64_MIN, span.high = INT64_MAX;
    const std::string_view low = text.substr(0, colon);
    const std::string_view high = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
    const bool good = (!low.empty() || !high.empty()) && (low.empty() || parse_number(low, span.low)) &&
                      (high.empty() || parse_number(high, span.high)) && span.low <= span.high;
    if (!good) return base::Error{named() + "valid " + std::string(kind) + " range"};
    return {};
}

Wide wide_of(const in6_addr& ip) {
    Wide wide = 0;
    for (unsigned char byte : ip.s6_addr) wide = (wide << 8) | byte;
    return wide;
}

/// IPv4 patterns match IPv6 addresses that carry an IPv4 one (mapped, compatible, 6to4), IPv6 patterns match IPv4
/// addresses in their mapped form. Masks with holes are rare and looked through one by one.
class AddressSet final : public PatternSet {
  public:
    struct Masked {
        std::uint32_t address, mask;
        std::uint32_t index;
    };
    std::int64_t find(const Value& value, base::Arena&) const override { return look(value, AllCount()); }
    std::int64_t find_beside(const Value& value, base::Arena&, const Removed& removed) const override {
        return look(value, [&](std::size_t index) { return !removed.contains(pattern(index)); });
    }
    bool can_pass_over() const override { return true; }
    void build(std::vector<Span<std::uint32_t>> v4, std::vector<Span<Wide>> v6, std::vector<Masked> masked) {
        v4_.build(std::move(v4));
        v6_.build(std::move(v6));
        masked_ = std::move(masked);
    }

  private:
    template <class Counts>
    std::int64_t look(const Value& value, Counts counts) const {
        if (value.type == Type::ipv4) {
            const std::uint32_t v4 = ntohl(value.ip.v4().s_addr);
            std::int64_t found = v4_.find(v4, counts);
            if (found < 0 && !v6_.empty()) found = v6_.find((Wide{0xffff} << 32) | v4, counts);
            return found >= 0 ? found : find_masked(v4, counts);
        }
        if (value.type != Type::ipv6) return -1;
        const Wide v6 = wide_of(value.ip.v6());
        std::int64_t found = v6_.find(v6, counts);
        if (found >= 0) return found;
        const auto top = static_cast<std::uint64_t>(v6 >> 64);
        const auto middle = static_cast<std::uint32_t>(v6 >> 32);
        std::uint32_t v4;
        if (top == 0 && (middle == 0 || middle == 0xffff))
            v4 = static_cast<std::uint32_t>(v6);
        else if (top >> 48 == 0x2002)
            v4 = static_cast<std::uint32_t>(top >> 16);
        else
            return -1;
        found = v4_.find(v4, counts);
        return found >= 0 ? found : find_masked(v4, counts);
    }
    template <class Counts>
    std::int64_t find_masked(std::uint32_t v4, Counts counts) const {
        for (const Masked& m : masked_)
            if (((v4 ^ m.address) & m.mask) == 0 && counts(m.index)) return m.index;
        return -1;
    }
    Nested<std::uint32_t> v4_;
    Nested<Wide> v6_;
    std::vector<Masked> masked_;
};

/// "24" or "255.255.0.0".
bool parse_mask4(std::string_view text, std::uint32_t& mask) {
    if (auto bits = base::parse_uint(text); bits && *bits <= 32) {
        mask = *bits == 0 ? 0 : ~0u << (32 - *bits);
        return true;
    }
    auto dotted = net::Address::parse_ip(text);
    if (!dotted || text.find('.') == text.npos || dotted->family() != AF_INET) return false;
    mask = ntohl(dotted->v4().s_addr);
    return true;
}

/// The first IPv4 address of a host name, as patterns may have it unless -n was given.
bool resolve_v4(const std::string& name, std::uint32_t& address) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (base::offline() && !name.empty()) return true;
    if (name.empty() || getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return false;
    address = ntohl(net::Address::from(found->ai_addr, found->ai_addrlen).v4().s_addr);
    freeaddrinfo(found);
    return true;
}

struct ParsedAddresses {
    std::vector<Span<std::uint32_t>> v4;
    std::vector<Span<Wide>> v6;
    std::vector<AddressSet::Masked> masked;
};

bool parse_v4(std::string_view ip, std::string_view mask_text, bool has_mask, bool resolve, std::uint32_t index,
              ParsedAddresses& to) {
    std::uint32_t mask = ~0u, address = 0;
    if (has_mask && !parse_mask4(mask_text, mask)) return false;
    auto parsed = net::Address::parse_ip(ip);
    if (parsed.ok() && parsed->family() == AF_INET && !ip.empty() && ip != "*")
        address = ntohl(parsed->v4().s_addr);
    else if (parsed.ok() || !resolve || ip.find(':') != ip.npos || !resolve_v4(std::string(ip), address))
        return false;
    if ((~mask & (~mask + 1)) != 0)
        to.masked.push_back({address, mask, index});
    else
        to.v4.push_back({address & mask, address | ~mask, index});
    return true;
}

bool parse_v6(std::string_view ip, std::string_view mask_text, bool has_mask, std::uint32_t index,
              ParsedAddresses& to) {
    auto bits = has_mask ? base::parse_uint(mask_text) : std::optional<std::uint64_t>(128);
    auto parsed = net::Address::parse_ip(ip);
    if (!bits || *bits > 128 || !parsed || parsed->family() != AF_INET6 || ip.starts_with('[')) return false;
    const Wide host = *bits == 0 ? ~Wide{0} : *bits == 128 ? 0 : (~Wide{0}) >> *bits;
    const Wide address = wide_of(parsed->v6());
    to.v6.push_back({address & ~host, address | host, index});
    return true;
}

}  // namespace

int narrowness(std::string_view pattern, Type type) {
    const std::size_t slash = pattern.rfind('/');
    const bool v6 = pattern.find(':') != pattern.npos;
    const int own = v6 == (type == Type::ipv6) ? 1000 : 0;
    if (slash == pattern.npos) return own + (v6 ? 128 : 32);
    const std::string_view text = pattern.substr(slash + 1);
    if (v6) return own + static_cast<int>(base::parse_uint(text).value_or(0));
    std::uint32_t mask = 0;
    if (!parse_mask4(text, mask) || (~mask & (~mask + 1)) != 0) return -1;
    return own + __builtin_popcount(mask);
}

Compiled make_range_set(MatchKind kind, const Texts& texts, std::size_t& failed) {
    std::vector<Span<std::int64_t>> spans;
    spans.reserve(texts.size());
    for (failed = 0; failed < texts.size(); ++failed) {
        Span<std::int64_t> span{0, 0, static_cast<std::uint32_t>(failed)};
        auto result = kind == MatchKind::version ? parse_range<parse_version>(texts[failed], "dotted number", span)
                                                 : parse_range<parse_number>(texts[failed], "number", span);
        if (!result) return base::Error{result.error()};
        spans.push_back(span);
    }
    return std::unique_ptr<PatternSet>(std::make_unique<RangeSet>(std::move(spans), kind == MatchKind::len));
}

Compiled make_address_set(bool resolve, const Texts& texts, std::size_t& failed) {
    ParsedAddresses parsed;
    for (failed = 0; failed < texts.size(); ++failed) {
        const std::string_view text = texts[failed];
        const std::size_t slash = text.rfind('/');
        const bool has_mask = slash != text.npos;
        const std::string_view ip = text.substr(0, slash), mask = has_mask ? text.substr(slash + 1) : text.substr(0, 0);
        const auto index = static_cast<std::uint32_t>(failed);
        if (!parse_v4(ip, mask, has_mask, resolve, index, parsed) && !parse_v6(ip, mask, has_mask, index, parsed))
            return base::Error{"'" + std::string(text) + "' is not a valid IPv4 or IPv6 address"};
    }
    auto set = std::make_unique<AddressSet>();
    set->build(std::move(parsed.v4), std::move(parsed.v6), std::move(parsed.masked));
    return std::unique_ptr<PatternSet>(std::move(set));
}

}  // namespace cfgproxy::sample
