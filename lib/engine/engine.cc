#include "engine/engine.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/host.h"
#include "engine/certificate_watch.h"
#include "engine/listen.h"
#include "engine/log_distributor.h"
#include "engine/log_receivers.h"
#include "engine/log_rings.h"
#include "engine/mailer.h"
#include "engine/ocsp_updater.h"
#include "engine/peer_sections.h"
#include "engine/sockets.h"
#include "engine/stats_file.h"
#include "engine/worker.h"
#include "server/check.h"
#include "server/state_file.h"

namespace cfgproxy::engine {
namespace {

// Since this release the log no longer tells that a proxy has started.
constexpr base::Release kQuietStart{2, 3};
// How long a soft stop goes on accepting what was already on its way to the old process's sockets.
constexpr std::uint64_t kHandOverMs = 100;

enum Wish : std::uint32_t { kStop = 1, kSoftStop = 2, kPause = 4, kResume = 8, kStates = 16, kReload = 32 };

/// `fullconn`, or a tenth of the connections that the frontends leading to `backend` let in (manual 4.2).
std::uint32_t full_connections(const model::Proxy& backend, const model::Config& config, std::uint32_t process_limit) {
    if (backend.full_connections) return backend.full_connections;
    std::uint64_t sum = 0;
    for (const auto& proxy : config.proxies) {
        if (!proxy->is_frontend()) continue;
        bool leads = proxy.get() == &backend || proxy->default_backend_proxy == &backend;
        for (const model::UseBackend& rule : proxy->use_backends) leads = leads || rule.backend == &backend;
        if (leads) sum += proxy->max_connections ? proxy->max_connections : process_limit;
    }
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (sum + 9) / 10));
}

}  // namespace

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

// --- logs and events -----------------------------------------------------------------------------------------

void Engine::Impl::log(const model::Proxy& proxy, int level, std::string_view text) {
    if (proxy.logs.empty()) return;
    main().env().logger.send(proxy.logs, static_cast<log::Level>(level), text, proxy.log_tag,
                             main().env().loop.wall_us());
}

void Engine::Impl::print(std::string_view severity, std::string_view text) {
    if (options.quiet) return;
    std::fprintf(stderr, "[%.*s]%*s (%u) : %.*s\n", static_cast<int>(severity.size()), severity.data(),
                 static_cast<int>(8 - severity.size()), "", process.pid, static_cast<int>(text.size()), text.data());
}

void Engine::Impl::on_server_event(const model::Proxy& proxy, const Event& event) {
    if (!event.console.empty()) print(event.level == log::kEmerg ? "ALERT" : "WARNING", event.console);
    if (workers.empty()) return;
    // The model may be gone when thread 0 comes to it: the generation is kept until then.
    main().env().loop.post([this, keep = engine.generation(), proxy = &proxy, level = event.level,
                            mail_level = event.mail_level, text = std::string(event.text)] {
        log(*proxy, level, text);
        if (mail_level >= 0) mailer.tell(main().env().loop, *proxy, mail_level, text);
    });
}

// --- making and taking over generations ----------------------------------------------------------------------

Engine::Engine(EngineOptions options) : impl_(std::make_unique<Impl>(*this, std::move(options))) {}

Engine::~Engine() {
    impl_->checker.reset();
    impl_->ocsp.reset();
    impl_->watch.reset();
    impl_->rings.stop();
    impl_->receivers.stop();
    impl_->mailer.stop();
    impl_->peers.stop();
    impl_->cli.clear();
    impl_->cli_service = nullptr;  // its connections live on thread 0's loop
    impl_->wish_watch.stop();
    impl_->stop_timer.reset();
    impl_->finish_timer.reset();
    impl_->hard_stop_timer.reset();
    while (!impl_->workers.empty()) impl_->workers.pop_back();
}

