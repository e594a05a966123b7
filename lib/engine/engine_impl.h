#pragma once
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/certificate_watch.h"
#include "engine/engine.h"
#include "engine/listen.h"
#include "engine/log_distributor.h"
#include "engine/log_receivers.h"
#include "engine/log_rings.h"
#include "engine/mailer.h"
#include "engine/ocsp_updater.h"
#include "engine/peer_sections.h"
#include "engine/sockets.h"
#include "engine/worker.h"
#include "server/check.h"
#include "stream/idle_lender.h"

// What the files of Engine share: engine.cc, engine_stop.cc.
namespace cfgproxy::engine {

/// What signals ask for, as bits.
enum Wish : std::uint32_t { kStop = 1, kSoftStop = 2, kPause = 4, kResume = 8, kStates = 16, kReload = 32 };

/// Accepts connections of one `stats socket`, on thread 0.
class CliAcceptor final : private net::Watcher {
  public:
    CliAcceptor(std::shared_ptr<ListenSocket> socket, const model::Bind* bind)
        : socket(std::move(socket)), bind(bind) {}
    std::shared_ptr<ListenSocket> socket;
    const model::Bind* bind;
    std::function<void(int fd, const model::Bind&)> on_accept;
    void start(net::Loop& loop) {
        if (!watch_.active()) watch_.start_level(loop, socket->fd(), *this);
    }
    void stop() { watch_.stop(); }

  private:
    void on_ready(std::uint8_t) override {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int fd = socket->accept(from, length);
        if (fd < 0 && errno == EPIPE) stop();
        if (fd >= 0) on_accept(fd, *bind);
    }
    net::Watch watch_;
};

struct Engine::Impl final : server::EventSink, net::Watcher {
    explicit Impl(Engine& engine, EngineOptions o)
        : engine(engine), options(std::move(o)), wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
    ~Impl() override { ::close(wake_fd); }

    Engine& engine;
    EngineOptions options;
    int wake_fd;
    std::atomic<std::uint32_t> wishes{0};
    net::Watch wish_watch;

    stream::Process process;
    LogRings rings;
    LogReceivers receivers;
    LogDistributor distributor;
    Mailer mailer;
    PeerSections peers;
    std::unique_ptr<OcspUpdater> ocsp;
    std::unique_ptr<CertificateWatch> watch;
    std::unique_ptr<server::Registry> registry;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::thread> threads;
    mutable std::mutex generation_mutex;
    std::shared_ptr<const stream::Generation> generation;
    std::shared_ptr<const model::Config> config;
    SocketSet sockets;
    std::vector<std::unique_ptr<CliAcceptor>> cli;
    std::unique_ptr<stream::IdleLender> lender;  ///< of the thread that checks
    std::unique_ptr<server::Checker> checker;
    std::function<void()> reload_hook;
    CliService cli_service;
    std::unique_ptr<net::CallbackTimer> stop_timer, finish_timer, hard_stop_timer;
    std::uint64_t soft_stopped_ms = 0;  ///< when listening was to end, but for proxies with a `grace` of their own
    bool soft_stopping = false, running = false;
    std::uint32_t cli_connections = 0;
    bool cli_is_full() const { return cli_connections >= std::max(config->global.stats_max_connections, 1u); }

    Worker& main() { return *workers.front(); }
    void wish(Wish w) {
        wishes.fetch_or(w, std::memory_order_relaxed);
        const std::uint64_t one = 1;
        [[maybe_unused]] auto n = ::write(wake_fd, &one, sizeof one);
    }
    void on_ready(std::uint8_t what) override;
    void on_server_event(const model::Proxy& proxy, const Event& event) override;
    void log(const model::Proxy& proxy, int level, std::string_view text);
    void print(std::string_view severity, std::string_view text);
    void make_workers();
    std::shared_ptr<stream::Generation> make_generation(std::shared_ptr<const model::Config> next,
                                                        const SocketSet& set);
    void open_cli(const SocketSet& set);
    void adopt(std::shared_ptr<const model::Config> next, SocketSet set, std::function<void()> then);
    void start_checks();
    void update_objects(server::Server* added);
    void follow_certificates(const std::shared_ptr<const model::Config>& next);
    void begin_soft_stop();
    void leave_sockets();
    bool release_ungraced();
    void finish_soft_stop();
    void stop_all();
    void log_server_states();
    std::string farewell_of(const model::Proxy& proxy) const;
    void announce(const model::Proxy& frontend, std::string_view what);
    void announce_all(std::string_view what);
    void apply_reload(std::shared_ptr<const model::Config> next, std::function<void(base::Result<void>)> done);
};

}  // namespace cfgproxy::engine
