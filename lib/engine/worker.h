#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/listen.h"
#include "engine/reverse_caller.h"
#include "log/log.h"
#include "stream/env.h"
#include "stream/session.h"

namespace cfgproxy::engine {

class Worker;

/// One thread's part in a listening socket: accepts while the limits allow, makes sessions. Thread-owned.
class Acceptor final : private net::Watcher {
  public:
    Acceptor(Worker& worker, std::shared_ptr<ListenSocket> socket) : worker_(worker), socket_(std::move(socket)) {}

    const std::shared_ptr<ListenSocket>& socket() const { return socket_; }
    stream::Binding binding;
    /// Accepts from now on (if the limits allow).
    void start();
    void stop() { watch_.stop(); }
    void let_go() { socket_.reset(); }
    /// A limit that stopped it may have gone.
    void retry();
    /// Accepts what is queued, to the last one; then stops.
    void drain();

  private:
    void on_ready(std::uint8_t what) override;
    bool accept_one();
    bool at_limit();
    bool has_enough_tls();

    Worker& worker_;
    std::shared_ptr<ListenSocket> socket_;
    net::Watch watch_;
    bool waiting_ = false;
};

/// One thread's part in a `bind rhttp@`: every so many of its connections. Thread-owned.
struct ReversePart {
    stream::Binding binding;
    std::vector<std::unique_ptr<ReverseCaller>> callers;
};

/// What one thread owns: its loop, its view of the generation, its sessions. Made on thread 0, used on its own.
class Worker {
  public:
    Worker(std::uint32_t number, stream::Process& process, log::Logger::Identity identity);
    ~Worker();

    stream::Env& env() { return env_; }
    std::uint32_t number() const { return env_.loop.thread; }

    /// Takes over a generation: bindings change in place, new sockets are accepted from, those that are not in it are
    /// drained and stopped.
    void adopt(std::shared_ptr<const stream::Generation> generation,
               const std::vector<std::shared_ptr<ListenSocket>>& sockets,
               const std::vector<std::pair<const model::Proxy*, const model::Bind*>>& owners,
               const std::vector<ReverseBind>& reversed = {});
    /// On its own thread, until the loop is stopped; only on these processors, if any are named (cpu-map).
    void run(const std::vector<std::uint16_t>& processors);
    void stop_accepting(bool drain);
    void resume_accepting();
    void retry_acceptors();
    /// Calls it a little later: a rate limit goes away by itself.
    void retry_soon();
    /// Lets go of the listening sockets; sessions that came by them keep their binding.
    void release_sockets();
    /// The same for one frontend, once its queues are empty.
    void release_frontend(const std::string& name);
    void set_paused(const std::string& frontend, bool paused);
    /// Closes idle client connections; busy ones end with their response.
    void drain_sessions();
    /// Idle server connections older than their backend's pool-purge-delay.
    void purge_pools();
    void discard_idle(server::Server& server);
    stream::SessionList sessions;

  private:
    /// Its socket is not accepted from any more; its sessions keep their binding.
    void part_with(std::unique_ptr<Acceptor> acceptor);
    void adopt_reversed(const stream::Generation& generation, const std::vector<ReverseBind>& reversed);
    void leave(ReversePart& part);

    log::Logger logger_;
    stream::Env env_;
    std::unordered_map<std::string, std::unique_ptr<Acceptor>> acceptors_;
    std::vector<std::unique_ptr<Acceptor>> gone_;  ///< no longer accepting, but their sessions still name their binding
    std::unordered_map<std::string, std::unique_ptr<ReversePart>> reverse_parts_;  ///< by the source's key
    std::vector<std::unique_ptr<ReversePart>> gone_parts_;                         ///< as above
    net::CallbackTimer purge_timer_, retry_timer_;
};

}  // namespace cfgproxy::engine
