#include "base/hash.h"

#include <array>
#include <bit>
#include <cstring>

namespace cfgproxy::base {
namespace {

/// The table of a reflected CRC with 32 bits.
constexpr std::array<std::uint32_t, 256> crc_table(std::uint32_t polynomial) {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? polynomial : 0);
        table[i] = crc;
    }
    return table;
}
constexpr auto kCrc32 = crc_table(0xedb88320);
constexpr auto kCrc32c = crc_table(0x82f63b78);

std::uint32_t crc(const std::array<std::uint32_t, 256>& table, std::string_view bytes) {
    std::uint32_t crc = ~0u;
    for (unsigned char c : bytes) crc = (crc >> 8) ^ table[(crc ^ c) & 0xff];
    return ~crc;
}

template <class Number>
Number read(const char* from) {
    Number number;
    std::memcpy(&number, from, sizeof number);
    if constexpr (std::endian::native == std::endian::big) {
        if constexpr (sizeof number == 8) return __builtin_bswap64(number);
        return __builtin_bswap32(number);
    }
    return number;
}

constexpr std::uint32_t kA1 = 0x9E3779B1u, kA2 = 0x85EBCA77u, kA3 = 0xC2B2AE3Du, kA4 = 0x27D4EB2Fu, kA5 = 0x165667B1u;
constexpr std::uint64_t kB1 = 0x9E3779B185EBCA87ull, kB2 = 0xC2B2AE3D27D4EB4Full, kB3 = 0x165667B19E3779F9ull,
                        kB4 = 0x85EBCA77C2B2AE63ull, kB5 = 0x27D4EB2F165667C5ull;

std::uint32_t round32(std::uint32_t lane, std::uint32_t input) { return std::rotl(lane + input * kA2, 13) * kA1; }
std::uint64_t round64(std::uint64_t lane, std::uint64_t input) { return std::rotl(lane + input * kB2, 31) * kB1; }

}  // namespace

std::uint32_t hash_sdbm(std::string_view bytes) {
    std::uint32_t hash = 0;
    for (unsigned char c : bytes) hash = c + (hash << 6) + (hash << 16) - hash;
    return hash;
}

std::uint32_t hash_djb2(std::string_view bytes) {
    std::uint32_t hash = 5381;
    for (unsigned char c : bytes) hash = (hash << 5) + hash + c;
    return hash;
}

std::uint32_t hash_wt6(std::string_view bytes) {
    std::uint32_t h0 = 0xa53c965a, h1 = 0x5ca6953a;
    int step0 = 6, step1 = 18;
    for (unsigned char c : bytes) {
        h0 = ~(h0 ^ c);
        h1 = ~(h1 + c);
        const std::uint32_t turned = std::rotl(h1, step0);
        h1 = std::rotl(h0, step1);
        h0 = turned;
        const std::uint32_t steps = ((h0 >> 16) ^ h1) & 0xffff;
        step0 = static_cast<int>(steps & 0x1f);
        step1 = static_cast<int>(steps >> 11);
    }
    return h0 ^ h1;
}

std::uint32_t hash_crc32(std::string_view bytes) { return crc(kCrc32, bytes); }
std::uint32_t hash_crc32c(std::string_view bytes) { return crc(kCrc32c, bytes); }

std::uint32_t hash_xxh32(std::string_view bytes, std::uint32_t seed) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint32_t hash = seed + kA5;
    if (left >= 16) {
        std::uint32_t lanes[4] = {seed + kA1 + kA2, seed + kA2, seed, seed - kA1};
        for (; left >= 16; at += 16, left -= 16)
            for (int i = 0; i < 4; ++i) lanes[i] = round32(lanes[i], read<std::uint32_t>(at + 4 * i));
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    }
    hash += static_cast<std::uint32_t>(bytes.size());
    for (; left >= 4; at += 4, left -= 4) hash = std::rotl(hash + read<std::uint32_t>(at) * kA3, 17) * kA4;
    for (; left > 0; ++at, --left) hash = std::rotl(hash + static_cast<unsigned char>(*at) * kA5, 11) * kA1;
    hash = (hash ^ (hash >> 15)) * kA2;
    hash = (hash ^ (hash >> 13)) * kA3;
    return hash ^ (hash >> 16);
}

std::uint64_t hash_xxh64(std::string_view bytes, std::uint64_t seed) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t hash = seed + kB5;
    if (left >= 32) {
        std::uint64_t lanes[4] = {seed + kB1 + kB2, seed + kB2, seed, seed - kB1};
        for (; left >= 32; at += 32, left -= 32)
            for (int i = 0; i < 4; ++i) lanes[i] = round64(lanes[i], read<std::uint64_t>(at + 8 * i));
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
        for (std::uint64_t lane : lanes) hash = (hash ^ round64(0, lane)) * kB1 + kB4;
    }
    hash += bytes.size();
    for (; left >= 8; at += 8, left -= 8) hash = std::rotl(hash ^ round64(0, read<std::uint64_t>(at)), 27) * kB1 + kB4;
    for (; left >= 4; at += 4, left -= 4) hash = std::rotl(hash ^ (read<std::uint32_t>(at) * kB1), 23) * kB2 + kB3;
    for (; left > 0; ++at, --left) hash = std::rotl(hash ^ (static_cast<unsigned char>(*at) * kB5), 11) * kB1;
    hash = (hash ^ (hash >> 33)) * kB2;
    hash = (hash ^ (hash >> 29)) * kB3;
    return hash ^ (hash >> 32);
}

std::uint32_t full_hash(std::uint32_t a) {
    a = (a + 0x7ed55d16) + (a << 12);
    a = (a ^ 0xc761c23c) ^ (a >> 19);
    a = (a + 0x165667b1) + (a << 5);
    a = (a + 0xd3a2646c) ^ (a << 9);
    a = (a + 0xfd7046c5) + (a << 3);
    a = (a ^ 0xb55a4f09) ^ (a >> 16);
    return a * 3221225473u;
}

}  // namespace cfgproxy::base