base::Result<void> Engine::bind(std::shared_ptr<const model::Config> config) {
    impl_->process.threads = impl_->options.threads   ? impl_->options.threads
                             : config->global.threads ? config->global.threads
                                                      : std::max(1u, std::thread::hardware_concurrency());
    auto set = open_sockets(*config, impl_->sockets, impl_->process.threads, impl_->options.inherited);
    if (!set) return base::Error{set.error()};
    if (auto opened = impl_->peers.open(*config, impl_->options.inherited); !opened.ok()) return opened;
    // A listening socket that nobody accepts from would swallow connections.
    for (int fd : impl_->options.inherited) ::close(fd);
    impl_->options.inherited.clear();
    if (auto opened = impl_->receivers.open(*config); !opened.ok()) return opened;
    impl_->sockets = std::move(set.value());
    impl_->config = std::move(config);
    return {};
}

void Engine::Impl::make_workers() {
    const model::Global& global = config->global;
    std::string hostname;
    if (global.log_send_hostname_set) hostname = global.log_send_hostname;
    log::Logger::Identity identity{hostname, global.log_tag.empty() ? options.program : global.log_tag, process.pid};
    const auto widen = [&](const std::vector<model::LogTarget>& targets) {
        for (const auto& target : targets)
            identity.max_line = std::max<std::uint32_t>(identity.max_line, target.max_length);
    };
    widen(global.logs);
    for (const auto& proxy : config->proxies) widen(proxy->logs);
    for (const auto& section : config->log_forwards) widen(section->logs);
    for (const auto& app : config->fcgi_apps) widen(app->logs);
    for (std::uint32_t i = 0; i < process.threads; ++i) {
        workers.push_back(std::make_unique<Worker>(i, process, identity));
        auto& env = workers.back()->env();
        process.envs.push_back(&env);
        env.limits.max_head = global.buffer_size - global.max_rewrite;
        env.limits.h1.max_headers = global.max_http_headers;
        env.limits.h1.any_payload = global.h1_any_payload;
        env.limits.h1.keeps_insecure = global.h1_keeps_insecure;
        env.logger.set_distributor(&distributor);
    }
    process.tell_room = [this] {
        for (auto& worker : workers) worker->env().loop.post([w = worker.get()] { w->retry_acceptors(); });
    };
}

void Engine::prepare() {
    Impl& i = *impl_;
    const model::Global& global = i.config->global;
    i.process.pid = static_cast<std::uint32_t>(getpid());
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    i.process.start_wall_us =
        static_cast<std::uint64_t>(now.tv_sec) * 1000000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
    i.process.node = global.node.empty() ? std::string(base::host_name()) : global.node;
    i.process.description = global.description;
    i.process.program_version = i.options.version;
    base::Buffer::set_default_capacity(global.buffer_size);
    std::uint32_t limit = global.max_connections;
    if (limit == 0) {
        rlimit files{};
        getrlimit(RLIMIT_NOFILE, &files);
        limit = static_cast<std::uint32_t>(files.rlim_cur > 200 ? (files.rlim_cur - 100) / 2 : 50);
    }
    i.process.max_connections.store(limit);
    i.process.connection_rate_limit.store(global.max_connection_rate);
    i.process.session_rate_limit.store(global.max_session_rate);
    log::Logger::prepare(global.logs);
    for (const auto& proxy : i.config->proxies) log::Logger::prepare(proxy->logs);
    for (const auto& section : i.config->log_forwards) log::Logger::prepare(section->logs);
    for (const auto& app : i.config->fcgi_apps) log::Logger::prepare(app->logs);
    i.registry = std::make_unique<server::Registry>(i.process.threads, i);
    i.make_workers();
    SocketSet set = std::move(i.sockets);
    i.adopt(i.config, std::move(set), [] {});
}

