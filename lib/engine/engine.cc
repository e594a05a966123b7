#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "base/host.h"
#include "engine/engine_impl.h"
#include "engine/stats_file.h"
#include "log/sink.h"
#include "model/limits.h"
#include "server/state_file.h"

namespace cfgproxy::engine {
namespace {

// Since this release the log no longer tells that a proxy has started.
constexpr base::Release kQuietStart{2, 3};

}  // namespace

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
    i.process.descriptors = i.options.descriptors;
    i.process.max_sockets = i.options.max_sockets;
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
    i.process.tls_rate_limit.store(global.max_tls_rate);
    i.process.compression_rate_limit.store(global.compression.rate);
    log::Sink::set_send_buffer(global.send_buffer_logs);
    log::Logger::prepare(global.logs);
    for (const auto& proxy : i.config->proxies) log::Logger::prepare(proxy->logs);
    for (const auto& section : i.config->log_forwards) log::Logger::prepare(section->logs);
    for (const auto& app : i.config->fcgi_apps) log::Logger::prepare(app->logs);
    i.registry = std::make_unique<server::Registry>(i.process.threads, i);
    i.make_workers();
    SocketSet set = std::move(i.sockets);
    i.adopt(i.config, std::move(set), [] {});
}

/// What runs is found again by its name, or made.
std::shared_ptr<stream::Generation> Engine::Impl::make_generation(std::shared_ptr<const model::Config> next,
                                                                  const SocketSet& set) {
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
            backend->full_connections.store(
                model::full_connections(backend->config(), *next, process.max_connections.load()));
    made->number = generation ? generation->number + 1 : 1;
    return made;
}

/// The `stats socket` lines; those of the configuration before are not accepted from any more.
void Engine::Impl::open_cli(const SocketSet& set) {
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
}

/// Gives every thread the new configuration. Before run() and on one thread at a time: thread 0.
void Engine::Impl::adopt(std::shared_ptr<const model::Config> next, SocketSet set, std::function<void()> then) {
    const auto made = make_generation(next, set);
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
    open_cli(set);
    // Sockets that are not wanted any more stay open until every thread has drained them: `old` is their last owner.
    auto old = std::make_shared<SocketSet>(std::move(sockets));
    sockets = std::move(set);
    auto shared = std::make_shared<SocketSet>(sockets);
    auto adopt_one = [made, shared](Worker& worker) {
        worker.adopt(made, shared->sockets, shared->owners, shared->reversed);
    };
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
        worker->env().loop.post(
            [w = worker.get(), made, shared] { w->adopt(made, shared->sockets, shared->owners, shared->reversed); });
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
    if (!lender) lender = std::make_unique<stream::IdleLender>(main().env());
    checker =
        std::make_unique<server::Checker>(main().env().loop, config->global.spread_checks, process.node, lender.get());
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
    const auto processors = [&map = i.config->global.thread_processors](std::size_t thread) {
        return thread < map.size() ? map[thread] : std::vector<std::uint16_t>();
    };
    for (std::size_t n = 1; n < i.workers.size(); ++n)
        i.threads.emplace_back([worker = i.workers[n].get(), on = processors(n)] { worker->run(on); });
    i.workers.front()->run(processors(0));
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
