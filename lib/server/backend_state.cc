// Changes of a server's weight, health and administrative state: what they do to the backend.
#include <algorithm>

#include "log/log.h"
#include "server/backend_impl.h"
#include "server/clock.h"

namespace cfgproxy::server {

constexpr std::uint32_t kWeightScale = 16;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// What follows from weight, health and administrative state of one server.
void Backend::Impl::refresh(Server& server) {
    const std::uint64_t now = Clock::wall_s(), since = server.last_change_s.load();
    const std::uint32_t whole = server.slow_start_s_.load();
    if (server.health() == Health::starting && (now < since || now >= since + whole)) server.health_.store(Health::up);
    std::uint32_t scale = kWeightScale;
    if (server.health() == Health::starting && (!balancer || balancer->takes_weights))
        scale = static_cast<std::uint32_t>((kWeightScale * (now - since) + whole) / whole);
    const std::uint32_t weight = server.user_weight() * scale;
    server.effective_weight_.store(weight);
    const Health health = server.health();
    server.usable_.store(weight > 0 && !server.in_maintenance() && !server.draining() &&
                         (health == Health::up || health == Health::starting));
}

/// How many servers act, and with what weight.
void Backend::Impl::recount() {
    std::uint32_t active = 0, backup = 0, active_weight = 0, backup_weight = 0;
    first_backup = nullptr;
    for (const auto& server : servers) {
        if (!server->usable()) continue;
        if (!server->is_backup()) {
            ++active;
            active_weight += server->effective_weight();
            continue;
        }
        if (backup++ == 0 && !self.config().options.all_backups) first_backup = server.get();
        backup_weight += server->effective_weight();
    }
    self.active_.store(active);
    self.backup_.store(backup);
    const bool one = active == 0 && first_backup;
    self.usable_.store(active ? active : one ? 1 : backup);
    const std::uint32_t weight = active ? active_weight : one ? first_backup->effective_weight() : backup_weight;
    self.weight_.store((weight + kWeightScale - 1) / kWeightScale);
}

/// After any change of `server`: counts and order follow.
void Backend::Impl::apply(Server& server) {
    refresh(server);
    recount();
    balancer->changed(server);
    if (server.health() == Health::starting) {
        const std::uint64_t step =
            std::max<std::uint64_t>(1000, std::uint64_t{server.slow_start_s_.load()} * 1000 / 20);
        next_warm_up_ms = std::min(next_warm_up_ms, Clock::now_ms() + step);
    }
}

/// The next step of those in slowstart, when it is due.
void Backend::Impl::warm_up(std::uint64_t now_ms) {
    if (now_ms < next_warm_up_ms) return;
    next_warm_up_ms = kNever;
    for (const auto& server : servers)
        if (server->health() == Health::starting && !server->in_maintenance()) {
            apply(*server);
            hand_out(*server);
        }
}

void Backend::tick() {
    std::lock_guard lock(mutex_);
    impl_->warm_up(Clock::now_ms());
}

void Backend::Impl::shut_down_users(Server& server, char cause) {
    std::lock_guard lock(server.users_mutex_);
    for (ServerUser* user = server.users_.front(); user; user = server.users_.next(*user)) user->on_shutdown(cause);
}

void Backend::Impl::shut_down_backup_users() {
    for (const auto& server : servers)
        if (server->is_backup()) shut_down_users(*server, 'U');
}

/// Called before a server comes up: the end of a time without any.
void Backend::Impl::backend_up_from_nothing() {
    if (usable_any() > 0) return;
    const std::uint64_t now = Clock::wall_s(), since = self.last_change_s.load();
    if (since < now) self.down_seconds.fetch_add(now - since);
    self.last_change_s.store(now);
}

void Backend::Impl::check_backend_down(std::uint32_t usable_before) {
    if (usable_before == 0 || usable_any() > 0) return;
    self.last_change_s.store(Clock::wall_s());
    self.times_down.fetch_add(1);
    const model::Proxy& config = self.config();
    const std::string kind = config.is_frontend() ? "proxy" : "backend";
    events.push_back({log::kEmerg, -1, kind + " " + self.name_ + " has no server available!",
                      kind + " '" + self.name_ + "' has no server available!"});
}

std::uint64_t Backend::downtime() const {
    const std::uint64_t now = Clock::wall_s(), since = last_change_s.load(), past = down_seconds.load();
    return (total_weight() > 0 && since < now) || now < since ? past : past + now - since;
}

void Backend::Impl::change_health(Server& server, Health health, std::string_view reason) {
    const Health now = server.health();
    const bool up = health == Health::up || health == Health::starting;
    if (server.in_maintenance() || now == health || (up && (now == Health::up || now == Health::starting))) return;
    if (health == Health::down)
        go_down(server, reason);
    else if (health == Health::stopping)
        go_stopping(server, reason);
    else
        go_up(server, reason);
    if (server.draining()) stay_in_drain(server);
    for (const auto& tracker : server.trackers_)
        if (auto alive = tracker.lock()) follow.push_back({alive, true, health, 0, 0});
}

void Backend::Impl::go_down(Server& server, std::string_view reason) {
    const std::uint32_t before = usable_any();
    const bool was_leaving = server.health() == Health::stopping || server.draining();
    server.last_change_s.store(Clock::wall_s());
    server.health_.store(Health::down);
    apply(server);
    if (server.config().on_marked_down == model::OnMarkedDown::shutdown_sessions) shut_down_users(server, 'D');
    const int moved = redistribute(server);
    std::string line = title(server, " is DOWN");
    append_status(line, server, reason, moved, false);
    const int level = was_leaving ? log::kNotice : log::kAlert;
    report(level, std::move(line), level);
    check_backend_down(before);
    server.times_down.fetch_add(1);
}

void Backend::Impl::go_stopping(Server& server, std::string_view reason) {
    const std::uint32_t before = usable_any();
    server.last_change_s.store(Clock::wall_s());
    server.health_.store(Health::stopping);
    apply(server);
    const int moved = redistribute(server);
    std::string line = title(server, " is stopping");
    append_status(line, server, reason, moved, false);
    report(log::kNotice, std::move(line));
    check_backend_down(before);
}

void Backend::Impl::go_up(Server& server, std::string_view reason) {
    const std::uint64_t now = Clock::wall_s(), since = server.last_change_s.load();
    backend_up_from_nothing();
    if (server.health() == Health::down && since < now) server.down_seconds.fetch_add(now - since);
    server.last_change_s.store(now);
    server.health_.store(server.slow_start_s_.load() > 0 ? Health::starting : Health::up);
    apply(server);
    came_back(server);
    const int taken = hand_out(server);
    std::string line = title(server, " is UP");
    append_status(line, server, reason, taken, false);
    report(log::kNotice, std::move(line), log::kNotice);
}

/// on-marked-up shutdown-backup-sessions.
void Backend::Impl::came_back(Server& server) {
    if (server.config().on_marked_up == model::OnMarkedUp::shutdown_backup_sessions && !server.is_backup() &&
        server.effective_weight() > 0)
        shut_down_backup_users();
}

void Backend::set_health(Server& server, Health health, std::string_view reason) {
    std::unique_lock lock(mutex_);
    impl_->change_health(server, health, reason);
    Impl::finish(*this, lock);
}

void Backend::force_health(Server& server, Health health, std::string_view reason) {
    std::unique_lock lock(mutex_);
    CheckReport& check = server.check_;
    check.health = health == Health::down ? 0 : check.rise + check.fall - 1;
    impl_->change_health(server, health, reason);
    Impl::finish(*this, lock);
}

std::string Backend::Impl::title(const Server& server, std::string_view what) const {
    std::string line = server.is_backup() ? "Backup Server " : "Server ";
    line.append(self.name_).append("/").append(server.name()).append(what);
    return line;
}

void Backend::Impl::append_via(std::string& line, const Server& server) const {
    if (Server* via = server.tracked())
        line.append(" via ").append(via->backend().name()).append("/").append(via->name());
}

/// Why, and what is left. `moved`: sessions that left a queue; -1: not told. `forced`: the operator's wish, no reason.
void Backend::Impl::append_status(std::string& line, const Server& server, std::string_view reason, int moved,
                                  bool forced) const {
    if (!reason.empty())
        line.append(", ").append(reason);
    else if (!forced)
        append_via(line, server);
    if (moved < 0) return;
    const std::uint32_t active = self.active_.load(), backup = self.backup_.load();
    const bool down = server.health() == Health::down;
    line.append(". ").append(std::to_string(active)).append(" active and ").append(std::to_string(backup));
    line.append(down ? " backup servers left." : " backup servers online.");
    if (backup > 0 && active == 0) line.append(" Running on backup.");
    if (down) line.append(" ").append(std::to_string(server.sessions.get())).append(" sessions active,");
    line.append(" ").append(std::to_string(moved)).append(down ? " requeued, " : " sessions requeued, ");
    line.append(std::to_string(server.queue.get())).append(down ? " remaining in queue" : " total in queue");
}

/// One line to the log and, as a warning, to stderr; a mail, too, if `mail_level` is not -1.
void Backend::Impl::report(int level, std::string line, int mail_level) {
    line.push_back('.');
    events.push_back({level, mail_level, line, line});
}

void Backend::Impl::finish(Backend& backend, std::unique_lock<std::mutex>& lock) {
    auto events = std::exchange(backend.impl_->events, {});
    auto follow = std::exchange(backend.impl_->follow, {});
    const model::Proxy& config = backend.config();
    lock.unlock();
    for (const Event& event : events)
        backend.events_.on_server_event(config, {event.level, event.mail_level, event.text, event.console});
    for (const Follow& step : follow) {
        Backend& other = step.tracker->backend();
        if (step.is_health)
            other.set_health(*step.tracker, step.health, {});
        else
            other.set_admin(*step.tracker, step.set, step.clear, step.cause);
    }
}

}  // namespace cfgproxy::server
