#pragma once
#include <memory>
#include <string_view>

#include "model/config.h"
#include "net/network_namespace.h"

namespace cfgproxy::keywords {

/// The network namespace of that name, opened if this is the first one who names it; null: it cannot be.
std::shared_ptr<const net::NetworkNamespace> find_namespace(model::Config& config, std::string_view name);

}  // namespace cfgproxy::keywords