/// Gives every thread the new configuration. Before run() and on one thread at a time: thread 0.
void Engine::Impl::adopt(std::shared_ptr<const model::Config> next, SocketSet set, std::function<void()> then) {
    auto made = std::make_shared<stream::Generation>();
    made->config = next;
    made->objects = registry->adopt(*next);
    if (!generation) server::restore_states(*next, made->objects);
    for (std::size_t n = 0; n < set.sockets.size(); ++n)
        made->listeners.push_back(
            {set.owners[n].first, set.owners[n].second, set.sockets[n]->bound_address(), set.sockets[n]->counters});
    if (!generation && !next->global.stats_file.empty())
        for (const std::string& problem : load_counters(next->global.stats_file, *made)) print("WARNING", problem);
    for (const auto& backend : made->objects.backends)
        if (backend)
            backend->full_connections.store(full_connections(backend->config(), *next, process.max_connections.load()));
    made->number = generation ? generation->number + 1 : 1;
    {
        std::lock_guard lock(generation_mutex);
        generation = made;
    }
    config = next;
    distributor.adopt(*next, made->objects.backends);
    for (const std::string& problem : rings.adopt(main().env().loop, *next)) print("WARNING", problem);
    receivers.start(main().env().loop, main().env().logger, next);
    peers::Section::Process told{process.pid, made->number == 1 && options.has_old_processes, [this] {
                                     process.active_peers.store(peers.count_active());
                                     process.connected_peers.store(peers.count_connected());
                                 }};
    peers.adopt(main().env().loop, std::move(told), next, made->objects.tables);
    follow_certificates(next);
    checker.reset();
    for (auto& acceptor : cli) acceptor->stop();
    cli.clear();
    for (std::size_t n = 0; n < set.cli_sockets.size(); ++n) {
        cli.push_back(std::make_unique<CliAcceptor>(set.cli_sockets[n], set.cli_binds[n]));
        cli.back()->on_accept = [this](int fd, const model::Bind& bind) {
            if (!cli_service) {
                ::close(fd);
                return;
            }
            ++cli_connections;
            if (cli_is_full())
                for (auto& acceptor : cli) acceptor->stop();
            cli_service(engine, main().env(), fd, bind);
        };
    }
    // Sockets that are not wanted any more stay open until every thread has drained them: `old` is their last owner.
    auto old = std::make_shared<SocketSet>(std::move(sockets));
    sockets = std::move(set);
    auto shared = std::make_shared<SocketSet>(sockets);
    auto adopt_one = [made, shared](Worker& worker) { worker.adopt(made, shared->sockets, shared->owners); };
    if (!running) {
        for (auto& worker : workers) adopt_one(*worker);
        then();
        return;
    }
    if (!cli_is_full())
        for (auto& acceptor : cli) acceptor->start(main().env().loop);
    start_checks();
    auto left = std::make_shared<std::atomic<std::size_t>>(workers.size());
    for (auto& worker : workers)
        worker->env().loop.post([this, w = worker.get(), adopt_one, left, old, then] {
            adopt_one(*w);
            if (left->fetch_sub(1) == 1) main().env().loop.post(then);
        });
}

/// The same configuration with servers that came or went, for every thread.
void Engine::Impl::update_objects(server::Server* added) {
    auto made = std::make_shared<stream::Generation>();
    made->config = generation->config;
    made->listeners = generation->listeners;
    made->objects = registry->update(generation->objects, added);
    made->number = generation->number;
    {
        std::lock_guard lock(generation_mutex);
        generation->next = made;
        generation = made;
    }
    auto shared = std::make_shared<SocketSet>(sockets);
    for (auto& worker : workers)
        worker->env().loop.post([w = worker.get(), made, shared] { w->adopt(made, shared->sockets, shared->owners); });
}

base::Result<void> Engine::add_server(server::Backend& backend, std::unique_ptr<model::Server> line) {
    auto added = backend.add(std::move(line));
    if (!added) return base::Error{added.error()};
    impl_->update_objects(added->get());
    if (impl_->checker) impl_->checker->add(backend, *added);
    return {};
}

