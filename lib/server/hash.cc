#include "server/hash.h"

#include <charconv>

#include "base/hash.h"

namespace cfgproxy::server {

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
            return base::hash_djb2(key);
        case model::HashFunction::wt6:
            return base::hash_wt6(key);
        case model::HashFunction::crc32:
            return base::hash_crc32(key);
        case model::HashFunction::none:
            return number_of(key);
        default:
            return base::hash_sdbm(key);
    }
}

}  // namespace cfgproxy::server
