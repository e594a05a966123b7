// How the process ends: at once, or softly, when what is open has come to its end; and what it tells of itself
// meanwhile.
#include "engine/engine_impl.h"

namespace cfgproxy::engine {

// How long a soft stop goes on accepting what was already on its way to the old process's sockets.
constexpr std::uint64_t kHandOverMs = 100;

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
    if (!sockets.sockets.empty() || !sockets.cli_sockets.empty() || !sockets.reversed.empty()) {
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

}  // namespace cfgproxy::engine
