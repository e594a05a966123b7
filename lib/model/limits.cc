#include "model/limits.h"

#include <algorithm>

namespace cfgproxy::model {

std::uint32_t full_connections(const Proxy& backend, const Config& config, std::uint32_t process_limit) {
    if (backend.full_connections) return backend.full_connections;
    std::uint64_t sum = 0;
    for (const auto& proxy : config.proxies) {
        if (!proxy->is_frontend()) continue;
        bool leads = proxy.get() == &backend || proxy->default_backend_proxy == &backend;
        for (const UseBackend& rule : proxy->use_backends) leads = leads || rule.backend == &backend;
        if (leads) sum += proxy->max_connections ? proxy->max_connections : process_limit;
    }
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (sum + 9) / 10));
}

}  // namespace cfgproxy::model
