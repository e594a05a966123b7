#pragma once
#include <cstdint>
#include <string_view>

#include "model/proxy.h"

namespace cfgproxy::server {

/// The hash functions of `hash-type` (manual 4.2), bit for bit HAProxy's, since they decide which cache has an object.
std::uint32_t hash_sdbm(std::string_view key);
std::uint32_t hash_djb2(std::string_view key);
std::uint32_t hash_wt6(std::string_view key);
std::uint32_t hash_crc32(std::string_view key);
std::uint32_t hash(model::HashFunction function, std::string_view key);
/// The `avalanche` modifier; also what places servers on the ring of consistent hashing. A permutation.
std::uint32_t avalanche(std::uint32_t value);

}  // namespace cfgproxy::server
