#include "engine/worker.h"

#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/tls_counters.h"

namespace cfgproxy::engine {
namespace {

// Connections taken per wake-up: a burst must not keep the thread from the ones it has.
constexpr std::uint32_t kAcceptsPerTurn = 32;
constexpr std::uint64_t kPurgeEveryMs = 1000;
constexpr std::uint16_t kFirstUserPort = 1024;
constexpr std::uint64_t kRetryMs = 10;  // while `rate-limit sessions` holds

}  // namespace

void Acceptor::start() {
    if (!watch_.active()) watch_.start_level(worker_.env().loop, socket_->fd(), *this);
}

bool Acceptor::at_limit() {
    stream::Process& process = worker_.env().process;
    const std::uint64_t now = worker_.env().loop.now_ms();
    const auto is_reached = [now](std::uint32_t limit, server::Rate& rate) {
        return limit && rate.per_second(now) >= limit;
    };
    if (is_reached(binding.frontend->rate_limit_sessions, binding.state->session_rate) ||
        is_reached(process.connection_rate_limit.load(std::memory_order_relaxed), process.connection_rate) ||
        is_reached(process.session_rate_limit.load(std::memory_order_relaxed), process.session_rate)) {
        worker_.retry_soon();
        return true;
    }
    if (binding.bind->tls.context && has_enough_tls()) {
        worker_.retry_soon();
        return true;
    }
    const std::uint32_t own = binding.state->max_connections.load(std::memory_order_relaxed);
    const std::uint32_t all = process.max_connections.load(std::memory_order_relaxed);
    const std::uint32_t socket = binding.bind->max_connections;
    if (socket && binding.listener && binding.listener->connections.get() >= socket) return true;
    return (own && binding.state->connections.get() >= own) || (all && process.connections.get() >= all);
}

/// maxsslconn, which connections to servers count for too, and maxsslrate.
bool Acceptor::has_enough_tls() {
    const net::TlsCounters& counters = net::TlsCounters::of_process();
    const std::uint32_t most = worker_.env().current->generation->config->global.max_tls_connections;
    const std::uint32_t rate = worker_.env().process.tls_rate_limit.load(std::memory_order_relaxed);
    return (most && counters.now.load(std::memory_order_relaxed) >= most) ||
           (rate && counters.sessions.per_second(net::TlsCounters::clock_ms()) >= rate);
}

void Acceptor::on_ready(std::uint8_t) {
    const std::uint32_t told = worker_.env().current->generation->config->global.max_accept;
    for (std::uint32_t left = told ? told : kAcceptsPerTurn; left > 0; --left) {
        if (at_limit()) {  // full: connections wait in the kernel's queue until one of ours ends
            waiting_ = true;
            worker_.env().process.room_wanted.store(true, std::memory_order_relaxed);
            watch_.stop();
            return;
        }
        if (!accept_one()) return;
    }
}

void Acceptor::retry() {
    if (!waiting_ || at_limit()) return;
    waiting_ = false;
    start();
}

void Acceptor::drain() {
    while (accept_one()) {
    }
    watch_.stop();
}

bool Acceptor::accept_one() {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const int fd = socket_->accept(from, length);
    if (fd < 0) {
        if (errno == EPIPE) watch_.stop();  // a sockpair@ that nobody can write to any more
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            // Out of descriptors: wait until a connection ends rather than spin on a ready socket.
            waiting_ = true;
            worker_.env().process.room_wanted.store(true, std::memory_order_relaxed);
            watch_.stop();
        }
        return errno == EINTR || errno == ECONNABORTED;
    }
    net::Address source = net::Address::from(reinterpret_cast<sockaddr*>(&from), length);
    if (source.is_ip() && source.port() < kFirstUserPort &&
        worker_.env().current->generation->config->global.reject_privileged_ports) {
        ::close(fd);
        return true;
    }
    net::Address destination = socket_->fixed_address();
    if (destination.family() == AF_UNSPEC) {
        length = sizeof from;
        if (getsockname(fd, reinterpret_cast<sockaddr*>(&from), &length) == 0)
            destination = net::Address::from(reinterpret_cast<sockaddr*>(&from), length);
    }
    if (binding.bind->tls.context) net::TlsCounters::of_process().sessions.add(net::TlsCounters::clock_ms());
    auto* session = new stream::Session(worker_.env(), binding, fd, source, destination, worker_.env().limits);
    session->start();
    return true;
}

