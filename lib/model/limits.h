#pragma once
#include <cstdint>

#include "model/config.h"

namespace cfgproxy::model {

/// `fullconn` of a backend: as written, else a tenth of the connections that the frontends leading to it let in (manual
/// 4.2). `process_limit`: what those let in that say nothing.
std::uint32_t full_connections(const Proxy& backend, const Config& config, std::uint32_t process_limit);

}  // namespace cfgproxy::model
