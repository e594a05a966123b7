#include <cstring>

#include "base/hash.h"

/// XXH3 with 64 bits, as its specification has it (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
namespace cfgproxy::base {
namespace {

using u64 = std::uint64_t;

constexpr u64 kPrime32[] = {0x9e3779b1, 0x85ebca77, 0xc2b2ae3d};
constexpr u64 kPrime64[] = {0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9, 0x85ebca77c2b2ae63,
                            0x27d4eb2f165667c5};

constexpr std::size_t kSecretSize = 192, kStripe = 64;
// clang-format off
constexpr unsigned char kSecret[kSecretSize] = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb,
    0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb,
    0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3, 0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d, 0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31,
    0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64, 0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc,
    0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};
// clang-format on

u64 read64(const unsigned char* at) {
    u64 number;
    std::memcpy(&number, at, sizeof number);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) number = __builtin_bswap64(number);
    return number;
}
u64 read32(const unsigned char* at) {
    std::uint32_t number;
    std::memcpy(&number, at, sizeof number);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) number = __builtin_bswap32(number);
    return number;
}
u64 rotate(u64 number, int bits) { return number << bits | number >> (64 - bits); }
u64 fold(u64 a, u64 b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<u64>(product) ^ static_cast<u64>(product >> 64);
}
u64 avalanche(u64 h) {
    h ^= h >> 37;
    h *= 0x165667919e3779f9;
    return h ^ h >> 32;
}
u64 avalanche_xxh64(u64 h) {
    h = (h ^ h >> 33) * kPrime64[1];
    h = (h ^ h >> 29) * kPrime64[2];
    return h ^ h >> 32;
}
u64 mix16(const unsigned char* in, const unsigned char* secret, u64 seed) {
    return fold(read64(in) ^ (read64(secret) + seed), read64(in + 8) ^ (read64(secret + 8) - seed));
}

/// Up to 16 bytes.
u64 hash_short(const unsigned char* in, std::size_t size, u64 seed) {
    const unsigned char* s = kSecret;
    if (size == 0) return avalanche_xxh64(seed ^ read64(s + 56) ^ read64(s + 64));
    if (size < 4) {
        const u64 combined = u64{in[0]} << 16 | u64{in[size >> 1]} << 24 | in[size - 1] | size << 8;
        return avalanche_xxh64(combined ^ ((read32(s) ^ read32(s + 4)) + seed));
    }
    if (size <= 8) {
        seed ^= u64{__builtin_bswap32(static_cast<std::uint32_t>(seed))} << 32;
        u64 h = (read32(in + size - 4) + (read32(in) << 32)) ^ ((read64(s + 8) ^ read64(s + 16)) - seed);
        h ^= rotate(h, 49) ^ rotate(h, 24);
        h *= 0x9fb21c651e98df25;
        h ^= (h >> 35) + size;
        h *= 0x9fb21c651e98df25;
        return h ^ h >> 28;
    }
    const u64 low = read64(in) ^ ((read64(s + 24) ^ read64(s + 32)) + seed);
    const u64 high = read64(in + size - 8) ^ ((read64(s + 40) ^ read64(s + 48)) - seed);
    return avalanche(size + __builtin_bswap64(low) + high + fold(low, high));
}

/// 17 to 128 bytes: from both ends towards the middle.
u64 hash_middle(const unsigned char* in, std::size_t size, u64 seed) {
    u64 sum = size * kPrime64[0];
    for (std::size_t i = (size - 1) / 32 + 1; i-- > 0;) {
        sum += mix16(in + 16 * i, kSecret + 32 * i, seed);
        sum += mix16(in + size - 16 * (i + 1), kSecret + 32 * i + 16, seed);
    }
    return avalanche(sum);
}

/// 129 to 240 bytes.
u64 hash_longer(const unsigned char* in, std::size_t size, u64 seed) {
    u64 sum = size * kPrime64[0];
    for (std::size_t i = 0; i < 8; ++i) sum += mix16(in + 16 * i, kSecret + 16 * i, seed);
    sum = avalanche(sum);
    for (std::size_t i = 8; i < size / 16; ++i) sum += mix16(in + 16 * i, kSecret + 16 * (i - 8) + 3, seed);
    sum += mix16(in + size - 16, kSecret + 136 - 17, seed);
    return avalanche(sum);
}

struct Lanes {
    u64 lane[8] = {kPrime32[2], kPrime64[0], kPrime64[1], kPrime64[2],
                   kPrime64[3], kPrime32[1], kPrime64[4], kPrime32[0]};

    void accumulate(const unsigned char* in, const unsigned char* secret) {
        for (std::size_t i = 0; i < 8; ++i) {
            const u64 data = read64(in + 8 * i), key = data ^ read64(secret + 8 * i);
            lane[i ^ 1] += data;
            lane[i] += (key & 0xffffffff) * (key >> 32);
        }
    }
    void scramble(const unsigned char* secret) {
        for (std::size_t i = 0; i < 8; ++i) lane[i] = (lane[i] ^ lane[i] >> 47 ^ read64(secret + 8 * i)) * kPrime32[0];
    }
    u64 merge(const unsigned char* secret, u64 start) const {
        for (std::size_t i = 0; i < 4; ++i)
            start += fold(lane[2 * i] ^ read64(secret + 16 * i), lane[2 * i + 1] ^ read64(secret + 16 * i + 8));
        return avalanche(start);
    }
};

u64 hash_long(const unsigned char* in, std::size_t size, u64 seed) {
    unsigned char secret[kSecretSize];
    for (std::size_t i = 0; i < kSecretSize; i += 16) {
        u64 pair[2] = {read64(kSecret + i) + seed, read64(kSecret + i + 8) - seed};
        if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
            for (u64& half : pair) half = __builtin_bswap64(half);
        std::memcpy(secret + i, pair, sizeof pair);
    }
    constexpr std::size_t kStripes = (kSecretSize - kStripe) / 8;
    Lanes lanes;
    const std::size_t stripes = (size - 1) / kStripe;
    for (std::size_t n = 0; n < stripes; ++n) {
        lanes.accumulate(in + n * kStripe, secret + n % kStripes * 8);
        if (n % kStripes == kStripes - 1) lanes.scramble(secret + kSecretSize - kStripe);
    }
    lanes.accumulate(in + size - kStripe, secret + kSecretSize - kStripe - 7);
    return lanes.merge(secret + 11, size * kPrime64[0]);
}

}  // namespace

std::uint64_t hash_xxh3(std::string_view bytes, std::uint64_t seed) {
    const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
    if (bytes.size() <= 16) return hash_short(in, bytes.size(), seed);
    if (bytes.size() <= 128) return hash_middle(in, bytes.size(), seed);
    if (bytes.size() <= 240) return hash_longer(in, bytes.size(), seed);
    return hash_long(in, bytes.size(), seed);
}

}  // namespace cfgproxy::base
