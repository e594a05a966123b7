#include "server/hash.h"

#include <bit>
#include <charconv>

namespace cfgproxy::server {

std::uint32_t hash_sdbm(std::string_view key) {
    std::uint32_t h = 0;
    for (unsigned char c : key) h = c + h * 65599;
    return h;
}

std::uint32_t hash_djb2(std::string_view key) {
    std::uint32_t h = 5381;
    for (unsigned char c : key) h = h * 33 + c;
    return h;
}

/// Two halves that rotate by amounts which depend on them.
std::uint32_t hash_wt6(std::string_view key) {
    std::uint32_t a = 0xa53c965a, b = 0x5ca6953a;
    int turn_a = 6, turn_b = 18;
    for (unsigned char c : key) {
        a = ~(a ^ c);
        b = ~(b + c);
        const std::uint32_t turned = std::rotl(b, turn_a);
        b = std::rotl(a, turn_b);
        a = turned;
        const std::uint32_t mix = (a >> 16) ^ b;
        turn_a = static_cast<int>(mix & 31);
        turn_b = static_cast<int>(mix >> 11 & 31);
    }
    return a ^ b;
}

/// The usual one (IEEE 802.3), bit by bit: keys are short.
std::uint32_t hash_crc32(std::string_view key) {
    std::uint32_t h = ~0u;
    for (unsigned char c : key) {
        h ^= c;
        for (int bit = 0; bit < 8; ++bit) h = (h >> 1) ^ (h & 1 ? 0xedb88320 : 0);
    }
    return ~h;
}

/// hash-type none: the key is the hash, as a decimal number.
static std::uint32_t number_of(std::string_view key) {
    std::int64_t number = 0;
    const bool minus = key.starts_with('-');
    if (minus || key.starts_with('+')) key.remove_prefix(1);
    std::from_chars(key.data(), key.data() + key.size(), number);
    return static_cast<std::uint32_t>(minus ? -number : number);
}

std::uint32_t hash(model::HashFunction function, std::string_view key) {
    switch (function) {
        case model::HashFunction::djb2:
            return hash_djb2(key);
        case model::HashFunction::wt6:
            return hash_wt6(key);
        case model::HashFunction::crc32:
            return hash_crc32(key);
        case model::HashFunction::none:
            return number_of(key);
        default:
            return hash_sdbm(key);
    }
}

/// Bob Jenkins' 32-bit integer mix, then spread over the whole range by a large prime.
std::uint32_t avalanche(std::uint32_t value) {
    value = (value + 0x7ed55d16) + (value << 12);
    value = (value ^ 0xc761c23c) ^ (value >> 19);
    value = (value + 0x165667b1) + (value << 5);
    value = (value + 0xd3a2646c) ^ (value << 9);
    value = (value + 0xfd7046c5) + (value << 3);
    value = (value ^ 0xb55a4f09) ^ (value >> 16);
    return value * 3221225473u;
}

}  // namespace cfgproxy::server
