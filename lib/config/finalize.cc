#include "config/finalize.h"

namespace cfgproxy::config {

void finalize(model::Config& config, Unresolved&, base::Diagnostics&) { config.index(); }

bool has_listener(const model::Config& config) {
    for (const auto& proxy : config.proxies)
        if (!proxy->disabled && !proxy->binds.empty()) return true;
    return false;
}

}  // namespace cfgproxy::config