Worker::Worker(std::uint32_t number, stream::Process& process, log::Logger::Identity identity)
    : logger_(std::move(identity)),
      env_(process, logger_),
      purge_timer_([this] { purge_pools(); }),
      retry_timer_([this] { retry_acceptors(); }) {
    env_.loop.thread = number;
    env_.sessions = &sessions;
    env_.loop.at_turn_end([this] { logger_.flush(); });
    purge_timer_.set(env_.loop, env_.loop.now_ms() + kPurgeEveryMs);
}

void Worker::run(const std::vector<std::uint16_t>& processors) {
    if (!processors.empty()) {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (const std::uint16_t processor : processors) CPU_SET(processor, &set);
        sched_setaffinity(0, sizeof set, &set);  // of this thread; the kernel leaves out what the machine does not have
    }
    env_.loop.run();
}

Worker::~Worker() {
    for (auto& [key, part] : reverse_parts_) part->callers.clear();
    while (auto* session = sessions.front()) session->kill_now();
    if (env_.current) {
        for (const auto& server : env_.current->generation->objects.servers) discard_idle(*server);
    }
    acceptors_.clear();
    env_.loop.turn(0);
    if (env_.current) env_.current->retire();
    gone_.clear();
}

void Worker::adopt(std::shared_ptr<const stream::Generation> generation,
                   const std::vector<std::shared_ptr<ListenSocket>>& sockets,
                   const std::vector<std::pair<const model::Proxy*, const model::Bind*>>& owners,
                   const std::vector<ReverseBind>& reversed) {
    stream::PinnedGeneration* before = env_.current;
    env_.current = new stream::PinnedGeneration{generation};
    std::unordered_map<std::string, std::unique_ptr<Acceptor>> old;
    old.swap(acceptors_);
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        if (!owners[i].second->threads.contains(number() + 1)) continue;
        auto& acceptor = acceptors_[sockets[i]->key()];
        auto found = old.find(sockets[i]->key());
        if (found != old.end() && found->second->socket() == sockets[i]) {
            acceptor = std::move(found->second);
            old.erase(found);
        } else {
            acceptor = std::make_unique<Acceptor>(*this, sockets[i]);
        }
        const auto [proxy, bind] = owners[i];
        acceptor->binding = {env_.current,         proxy, bind, generation->objects.frontends[proxy->index],
                             sockets[i]->counters, false};
        if (!acceptor->binding.state->paused) acceptor->start();
    }
    for (auto& [key, acceptor] : old) {
        acceptor->drain();
        part_with(std::move(acceptor));
    }
    adopt_reversed(*generation, reversed);
    for (stream::Session *session = sessions.front(), *next; session; session = next) {
        next = sessions.next(*session);
        if (session->binding().gone) session->drain();
    }
    if (!before) return;
    for (const auto& server : before->generation->objects.servers)
        if (server->vanished()) discard_idle(*server);
    before->retire();
}

/// How many of a line's connections this thread makes: they are dealt out to the threads that the line names.
static std::size_t share_of(const model::Bind& bind, std::uint32_t thread, std::uint32_t threads) {
    if (!bind.threads.contains(thread + 1)) return 0;
    std::uint32_t all = 0, before = 0;
    for (std::uint32_t n = 0; n < threads; ++n) {
        if (!bind.threads.contains(n + 1)) continue;
        ++all;
        if (n < thread) ++before;
    }
    return (bind.reverse_connections + all - 1 - before) / all;
}

