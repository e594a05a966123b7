#include "sample/value.h"

#include <charconv>
#include <cstring>

#include "base/text.h"

namespace cfgproxy::sample {
namespace {

constexpr std::string_view kNames[] = {"any", "bool", "sint", "addr", "ipv4", "ipv6", "str", "bin", "meth"};
constexpr int kTypes = 9;

/// Manual 7.1, rows: from, columns: to, in the order of Type. What an address turns out to be (IPv4 or IPv6) is only
/// known at run time, so all that one of them can become is let through.
constexpr bool kCastable[kTypes][kTypes] = {
    /* any     */ {1, 1, 1, 1, 1, 1, 1, 1, 1},
    /* boolean */ {1, 1, 1, 0, 0, 0, 1, 1, 0},
    /* sint    */ {1, 1, 1, 1, 1, 1, 1, 1, 0},
    /* address */ {1, 0, 1, 1, 1, 1, 1, 1, 0},
    /* ipv4    */ {1, 0, 1, 1, 1, 1, 1, 1, 0},
    /* ipv6    */ {1, 0, 0, 1, 1, 1, 1, 1, 0},
    /* str     */ {1, 1, 1, 1, 1, 1, 1, 1, 1},
    /* bin     */ {1, 0, 0, 0, 0, 0, 1, 1, 1},
    /* method  */ {1, 0, 0, 0, 0, 0, 1, 1, 1},
};

bool set_text(Value& value, Type type, std::string_view text) {
    value.type = type;
    value.text = text;
    return true;
}

bool set_ip(Value& value, const net::Address& ip) {
    value.set_ip(ip);
    return true;
}

std::string_view big_endian(std::uint64_t number, base::Arena& arena) {
    char* to = arena.bytes(8);
    for (int i = 7; i >= 0; --i, number >>= 8) to[i] = static_cast<char>(number & 0xff);
    return {to, 8};
}

in_addr v4_of_number(std::int64_t number) {
    in_addr ip;
    ip.s_addr = htonl(static_cast<std::uint32_t>(number));
    return ip;
}

in6_addr mapped(in_addr v4) {
    in6_addr ip{};
    ip.s6_addr[10] = ip.s6_addr[11] = 0xff;
    std::memcpy(ip.s6_addr + 12, &v4, 4);
    return ip;
}

bool from_number(Value& value, Type to, base::Arena& arena) {
    switch (to) {
        case Type::boolean:
        case Type::sint:
            value.type = to;
            return true;
        case Type::address:
        case Type::ipv4:
            return set_ip(value, net::Address::from_v4(v4_of_number(value.number)));
        case Type::ipv6:
            return set_ip(value, net::Address::from_v6(mapped(v4_of_number(value.number))));
        case Type::str:
            return set_text(value, to, number_text(value.number, arena));
        case Type::bin:
            if (value.type == Type::boolean) value.number = value.number != 0;
            return set_text(value, to, big_endian(static_cast<std::uint64_t>(value.number), arena));
        default:
            return false;
    }
}

bool from_ip(Value& value, Type to, base::Arena& arena) {
    const bool is_v4 = value.type == Type::ipv4;
    switch (to) {
        case Type::address:
            return true;
        case Type::sint:
            value.type = Type::sint;
            value.number = ntohl(value.ip.v4().s_addr);
            return is_v4;
        case Type::ipv4: {
            if (is_v4) return true;
            if (!IN6_IS_ADDR_V4MAPPED(&value.ip.v6())) return false;
            in_addr v4;
            std::memcpy(&v4, value.ip.v6().s6_addr + 12, 4);
            return set_ip(value, net::Address::from_v4(v4));
        }
        case Type::ipv6:
            return !is_v4 || set_ip(value, net::Address::from_v6(mapped(value.ip.v4())));
        case Type::str: {
            char* text = arena.bytes(46);
            return set_text(value, to, {text, value.ip.write_ip(text)});
        }
        case Type::bin: {
            char* bytes = arena.bytes(is_v4 ? 4 : 16);
            in_addr v4 = value.ip.v4();
            std::memcpy(bytes, is_v4 ? static_cast<const void*>(&v4) : &value.ip.v6(), is_v4 ? 4 : 16);
            return set_text(value, to, {bytes, is_v4 ? 4u : 16u});
        }
        default:
            return false;
    }
}

bool from_text(Value& value, Type to) {
    switch (to) {
        case Type::boolean:
        case Type::sint:
            if (value.text.empty()) return false;
            value.type = to;
            value.number = leading_number(value.text);
            return true;
        case Type::address:
        case Type::ipv4:
        case Type::ipv6: {
            in_addr v4;
            if (to != Type::ipv6 && leading_ipv4(value.text, v4) > 0) return set_ip(value, net::Address::from_v4(v4));
            if (to == Type::ipv4) return false;
            auto ip = net::Address::parse_ip(value.text);
            return ip.ok() && ip->family() == AF_INET6 && value.text.front() != '[' && set_ip(value, *ip);
        }
        default:
            return false;
    }
}

}  // namespace

std::string_view name_of(Type type) { return kNames[static_cast<int>(type)]; }

bool can_cast(Type from, Type to) { return kCastable[static_cast<int>(from)][static_cast<int>(to)]; }

std::string_view number_text(std::int64_t number, base::Arena& arena) {
    char* to = arena.bytes(20);
    return {to, static_cast<std::size_t>(std::to_chars(to, to + 20, number).ptr - to)};
}

std::int64_t leading_number(std::string_view text, std::size_t* used) {
    std::size_t i = 0;
    const bool negative = !text.empty() && text[0] == '-';
    if (negative || (!text.empty() && text[0] == '+')) ++i;
    std::uint64_t number = 0;
    bool over = false;
    for (; i < text.size() && base::is_digit(text[i]); ++i) {
        over = over || __builtin_mul_overflow(number, 10ull, &number) ||
               __builtin_add_overflow(number, static_cast<std::uint64_t>(text[i] - '0'), &number);
    }
    if (used) *used = i;
    constexpr std::uint64_t kMax = INT64_MAX;
    if (negative) return over || number > kMax ? INT64_MIN : -static_cast<std::int64_t>(number);
    return over || number > kMax ? INT64_MAX : static_cast<std::int64_t>(number);
}

std::size_t leading_ipv4(std::string_view text, in_addr& ip) {
    unsigned char bytes[4] = {};
    int octets = 0;
    bool in_octet = false;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        if (base::is_digit(text[i])) {
            if (!in_octet && ++octets > 4) return 0;
            in_octet = true;
            int octet = bytes[octets - 1] * 10 + (text[i] - '0');
            if (octet > 255) return 0;
            bytes[octets - 1] = static_cast<unsigned char>(octet);
        } else if (text[i] == '.') {
            if (!in_octet || octets == 4) return 0;
            in_octet = false;
        } else {
            break;
        }
    }
    if (octets < 4) return 0;
    std::memcpy(&ip, bytes, 4);
    return i;
}

bool cast(Value& value, Type to, base::Arena& arena) {
    if (value.type == to || to == Type::any) return true;
    if (!can_cast(value.type, to)) return false;
    switch (value.type) {
        case Type::boolean:
        case Type::sint:
            return from_number(value, to, arena);
        case Type::ipv4:
        case Type::ipv6:
            return from_ip(value, to, arena);
        case Type::method:
            if (to != Type::str && to != Type::bin) return false;
            if (value.method != http::Method::other) value.text = http::name_of(value.method);
            value.type = to;
            return true;
        case Type::bin:
            if (to == Type::str) return set_text(value, to, value.text.substr(0, value.text.find('\0')));
            [[fallthrough]];
        case Type::str:
            if (to == Type::method) {
                value.set_method(http::find_method(value.text), value.text);
                return true;
            }
            if (to == Type::bin) return set_text(value, to, value.text);
            return value.type == Type::str && from_text(value, to);
        default:
            return false;
    }
}

}  // namespace cfgproxy::sample
