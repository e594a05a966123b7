#include "stream/live.h"

namespace cfgproxy::stream {

std::int64_t LiveView::usable_servers(const model::Proxy& proxy) const {
    return generation_.backend(proxy)->usable_servers();
}

bool LiveView::is_up(const model::Server& which) const {
    auto* state = generation_.backend(*which.proxy)->state_of(which);
    return state && state->running();
}

std::int64_t LiveView::connections(const model::Proxy& proxy, bool of_frontend) const {
    if (of_frontend) return generation_.frontend(proxy) ? generation_.frontend(proxy)->connections.get() : 0;
    return generation_.backend(proxy) ? generation_.backend(proxy)->sessions.get() : 0;
}

std::int64_t LiveView::queued(const model::Proxy& proxy) const {
    return generation_.backend(proxy)->total_queued.load();
}

std::int64_t LiveView::session_rate(const model::Proxy& proxy, bool of_frontend) const {
    const std::uint64_t now = now_ms_;
    if (of_frontend) return generation_.frontend(proxy) ? generation_.frontend(proxy)->session_rate.per_second(now) : 0;
    return generation_.backend(proxy) ? generation_.backend(proxy)->session_rate.per_second(now) : 0;
}

std::vector<const model::Server*> LiveView::servers(const model::Proxy& proxy) const {
    const server::Backend* backend = generation_.backend(proxy);
    return backend ? backend->lines() : std::vector<const model::Server*>{};
}

std::int64_t LiveView::request_rate(const model::Proxy& proxy) const {
    const server::Frontend* frontend = generation_.frontend(proxy);
    return frontend ? frontend->request_rate.per_second(now_ms_) : 0;
}

std::int64_t LiveView::connections(const model::Server& which) const {
    auto* state = generation_.backend(*which.proxy)->state_of(which);
    return state ? state->sessions.get() : 0;
}

std::int64_t LiveView::queued(const model::Server& which) const {
    auto* state = generation_.backend(*which.proxy)->state_of(which);
    return state ? state->queue.get() : 0;
}

server::StickTable* LiveView::table(const model::StickTable& which) const {
    return generation_.objects.tables[which.index].get();
}

bool LiveView::fact(const model::Server& which, sample::ServerFact fact, std::int64_t& number) const {
    auto* state = generation_.backend(*which.proxy)->state_of(which);
    if (!state) return false;
    switch (fact) {
        case sample::ServerFact::weight:
            number = (state->effective_weight() + 15) / 16;
            return true;
        case sample::ServerFact::initial_weight:
            number = state->initial_weight();
            return true;
        case sample::ServerFact::user_weight:
            number = state->user_weight();
            return true;
        case sample::ServerFact::session_rate:
            number = state->session_rate.per_second(now_ms_);
            return true;
        case sample::ServerFact::connection_limit:
            number = state->connection_limit();
            return true;
    }
    return false;
}

}  // namespace cfgproxy::stream
