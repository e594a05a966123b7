#include "engine/log_distributor.h"

#include "model/config.h"

namespace cfgproxy::engine {

bool LogDistributor::choose(const std::string& backend, std::string_view line, Choice& choice) {
    std::shared_ptr<server::Backend> known;
    {
        std::lock_guard lock(mutex_);
        if (const auto found = backends_.find(backend); found != backends_.end()) known = found->second;
    }
    if (!known) return false;
    const server::Pick pick = known->pick({.line = line});
    if (pick.outcome != server::Pick::Outcome::assigned) return false;
    const model::Server& server = pick.server->config();
    choice.endpoint = server.endpoint;
    choice.ring = server.endpoint.datagram ? std::string() : server.log_ring;
    known->leave(*pick.server);
    return true;
}

void LogDistributor::adopt(const model::Config& config, const std::vector<std::shared_ptr<server::Backend>>& backends) {
    std::lock_guard lock(mutex_);
    backends_.clear();
    for (const auto& proxy : config.proxies)
        if (proxy->mode == model::Mode::log && backends[proxy->index]) backends_[proxy->name] = backends[proxy->index];
}

}  // namespace cfgproxy::engine
