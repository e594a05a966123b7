#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/proxy.h"
#include "sample/context.h"
#include "server/counters.h"
#include "server/server.h"

namespace cfgproxy::server {

/// Who is told of state changes, to log them (HAProxy's lines "Server b/s is DOWN, reason: ...", "backend b has no
/// server available!"). Any thread may call; implemented by the engine.
class EventSink {
  public:
    virtual ~EventSink() = default;
    /// `level` is a syslog severity; `text` without newline; also printed on stderr as "[WARNING]  (pid) : text" where
    /// HAProxy does.
    virtual void on_server_event(const model::Proxy& proxy, int level, std::string_view text) = 0;
};

/// What a stream wants to know and to tell when it asks for a server.
struct PickRequest {
    const sample::Context* context = nullptr;  ///< source address, URI, headers for hashing
    Server* persistent = nullptr;              ///< by cookie, use-server: taken if it runs (or if `force`)
    bool force = false;                        ///< force-persist: even if it is down
    Server* avoid = nullptr;                   ///< redispatch: another one if there is any
    ServerUser* user = nullptr;                ///< enters the queue if it must wait; null: never wait
    std::uint64_t now_ms = 0;
};

/// Answer to it.
struct Pick {
    enum class Outcome : std::uint8_t {
        assigned,  ///< `server` has been entered: call Backend::leave() when done with it
        queued,    ///< the user waits in `server`'s queue or (server null) the backend's
        none,      ///< no server may be used: 503 SC
        full,      ///< maxqueue everywhere
    };
    Outcome outcome = Outcome::none;
    Server* server = nullptr;
    bool persistent_down = false;  ///< the wished one could not be used and another was taken (log: DN, redispatched)
};

/// The algorithm of one backend: keeps its order of servers. Called under the backend's mutex.
class Balancer {
  public:
    virtual ~Balancer() = default;
    virtual Server* choose(const PickRequest& request) = 0;
    /// Weights, states or the set of servers changed.
    virtual void update(std::span<Server* const> servers) = 0;
    /// leastconn: the number of sessions of `server` changed.
    virtual void on_load_changed(Server&) {}
};

/// Running state of one backend: its servers, who is next, who waits. Found by name, lives on through reloads. Shared:
/// any thread; the mutex is held for a pick, a queue operation or a state change only. Round robin is strict across
/// threads.
class Backend {
  public:
    Backend(const model::Proxy& config, std::uint32_t threads, EventSink& events);
    ~Backend();

    const std::string& name() const { return name_; }
    const model::Proxy& config() const { return *config_.load(std::memory_order_acquire); }
    /// A new generation's section of the same name: servers are matched by name, states, counters and queues stay;
    /// vanished servers stop being chosen and are kept as long as `keep` (the old generation's reference) lives.
    void adopt(const model::Proxy& config);
    std::shared_ptr<Server> find(std::string_view server) const;
    /// The running state of a server of any generation still alive; never null for such.
    Server* state_of(const model::Server& server) const;
    Server* find_by_cookie(std::string_view value) const;
    std::vector<std::shared_ptr<Server>> servers() const;  ///< in file order

    Pick pick(const PickRequest& request);
    /// The session has left `server`: wakes the next one that waits.
    void leave(Server& server);
    /// A waiting user goes away (timeout, abort).
    void cancel(ServerUser& user);
    /// Registers who uses a server, for `shutdown sessions` and on-marked-down.
    void attach(Server& server, ServerUser& user);
    void detach(Server& server, ServerUser& user);
    void shutdown_sessions(Server& server, char cause);

    // What checks and the operator decide. Each logs, updates the balancer, moves the queue, and applies on-marked-*.
    void set_health(Server& server, Health health, std::string_view reason);
    void set_admin(Server& server, std::uint8_t set, std::uint8_t clear, std::string_view reason);
    base::Result<void> set_weight(Server& server, std::string_view text);  ///< "10", "50%" as the CLI takes it

    std::uint32_t usable_servers() const {
        return usable_.load(std::memory_order_relaxed);
    }  ///< active, or backup when those act
    std::uint32_t active_servers() const { return active_.load(std::memory_order_relaxed); }
    std::uint32_t backup_servers() const { return backup_.load(std::memory_order_relaxed); }
    std::uint32_t total_weight() const { return weight_.load(std::memory_order_relaxed); }

    Gauge sessions;                              ///< scur smax of BACKEND
    Gauge queue;                                 ///< those that wait for any server
    std::atomic<std::uint32_t> total_queued{0};  ///< here and at servers
    Rate session_rate;
    std::atomic<std::uint32_t> session_rate_max{0};
    PerThread<TrafficCounters> traffic;
    TimeMeans times;
    std::atomic<std::uint64_t> last_session_s{0};
    std::atomic<std::uint64_t> last_change_s{0}, down_seconds{0}, times_down{0};

  private:
    struct Impl;
    std::string name_;
    std::atomic<const model::Proxy*> config_;
    EventSink& events_;
    std::atomic<std::uint32_t> usable_{0}, active_{0}, backup_{0}, weight_{0};
    mutable std::mutex mutex_;
    std::unique_ptr<Impl> impl_;
};

/// Makes the balancer that `balance` asks for.
std::unique_ptr<Balancer> make_balancer(const model::Proxy& config);

}  // namespace cfgproxy::server