server::Backend::Removal Engine::remove_server(server::Backend& backend,
                                               const std::shared_ptr<server::Server>& server) {
    const auto removal = backend.remove(*server);
    if (removal.when != server::Backend::Removable::now) return removal;
    if (impl_->checker) impl_->checker->remove(*server);
    impl_->update_objects(nullptr);
    return removal;
}

/// OCSP responses and files that change.
void Engine::Impl::follow_certificates(const std::shared_ptr<const model::Config>& next) {
    const auto say = [this](log::Level level, std::string_view text) {
        main().env().logger.send(config->global.logs, level, text, {}, main().env().loop.wall_us());
    };
    if (!ocsp)
        ocsp =
            std::make_unique<OcspUpdater>(main().env().loop, [say](std::string_view line) { say(log::kNotice, line); });
    if (!watch)
        watch = std::make_unique<CertificateWatch>(main().env().loop, [this, say](bool good, const std::string& text) {
            say(good ? log::kNotice : log::kWarning, text);
            if (!good) print("WARNING", text);
        });
    ocsp->adopt(next);
    watch->adopt(next);
}

void Engine::update_ocsp() { impl_->ocsp->look(); }

void Engine::Impl::start_checks() {
    checker = std::make_unique<server::Checker>(main().env().loop, config->global.spread_checks, process.node);
    for (const auto& backend : generation->objects.backends)
        if (backend) checker->add(*backend);
}

void Engine::reload(std::shared_ptr<const model::Config> config, std::function<void(base::Result<void>)> done) {
    impl_->main().env().loop.post([this, config = std::move(config), done = std::move(done)]() mutable {
        impl_->apply_reload(std::move(config), std::move(done));
    });
}

void Engine::Impl::apply_reload(std::shared_ptr<const model::Config> next,
                                std::function<void(base::Result<void>)> done) {
    if (soft_stopping) return done(base::Error{"the process is stopping"});
    auto set = open_sockets(*next, sockets, process.threads, options.inherited);
    if (!set) return done(base::Error{set.error()});
    if (auto opened = receivers.open(*next); !opened.ok()) return done(opened);
    if (auto opened = peers.open(*next, options.inherited); !opened.ok()) return done(opened);
    adopt(std::move(next), std::move(set.value()), [done] { done({}); });
}

// --- running -------------------------------------------------------------------------------------------------

namespace {

/// A line of ours would count where lines of traffic are sampled.
bool samples(const std::vector<model::LogTarget>& targets) {
    return std::any_of(targets.begin(), targets.end(),
                       [](const auto& target) { return !target.sample.ranges.empty(); });
}

}  // namespace

void Engine::run() {
    Impl& i = *impl_;
    i.running = true;
    const bool announces = i.config->era < kQuietStart;
    for (const auto& proxy : i.config->proxies)
        if (announces && !proxy->disabled && !proxy->binds.empty() && !samples(proxy->logs))
            i.log(*proxy, log::kNotice, "Proxy " + proxy->name + " started.");
    i.main().env().logger.flush();
    i.wish_watch.start_level(i.main().env().loop, i.wake_fd, i);
    for (auto& acceptor : i.cli) acceptor->start(i.main().env().loop);
    i.start_checks();
    for (std::size_t n = 1; n < i.workers.size(); ++n)
        i.threads.emplace_back([worker = i.workers[n].get()] { worker->env().loop.run(); });
    i.main().env().loop.run();
    for (auto& thread : i.threads) thread.join();
    i.threads.clear();
    i.checker.reset();
}

void Engine::Impl::on_ready(std::uint8_t) {
    std::uint64_t count;
    [[maybe_unused]] auto n = ::read(wake_fd, &count, sizeof count);
    const std::uint32_t wanted = wishes.exchange(0);
    if (wanted & kStop) return stop_all();
    if (wanted & kStates) log_server_states();
    if (wanted & kReload && reload_hook) reload_hook();
    if (wanted & kPause) {
        for (auto& worker : workers) worker->env().loop.post([w = worker.get()] { w->stop_accepting(false); });
        for (auto& socket : sockets.sockets) socket->pause();
        peers.pause();
        announce_all("Paused");
    }
    if (wanted & kResume) {
        for (std::size_t s = 0; s < sockets.sockets.size(); ++s)
            sockets.sockets[s]->resume(backlog_of(*sockets.owners[s].second, *sockets.owners[s].first));
        peers.resume();
        for (auto& worker : workers) worker->env().loop.post([w = worker.get()] { w->resume_accepting(); });
        announce_all("Resumed");
    }
    if (wanted & kSoftStop) begin_soft_stop();
}

