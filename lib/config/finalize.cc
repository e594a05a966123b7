#include "config/finalize.h"

namespace cfgproxy::config {

void finalize(model::Config& config, Unresolved& unresolved, base::Diagnostics&) {
    std::uint32_t index = 0;
    for (auto& proxy : config.proxies) {
        proxy->index = index++;
        proxy->id = index + 1;
        std::uint32_t n = 0;
        for (auto& server : proxy->servers) {
            server->proxy = proxy.get();
            server->index = n++;
            server->id = n;
        }
    }
    config.index();
    for (auto& proxy : config.proxies) {
        for (auto& rule : proxy->use_backends)
            if (!rule.dynamic) rule.backend = config.find_backend(rule.name);
        if (!proxy->default_backend.empty()) proxy->default_backend_proxy = config.find_backend(proxy->default_backend);
        for (auto& rule : proxy->use_servers) rule.server = proxy->find_server(rule.name);
    }
    for (auto& item : unresolved.expressions)
        sample::for_each_argument(
            *item.expression,
            [](sample::Argument& a, void* data) {
                auto& c = *static_cast<model::Config*>(data);
                if (a.kind == sample::Argument::Kind::backend) a.target = c.find_backend(a.text);
                if (a.kind == sample::Argument::Kind::frontend) a.target = c.find_frontend(a.text);
                if (a.kind == sample::Argument::Kind::userlist) a.target = c.find_userlist(a.text);
            },
            &config);
}

bool has_listener(const model::Config& config) {
    for (const auto& proxy : config.proxies)
        if (proxy->is_frontend() && !proxy->binds.empty() && !proxy->disabled) return true;
    return false;
}

}  // namespace cfgproxy::config
