#pragma once
#include <cstdint>

#include "server/server.h"

namespace cfgproxy::server {

/// How long after a check the next one comes: inter, fastinter or downinter.
std::uint32_t check_interval(const Server& server);
/// `interval`, up to `percent` more or less (spread-checks).
std::uint64_t spread_wait(std::uint32_t interval, std::uint32_t percent);

}  // namespace cfgproxy::server