void Engine::Impl::stop_all() {
    for (const auto& proxy : config->proxies) {
        if (proxy->disabled) continue;
        const auto* fe = generation->frontend(*proxy);
        if (fe && fe->stopped) continue;
        const std::string text = farewell_of(*proxy);
        log(*proxy, log::kWarning, text);
        if (soft_stopping) print("WARNING", text);
    }
    main().env().logger.flush();
    for (auto& worker : workers) worker->env().loop.post([w = worker.get()] { w->env().loop.stop(); });
}

std::string Engine::Impl::farewell_of(const model::Proxy& proxy) const {
    const auto* fe = generation->frontend(proxy);
    const auto* be = generation->backend(proxy);
    return "Proxy " + proxy.name + " stopped (cumulated conns: FE: " +
           std::to_string(fe ? fe->traffic.sum(&server::TrafficCounters::connections) : 0) +
           ", BE: " + std::to_string(be ? be->traffic.sum(&server::TrafficCounters::sessions) : 0) + ").";
}

/// "Paused frontend main.", or "proxy" for what is a backend too.
void Engine::Impl::announce(const model::Proxy& frontend, std::string_view what) {
    const std::string text =
        std::string(what) + (frontend.is_backend() ? " proxy " : " frontend ") + frontend.name + ".";
    print("WARNING", text);
    log(frontend, log::kWarning, text);
}

void Engine::Impl::announce_all(std::string_view what) {
    for (const auto& proxy : config->proxies)
        if (!proxy->binds.empty()) announce(*proxy, what);
}

void Engine::Impl::begin_soft_stop() {
    if (soft_stopping) return;
    soft_stopping = true;
    process.stopping.store(true);
    if (config->global.hard_stop_after_ms >= 0) {
        hard_stop_timer = std::make_unique<net::CallbackTimer>([this] { stop_all(); });
        hard_stop_timer->set(main().env().loop, main().env().loop.now_ms() +
                                                    static_cast<std::uint64_t>(config->global.hard_stop_after_ms));
    }
    stop_timer = std::make_unique<net::CallbackTimer>([this] { leave_sockets(); });
    if (config->global.grace_ms > 0)  // whoever looks after us may see that we stop before we do
        stop_timer->set(main().env().loop,
                        main().env().loop.now_ms() + static_cast<std::uint64_t>(config->global.grace_ms));
    else
        leave_sockets();
}

/// The end of listening begins: `grace` is over.
void Engine::Impl::leave_sockets() {
    soft_stopped_ms = main().env().loop.now_ms();
    for (auto& socket : sockets.sockets) socket->hand_over();
    for (auto& acceptor : cli) acceptor->stop();
    peers.begin_stop();
    // Accept on for a moment: handshakes that began before the hand-over still end at our sockets.
    finish_timer = std::make_unique<net::CallbackTimer>([this] { finish_soft_stop(); });
    finish_timer->set(main().env().loop, main().env().loop.now_ms() + kHandOverMs);
}

/// `grace` of proxies, up to 2.4: the sockets of those whose time is over go. True when that was the last of them.
bool Engine::Impl::release_ungraced() {
    const std::uint64_t waited = main().env().loop.now_ms() - soft_stopped_ms;
    bool all = true;
    for (const auto& proxy : config->proxies)
        if (proxy->is_frontend() && !proxy->disabled && static_cast<std::uint64_t>(proxy->grace_ms) > waited)
            all = false;
    if (all) return true;
    for (const auto& proxy : config->proxies) {
        if (static_cast<std::uint64_t>(proxy->grace_ms) > waited || sockets.remove(proxy->name).empty()) continue;
        for (auto& worker : workers)
            worker->env().loop.post([w = worker.get(), name = proxy->name] { w->release_frontend(name); });
    }
    return false;
}

