#include "net/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/text.h"

namespace cfgproxy::net {
namespace {

constexpr std::size_t kMaxIpText = 46;

/// inet_pton for text that is not terminated.
bool parse_numeric(int family, std::string_view text, void* to) {
    char copy[kMaxIpText];
    if (text.empty() || text.size() >= sizeof copy || text.find('\0') != text.npos) return false;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    return inet_pton(family, copy, to) == 1;
}

std::size_t write_v4(const in_addr& ip, char* to) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&ip);
    char* at = to;
    for (int i = 0; i < 4; ++i) {
        if (i > 0) *at++ = '.';
        at = std::to_chars(at, at + 3, bytes[i]).ptr;
    }
    return static_cast<std::size_t>(at - to);
}

base::Error not_an_address(std::string_view text) {
    return {"'" + std::string(text) + "' is not a valid IPv4 or IPv6 address"};
}

/// Prefix length of "24" or "255.255.255.0"; -1 if it is neither.
int parse_prefix_length(std::string_view text, int max) {
    if (auto bits = base::parse_uint(text); bits && *bits <= static_cast<std::uint64_t>(max))
        return static_cast<int>(*bits);
    in_addr mask{};
    if (max != 32 || !parse_numeric(AF_INET, text, &mask)) return -1;
    std::uint32_t inverted = ~ntohl(mask.s_addr);
    if (inverted & (inverted + 1)) return -1;  // holes in the mask
    return inverted == 0 ? 32 : __builtin_clz(inverted);
}

bool same_bits(const void* a, const void* b, int bits) {
    if (std::memcmp(a, b, static_cast<std::size_t>(bits / 8)) != 0) return false;
    int rest = bits % 8;
    if (rest == 0) return true;
    auto x = static_cast<const unsigned char*>(a)[bits / 8], y = static_cast<const unsigned char*>(b)[bits / 8];
    return ((x ^ y) >> (8 - rest)) == 0;
}

}  // namespace

Address Address::from(const sockaddr* address, socklen_t length) {
    Address result;
    if (length < sizeof(sa_family_t)) return result;
    if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in))
        std::memcpy(&result.v4_, address, sizeof(sockaddr_in));
    else if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6))
        std::memcpy(&result.v6_, address, sizeof(sockaddr_in6));
    else if (address->sa_family == AF_UNIX)
        return unix_peer();
    return result;
}

base::Result<Address> Address::parse_ip(std::string_view text) {
    Address result;
    if (text.empty() || text == "*") {
        result.v4_.sin_family = AF_INET;
        return result;
    }
    std::string_view bare = text;
    if (bare.size() > 2 && bare.front() == '[' && bare.back() == ']') bare = bare.substr(1, bare.size() - 2);
    if (bare.size() == text.size() && parse_numeric(AF_INET, bare, &result.v4_.sin_addr)) {
        result.v4_.sin_family = AF_INET;
        return result;
    }
    if (parse_numeric(AF_INET6, bare, &result.v6_.sin6_addr)) {
        result.v6_.sin6_family = AF_INET6;
        return result;
    }
    return not_an_address(text);
}

Address Address::from_v4(in_addr ip) {
    Address result;
    result.v4_.sin_family = AF_INET;
    result.v4_.sin_addr = ip;
    return result;
}

Address Address::from_v6(const in6_addr& ip) {
    Address result;
    result.v6_.sin6_family = AF_INET6;
    result.v6_.sin6_addr = ip;
    return result;
}

bool Address::is_any() const {
    if (family() == AF_INET) return v4_.sin_addr.s_addr == INADDR_ANY;
    return family() == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6_.sin6_addr);
}

socklen_t Address::length() const {
    switch (family()) {
        case AF_INET:
            return sizeof(sockaddr_in);
        case AF_INET6:
            return sizeof(sockaddr_in6);
        default:
            return sizeof(sa_family_t);
    }
}

std::size_t Address::write_ip(char* to) const {
    if (family() == AF_INET) return write_v4(v4_.sin_addr, to);
    if (family() == AF_INET6) {
        inet_ntop(AF_INET6, &v6_.sin6_addr, to, kMaxIpText);
        return std::strlen(to);
    }
    if (family() != AF_UNIX) return 0;
    std::memcpy(to, "unix", 4);
    return 4;
}

std::string Address::ip_text() const {
    char text[kMaxIpText];
    return {text, write_ip(text)};
}

std::string Address::text() const {
    std::string out = ip_text();
    if (!is_ip()) return out;
    out += ':';
    base::append_uint(out, port());
    return out;
}

bool Address::same_ip(const Address& other) const {
    if (family() != other.family()) return false;
    if (family() == AF_INET) return v4_.sin_addr.s_addr == other.v4_.sin_addr.s_addr;
    if (family() == AF_INET6) return std::memcmp(&v6_.sin6_addr, &other.v6_.sin6_addr, sizeof(in6_addr)) == 0;
    return true;
}

bool Address::operator==(const Address& other) const { return same_ip(other) && port() == other.port(); }

base::Result<Network> Network::parse(std::string_view text) {
    auto slash = text.rfind('/');
    std::string_view ip = text.substr(0, slash);
    auto address = Address::parse_ip(ip);
    if (!address || ip.empty() || ip == "*") return not_an_address(text);
    int max = address->family() == AF_INET6 ? 128 : 32;
    int bits = slash == text.npos ? max : parse_prefix_length(text.substr(slash + 1), max);
    if (bits < 0) return not_an_address(text);
    return Network{*address, static_cast<std::uint8_t>(bits)};
}

bool Network::contains(const Address& candidate) const {
    if (candidate.family() != address.family()) return false;
    if (candidate.family() == AF_INET) {
        in_addr a = candidate.v4(), b = address.v4();
        return same_bits(&a, &b, bits);
    }
    return candidate.family() == AF_INET6 && same_bits(&candidate.v6(), &address.v6(), bits);
}

}  // namespace cfgproxy::net
