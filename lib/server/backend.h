#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/proxy.h"
#include "sample/context.h"
#include "server/observe.h"
#include "server/protocol_counters.h"
#include "server/server.h"

namespace cfgproxy::server {

/// Who is told of state changes, to log them (HAProxy's lines "Server b/s is DOWN, reason: ...", "backend b has no
/// server available!"). Any thread may call; implemented by the engine.
class EventSink {
  public:
    virtual ~EventSink() = default;
    struct Event {
        int level = 0;                  ///< a syslog severity
        int mail_level = -1;            ///< the severity that `email-alert` takes it for; -1: it is not mailed
        std::string_view text = {};     ///< the log line, without newline
        std::string_view console = {};  ///< what stderr shows: an alert if `level` is emerg, else a warning
    };
    virtual void on_server_event(const model::Proxy& proxy, const Event& event) = 0;
};

/// What a stream wants to know and to tell when it asks for a server.
struct PickRequest {
    const sample::Context* context = nullptr;  ///< source address, URI, headers for hashing
    Server* persistent = nullptr;              ///< by cookie, use-server: taken if it runs (or if `force`)
    bool force = false;                        ///< force-persist: even if it is down
    Server* avoid = nullptr;                   ///< redispatch: another one if there is any
    ServerUser* user = nullptr;                ///< enters the queue if it must wait; null: never wait
    std::uint64_t now_ms = 0;
    std::string_view line = {};  ///< mode log: the line that `balance log-hash` hashes
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

class Balancer;     // balance.h
struct AgentReply;  // check_agent.h

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
    /// The section is gone: its servers vanish with it; streams of older generations go on.
    void retire();
    std::shared_ptr<Server> find(std::string_view server) const;
    std::shared_ptr<Server> find(std::uint32_t id) const;
    /// `add server`: takes a line that config::read_added_server() has made, and gives it the next free id if it has
    /// none. Why not: the name or the id is taken, or the algorithm cannot do with servers that come and go.
    base::Result<std::shared_ptr<Server>> add(std::unique_ptr<model::Server> line);
    /// Why no server can be added here; empty: one can.
    std::string refuses_servers() const;
    /// Whether `del server` can have it: nothing names it, it is in maintenance, nothing is connected to it.
    enum class Removable : std::uint8_t { never, not_yet, now };
    struct Removal {
        Removable when = Removable::now;
        std::string_view why = {};
    };
    Removal removal_of(const Server& server) const;
    /// `del server`, if it is removable: no new session gets it. It lives as long as generations that knew it.
    Removal remove(Server& server);
    /// The running state of a server of any generation still alive; never null for such.
    Server* state_of(const model::Server& server) const;
    Server* find_by_cookie(std::string_view value) const;
    /// In file order; those that were added behind them.
    std::vector<std::shared_ptr<Server>> servers() const;
    bool has_servers() const;
    std::vector<const model::Server*> lines() const;  ///< their lines; they live as long as the caller's generation

    Pick pick(const PickRequest& request);
    /// The session has left `server`: wakes the next one that waits.
    void leave(Server& server);
    /// A waiting user goes away (timeout, abort). True: it was still waiting, on_slot() will not come. False: on_slot()
    /// has been called already, so its post is on the way, and the slot that comes with it must be given back.
    bool cancel(ServerUser& user);
    /// Seconds without a usable server until now.
    std::uint64_t downtime() const;
    /// Registers who uses a server, for `shutdown sessions` and on-marked-down.
    void attach(Server& server, ServerUser& user);
    void detach(Server& server, ServerUser& user);
    void shutdown_sessions(Server& server, char cause);

