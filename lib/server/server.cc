#include "server/server.h"

#include <algorithm>
#include <array>

#include "server/backend.h"
#include "server/clock.h"

namespace cfgproxy::server {

constexpr std::uint32_t kWeightScale = 16;

struct StatusNames {
    std::string_view name, description;
};
constexpr std::array<StatusNames, 18> kStatusNames{{
    {"UNK", "Unknown"},
    {"INI", "Initializing"},
    {"SOCKERR", "Socket error"},
    {"L4OK", "Layer4 check passed"},
    {"L4TOUT", "Layer4 timeout"},
    {"L4CON", "Layer4 connection problem"},
    {"L6OK", "Layer6 check passed"},
    {"L6TOUT", "Layer6 timeout"},
    {"L6RSP", "Layer6 invalid response"},
    {"L7TOUT", "Layer7 timeout"},
    {"L7RSP", "Layer7 invalid response"},
    {"L7OK", "Layer7 check passed"},
    {"L7OKC", "Layer7 check conditionally passed"},
    {"L7STS", "Layer7 wrong status"},
    {"PROCERR", "External check error"},
    {"PROCTOUT", "External check timeout"},
    {"PROCOK", "External check passed"},
    {"HANA", "Health analyze"},
}};
static_assert(kStatusNames[static_cast<std::size_t>(CheckStatus::l7_wrong_status)].name == "L7STS");

std::string_view name_of(CheckStatus status) { return kStatusNames[static_cast<std::size_t>(status)].name; }
std::string_view describe(CheckStatus status) { return kStatusNames[static_cast<std::size_t>(status)].description; }

Server::Server(Backend& backend, const model::Server& config, std::uint32_t threads)
    : traffic(threads), idle(threads), backend_(backend), name_(config.name), twin_(config.twin), config_(&config) {
    last_change_s.store(Clock::wall_s(), std::memory_order_relaxed);
    use_config(config, nullptr);
    start_over();
}

Server::Server(Backend& backend, std::unique_ptr<const model::Server> line, std::uint32_t threads)
    : Server(backend, *line, threads) {
    own_line_ = std::move(line);
    admin_.store(kForcedMaint);
    asks_agent_.store(false);
    agent_passed_ = false;
    check_.enabled = false;
    start_over();
}

void Server::set_tls(bool on) {
    if (!has_tls()) return;
    tls_switched_.store(true, std::memory_order_relaxed);
    if (!on) checks_in_clear_.store(true, std::memory_order_relaxed);
    tls_on_.store(on, std::memory_order_relaxed);
}

int Server::tls_state() const {
    if (tls_on_.load(std::memory_order_relaxed)) return 1;
    return config().tls->denied && !tls_switched_.load(std::memory_order_relaxed) ? -1 : 0;
}

/// Takes what the file says. What the operator has changed since stays unless the file's word has changed too.
void Server::use_config(const model::Server& config, const model::Server* before) {
    if (vanished_.exchange(false)) before = nullptr;  // its old line may be freed: as new
    config_.store(&config, std::memory_order_release);
    cookie_.store(&config.cookie, std::memory_order_release);
    backup_.store(config.backup);
    slow_start_s_.store((config.slow_start_ms + 999) / 1000);
    initial_weight_.store(config.weight);
    if (!before || before->weight != config.weight) user_weight_.store(config.weight);
    // minconn above maxconn is the limit itself; maxconn alone is a fixed limit.
    if (!before || before->max_connections != config.max_connections ||
        before->min_connections != config.min_connections) {
        const std::uint32_t max = std::max(config.max_connections, config.min_connections);
        max_connections_.store(max);
        min_connections_.store(config.min_connections ? config.min_connections : max);
    }
    max_queue_.store(config.max_queue);
    if (!before || before->tls->on != config.tls->on) {
        tls_on_.store(config.tls->on);
        tls_switched_.store(false);
        checks_in_clear_.store(false);
    }
    observe_.store(config.observe.layer);
    error_limit_.store(config.observe.error_limit);
    check_enabled_.store(config.check.enabled);
    if (!before || before->disabled != config.disabled)
        admin_.store(config.disabled ? kForcedMaint | kMaintByConfig : 0);
    const bool moved =
        before && (before->endpoint.text != config.endpoint.text || !(before->endpoint.ip == config.endpoint.ip));
    if (!before || moved) {
        net::Address address = config.endpoint.ip;
        if (address.is_ip() && address.port() == 0 && !config.endpoint.port_mapped)
            address.set_port(config.endpoint.port_low);
        set_address(address);
    }
    asks_agent_.store(config.agent.enabled);
    agent_text_ = config.agent.send;
    check_.enabled = config.check.enabled;
    check_.rise = config.check.rise;
    check_.fall = config.check.fall;
    check_.health = std::min(check_.health, check_.rise + check_.fall - 1);
    const bool unchecked = before && before->check.enabled && !config.check.enabled;
    if (moved || unchecked || (before && before->disabled != config.disabled)) start_over();
}

/// The state of a server of which nothing is known yet: up until a check says otherwise, which the next one may.
void Server::start_over() {
    health_.store(admin_.load() & kMaint ? Health::down : Health::up);
    check_.health = admin_.load() & kMaint ? 0 : check_.rise;
    check_.status = check_.enabled ? CheckStatus::initializing : CheckStatus::unknown;
    check_.code = -1;
    check_.duration_ms = -1;
    check_.text.clear();
    if (!in_maintenance()) begin_as_told();
}

bool Server::begin_as_told() {
    using model::InitState;
    const InitState state = config().init_state;
    if (state == InitState::none) return false;
    const bool down = state == InitState::down || state == InitState::fully_down;
    health_.store(down ? Health::down : Health::up);
    check_.health = state == InitState::fully_up ? check_.rise + check_.fall - 1
                    : state == InitState::up     ? check_.rise
                    : state == InitState::down   ? check_.rise - 1
                                                 : 0;
    return true;
}

bool Server::admit_connection() {
    const std::uint32_t most = config().strict_max_connections ? max_connections() : 0;
    std::uint32_t open = connections.load(std::memory_order_relaxed);
    do {
        if (most > 0 && open >= most) return false;
    } while (!connections.compare_exchange_weak(open, open + 1, std::memory_order_relaxed));
    return true;
}

net::Address Server::address() const {
    std::lock_guard lock(address_mutex_);
    return address_;
}

void Server::set_address(const net::Address& address) {
    std::lock_guard lock(address_mutex_);
    address_ = address;
}

bool Server::running() const { return !in_maintenance() && health() != Health::down; }

std::uint32_t Server::connection_limit() const {
    const std::uint32_t most = max_connections_.load(std::memory_order_relaxed);
    if (most == 0) return 0;
    const std::uint32_t least = min_connections_.load(std::memory_order_relaxed);
    std::uint32_t limit = most;
    if (least != most) {
        const std::uint32_t load = backend_.sessions.get(),
                            full = backend_.full_connections.load(std::memory_order_relaxed);
        if (load < full) limit = std::max(least, static_cast<std::uint32_t>(std::uint64_t{load} * most / full));
    }
    if (health() == Health::starting) {
        const std::uint64_t now = Clock::wall_s(), since = last_change_s.load(std::memory_order_relaxed);
        const std::uint32_t whole = slow_start_s_.load(std::memory_order_relaxed);
        if (now >= since && now < since + whole)
            limit = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(limit * (100 * (now - since) / whole) / 100));
    }
    return limit;
}

std::uint32_t Server::throttle() const {
    const std::uint32_t weight = user_weight();
    if (weight == 0) return 100;
    return (100 * effective_weight() + kWeightScale - 1) / (kWeightScale * weight);
}

std::uint64_t Server::downtime() const {
    const std::uint64_t now = Clock::wall_s(), since = last_change_s.load(std::memory_order_relaxed);
    const std::uint64_t past = down_seconds.load(std::memory_order_relaxed);
    return since < now && health() == Health::down ? past + now - since : past;
}

}  // namespace cfgproxy::server
