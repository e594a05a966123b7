#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "model/config.h"
#include "server/backend.h"

namespace cfgproxy::stream {
struct Env;
struct Generation;
struct Process;
}  // namespace cfgproxy::stream

namespace cfgproxy::engine {

class ListenSocket;
class PeerSections;

/// What the process decides before the engine runs.
struct EngineOptions {
    std::string program = "haproxy";                 ///< log tag when the file names none
    std::string version;                             ///< as `show info` and the statistics page tell it
    std::uint32_t threads = 0;                       ///< 0: the configuration's nbthread, else the number of processors
    std::uint32_t descriptors = 0, max_sockets = 0;  ///< how many were asked for, and may be needed; 0: not known
    std::vector<int> inherited;      ///< listening sockets handed over (-x): used where the address is the same
    bool quiet = false;              ///< server events and stops are not printed on stderr
    bool has_old_processes = false;  ///< -sf or -st: they teach our `peers` sections what they know
};

/// The whole running proxy: threads with their loops, listening sockets, generations. One per process. Made and bound
/// by the process's first thread, which becomes thread 0 in run(). Functions are for that thread unless marked "any
/// thread" or "signal-safe".
class Engine {
  public:
    explicit Engine(EngineOptions options);
    ~Engine();

    /// Creates every socket of the configuration (all, or none: the error has a line for each that failed, in HAProxy's
    /// words: "Binding [x.cfg:8] for proxy main: cannot bind socket (Address already in use) for [0.0.0.0:80]"). May be
    /// called again after an error (`-sf` retries while the old process lets go). Runs before chroot and setuid, before
    /// run().
    base::Result<void> bind(std::shared_ptr<const model::Config> config);
    /// Makes the threads' state and opens what must be opened before chroot: log sockets. Called after fork.
    void prepare();
    /// Starts the other threads and serves until stop() or until a soft stop has drained. Logs "Proxy main started."
    /// for each proxy first, in eras before 2.3.
    void run();

    /// Any thread: takes over a new configuration (lib/README.md: generations). Binds new sockets first; on error
    /// nothing changes. `done` is called on thread 0 with the outcome.
    void reload(std::shared_ptr<const model::Config> config, std::function<void(base::Result<void>)> done);

    // Signal-safe: they only note the wish and wake thread 0.
    void stop_now();     ///< SIGTERM, SIGINT: leave at once
    void soft_stop();    ///< SIGUSR1: stop listening, finish what is open, leave
    void pause();        ///< SIGTTOU: let go of the listening sockets' addresses
    void resume();       ///< SIGTTIN: listen again
    void log_states();   ///< SIGHUP: server states to the log and stderr
    void wish_reload();  ///< SIGUSR2: calls the hook below on thread 0
    /// Called on thread 0 for SIGUSR2: reads the files and calls reload().
    void set_reload_hook(std::function<void()> hook);
    bool stopping() const;

    // What the command line on `stats socket` works with; thread 0 unless said otherwise.
    /// Called on thread 0 for each connection on a `stats socket`; owns `fd` from then on.
    using CliService = std::function<void(Engine& engine, stream::Env& env, int fd, const model::Bind& bind)>;
    void set_cli_service(CliService service);
    /// One of those connections has ended: there is room for another (`stats maxconn`).
    void cli_connection_ended();
    /// The configuration in force with its running objects. Any thread.
    std::shared_ptr<const stream::Generation> generation() const;
    stream::Process& process();
    stream::Env& main_env();
    /// Runs `visit` on every thread, one after the other, then `then` on thread 0. For what belongs to threads:
    /// sessions.
    void visit_threads(std::function<void(stream::Env&)> visit, std::function<void()> then);
    /// Pauses or resumes the listeners of one frontend (`disable|enable frontend`): its ports refuse connections while
    /// paused. Logged as HAProxy does.
    void set_frontend_paused(const model::Proxy& frontend, bool paused);
    /// `shutdown frontend`: closes its ports for good; a reload opens them again.
    void shutdown_frontend(const model::Proxy& frontend);
    /// Calls `visit` for every listening socket and the name of its frontend.
    void visit_listeners(const std::function<void(const ListenSocket&, const std::string& frontend)>& visit) const;
    /// `add server`, `del server`: see server::Backend. The configuration in force stays, its running objects change.
    base::Result<void> add_server(server::Backend& backend, std::unique_ptr<model::Server> line);
    server::Backend::Removal remove_server(server::Backend& backend, const std::shared_ptr<server::Server>& server);
    /// The running `peers` sections.
    const PeerSections& peers() const;
    /// Asks now for the OCSP responses that are due (`update ssl ocsp-response`).
    void update_ocsp();
    /// The listening sockets that this process has bound itself: what `_getsocks` hands over.
    std::vector<std::shared_ptr<const ListenSocket>> sockets_to_share() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cfgproxy::engine
