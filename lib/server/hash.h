#pragma once
#include <cstdint>
#include <string_view>

#include "model/proxy.h"

namespace cfgproxy::server {

/// A function of `hash-type` (manual 4.2), bit for bit HAProxy's, since they decide which cache has an object.
std::uint32_t hash(model::HashFunction function, std::string_view key);

}  // namespace cfgproxy::server
