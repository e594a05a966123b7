#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/list.h"
#include "model/server.h"
#include "server/counters.h"
#include "server/pool.h"

namespace cfgproxy::server {

class Backend;
class Server;

/// What health checks say of a server.
enum class Health : std::uint8_t { down, starting, up, stopping };
/// What the operator says of it, as bits (`show servers state` prints them).
enum Admin : std::uint8_t {
    kMaintByConfig = 1,
    kMaintByTracking = 2,
    kForcedMaint = 4,
    kForcedDrain = 8,
    kDrainByTracking = 16
};

/// Something that is using a server or waits for it, so that it can be woken or ended: a stream. Belongs to one loop's
/// thread; the two calls come from any thread and must only post.
class ServerUser {
  public:
    /// A waiting one may go on: `server` has a slot reserved for it (to be given back with Server::leave()), or is
    /// null: choose again.
    virtual void on_slot(Server* server) = 0;
    /// End the session at once (`shutdown sessions server`, on-marked-down): termination state K or D.
    virtual void on_shutdown(char cause) = 0;
    base::Link queue_link;          ///< in a queue, under the backend's mutex
    base::Link user_link;           ///< in Server's list of sessions, under its mutex
    Server* waiting_for = nullptr;  ///< null: the backend's queue
    bool queued = false;
    std::uint32_t position = 0;  ///< in the queue when it entered, for the log (sq bq)
    std::int32_t priority_class = 0, priority_offset = 0;

  protected:
    ~ServerUser() = default;
};

/// Running state of one server: found by backend and server name, lives on through reloads. Shared: any thread.
class Server : public std::enable_shared_from_this<Server> {
  public:
    Server(Backend& backend, const model::Server& config, std::uint32_t threads);

    Backend& backend() { return backend_; }
    const std::string& name() const { return name_; }
    /// The newest configuration's line; streams of an older generation read their own model.
    const model::Server& config() const { return *config_.load(std::memory_order_acquire); }

    /// Where to connect: the configured address, or what `set server ... addr` said.
    net::Address address() const;
    void set_address(const net::Address& address);

    bool usable() const { return usable_.load(std::memory_order_relaxed); }  ///< takes new sessions by load balancing
    bool running() const;  ///< up or draining: a persistent session may still go there
    bool in_maintenance() const {
        return admin_.load(std::memory_order_relaxed) & (kMaintByConfig | kMaintByTracking | kForcedMaint);
    }
    bool draining() const { return admin_.load(std::memory_order_relaxed) & (kForcedDrain | kDrainByTracking); }
    Health health() const { return health_.load(std::memory_order_relaxed); }
    std::uint8_t admin() const { return admin_.load(std::memory_order_relaxed); }
    std::uint32_t user_weight() const { return user_weight_.load(std::memory_order_relaxed); }
    std::uint32_t initial_weight() const { return initial_weight_; }
    std::uint32_t effective_weight() const { return effective_weight_.load(std::memory_order_relaxed); }  ///< in 1/16

    /// The limit that counts now: maxconn, or between minconn and it by the backend's load, or less while it starts
    /// slowly. 0: none.
    std::uint32_t connection_limit() const;

    Gauge sessions;  ///< scur smax
    Gauge queue;     ///< qcur qmax
    Rate session_rate;
    std::atomic<std::uint32_t> rate_max{0};
    PerThread<TrafficCounters> traffic;
    PerThread<IdlePool> idle;  ///< by thread; each thread touches its own only
    TimeMeans times;
    std::atomic<std::uint64_t> last_session_s{0};  ///< wall clock seconds; 0: never
    std::atomic<std::uint32_t> idle_connections{0}, used_connections{0}, safe_connections{0};

  private:
    friend class Backend;
    friend class Checker;
    friend class Registry;
    Backend& backend_;
    std::string name_;
    std::atomic<const model::Server*> config_;
    mutable std::mutex address_mutex_;
    net::Address address_;
    std::atomic<bool> usable_{true};
    std::atomic<Health> health_{Health::up};
    std::atomic<std::uint8_t> admin_{0};
    std::atomic<std::uint32_t> user_weight_{1}, effective_weight_{16};
    std::uint32_t initial_weight_ = 1;
    base::List<ServerUser, &ServerUser::queue_link> waiting_;  ///< under the backend's mutex
    base::List<ServerUser, &ServerUser::user_link> users_;     ///< under users_mutex_
    std::mutex users_mutex_;
};

}  // namespace cfgproxy::server
