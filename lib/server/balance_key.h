#pragma once
#include <cstdint>
#include <optional>

#include "server/backend.h"

namespace cfgproxy::server {

/// Hash of what `balance source|uri|url_param|hdr|hash` looks at in a request; nothing if the request does not have it
/// (then servers take turns). Manual 4.2 "balance".
std::optional<std::uint32_t> hash_request(const model::Balance& balance, const PickRequest& request);

}  // namespace cfgproxy::server
