#include "control/cli_find.h"

#include <cstdlib>
#include <string>

#include "base/text.h"
#include "model/server_path.h"

namespace cfgproxy::control {

long long leading_number(std::string_view text) { return std::atoll(std::string(text).c_str()); }

bool has_level(CliCall& call, Level level) {
    if (call.settings.level >= level) return true;
    call.error("Permission denied\n");
    return false;
}

const model::Proxy* proxy_named(const model::Config& config, std::string_view name, std::uint8_t capability) {
    if (name.starts_with('#')) {
        const auto id = base::parse_uint(name.substr(1));
        for (const auto& proxy : config.proxies)
            if (id && proxy->id == *id && (proxy->capabilities & capability) == capability) return proxy.get();
        return nullptr;
    }
    for (const auto& proxy : config.proxies)
        if (proxy->name == name && (proxy->capabilities & capability) == capability) return proxy.get();
    return nullptr;
}

const model::Proxy* find_frontend(CliCall& call, std::string_view name) {
    if (name.empty()) {
        call.error("A frontend name is expected.\n");
        return nullptr;
    }
    const model::Proxy* proxy = proxy_named(*call.generation->config, name, model::kFrontend);
    if (!proxy) call.error("No such frontend.\n");
    return proxy;
}

const model::Proxy* find_backend(CliCall& call, std::string_view name) {
    if (name.empty()) {
        call.error("A backend name is expected.\n");
        return nullptr;
    }
    const model::Proxy* proxy = proxy_named(*call.generation->config, name, model::kBackend);
    if (!proxy) call.error("No such backend.\n");
    return proxy;
}

std::shared_ptr<server::Server> find_server(CliCall& call, std::string_view path) {
    const auto [backend_name, name] = model::ServerPath::of_command(path);
    if (!backend_name || backend_name->empty() || name.empty()) {
        call.error("Require 'backend/server'.\n");
        return nullptr;
    }
    const model::Proxy* proxy = proxy_named(*call.generation->config, *backend_name, model::kBackend);
    if (!proxy) {
        call.error("No such backend.\n");
        return nullptr;
    }
    std::shared_ptr<server::Server> found;
    if (server::Backend* backend = call.generation->backend(*proxy)) {
        if (name.starts_with('#'))
            found = backend->find(static_cast<std::uint32_t>(base::parse_uint(name.substr(1)).value_or(0)));
        else
            found = backend->find(name);
    }
    if (!found)
        call.error("No such server.\n");
    else if (proxy->disabled)
        call.error("Proxy is disabled.\n"), found = nullptr;
    return found;
}

}  // namespace cfgproxy::control
