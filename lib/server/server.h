#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/server.h"
#include "server/balance_heap.h"
#include "server/counters.h"
#include "server/pool.h"
#include "server/queue.h"

namespace cfgproxy::server {

class Backend;
class Probe;
class Server;

/// What health checks say of a server.
enum class Health : std::uint8_t { down, starting, up, stopping };
/// What the operator says of it, as bits (`show servers state` prints them).
enum Admin : std::uint8_t {
    kForcedMaint = 1,
    kMaintByTracking = 2,
    kMaintByConfig = 4,  ///< `disabled` stood in the file: says where kForcedMaint came from, does nothing itself
    kForcedDrain = 8,
    kDrainByTracking = 16
};
constexpr std::uint8_t kMaint = kForcedMaint | kMaintByTracking;
constexpr std::uint8_t kDrain = kForcedDrain | kDrainByTracking;

/// Outcomes of health checks, named as statistics show them.
enum class CheckStatus : std::uint8_t {
    unknown,
    initializing,
    socket_error,
    l4_ok,
    l4_timeout,
    l4_error,
    l6_ok,
    l6_timeout,
    l6_error,
    l7_timeout,
    l7_invalid,
    l7_ok,
    l7_ok_conditional,
    l7_wrong_status,
    process_error,
    process_timeout,
    process_ok,
    observed  ///< not a check: traffic told
};
std::string_view name_of(CheckStatus status);   ///< "L4OK", "L7STS"...
std::string_view describe(CheckStatus status);  ///< "Layer4 check passed"...
constexpr bool passed(CheckStatus s) {
    return s == CheckStatus::l4_ok || s == CheckStatus::l6_ok || s == CheckStatus::l7_ok ||
           s == CheckStatus::l7_ok_conditional || s == CheckStatus::process_ok;
}
/// The ones that come with an HTTP status.
constexpr bool has_code(CheckStatus s) { return s >= CheckStatus::l7_ok && s != CheckStatus::observed; }

/// The last result of a server's check and what came of it; a copy for statistics.
struct CheckReport {
    bool enabled = false;  ///< the server is checked at all
    bool running = false;  ///< a check is under way now ("* " in front of the status)
    CheckStatus status = CheckStatus::unknown;
    std::int32_t code = -1;         ///< HTTP status of L7 results; -1: none
    std::int64_t duration_ms = -1;  ///< -1: none
    std::string text;               ///< last_chk: what the check said
    std::uint32_t rise = 2, fall = 3;
    std::uint32_t health = 0;  ///< 0 ... rise + fall - 1; up from `rise` on
};

/// A server's state in a file, as `show servers state` writes it.
struct SavedState {
    Health health = Health::up;
    std::uint8_t admin = 0;
    std::uint32_t weight = 1, initial_weight = 1, check_health = 0;
    std::uint64_t seconds_since_change = 0;
    std::uint16_t port = 0;
    std::int8_t tls = -1;  ///< of `set server ... ssl`; -1: not told
};

/// Running state of one server: found by backend and server name, lives on through reloads. Shared: any thread.
class Server : public std::enable_shared_from_this<Server> {
  public:
    Server(Backend& backend, const model::Server& config, std::uint32_t threads);
    /// One that was added while the configuration runs: it owns its line, begins in maintenance, and its checks are
    /// off.
    Server(Backend& backend, std::unique_ptr<const model::Server> line, std::uint32_t threads);

    Backend& backend() { return backend_; }
    const std::string& name() const { return name_; }
    /// Whether it is the running side of that line: two servers of a backend may share a name.
    bool is_of(const model::Server& line) const { return twin_ == line.twin && name_ == line.name; }
    /// The newest configuration's line; streams of an older generation read their own model.
    const model::Server& config() const { return *config_.load(std::memory_order_acquire); }

    /// `add server` has made it, not the files.
    bool is_added() const { return own_line_ != nullptr; }
    /// No longer in the configuration, which may be freed before the last connection to this server: config() must not
    /// be asked any more, and connections are not kept.
    bool vanished() const { return vanished_.load(std::memory_order_acquire); }

    /// Where to connect: the configured address, or what `set server ... addr` said.
    net::Address address() const;
    void set_address(const net::Address& address);
    /// What a client's cookie calls it, by its line or `cookie ... dynamic`; empty: nothing.
    std::string_view cookie() const { return *cookie_.load(std::memory_order_acquire); }

    bool usable() const { return usable_.load(std::memory_order_relaxed); }  ///< takes new sessions by load balancing
    bool running() const;  ///< up or draining: a persistent session may still go there
    bool in_maintenance() const { return admin_.load(std::memory_order_relaxed) & kMaint; }
    bool draining() const { return admin_.load(std::memory_order_relaxed) & kDrain; }
    Health health() const { return health_.load(std::memory_order_relaxed); }
    std::uint8_t admin() const { return admin_.load(std::memory_order_relaxed); }
    /// What the traffic is encrypted with: as configured, or as `set server ... ssl` said. Null: it goes in clear.
    const net::TlsContext* tls() const { return tls_on_.load(std::memory_order_relaxed) ? tls_context() : nullptr; }
    /// Something is configured that can be switched on; else set_tls() does nothing.
    bool has_tls() const { return tls_context() != nullptr; }
    void set_tls(bool on);
    /// 1, 0, or -1 for `no-ssl`, as `show servers state` has it.
    int tls_state() const;
    /// It was switched off, and with it that of checks: these do not come back.
    bool checks_in_clear() const { return checks_in_clear_.load(std::memory_order_relaxed); }
    std::uint32_t user_weight() const { return user_weight_.load(std::memory_order_relaxed); }
    std::uint32_t initial_weight() const { return initial_weight_.load(std::memory_order_relaxed); }
    std::uint32_t effective_weight() const { return effective_weight_.load(std::memory_order_relaxed); }  ///< in 1/16

