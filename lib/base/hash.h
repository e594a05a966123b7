#pragma once
#include <cstdint>
#include <string_view>

namespace cfgproxy::base {

/// Hashes that users see (converters, `hash-type`, `base32`): bit for bit HAProxy's.
std::uint32_t hash_sdbm(std::string_view bytes);
std::uint32_t hash_djb2(std::string_view bytes);
std::uint32_t hash_wt6(std::string_view bytes);
std::uint32_t hash_crc32(std::string_view bytes);
std::uint32_t hash_crc32c(std::string_view bytes);
std::uint32_t hash_xxh32(std::string_view bytes, std::uint32_t seed);
std::uint64_t hash_xxh64(std::string_view bytes, std::uint64_t seed);
std::uint64_t hash_xxh3(std::string_view bytes, std::uint64_t seed);
/// Spreads a hash over all of its bits: the `avalanche` modifier; also what places servers on the ring of consistent
/// hashing. A permutation (Bob Jenkins' mix of an integer, times a large prime).
std::uint32_t full_hash(std::uint32_t hash);

/// One step of sdbm as `base32` and `url32` do it: the byte counts with its sign.
constexpr std::uint32_t extend_sdbm_signed(std::uint32_t hash, char byte) {
    return static_cast<std::uint32_t>(static_cast<signed char>(byte)) + (hash << 6) + (hash << 16) - hash;
}

}  // namespace cfgproxy::base