/// Lets go of the sockets once their queues are empty, then waits for the sessions to end.
void Engine::Impl::finish_soft_stop() {
    if (!release_ungraced()) {  // some proxies listen on for a while
        finish_timer->set(main().env().loop, main().env().loop.now_ms() + 50);
        return;
    }
    if (!sockets.sockets.empty() || !sockets.cli_sockets.empty()) {
        auto old = std::make_shared<SocketSet>(std::move(sockets));
        sockets = {};
        for (auto& worker : workers)
            worker->env().loop.post([w = worker.get(), old] {
                w->stop_accepting(true);
                w->release_sockets();
                w->drain_sessions();
            });
        // What they take out of the queues now is not counted yet: look again before leaving.
        finish_timer->set(main().env().loop, main().env().loop.now_ms() + 50);
        return;
    }
    if (process.connections.get() == 0 && peers.is_done()) return stop_all();
    for (auto& worker : workers) worker->env().loop.post([w = worker.get()] { w->drain_sessions(); });
    finish_timer->set(main().env().loop, main().env().loop.now_ms() + 50);
}

void Engine::Impl::log_server_states() {
    print("WARNING", "SIGHUP received, dumping servers states.");
    for (const auto& proxy : config->proxies) {
        log(*proxy, log::kNotice, "SIGHUP received, dumping servers states for proxy " + proxy->name + ".");
        const auto* be = generation->backend(*proxy);
        const auto* fe = generation->frontend(*proxy);
        for (const auto& server : be ? be->servers() : std::vector<std::shared_ptr<server::Server>>{}) {
            const std::string text =
                "SIGHUP: Server " + proxy->name + "/" + server->name() + " is " + (server->running() ? "UP" : "DOWN") +
                ". Conn: " + std::to_string(server->sessions.get()) + " act, " + std::to_string(server->queue.get()) +
                " pend, " + std::to_string(server->traffic.sum(&server::TrafficCounters::sessions)) + " tot.";
            print("WARNING", text);
            log(*proxy, log::kNotice, text);
        }
        std::string text = "SIGHUP: Proxy " + proxy->name;
        if (!be || proxy->servers.empty())
            text += " has no servers.";
        else if (be->active_servers() > 0)
            text += " has " + std::to_string(be->active_servers()) + " active servers and " +
                    std::to_string(be->backup_servers()) + " backup servers available.";
        else
            text += be->backup_servers() > 0 ? " is running on backup servers !" : " has no server available !";
        text += " Conn: act(FE+BE): " + std::to_string(fe ? fe->connections.get() : 0) + "+" +
                std::to_string(be ? be->sessions.get() : 0) + ", 0 pend (0 unass), tot(FE+BE): " +
                std::to_string(fe ? fe->traffic.sum(&server::TrafficCounters::connections) : 0) + "+" +
                std::to_string(be ? be->traffic.sum(&server::TrafficCounters::sessions) : 0) + ".";
        print("WARNING", text);
        log(*proxy, log::kNotice, text);
    }
}

// --- the small ones ------------------------------------------------------------------------------------------

