#include "server/registry.h"

#include <unordered_set>

#include "model/server_path.h"

namespace cfgproxy::server {

/// `track [backend/]server`.
static void link_tracker(const Registry::Objects& objects, Server& server) {
    Backend& own = server.backend();
    const std::string_view text = server.config().track;
    if (text.empty()) {
        if (server.tracked()) own.follow(server, nullptr);
        return;
    }
    const model::ServerPath path(text);
    const std::string_view backend = path.backend.value_or(own.name());
    for (const auto& other : objects.backends)
        if (other && other->name() == backend) own.follow(server, other->find(path.server));
}

namespace {

/// What an object is kept under: its proxy's name, and a count for those that come after another of the same name.
std::string key_of(const std::string& name, std::unordered_map<std::string_view, int>& seen) {
    const int before = seen[name]++;
    return before == 0 ? name : name + ' ' + std::to_string(before);
}

}  // namespace

Registry::Objects Registry::adopt(const model::Config& config) {
    std::lock_guard lock(mutex_);
    Objects objects;
    std::unordered_map<std::string_view, int> frontends_seen, backends_seen;
    std::unordered_set<std::string> in_use;
    for (const auto& proxy : config.proxies) {
        std::shared_ptr<Frontend> frontend;
        std::shared_ptr<Backend> backend;
        if (proxy->is_frontend()) {
            auto& known = frontends_[key_of(proxy->name, frontends_seen)];
            frontend = known.lock();
            if (frontend) {
                frontend->config.store(proxy.get());
                frontend->stopped.store(false);  // its ports are open again
            } else {
                known = frontend = std::make_shared<Frontend>(*proxy, threads_);
            }
        }
        if (proxy->is_backend()) {
            auto& known = backends_[*in_use.insert(key_of(proxy->name, backends_seen)).first];
            backend = known.lock();
            if (backend)
                backend->adopt(*proxy);
            else
                known = backend = std::make_shared<Backend>(*proxy, threads_, events_);
            for (auto& server : backend->servers()) objects.servers.push_back(std::move(server));
        }
        objects.frontends.push_back(std::move(frontend));
        objects.backends.push_back(std::move(backend));
    }
    for (const auto& table : config.tables) {
        auto& known = tables_[table->name];
        std::shared_ptr<StickTable> running = known.lock();
        if (!running || !running->adopt(*table)) known = running = std::make_shared<StickTable>(*table);
        objects.tables.push_back(std::move(running));
    }
    for (const auto& [name, weak] : backends_)
        if (auto backend = weak.lock(); backend && !in_use.contains(name)) backend->retire();
    for (const auto& server : objects.servers) link_tracker(objects, *server);
    std::erase_if(frontends_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(backends_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(tables_, [](const auto& entry) { return entry.second.expired(); });
    return objects;
}

Registry::Objects Registry::update(const Objects& before, Server* added) {
    Objects objects{.frontends = before.frontends, .backends = before.backends, .tables = before.tables, .servers = {}};
    for (const auto& backend : objects.backends)
        if (backend)
            for (auto& server : backend->servers()) objects.servers.push_back(std::move(server));
    if (added) link_tracker(objects, *added);
    return objects;
}

}  // namespace cfgproxy::server