    // What checks and the operator decide. Each logs, updates the balancer, moves the queue, and applies on-marked-*.
    /// `reason` stands behind ", " in the log line as it is: "changed from CLI", "reason: Layer4 timeout, ...".
    /// `up` becomes `starting` where there is a slowstart. A tracking server's trackers follow.
    void set_health(Server& server, Health health, std::string_view reason);
    /// Sets and clears Admin bits, as a sequence of single changes in HAProxy's order (set first). `reason` is shown
    /// in parentheses.
    void set_admin(Server& server, std::uint8_t set, std::uint8_t clear, std::string_view reason);
    void set_ready(Server& server) { set_admin(server, 0, kForcedDrain | kForcedMaint, {}); }
    void set_drain(Server& server) { set_admin(server, kForcedDrain, kForcedMaint, {}); }
    void set_maintenance(Server& server) { set_admin(server, kForcedMaint, kForcedDrain, {}); }
    /// `set server b/s health up|stopping|down`: set_health() that the next checks start from.
    void force_health(Server& server, Health health, std::string_view reason = "changed from CLI");
    base::Result<void> set_weight(Server& server, std::string_view text);  ///< "10", "50%" as the CLI takes it
    base::Result<void> set_max_connections(Server& server, std::string_view text);
    /// `set server b/s addr A [port P]`; an empty port stays. The text tells what changed or why not, as HAProxy words
    /// it; connections in use live on.
    std::string set_address(Server& server, std::string_view address, std::string_view port);
    /// `cookie ... dynamic` and `dynamic-cookie-key`, until a configuration is read again.
    void use_dynamic_cookies(bool on);
    void set_dynamic_cookie_key(std::string_view key);
    /// What a check found, applied with rise and fall; logs and changes the state when they say so.
    void check_done(Server& server, CheckStatus status, std::int32_t code, std::int64_t duration_ms,
                    std::string_view text);
    void check_started(Server& server);
    /// What traffic with a server came to; cheap unless it counts. For servers that observe() only.
    void observed(Server& server, Observed what);
    /// Who runs the server's checks, on its own thread, until forget_probe().
    void set_probe(Server& server, Probe& probe);
    void forget_probe(Server& server, const Probe& probe);
    /// On that thread: the next check must not wait longer than fastinter.
    void hurry(Server& server);
    /// What an agent says of its server is done.
    void agent_said(Server& server, const AgentReply& reply, std::int64_t duration_ms);
    /// The state that an earlier process has left in a file, without a line in the log.
    void restore(Server& server, const SavedState& saved);
    CheckReport check_of(const Server& server) const;
    /// `track`: `tracker` (of this backend) goes where `tracked` goes, beginning with the state it is in. Null: no
    /// more.
    void follow(Server& tracker, const std::shared_ptr<Server>& tracked);
    /// `disable|enable health`: the Checker leaves out servers whose check is off. False: none is configured.
    bool enable_check(Server& server, bool on);
    /// `disable|enable agent`, `set server b/s agent up|down`, `set server b/s agent-send TEXT`. False: there is no
    /// agent, or it is not asked.
    bool enable_agent(Server& server, bool on);
    bool force_agent(Server& server, bool up);
    bool set_agent_text(Server& server, std::string_view text);
    std::string agent_text_of(const Server& server) const;
    /// Weights of servers in slowstart go on; pick() does it by itself. Once a second is often enough.
    void tick();

    std::uint32_t usable_servers() const {
        return usable_.load(std::memory_order_relaxed);
    }  ///< active, or backup when those act
    std::uint32_t active_servers() const { return active_.load(std::memory_order_relaxed); }
    std::uint32_t backup_servers() const { return backup_.load(std::memory_order_relaxed); }
    std::uint32_t total_weight() const {
        return weight_.load(std::memory_order_relaxed);
    }  ///< of those, in units of `weight`

    /// fullconn in force: as configured, or a tenth of what its frontends let in. Set when a configuration is taken
    /// over.
    std::atomic<std::uint32_t> full_connections{0};
    std::atomic<bool> unpublished{false};        ///< `unpublish backend`: not to be switched to
    Gauge sessions;                              ///< scur smax of BACKEND; the streams' business
    Gauge queue;                                 ///< those that wait for any server
    std::atomic<std::uint32_t> total_queued{0};  ///< here and at servers
    Rate session_rate;
    std::atomic<std::uint32_t> session_rate_max{0};
    PerThread<TrafficCounters> traffic;
    std::shared_ptr<ThreadProtocolCounters> protocols;  ///< held by connections too, which may stay longer
    TimeMeans times;
    std::atomic<std::uint64_t> last_session_s{0};
    std::atomic<std::uint64_t> last_change_s{0}, down_seconds{0}, times_down{0};

  private:
    struct Impl;
    std::string name_;
    std::atomic<const model::Proxy*> config_;
    EventSink& events_;
    std::atomic<std::uint32_t> usable_{0}, active_{0}, backup_{0}, weight_{0};
    std::atomic<bool> tracks_load_{false};  ///< the algorithm wants to know of each leave()
    mutable std::mutex mutex_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cfgproxy::server
