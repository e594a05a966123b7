#include "server/check_live.h"

#include "log/format.h"

namespace cfgproxy::server {

std::int64_t CheckLive::usable_servers(const model::Proxy& proxy) const {
    return &proxy == &backend_.config() ? backend_.usable_servers() : 0;
}

bool CheckLive::is_up(const model::Server& server) const {
    const Server* state = server.proxy == &backend_.config() ? backend_.state_of(server) : nullptr;
    return state && state->running();
}

std::vector<const model::Server*> CheckLive::servers(const model::Proxy& proxy) const {
    return &proxy == &backend_.config() ? backend_.lines() : std::vector<const model::Server*>{};
}

std::int64_t CheckLive::connections(const model::Proxy& proxy, bool frontend) const {
    return &proxy == &backend_.config() && !frontend ? backend_.sessions.get() : 0;
}

std::int64_t CheckLive::queued(const model::Proxy& proxy) const {
    return &proxy == &backend_.config() ? backend_.total_queued.load(std::memory_order_relaxed) : 0;
}

std::int64_t CheckLive::connections(const model::Server& server) const {
    const Server* state = server.proxy == &backend_.config() ? backend_.state_of(server) : nullptr;
    return state ? state->sessions.get() : 0;
}

std::int64_t CheckLive::queued(const model::Server& server) const {
    const Server* state = server.proxy == &backend_.config() ? backend_.state_of(server) : nullptr;
    return state ? state->queue.get() : 0;
}

std::string_view CheckLive::unique_id() const {
    if (context_.unique_id.empty() && backend_.config().unique_id_format)
        context_.unique_id = log::render(*backend_.config().unique_id_format, nullptr, context_);
    return context_.unique_id;
}

}  // namespace cfgproxy::server
