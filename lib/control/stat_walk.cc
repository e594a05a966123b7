#include "control/stat_walk.h"

#include <algorithm>

#include "base/text.h"
#include "server/backend.h"

namespace cfgproxy::control {
namespace {

bool contains_any_case(std::string_view text, std::string_view part) {
    for (std::size_t at = 0; at + part.size() <= text.size(); ++at)
        if (base::iequal(text.substr(at, part.size()), part)) return true;
    return false;
}

}  // namespace

StatWalk::StatWalk(const stream::Generation& generation, std::shared_ptr<const stream::Generation> keep,
                   const stream::Process& process, StatFilter filter)
    : generation_(generation), keep_(std::move(keep)), process_(process), filter_(std::move(filter)) {}

bool StatWalk::in_scope(const model::Proxy& proxy) const {
    if (proxy.disabled) return false;
    if (filter_.scope && !filter_.scope->empty() &&
        std::none_of(filter_.scope->begin(), filter_.scope->end(), [&](const std::string& name) {
            return name == proxy.name || (name == "." && &proxy == filter_.self);
        }))
        return false;
    if (!contains_any_case(proxy.name, filter_.name_part)) return false;
    return !filter_.proxy_id || *filter_.proxy_id == proxy.id;
}

bool StatWalk::find_proxy() {
    const auto& proxies = generation_.config->proxies;
    while (next_proxy_ < proxies.size()) {
        proxy_ = proxies[next_proxy_++].get();
        if (!in_scope(*proxy_)) continue;
        part_ = Part::frontend;
        item_ = 0;
        listener_number_ = 0;
        return true;
    }
    return false;
}

StatWalk::At StatWalk::next(std::uint64_t now_ms) {
    if (between_) {
        if (!find_proxy()) return At::done;
        between_ = false;
        return At::proxy_begin;
    }
    while (part_ != Part::end)
        if (next_row(now_ms)) return At::row;
    between_ = true;
    return At::proxy_end;
}

/// True when row_ was filled; else the next part is to be looked at.
bool StatWalk::next_row(std::uint64_t now_ms) {
    switch (part_) {
        case Part::frontend:
            part_ = Part::listeners;
            return fill_frontend(now_ms);
        case Part::listeners:
            if (fill_listener(now_ms)) return true;
            part_ = Part::servers;
            item_ = 0;
            return false;
        case Part::servers:
            if (fill_server(now_ms)) return true;
            part_ = Part::backend;
            return false;
        case Part::backend:
            part_ = Part::end;
            return fill_backend(now_ms);
        case Part::end:
            break;
    }
    return false;
}

RowSource StatWalk::source(RowKind kind, std::uint64_t now_ms) const {
    RowSource s;
    s.kind = kind;
    s.proxy = proxy_;
    s.generation = &generation_;
    s.process = &process_;
    s.now_ms = now_ms;
    s.legends = filter_.legends;
    s.counts_hidden = filter_.hide_down || filter_.hide_maintenance;
    return s;
}

bool StatWalk::fill_frontend(std::uint64_t now_ms) {
    const server::Frontend* state = generation_.frontend(*proxy_);
    if (!state || !wanted(RowKind::frontend)) return false;
    RowSource s = source(RowKind::frontend, now_ms);
    s.frontend = state;
    s.traffic = &state->traffic;
    fill_row(row_, s);
    return true;
}

bool StatWalk::fill_listener(std::uint64_t now_ms) {
    if (!proxy_->options.socket_stats || !wanted(RowKind::listener)) return false;
    while (item_ < generation_.listeners.size()) {
        const auto& listener = generation_.listeners[item_++];
        if (listener.proxy != proxy_) continue;
        ++listener_number_;
        if (!listener.state) continue;
        const std::uint32_t id = listener.bind->id ? listener.bind->id : listener_number_;
        if (filter_.server_id && *filter_.server_id != id) continue;
        RowSource s = source(RowKind::listener, now_ms);
        s.listener = &listener;
        s.listener_number = listener_number_;
        s.traffic = &listener.state->traffic;
        fill_row(row_, s);
        return true;
    }
    return false;
}

/// Down and not about to change, or in maintenance, for `up`; in maintenance, for `no-maint`.
bool StatWalk::is_hidden(const server::Server& server) const {
    if (server.in_maintenance()) return filter_.hide_down || filter_.hide_maintenance;
    if (!filter_.hide_down || server.health() != server::Health::down) return false;
    const server::CheckReport check = checked_server(server).check();
    return !check.enabled || check.health == 0;
}

bool StatWalk::fill_server(std::uint64_t now_ms) {
    const server::Backend* backend = generation_.backend(*proxy_);
    if (!backend || !wanted(RowKind::server)) return false;
    if (item_ == 0) servers_ = backend->servers();
    while (item_ < servers_.size()) {
        const std::shared_ptr<server::Server>& server = servers_[item_++];
        if (filter_.server_id && *filter_.server_id != server->config().id) continue;
        if (is_hidden(*server)) continue;
        RowSource s = source(RowKind::server, now_ms);
        tell_server(s, *backend, *server);
        fill_row(row_, s);
        return true;
    }
    return false;
}

bool StatWalk::fill_backend(std::uint64_t now_ms) {
    const server::Backend* backend = generation_.backend(*proxy_);
    if (!backend || !wanted(RowKind::backend)) return false;
    RowSource s = source(RowKind::backend, now_ms);
    s.backend = backend;
    s.traffic = &backend->traffic;
    fill_row(row_, s);
    return true;
}

}  // namespace cfgproxy::control
