#include "server/backend.h"

#include <algorithm>

#include "server/backend_impl.h"
#include "server/clock.h"

namespace cfgproxy::server {

Backend::Backend(const model::Proxy& config, std::uint32_t threads, EventSink& events)
    : traffic(threads),
      protocols(std::make_shared<ThreadProtocolCounters>(threads)),
      name_(config.name),
      config_(&config),
      events_(events),
      impl_(std::make_unique<Impl>(*this)) {
    impl_->threads = threads;
    last_change_s.store(Clock::wall_s());
    adopt(config);
}

Backend::~Backend() = default;

std::shared_ptr<Server> Backend::find(std::string_view server) const {
    std::lock_guard lock(mutex_);
    auto found = impl_->by_name.find(server);
    return found == impl_->by_name.end() ? nullptr : found->second;
}

Server* Backend::state_of(const model::Server& server) const {
    std::lock_guard lock(mutex_);
    return impl_->known(server).get();
}

Server* Backend::find_by_cookie(std::string_view value) const {
    std::lock_guard lock(mutex_);
    auto found = impl_->by_cookie.find(value);
    return found == impl_->by_cookie.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Server>> Backend::servers() const {
    std::lock_guard lock(mutex_);
    return impl_->servers;
}

std::vector<const model::Server*> Backend::lines() const {
    std::lock_guard lock(mutex_);
    std::vector<const model::Server*> lines;
    for (const auto& server : impl_->servers) lines.push_back(&server->config());
    return lines;
}

bool Backend::has_servers() const {
    std::lock_guard lock(mutex_);
    return !impl_->servers.empty();
}

Pick Backend::pick(const PickRequest& request) {
    std::unique_lock lock(mutex_);
    if (impl_->next_warm_up_ms != ~std::uint64_t{0}) impl_->warm_up(Clock::now_ms());
    if (request.persistent) {
        bool go_on = false;
        Pick pick = impl_->pick_persistent(request, go_on);
        if (!go_on) return pick;
        pick = impl_->pick_balanced(request);
        pick.persistent_down = true;
        return pick;
    }
    return impl_->pick_balanced(request);
}

Pick Backend::Impl::enter(Server& server, bool persistent_down) {
    take_slot(server);
    return {Pick::Outcome::assigned, &server, persistent_down};
}

/// In `server`'s queue, or with null in the backend's.
Pick Backend::Impl::wait_at(Server* server, const PickRequest& request) {
    if (!request.user) return {Pick::Outcome::full, server, false};
    ServerUser& user = *request.user;
    user.waiting_for = server;
    user.forced = request.force;
    (server ? server->waiting_ : waiting).add(user, request.now_ms);
    (server ? server->queue : self.queue).enter();
    // From now on each leave() sees that somebody waits. One that came between the look at the load and this moment
    // did not, so the first one to wait looks again.
    if (self.total_queued.fetch_add(1) == 0)
        for (const auto& other : servers) hand_out(*other);
    return {Pick::Outcome::queued, server, false};
}

/// The server that the client belongs to. `go_on`: it cannot be used, another one must be chosen.
Pick Backend::Impl::pick_persistent(const PickRequest& request, bool& go_on) {
    Server& server = *request.persistent;
    const model::Options& options = self.config().options;
    if (!server.running() && !options.persist && !request.force) {
        go_on = true;
        return {};
    }
    if (server.has_room()) return enter(server, false);
    if (server.max_queue() > 0 && server.queue.get() >= server.max_queue()) {
        go_on = options.redispatch && !request.force;
        return {Pick::Outcome::full, &server, false};
    }
    return wait_at(&server, request);
}

Pick Backend::Impl::pick_balanced(const PickRequest& request) {
    if (direct && self.config().direct) return enter(*direct, false);
    if (self.total_weight() == 0) return {};
    const std::uint32_t queued = self.queue.get();
    if (queued > 0 && balancer->full_means_queue && queued != self.sessions.get()) return wait_at(nullptr, request);
    const bool backup = self.active_.load(std::memory_order_relaxed) == 0;
    Server* server = backup && first_backup ? first_backup : balancer->choose(request, backup);
    if (!server) return wait_at(nullptr, request);
    if (server->has_room()) return enter(*server, false);
    if (server->max_queue() > 0 && server->queue.get() >= server->max_queue())
        return {Pick::Outcome::full, server, false};
    return wait_at(server, request);
}

void Backend::Impl::take_slot(Server& server) {
    server.sessions.enter();
    if (balancer->tracks_load) balancer->on_load_changed(server, 1);
}

void Backend::Impl::release_slot(Server& server) {
    server.sessions.leave();
    if (balancer->tracks_load) balancer->on_load_changed(server, -1);
}

void Backend::leave(Server& server) {
    if (tracks_load_.load(std::memory_order_relaxed)) {
        std::lock_guard lock(mutex_);
        impl_->release_slot(server);
        if (total_queued.load() > 0) impl_->hand_out(server);
        return;
    }
    server.sessions.leave();
    if (total_queued.load() == 0) return;
    std::lock_guard lock(mutex_);
    impl_->hand_out(server);
}

bool Backend::cancel(ServerUser& user) {
    std::lock_guard lock(mutex_);
    if (!user.queued) return false;
    Server* server = user.waiting_for;
    (server ? server->waiting_ : impl_->waiting).remove(user, false);
    (server ? server->queue : queue).leave();
    total_queued.fetch_sub(1);
    return true;
}

/// A backup server takes those who wait for any server only while it acts.
bool Backend::Impl::serves_backend_queue(const Server& server) const {
    if (!server.usable()) return false;
    if (!server.is_backup()) return true;
    return self.active_.load() == 0 && (&server == first_backup || self.config().options.all_backups);
}

/// Gives free slots of `server` to those who wait for it or for any server, oldest first. How many.
int Backend::Impl::hand_out(Server& server) {
    const bool any = serves_backend_queue(server);
    int count = 0;
    while (server.max_connections() == 0 || server.sessions.get() < server.connection_limit()) {
        ServerUser* own = server.waiting_.first();
        ServerUser* common = any ? waiting.first() : nullptr;
        if (!own && !common) break;
        ServerUser* user = !common || (own && comes_first(*own, *common)) ? own : common;
        (user == own ? server.waiting_ : waiting).remove(*user, true);
        (user == own ? server.queue : self.queue).leave();
        self.total_queued.fetch_sub(1);
        take_slot(server);
        user->on_slot(&server);
        ++count;
    }
    return count;
}

/// `server` cannot serve those who wait for it: with `option redispatch` they choose again. How many.
int Backend::Impl::redistribute(Server& server) {
    const model::Options& options = self.config().options;
    if (!options.redispatch || options.persist) return 0;
    int count = 0;
    std::vector<ServerUser*> staying;
    while (ServerUser* user = server.waiting_.first()) {
        server.waiting_.remove(*user, false);
        if (user->forced) {
            staying.push_back(user);
            continue;
        }
        server.queue.leave();
        self.total_queued.fetch_sub(1);
        user->on_slot(nullptr);
        ++count;
    }
    for (ServerUser* user : staying) server.waiting_.add(*user, static_cast<std::uint64_t>(user->due_ms));
    return count;
}

void Backend::attach(Server& server, ServerUser& user) {
    std::lock_guard lock(server.users_mutex_);
    server.users_.push_back(user);
}

void Backend::detach(Server& server, ServerUser& user) {
    std::lock_guard lock(server.users_mutex_);
    user.user_link.unlink();
}

void Backend::shutdown_sessions(Server& server, char cause) { impl_->shut_down_users(server, cause); }

}  // namespace cfgproxy::server
