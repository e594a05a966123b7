#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/list.h"
#include "log/log.h"
#include "model/config.h"
#include "net/loop.h"
#include "server/registry.h"
#include "stream/applet.h"
#include "stream/end_h1.h"

namespace cfgproxy::stream {

class Session;
class SessionList;
class Stream;

/// One configuration with its pointers to running objects. Frozen; freed when the last thread lets go of it.
struct Generation {
    std::shared_ptr<const model::Config> config;
    server::Registry::Objects objects;
    /// Each listening socket, in the order of the file: what `option socket-stats` shows.
    struct Listener {
        const model::Proxy* proxy;
        const model::Bind* bind;
        net::Address address;  ///< as bound, with its port
        std::shared_ptr<server::ListenerState> state;
    };
    std::vector<Listener> listeners;
    std::uint32_t number = 0;
    /// The one that took over with the same configuration. It is kept: streams that began here may use a server that
    /// was added later, and removed since.
    mutable std::shared_ptr<const Generation> next;
    ~Generation() {
        while (next && next.use_count() == 1) next = std::exchange(next->next, nullptr);  // a chain, not a recursion
    }

    server::Frontend* frontend(const model::Proxy& proxy) const { return objects.frontends[proxy.index].get(); }
    server::Backend* backend(const model::Proxy& proxy) const { return objects.backends[proxy.index].get(); }
};

/// One thread's hold on a generation: streams that began with it count here, without atomics. When it is not the
/// thread's current one any more and the last stream has left, the hold ends. Thread-owned.
struct PinnedGeneration {
    std::shared_ptr<const Generation> generation;
    std::uint32_t streams = 0;
    bool current = true;

    void pin() { ++streams; }
    void unpin() {
        if (--streams == 0 && !current) delete this;
    }
    /// Another generation has taken over.
    void retire() {
        current = false;
        if (streams == 0) delete this;
    }
};

/// One thread's view of a listening socket; its contents change when a generation takes over, its place does not.
struct Binding {
    PinnedGeneration* pinned = nullptr;
    const model::Proxy* frontend = nullptr;
    const model::Bind* bind = nullptr;
    std::shared_ptr<server::Frontend> state;
    std::shared_ptr<server::ListenerState> listener;
    bool gone = false;  ///< no longer in the configuration: kept-alive connections end with their next response
};

/// What a parse error left behind, for `show errors`: one per proxy and direction, the last one.
struct CapturedError {
    bool response = false;
    std::uint64_t wall_us = 0, event = 0, session = 0;
    std::string frontend, backend, server, reason;
    net::Address client;
    std::uint32_t position = 0;
    std::string bytes;
};

/// What all threads share. One per process.
struct Process {
    std::uint32_t pid = 0;
    std::uint32_t threads = 1;
    std::uint32_t descriptors = 0, max_sockets = 0;  ///< RLIMIT_NOFILE as it was asked for; what may be needed of it
    std::uint64_t start_wall_us = 0;
    std::string node, description, program_version;
    server::Gauge connections;               ///< actconn
    std::atomic<std::uint64_t> requests{0};  ///< stream ids, unique over threads (rt), and how many there were (CumReq)
    std::atomic<std::uint64_t> total_connections{0};
    server::Rate connection_rate, session_rate;
    std::atomic<std::uint32_t> connection_rate_max{0}, session_rate_max{0};
    std::atomic<std::uint32_t> max_connections{0};  ///< global maxconn in force
    std::atomic<std::uint32_t> connection_rate_limit{0}, session_rate_limit{0},
        tls_rate_limit{0};                                 ///< a second; 0: none
    std::atomic<std::uint32_t> compression_rate_limit{0};  ///< bytes a second; 0: none
    server::Rate compression_in, compression_out;          ///< bytes given to compression and got from it
    std::atomic<bool> room_wanted{false};                  ///< a listener waits for connections to end
    std::function<void()> tell_room;                       ///< any thread: wakes those listeners
    std::atomic<bool> stopping{false};                     ///< soft stop: responses end their connections
    std::mutex errors_mutex;
    std::vector<CapturedError> errors;
    std::uint64_t error_events = 0;

    /// Makes the applet that serves a proxy's statistics page; set by the program (control/stats_page.h).
    std::unique_ptr<Applet> (*make_stats_applet)(const StatsRequest& request) = nullptr;
    /// Makes the applet of `use-service NAME`; null if it cannot make sense of the request (400).
    std::unique_ptr<Applet> (*make_service)(std::string_view name, const StatsRequest& request) = nullptr;
    void capture(CapturedError error);
    /// Every thread's Env, by number; complete before the threads start.
    std::vector<struct Env*> envs;
    std::atomic<std::uint32_t> active_peers{0}, connected_peers{0};  ///< `peers`: called or there; handshake done
};

/// What the engine hands to streams: the thread they run on. Thread-owned.
struct Env {
    Env(Process& process, log::Logger& logger) : process(process), logger(logger) {}
    net::Loop loop;
    Process& process;
    log::Logger& logger;
    EndH1::Limits limits;
    PinnedGeneration* current = nullptr;
    SessionList* sessions = nullptr;  ///< all of this thread, for `show sess` and shutdowns
    bool tell_room = false;           ///< a listener waits for connections to end
    std::function<void()> on_room;
    std::uint32_t thread() const { return loop.thread; }
};

}  // namespace cfgproxy::stream
