// What the operator decides about a server: maintenance, drain, weight, limits, address.
#include <algorithm>

#include "base/text.h"
#include "log/log.h"
#include "server/backend_impl.h"
#include "server/clock.h"

namespace cfgproxy::server {

static std::string in_parentheses(std::string_view cause) {
    return cause.empty() ? std::string{} : " (" + std::string(cause) + ")";
}

/// The flag by which a tracking server inherits what `flag` says; only if no other one says the same already.
static std::uint8_t inherited(std::uint8_t flag, std::uint8_t all) {
    const std::uint8_t kind = flag & kMaint ? kMaint : kDrain;
    if (all & ~flag & kind) return 0;
    return kind == kMaint ? kMaintByTracking : kDrainByTracking;
}

void Backend::Impl::set_flag(Server& server, std::uint8_t flag, std::string_view cause) {
    const std::uint8_t before = server.admin();
    if (before & flag) return;
    const std::uint8_t next = before | flag;
    if (!(before & kMaint) && (next & kMaint))
        enter_maintenance(server, next, cause);
    else if (before & kMaint)
        stay_in_maintenance(server, next);
    else if (!(before & kDrain) && (next & kDrain))
        enter_drain(server, next, cause);
    else {
        server.admin_.store(next);
        if (next & kDrain) stay_in_drain(server);
    }
    if (const std::uint8_t theirs = inherited(flag, next))
        for (const auto& tracker : server.trackers_)
            if (auto alive = tracker.lock())
                follow.push_back({alive, false, Health::up, theirs, 0, std::string(cause)});
}

void Backend::Impl::clear_flag(Server& server, std::uint8_t flag) {
    const std::uint8_t before = server.admin();
    if (!(before & flag)) return;
    const std::uint8_t next = before & ~flag;
    if ((before & kMaint) && !(next & kMaint))
        leave_maintenance(server, next);
    else if (next & kMaint)
        stay_in_maintenance(server, next);
    else if ((before & kDrain) && !(next & kDrain))
        leave_drain(server, next);
    else {
        server.admin_.store(next);
        if (next & kDrain) stay_in_drain(server);
    }
    if (const std::uint8_t theirs = inherited(flag, next))
        for (const auto& tracker : server.trackers_)
            if (auto alive = tracker.lock()) follow.push_back({alive, false, Health::up, 0, theirs, {}});
}

void Backend::Impl::enter_maintenance(Server& server, std::uint8_t next, std::string_view cause) {
    const std::uint32_t before = usable_any();
    const bool forced = next & kForcedMaint;
    server.check_.health = 0;
    if (server.health() == Health::down) {
        server.admin_.store(next);
        std::string line = title(server, " was DOWN and now enters maintenance") + in_parentheses(cause);
        append_status(line, server, {}, -1, forced);
        report(log::kNotice, std::move(line));
        return;
    }
    const bool was_leaving = server.health() == Health::stopping || server.draining();
    server.last_change_s.store(Clock::wall_s());
    server.health_.store(Health::down);
    server.admin_.store(next);
    apply(server);
    if (server.config().on_marked_down == model::OnMarkedDown::shutdown_sessions) shut_down_users(server, 'D');
    const int moved = redistribute(server);
    std::string line = title(server, " is going DOWN for maintenance") + in_parentheses(cause);
    append_status(line, server, {}, moved, forced);
    report(was_leaving ? log::kNotice : log::kAlert, std::move(line));
    check_backend_down(before);
    server.times_down.fetch_add(1);
}

/// Up at once where no check or tracked server speaks against it; the next check may still say no.
void Backend::Impl::leave_maintenance(Server& server, std::uint8_t next) {
    const std::uint32_t usable_before = usable_any();
    const std::uint8_t before = server.admin();
    server.check_.health = server.check_.rise;
    const Server* via = server.tracked();
    const bool told = server.begin_as_told();
    if (told && server.health() != Health::down) server.last_change_s.store(Clock::wall_s());
    if (!told && (!via || via->health() != Health::down)) {
        if (via && via->health() == Health::stopping) {
            server.health_.store(Health::stopping);
        } else {
            server.last_change_s.store(Clock::wall_s());
            server.health_.store(server.slow_start_s_.load() > 0 ? Health::starting : Health::up);
        }
    }
    server.admin_.store(next);
    std::string what = server.health() == Health::down ? " is DOWN/" : " is UP/";
    what.append(next & kDrain ? "DRAIN" : "READY");
    what.append(before & kForcedMaint ? " (leaving forced maintenance)" : " (leaving maintenance)");
    report(log::kNotice, title(server, what));
    apply(server);
    if (usable_before == 0 && usable_any() > 0) self.last_change_s.store(Clock::wall_s());
    came_back(server);
    hand_out(server);
    if (next & kDrain) stay_in_drain(server);
}

void Backend::Impl::stay_in_maintenance(Server& server, std::uint8_t next) {
    const std::uint8_t before = server.admin();
    server.admin_.store(next);
    if (!(next & kForcedMaint) && (before & kForcedMaint)) {
        std::string line = title(server, " is leaving forced maintenance but remains in maintenance");
        append_via(line, server);
        report(log::kNotice, std::move(line));
    }
    if (!(next & kMaintByTracking) && (before & kMaintByTracking))
        report(log::kNotice, title(server, " remains in forced maintenance"));
}

void Backend::Impl::enter_drain(Server& server, std::uint8_t next, std::string_view cause) {
    const std::uint32_t before = usable_any();
    server.last_change_s.store(Clock::wall_s());
    server.admin_.store(next);
    apply(server);
    const int moved = redistribute(server);
    std::string line = title(server, " enters drain state") + in_parentheses(cause);
    append_status(line, server, {}, moved, next & kForcedDrain);
    report(log::kNotice, std::move(line), log::kNotice);
    check_backend_down(before);
}

void Backend::Impl::leave_drain(Server& server, std::uint8_t next) {
    const std::uint64_t now = Clock::wall_s(), since = server.last_change_s.load();
    backend_up_from_nothing();
    if (since < now) server.down_seconds.fetch_add(now - since);
    server.last_change_s.store(now);
    server.admin_.store(next);
    report(log::kNotice, title(server, server.health() == Health::down ? " is DOWN (leaving forced drain)"
                                                                       : " is UP (leaving forced drain)"));
    apply(server);
    hand_out(server);
}

void Backend::Impl::stay_in_drain(Server& server) {
    if (server.admin() & kForcedDrain) {
        report(log::kNotice, title(server, " remains in forced drain mode"));
        return;
    }
    std::string line = title(server, " is leaving forced drain but remains in drain mode");
    append_via(line, server);
    report(log::kNotice, std::move(line));
}

void Backend::set_admin(Server& server, std::uint8_t set, std::uint8_t clear, std::string_view reason) {
    std::unique_lock lock(mutex_);
    constexpr std::uint8_t kSetOrder[] = {kForcedMaint, kMaintByTracking, kForcedDrain, kDrainByTracking};
    constexpr std::uint8_t kClearOrder[] = {kForcedDrain, kDrainByTracking, kForcedMaint, kMaintByTracking};
    for (std::uint8_t flag : kSetOrder)
        if (set & flag) impl_->set_flag(server, flag, reason);
    for (std::uint8_t flag : kClearOrder)
        if (clear & flag) impl_->clear_flag(server, flag);
    Impl::finish(*this, lock);
}

/// After a change of the weight that was asked for.
void Backend::Impl::reweigh(Server& server) {
    const std::uint32_t before = usable_any();
    apply(server);
    check_backend_down(before);
    if (server.draining() && !server.in_maintenance()) stay_in_drain(server);
}

/// The number at the front of `text` as strtol takes it; `rest` is what follows. False: there is none.
static bool leading_number(std::string_view text, long long& number, std::string_view& rest) {
    std::size_t at = 0;
    while (at < text.size() && base::is_space(text[at])) ++at;
    const bool negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t first = at;
    number = 0;
    for (; at < text.size() && base::is_digit(text[at]); ++at)
        number = std::min<long long>(number * 10 + (text[at] - '0'), 1ll << 40);
    if (negative) number = -number;
    rest = text.substr(at);
    return at > first;
}

base::Result<void> Backend::set_weight(Server& server, std::string_view text) {
    long long weight = 0;
    std::string_view rest;
    std::unique_lock lock(mutex_);
    const long long initial = server.initial_weight();
    if (text.empty()) return base::Error{"Require <weight> or <weight%>.\n"};
    if (!leading_number(text, weight, rest)) return base::Error{"Empty weight string empty or preceded by garbage"};
    if (rest == "%") {
        if (weight < 0) return base::Error{"Relative weight must be positive.\n"};
        weight = std::min(initial * std::min(weight, 25600ll) / 100, 256ll);
    } else if (weight < 0 || weight > 256) {
        return base::Error{"Absolute weight can only be between 0 and 256 inclusive.\n"};
    } else if (!rest.empty()) {
        return base::Error{"Trailing garbage in weight string"};
    }
    if (weight != 0 && weight != initial && !impl_->balancer->takes_weights)
        return base::Error{"Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n"};
    server.user_weight_.store(static_cast<std::uint32_t>(weight));
    impl_->reweigh(server);
    Impl::finish(*this, lock);
    return {};
}

base::Result<void> Backend::set_max_connections(Server& server, std::string_view text) {
    long long limit = 0;
    std::string_view rest;
    if (text.empty()) return base::Error{"Require <maxconn>.\n"};
    if (!leading_number(text, limit, rest)) return base::Error{"maxconn string empty or preceded by garbage"};
    if (!rest.empty()) return base::Error{"Trailing garbage in maxconn string"};
    std::unique_lock lock(mutex_);
    const auto value = static_cast<std::uint32_t>(limit);
    if (server.max_connections_.load() == server.min_connections_.load()) server.min_connections_.store(value);
    server.max_connections_.store(value);
    impl_->hand_out(server);
    Impl::finish(*this, lock);
    return {};
}

/// What `port` asks for, applied to `address`; tells in `text`.
static bool change_port(net::Address& address, std::string_view port, std::string& text) {
    long long wanted = 0;
    std::string_view rest;
    if (!leading_number(port, wanted, rest)) {
        text.append("problem converting port '").append(port).append("' to an int");
        return false;
    }
    if (port[0] == '+' || port[0] == '-') {
        // Mapped ports come from the configuration only.
        text +=
            "can't change <port> to port map because it is incompatible with current health check port configuration "
            "(use 'port' statement from the 'server' directive.";
        return false;
    }
    if (static_cast<std::uint16_t>(wanted) == address.port()) {
        text += "no need to change the port";
        return false;
    }
    text += "port changed from '" + std::to_string(address.port()) + "' to '" +
            std::to_string(static_cast<std::uint16_t>(wanted)) + "'";
    address.set_port(static_cast<std::uint16_t>(wanted));
    return true;
}

std::string Backend::set_address(Server& server, std::string_view address, std::string_view port) {
    std::lock_guard lock(mutex_);
    std::string text;
    net::Address now = server.address();
    bool changed = false;
    if (!address.empty()) {
        auto wanted = net::Address::parse_ip(address);
        if (!wanted.ok()) return "Invalid addr '" + std::string(address) + "' by 'stats socket command'\n";
        if (!now.is_ip())
            return "Update for the current server address family is only supported through configuration file by "
                   "'stats socket command'\n";
        if (wanted->same_ip(now)) {
            text = "no need to change the addr";
        } else {
            text = "IP changed from '" + now.ip_text() + "' to '" + std::string(address) + "'";
            wanted->set_port(now.port());
            now = *wanted;
            changed = true;
        }
    }
    if (!port.empty()) {
        if (!text.empty()) text += ", ";
        changed = change_port(now, port, text) || changed;
    }
    if (changed) {
        server.set_address(now);
        impl_->settle_cookies();
        impl_->balancer->changed(server);
    }
    return text + " by 'stats socket command'\n";
}

bool Backend::enable_agent(Server& server, bool on) {
    if (!server.config().agent.enabled) return false;
    server.asks_agent_.store(on);
    return true;
}

bool Backend::force_agent(Server& server, bool up) {
    if (!server.asks_agent()) return false;
    std::unique_lock lock(mutex_);
    server.agent_down_ = !up;
    impl_->change_health(server, up ? Health::up : Health::down, "changed from CLI");
    Impl::finish(*this, lock);
    return true;
}

bool Backend::set_agent_text(Server& server, std::string_view text) {
    if (!server.asks_agent()) return false;
    std::lock_guard lock(mutex_);
    server.agent_text_ = text;
    return true;
}

std::string Backend::agent_text_of(const Server& server) const {
    std::lock_guard lock(mutex_);
    return server.agent_text_;
}

bool Backend::enable_check(Server& server, bool on) {
    if (!server.config().check.enabled) return false;
    std::lock_guard lock(mutex_);
    server.check_.enabled = on;
    return true;
}

}  // namespace cfgproxy::server
