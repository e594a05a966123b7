// Servers that come and go while the configuration stays (management.txt 9.3 "add server", "del server").
#include <algorithm>

#include "server/backend_impl.h"

namespace cfgproxy::server {
namespace {

/// Those whose servers' weights may change while they run; without any there is one server or none.
bool is_dynamic(const model::Proxy& proxy) {
    using Algorithm = model::Algorithm;
    if (proxy.direct) return true;
    switch (proxy.balance.algorithm) {
        case Algorithm::static_rr:
            return false;
        case Algorithm::roundrobin:
        case Algorithm::leastconn:
        case Algorithm::first:
        case Algorithm::random:
        case Algorithm::sticky:
            return true;
        default:
            return proxy.balance.hash_type == model::HashType::consistent;
    }
}

std::string_view kind_of(const model::Proxy& proxy) { return proxy.is_frontend() ? "proxy" : "backend"; }

}  // namespace

std::shared_ptr<Server> Backend::find(std::uint32_t id) const {
    std::lock_guard lock(mutex_);
    for (const auto& server : impl_->servers)
        if (server->config().id == id) return server;
    return nullptr;
}

std::string Backend::refuses_servers() const {
    const std::string name = std::string(kind_of(config())) + " '" + name_ + "' uses ";
    if (config().mode == model::Mode::log) return name + "mode log";
    return is_dynamic(config()) ? std::string{} : name + "a non dynamic load balancing method";
}

base::Result<std::shared_ptr<Server>> Backend::add(std::unique_ptr<model::Server> line) {
    std::unique_lock lock(mutex_);
    if (impl_->by_name.contains(line->name))
        return base::Error{"Already exists a server with the same name in backend."};
    std::vector<std::uint32_t> ids;
    for (const auto& server : impl_->servers) {
        const model::Server& other = server->config();
        ids.push_back(other.id);
        if (line->id == other.id)
            return base::Error{"'id' : custom id " + std::to_string(other.id) + " already used at " +
                               *other.place.file + ":" + std::to_string(other.place.line) + " ('server " + other.name +
                               "')."};
    }
    if (line->id == 0) {
        line->id = 1;
        std::sort(ids.begin(), ids.end());
        for (const std::uint32_t id : ids) line->id += id == line->id;
    }
    auto server =
        std::make_shared<Server>(*this, std::unique_ptr<const model::Server>(std::move(line)), impl_->threads);
    std::vector<std::shared_ptr<Server>> next = impl_->servers;
    next.push_back(server);
    impl_->replace_servers(std::move(next));
    impl_->start_balancer(config());
    Impl::finish(*this, lock);
    return server;
}

Backend::Removal Backend::Impl::removal_of(const Server& server) const {
    if (server.config().referenced ||
        std::any_of(server.trackers_.begin(), server.trackers_.end(), [](const auto& weak) { return !weak.expired(); }))
        return {Removable::never,
                "This server cannot be removed at runtime due to other configuration elements pointing to it."};
    if (!server.in_maintenance()) return {Removable::never, "Only servers in maintenance mode can be deleted."};
    if (server.sessions.get() || server.queue.get() || server.connections.load() || server.idle_connections.load())
        return {Removable::not_yet, "Server still has connections attached to it, cannot remove it."};
    return {};
}

Backend::Removal Backend::removal_of(const Server& server) const {
    std::lock_guard lock(mutex_);
    return impl_->removal_of(server);
}

Backend::Removal Backend::remove(Server& server) {
    std::shared_ptr<Server> tracked;
    {
        std::unique_lock lock(mutex_);
        if (const Removal removal = impl_->removal_of(server); removal.when != Removable::now) return removal;
        std::vector<std::shared_ptr<Server>> next = impl_->servers;
        std::erase_if(next, [&](const auto& each) { return each.get() == &server; });
        if (server.tracked()) tracked = server.tracked()->shared_from_this();
        impl_->replace_servers(std::move(next));
        impl_->start_balancer(config());
        Impl::finish(*this, lock);
    }
    if (!tracked) return {};
    std::lock_guard lock(tracked->backend().mutex_);
    std::erase_if(tracked->trackers_, [&](const auto& weak) { return weak.expired() || weak.lock().get() == &server; });
    return {};
}

}  // namespace cfgproxy::server