    /// The limit that counts now: maxconn, or between minconn and it by the backend's load, or less while it starts
    /// slowly. 0: none.
    std::uint32_t connection_limit() const;
    /// maxconn and maxqueue as they are now (`set maxconn server`); 0: none.
    std::uint32_t max_connections() const { return max_connections_.load(std::memory_order_relaxed); }
    std::uint32_t max_queue() const { return max_queue_.load(std::memory_order_relaxed); }
    /// A session can be taken at once: no limit, or below it with nobody waiting.
    bool has_room() const {
        return max_connections() == 0 || (queue.get() == 0 && sessions.get() < connection_limit());
    }
    bool is_backup() const { return backup_.load(std::memory_order_relaxed); }
    /// Percent of the weight that counts now (`throttle`): below 100 during slowstart.
    std::uint32_t throttle() const;
    CheckReport check() const;
    /// Traffic is watched (`observe`): Backend::observed() wants to be told.
    bool observes() const { return observe_.load(std::memory_order_relaxed) != model::Observe::none; }
    /// The next check comes early (fastinter), as traffic went wrong. Until then.
    bool in_a_hurry() const { return in_a_hurry_.load(std::memory_order_relaxed); }
    /// `disable agent` is not in force.
    bool asks_agent() const { return asks_agent_.load(std::memory_order_relaxed); }
    std::string agent_text() const;  ///< what the agent is sent
    /// The server that this one follows (`track`); null: none.
    Server* tracked() const { return tracked_.load(std::memory_order_relaxed); }

    Gauge sessions;  ///< scur smax: slots in use; entered by Backend::pick, left by Backend::leave
    Gauge queue;     ///< qcur qmax
    Rate session_rate;
    std::atomic<std::uint32_t> rate_max{0};
    PerThread<TrafficCounters> traffic;
    PerThread<IdlePool> idle;  ///< by thread; each thread touches its own only
    TimeMeans times;
    std::atomic<std::uint64_t> last_session_s{0};  ///< wall clock seconds; 0: never
    std::atomic<std::uint32_t> idle_connections{0}, used_connections{0}, safe_connections{0};
    std::atomic<std::uint32_t> connections{0};  ///< that streams have opened, whether they are used or idle
    /// Counts one more of them; false if strict-maxconn lets there be no more.
    bool admit_connection();
    std::atomic<std::uint64_t> last_change_s{0};        ///< wall clock seconds
    std::atomic<std::uint64_t> down_seconds{0};         ///< of the past down times
    std::atomic<std::uint64_t> times_down{0};           ///< chkdown
    std::atomic<std::uint64_t> failed_checks{0};        ///< chkfail
    std::atomic<std::uint64_t> failed_observations{0};  ///< hanafail
    /// Seconds down until now: `downtime`.
    std::uint64_t downtime() const;

    BalanceNode balance;  ///< the balancer's, under the backend's mutex

  private:
    friend class Backend;
    friend class Registry;
    void use_config(const model::Server& config, const model::Server* before);
    void start_over();
    bool begin_as_told();  ///< `init-state`; false if there is none
    const net::TlsContext* tls_context() const { return config().tls->context.get(); }

    Backend& backend_;
    std::string name_;
    std::uint32_t twin_;
    std::unique_ptr<const model::Server> own_line_;  ///< of a server that was added; null: the configuration's
    std::atomic<const model::Server*> config_;
    mutable std::mutex address_mutex_;
    net::Address address_;
    std::atomic<const std::string*> cookie_;  ///< of its line, or kept by its backend
    std::atomic<bool> usable_{true}, backup_{false}, vanished_{false};
    std::atomic<bool> tls_on_{false}, tls_switched_{false}, checks_in_clear_{false};
    std::atomic<Health> health_{Health::up};
    std::atomic<std::uint8_t> admin_{0};
    std::atomic<std::uint32_t> user_weight_{1}, effective_weight_{16}, initial_weight_{1};
    std::atomic<std::uint32_t> max_connections_{0}, min_connections_{0}, max_queue_{0}, slow_start_s_{0};
    std::atomic<Server*> tracked_{nullptr};
    std::atomic<model::Observe> observe_{model::Observe::none};
    std::atomic<bool> check_enabled_{false}, in_a_hurry_{false};
    std::atomic<std::uint32_t> error_limit_{10}, consecutive_errors_{0};
    Probe* probe_ = nullptr;  ///< its health check; under the backend's mutex
    std::atomic<bool> asks_agent_{false};
    std::string agent_text_;                                ///< under the backend's mutex
    bool agent_down_ = false;                               ///< its agent says so; under the backend's mutex
    bool agent_passed_ = true;                              ///< so it said last; under the backend's mutex
    CheckReport check_;                                     ///< under the backend's mutex
    std::vector<std::weak_ptr<Server>> trackers_;           ///< under the backend's mutex
    WaitQueue waiting_;                                     ///< under the backend's mutex
    base::List<ServerUser, &ServerUser::user_link> users_;  ///< under users_mutex_
    std::mutex users_mutex_;
};

}  // namespace cfgproxy::server