void Worker::adopt_reversed(const stream::Generation& generation, const std::vector<ReverseBind>& reversed) {
    auto old = std::exchange(reverse_parts_, {});
    for (const auto& [source, frontend, bind] : reversed) {
        auto& part = reverse_parts_[source->key()];
        if (auto found = old.find(source->key()); found != old.end()) {
            part = std::move(found->second);
            old.erase(found);
        } else {
            part = std::make_unique<ReversePart>();
        }
        part->binding = {env_.current, frontend, bind, generation.objects.frontends[frontend->index], nullptr, false};
        const std::size_t wanted = share_of(*bind, number(), env_.process.threads);
        while (part->callers.size() < wanted)
            part->callers.push_back(std::make_unique<ReverseCaller>(env_, source, part->binding));
        part->callers.resize(wanted);
        for (auto& caller : part->callers) caller->start();
    }
    for (auto& [key, part] : old) leave(*gone_parts_.emplace_back(std::move(part)));
}

/// Nobody is called any more; sessions still name their binding.
void Worker::leave(ReversePart& part) {
    part.binding.gone = true;
    part.callers.clear();
}

void Worker::stop_accepting(bool drain) {
    for (auto& [key, acceptor] : acceptors_) {
        if (drain)
            acceptor->drain();
        else
            acceptor->stop();
    }
}

void Worker::resume_accepting() {
    for (auto& [key, acceptor] : acceptors_) acceptor->start();
}

void Worker::retry_acceptors() {
    for (auto& [key, acceptor] : acceptors_) acceptor->retry();
}

void Worker::retry_soon() { retry_timer_.set(env_.loop, env_.loop.now_ms() + kRetryMs); }

void Worker::part_with(std::unique_ptr<Acceptor> acceptor) {
    acceptor->binding.gone = true;
    acceptor->let_go();
    gone_.push_back(std::move(acceptor));
}

void Worker::release_sockets() {
    for (auto& [key, part] : reverse_parts_) leave(*gone_parts_.emplace_back(std::move(part)));
    reverse_parts_.clear();
    for (auto& [key, acceptor] : acceptors_) part_with(std::move(acceptor));
    acceptors_.clear();
}

void Worker::release_frontend(const std::string& name) {
    for (auto it = reverse_parts_.begin(); it != reverse_parts_.end();) {
        if (it->second->binding.frontend->name != name) {
            ++it;
            continue;
        }
        leave(*gone_parts_.emplace_back(std::move(it->second)));
        it = reverse_parts_.erase(it);
    }
    for (auto it = acceptors_.begin(); it != acceptors_.end();) {
        if (it->second->binding.frontend->name != name) {
            ++it;
            continue;
        }
        it->second->drain();
        part_with(std::move(it->second));
        it = acceptors_.erase(it);
    }
}

void Worker::set_paused(const std::string& frontend, bool paused) {
    for (auto& [key, acceptor] : acceptors_) {
        if (acceptor->binding.frontend->name != frontend) continue;
        if (paused)
            acceptor->stop();
        else
            acceptor->start();
    }
}

void Worker::drain_sessions() {
    for (stream::Session *session = sessions.front(), *next; session; session = next) {
        next = sessions.next(*session);
        session->drain();
    }
}

void Worker::discard_idle(server::Server& server) {
    server::IdlePool& pool = server.idle.of(number());
    while (auto* idle = pool.fresh.front()) idle->discard();
    while (auto* idle = pool.proven.front()) idle->discard();
}

void Worker::purge_pools() {
    purge_timer_.set(env_.loop, env_.loop.now_ms() + kPurgeEveryMs);
    if (!env_.current) return;
    if (number() == 0)
        for (const auto& table : env_.current->generation->objects.tables) table->expire();
    const std::uint64_t now = env_.loop.now_ms();
    for (const auto& server : env_.current->generation->objects.servers) {
        if (server->idle_connections.load(std::memory_order_relaxed) == 0) continue;
        if (server->in_maintenance()) discard_idle(*server);
        if (server->config().endpoint.kind == model::Endpoint::Kind::rhttp) continue;  // they can have no others
        const auto delay = static_cast<std::uint64_t>(server->config().pool_purge_ms);
        server::IdlePool& pool = server->idle.of(number());
        for (auto* list : {&pool.fresh, &pool.proven})
            while (list->back() && list->back()->idle_since_ms + delay < now) list->back()->discard();
    }
}

}  // namespace cfgproxy::engine