void Engine::stop_now() { impl_->wish(kStop); }
void Engine::soft_stop() { impl_->wish(kSoftStop); }
void Engine::pause() { impl_->wish(kPause); }
void Engine::resume() { impl_->wish(kResume); }
void Engine::log_states() { impl_->wish(kStates); }
void Engine::wish_reload() { impl_->wish(kReload); }
void Engine::set_reload_hook(std::function<void()> hook) { impl_->reload_hook = std::move(hook); }
bool Engine::stopping() const { return impl_->process.stopping.load(); }
void Engine::set_cli_service(CliService service) { impl_->cli_service = std::move(service); }
void Engine::cli_connection_ended() {
    Impl& i = *impl_;
    const bool was_full = i.cli_is_full();
    if (i.cli_connections > 0) --i.cli_connections;
    if (!was_full || i.cli_is_full() || i.soft_stopping || !i.running) return;
    for (auto& acceptor : i.cli) acceptor->start(i.main().env().loop);
}

const PeerSections& Engine::peers() const { return impl_->peers; }
stream::Process& Engine::process() { return impl_->process; }
stream::Env& Engine::main_env() { return impl_->main().env(); }

std::shared_ptr<const stream::Generation> Engine::generation() const {
    std::lock_guard lock(impl_->generation_mutex);
    return impl_->generation;
}

void Engine::visit_threads(std::function<void(stream::Env&)> visit, std::function<void()> then) {
    struct Walk {
        Impl& impl;
        std::function<void(stream::Env&)> visit;
        std::function<void()> then;
        void step(const std::shared_ptr<Walk>& self, std::size_t n) {
            if (n == impl.workers.size()) {
                impl.main().env().loop.post([self] { self->then(); });
                return;
            }
            impl.workers[n]->env().loop.post([self, n] {
                self->visit(self->impl.workers[n]->env());
                self->step(self, n + 1);
            });
        }
    };
    auto walk = std::make_shared<Walk>(Walk{*impl_, std::move(visit), std::move(then)});
    walk->step(walk, 0);
}

void Engine::visit_listeners(const std::function<void(const ListenSocket&, const std::string& frontend)>& visit) const {
    const SocketSet& set = impl_->sockets;
    for (std::size_t n = 0; n < set.sockets.size(); ++n) visit(*set.sockets[n], set.owners[n].first->name);
    for (const auto& socket : set.cli_sockets) visit(*socket, "GLOBAL");
}

std::vector<std::shared_ptr<const ListenSocket>> Engine::sockets_to_share() const {
    std::vector<std::shared_ptr<const ListenSocket>> shared;
    for (const auto* list : {&impl_->sockets.sockets, &impl_->sockets.cli_sockets})
        for (const auto& socket : *list)
            if (!socket->is_given()) shared.push_back(socket);
    for (auto& socket : impl_->peers.sockets_to_share()) shared.push_back(std::move(socket));
    return shared;
}

void Engine::set_frontend_paused(const model::Proxy& frontend, bool paused) {
    Impl& i = *impl_;
    if (server::Frontend* state = i.generation->frontend(frontend)) state->paused.store(paused);
    for (std::size_t n = 0; n < i.sockets.sockets.size(); ++n) {
        if (i.sockets.owners[n].first->name != frontend.name) continue;
        if (paused)
            i.sockets.sockets[n]->pause();
        else
            i.sockets.sockets[n]->resume(backlog_of(*i.sockets.owners[n].second, frontend));
    }
    for (auto& worker : i.workers)
        worker->env().loop.post([w = worker.get(), name = frontend.name, paused] { w->set_paused(name, paused); });
    i.announce(frontend, paused ? "Paused" : "Resumed");
}

void Engine::shutdown_frontend(const model::Proxy& frontend) {
    Impl& i = *impl_;
    server::Frontend* state = i.generation->frontend(frontend);
    if (state == nullptr || state->stopped.exchange(true)) return;
    auto closing = std::make_shared<std::vector<std::shared_ptr<ListenSocket>>>(i.sockets.remove(frontend.name));
    // The last thread to let go of a socket closes it.
    for (auto& worker : i.workers)
        worker->env().loop.post([w = worker.get(), name = frontend.name, closing] { w->release_frontend(name); });
    const std::string text = i.farewell_of(frontend);
    i.print("WARNING", text);
    i.log(frontend, log::kWarning, text);
}

}  // namespace cfgproxy::engine
