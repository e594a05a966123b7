// What a new configuration changes in a running backend.
#include <algorithm>

#include "server/backend_impl.h"
#include "server/clock.h"

namespace cfgproxy::server {

static bool same_balance(const model::Balance& a, const model::Balance& b) {
    return a.algorithm == b.algorithm && a.argument == b.argument && a.uri_length == b.uri_length &&
           a.uri_depth == b.uri_depth && a.uri_whole == b.uri_whole && a.uri_path_only == b.uri_path_only &&
           a.hdr_domain_only == b.hdr_domain_only && a.random_draws == b.random_draws && a.hash_type == b.hash_type &&
           a.function == b.function && a.avalanche == b.avalanche && a.hash_balance_factor == b.hash_balance_factor &&
           a.affinity == b.affinity && a.expression == b.expression;
}

/// The runtime object of that line, of now or of a generation that is still alive; null if there is none.
std::shared_ptr<Server> Backend::Impl::known(const model::Server& line) const {
    if (auto found = by_name.find(line.name); found != by_name.end()) {
        if (line.twin == 0) return found->second;
        for (const auto& server : servers)
            if (server->is_of(line)) return server;
    }
    for (const auto& weak : vanished)
        if (auto server = weak.lock(); server && server->is_of(line)) return server;
    return nullptr;
}

/// `next` becomes the list of servers; those that are not in it any more are remembered while they live.
void Backend::Impl::replace_servers(std::vector<std::shared_ptr<Server>> next) {
    for (const auto& server : servers)
        if (std::find(next.begin(), next.end(), server) == next.end()) {
            server->usable_.store(false);
            server->vanished_.store(true, std::memory_order_release);
            redistribute(*server);
            vanished.push_back(server);
        }
    std::erase_if(vanished, [&](const std::weak_ptr<Server>& weak) {
        auto server = weak.lock();
        return !server || std::find(next.begin(), next.end(), server) != next.end();
    });
    servers = std::move(next);
    by_name.clear();
    for (const auto& server : servers) by_name.try_emplace(server->name(), server);
    settle_cookies();
}

void Backend::adopt(const model::Proxy& config) {
    std::unique_lock lock(mutex_);
    const model::Balance* before = impl_->balancer ? &impl_->balance : nullptr;
    bool anew = !before || !same_balance(*before, config.balance);
    config_.store(&config, std::memory_order_release);
    std::vector<std::shared_ptr<Server>> next;
    for (const auto& line : config.servers) {
        std::shared_ptr<Server> server = impl_->known(*line);
        if (!server) {
            server = std::make_shared<Server>(*this, *line, impl_->threads);
        } else {
            anew = anew || server->is_backup() != line->backup;
            server->use_config(*line, &server->config());
        }
        next.push_back(std::move(server));
    }
    if (config.direct && impl_->direct)
        impl_->direct->use_config(*config.direct, nullptr);
    else if (config.direct)
        impl_->direct = std::make_shared<Server>(*this, *config.direct, impl_->threads);
    anew = anew || next != impl_->servers;
    impl_->makes_cookies = config.cookie.dynamic;
    impl_->cookie_key = config.dynamic_cookie_key;
    impl_->replace_servers(std::move(next));
    if (anew) {
        impl_->balance = config.balance;
        impl_->start_balancer(config);
    } else {
        for (const auto& server : impl_->servers) impl_->apply(*server);
    }
    for (const auto& server : impl_->servers) impl_->hand_out(*server);
    Impl::finish(*this, lock);
}

void Backend::retire() {
    std::lock_guard lock(mutex_);
    for (const auto& server : impl_->servers) server->vanished_.store(true, std::memory_order_release);
}

/// A fresh balancer: the order begins with the first server again, loads are taken as they are.
void Backend::Impl::start_balancer(const model::Proxy& config) {
    balancer = make_balancer(config.balance);
    self.tracks_load_.store(balancer->tracks_load);
    std::vector<Server*> all;
    for (const auto& server : servers) {
        refresh(*server);
        all.push_back(server.get());
    }
    recount();
    balancer->reset(all);
}

void Backend::follow(Server& tracker, const std::shared_ptr<Server>& tracked) {
    std::uint8_t inherited = 0;
    Health health = Health::up;
    if (tracked) {
        Backend& other = tracked->backend();
        std::lock_guard lock(other.mutex_);
        auto& trackers = tracked->trackers_;
        std::erase_if(trackers, [&](const auto& weak) { return weak.expired() || weak.lock().get() == &tracker; });
        trackers.insert(trackers.begin(), tracker.shared_from_this());  // the last one that came follows first
        if (tracked->in_maintenance()) inherited |= kMaintByTracking;
        if (tracked->draining()) inherited |= kDrainByTracking;
        health = tracked->health();
    }
    std::lock_guard lock(mutex_);
    if (tracker.tracked() == tracked.get()) return;
    tracker.tracked_.store(tracked.get());
    tracker.admin_.store((tracker.admin() & ~(kMaintByTracking | kDrainByTracking)) | inherited);
    tracker.health_.store(tracker.in_maintenance() ? Health::down : health);
    impl_->apply(tracker);
}

}  // namespace cfgproxy::server
