#include "stream/server_connection.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "net/tls.h"
#include "stream/mux_fcgi.h"
#include "stream/stream.h"

namespace cfgproxy::stream {

ServerConnection::ServerConnection(Env& env, std::shared_ptr<server::Server> server, int fd,
                                   const EndH1::Limits& limits)
    : env_(env), server_(std::move(server)), protocols_(server_->backend().protocols), end_(env.loop, fd, limits) {
    end_.next_message(true);
    end_.connection.set_owner(this);
}

ServerConnection::~ServerConnection() = default;

// Towards the first request of a client, only a connection that has proven to be kept alive by the server is safe.
static bool fresh_is_allowed(model::Reuse reuse, bool first) { return !first || reuse == model::Reuse::always; }

// The freshest of a list that fits.
template <class List>
static server::IdleConnection* find_for(List& list, const ServerConnection::Purpose& purpose) {
    auto* found = list.front();
    while (found && !static_cast<ServerConnection*>(found)->fits(purpose)) found = list.next(*found);
    return found;
}

bool ServerConnection::is_alive() {
    const net::Connection& socket = end_.connection;
    return !socket.peer_closed() && !socket.error() && !end_.has_input() && (!mux_ || mux_->room() > 0);
}

ServerConnection* ServerConnection::take_idle(Env& env, server::Server& server, model::Reuse reuse, bool first,
                                              const Purpose& purpose) {
    if (reuse == model::Reuse::never) return nullptr;
    server::IdlePool& pool = server.idle.of(env.thread());
    if (auto* found = find_for(pool.shared, purpose); found && !purpose.movable)
        return static_cast<ServerConnection*>(found);
    for (;;) {
        auto* found = find_for(pool.proven, purpose);
        if (!found && fresh_is_allowed(reuse, first)) found = find_for(pool.fresh, purpose);
        if (!found) return nullptr;
        auto* connection = static_cast<ServerConnection*>(found);
        connection->leave_pool();
        if (connection->is_alive()) return connection;
        connection->discard();
    }
}

std::uint32_t ServerConnection::Purpose::kind() const {
    const bool plain = name.empty() && introduction.empty() && !destination.is_ip() && !source.is_ip();
    if (plain && !marks.any() && forced == model::Proto::negotiated) return 0;
    const std::uint64_t numbers =
        std::uint64_t{marks.mark.value_or(0)} << 32 | marks.tos.value_or(0) << 8 | static_cast<std::uint8_t>(forced);
    std::uint64_t hash = base::hash_xxh3(introduction, base::hash_xxh3(name, numbers));
    for (const net::Address* address : {&destination, &source})
        hash = base::hash_xxh3({reinterpret_cast<const char*>(address->raw()), address->length()}, hash);
    return static_cast<std::uint32_t>(hash);
}

int ServerConnection::find_holder(Env& env, server::Server& server, model::Reuse reuse, bool first, std::uint32_t kind,
                                  std::uint32_t& distance) {
    if (reuse == model::Reuse::never) return -1;
    // pool-low-conn: so few are left to the threads that have them, if others can have their own.
    const std::int64_t kept = server.idle_connections.load(std::memory_order_relaxed);
    const bool reversed = server.config().endpoint.kind == model::Endpoint::Kind::rhttp;
    if (kept == 0 || (kept < server.config().pool_low && !reversed)) return -1;
    const std::uint32_t threads = server.idle.threads();
    while (++distance < threads) {
        const std::uint32_t thread = (env.thread() + distance) % threads;
        const server::IdlePool& pool = server.idle.of(thread);
        if (pool.proven_kinds.may_have(kind) || (fresh_is_allowed(reuse, first) && pool.fresh_kinds.may_have(kind)))
            return static_cast<int>(thread);
    }
    return -1;
}

bool ServerConnection::drop_idle(Env& env, server::Server& server) {
    server::IdlePool& pool = server.idle.of(env.thread());
    auto* oldest = pool.fresh.back() ? pool.fresh.back() : pool.proven.back();
    if (oldest) oldest->discard();
    return oldest != nullptr;
}

int ServerConnection::find_idle(Env& env, const server::Server& server) {
    for (std::uint32_t thread = 0; thread < server.idle.threads(); ++thread) {
        const server::IdlePool& pool = server.idle.of(thread);
        if (thread != env.thread() && (pool.fresh_kinds.any() || pool.proven_kinds.any()))
            return static_cast<int>(thread);
    }
    return -1;
}

std::shared_ptr<MovedConnection> ServerConnection::surrender() {
    end_.counters = nullptr;  // it goes on counting as open
    std::optional<MuxH2::Parted> parted;
    if (h2_) parted.emplace(h2_->part());
    auto tls = end_.connection.take_tls();
    const int fd = end_.connection.surrender();
    env_.loop.retire(*this);
    return std::make_shared<MovedConnection>(server_, fd, std::move(tls), std::move(static_cast<Opened&>(*this)),
                                             std::move(parted));
}

ServerConnection* ServerConnection::adopt(Env& env, MovedConnection& moved, const EndH1::Limits& limits) {
    auto* connection = new ServerConnection(env, std::move(moved.server_), moved.fd_, limits);
    static_cast<Opened&>(*connection) = std::move(moved.opened_);
    if (moved.tls_) connection->end_.connection.start_tls(std::move(moved.tls_));
    if (moved.h2_) {
        MuxH2::Owner& self = *connection;
        connection->take_mux(std::make_unique<MuxH2>(connection->end_.connection, self, false,
                                                     connection->mux_settings(),
                                                     connection->protocols_->of(env.thread()), std::move(*moved.h2_)));
        connection->h2_->start({});
    } else {
        connection->count_h1(false);
    }
    connection->end_.connection.watch();
    return connection;
}

MovedConnection::MovedConnection(std::shared_ptr<server::Server> server, int fd, std::unique_ptr<net::Tls> tls,
                                 Opened opened, std::optional<MuxH2::Parted> h2)
    : server_(std::move(server)), fd_(fd), tls_(std::move(tls)), opened_(std::move(opened)), h2_(std::move(h2)) {}

MovedConnection::~MovedConnection() {
    if (!server_) return;
    ::close(fd_);
    server_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void ServerConnection::leave_pool() {
    if (!idle_link.linked()) return;
    idle_link.unlink();
    if (shared_) {
        shared_ = false;
        return;
    }
    if (owner) return;
    server::IdlePool& pool = server_->idle.of(env_.thread());
    // Those that another thread may ask for.
    if (!fcgi()) (proven ? pool.proven_kinds : pool.fresh_kinds).remove(kind);
    server_->idle_connections.fetch_sub(1, std::memory_order_relaxed);
}

/// Not more are kept than were ever of use at a time, and pool-low-conn; one of a kind always is. Without this, clients
/// with one request each would pile up connections that http-reuse lets none of them take. The stream that lets go of
/// it is still among the sessions.
bool ServerConnection::is_needed() {
    if (reversed) return true;
    const server::IdlePool& pool = server_->idle.of(env_.thread());
    if (pool.proven.empty() && (proven || pool.fresh.empty())) return true;
    return server_->idle_connections.load(std::memory_order_relaxed) + server_->sessions.get() <=
           server_->sessions.max() + std::max<std::int64_t>(server_->config().pool_low, 0);
}

void ServerConnection::keep_idle() {
    stream_ = nullptr;
    if (discarded_) return;
    leave_pool();
    if (server_->vanished() || (mux_ && !is_alive())) {
        discard();
        return;
    }
    const model::Server& config = server_->config();
    if (config.max_reuse >= 0 && exchanges > static_cast<std::uint64_t>(config.max_reuse)) {
        discard();
        return;
    }
    if (owner) {
        if (!mux_) end_.next_message(true);
        end_.restart_counting();
        end_.release_buffers();
        end_.connection.watch();
        return owner->keep(*this);
    }
    const auto limit = config.pool_max;
    if (limit >= 0 && static_cast<std::int64_t>(server_->idle_connections.load(std::memory_order_relaxed)) >= limit) {
        discard();
        return;
    }
    proven = reversed || exchanges > 1;
    if (!is_needed()) {
        discard();
        return;
    }
    if (!mux_) end_.next_message(true);
    // What came behind the answer belongs to nobody, and a server that has closed is of no use.
    if (end_.has_input() || end_.connection.peer_closed() || end_.connection.error()) {
        discard();
        return;
    }
    end_.restart_counting();
    end_.release_buffers();
    end_.connection.watch();
    idle_since_ms = env_.loop.now_ms();
    server_->idle_connections.fetch_add(1, std::memory_order_relaxed);
    server::IdlePool& pool = server_->idle.of(env_.thread());
    (proven ? pool.proven : pool.fresh).push_front(*this);
    if (!fcgi()) (proven ? pool.proven_kinds : pool.fresh_kinds).add(kind);
}

void ServerConnection::attach(Stream& stream) {
    if (!mux_) stream_ = &stream;
    const bool own = reuse_of(*stream.backend, server_->config()) == model::Reuse::never || stream.backend->direct;
    owner = own ? &stream.session : nullptr;
    ++exchanges;
    if (mux_ || !stream.http()) return;
    if (!end_.counters && !may_have_mux()) count_h1(true);
    h1_stream_ = end_.counters != nullptr;
    if (h1_stream_) end_.counters->h1_streams.add();
}

/// A new connection counts from the moment that it is clear what is spoken on it.
bool ServerConnection::may_have_mux() const {
    if (forced != model::Proto::negotiated) return forced != model::Proto::h1;
    const model::Server& config = server_->config();
    return config.proto == model::Proto::h2 || config.proto == model::Proto::fcgi ||
           (server_->tls() && !config.tls->settings.alpn.empty());
}

void ServerConnection::count_h1(bool fresh) {
    end_.counters = &protocols_->of(env_.thread());
    if (fresh) end_.counters->h1_connections.add();
}

void ServerConnection::end_h1_stream() {
    if (std::exchange(h1_stream_, false)) end_.counters->h1_streams_ended.add();
}

// --- HTTP/2, FastCGI
// ---------------------------------------------------------------------------------------------------

void ServerConnection::start_mux(bool fcgi) {
    MuxH2::Owner& self = *this;
    if (fcgi) {
        auto mux = std::make_unique<MuxFcgi>(end_.connection, self, *server_->config().proxy->fcgi_app, env_.limits);
        mux->start();
        mux_ = std::move(mux);
        return;
    }
    take_mux(std::make_unique<MuxH2>(end_.connection, self, false, mux_settings(), protocols_->of(env_.thread())));
    h2_->start({});
}

MuxH2::Settings ServerConnection::mux_settings() const {
    const model::Global& global = env_.current->generation->config->global;
    auto settings = MuxH2::settings(global, global.h2_back, env_.limits, server_->config().idle_ping_ms);
    settings.h2.reversed = reversed;
    return settings;
}

void ServerConnection::take_mux(std::unique_ptr<MuxH2> mux) {
    h2_ = mux.get();
    mux_ = std::move(mux);
}

void ServerConnection::attach_reversed(Env& env, std::shared_ptr<server::Server> server, int fd,
                                       std::unique_ptr<net::Tls> tls, std::string_view name, const net::Address& peer) {
    server->connections.fetch_add(1, std::memory_order_relaxed);
    auto* connection = new ServerConnection(env, std::move(server), fd, env.limits);
    connection->begin_for({.name = name});
    connection->reversed = true;
    connection->peer = peer;
    if (tls) connection->end_.connection.start_tls(std::move(tls));
    connection->start_mux(false);
    connection->wait_for_settings();
}

/// Until then it is of no use, and nobody knows of it.
void ServerConnection::wait_for_settings() {
    patience_ = std::make_unique<net::CallbackTimer>([this] { discard(); });
    patience_->set(env_.loop, env_.loop.deadline_in(server_->backend().config().timeouts.server));
    on_io(end_.connection);
}

/// A protocol that the line or the purpose names counts; of ALPN what came of it.
bool ServerConnection::speaks_h2() const {
    const model::Server& config = server_->config();
    const net::Tls* tls = end_.connection.tls();
    const bool by_alpn = tls && config.proto == model::Proto::negotiated && !config.tls->settings.alpn.empty();
    if (by_alpn && forced != model::Proto::h1) return tls->protocol() == "h2";
    return (forced != model::Proto::negotiated ? forced : config.proto) == model::Proto::h2;
}

bool ServerConnection::ready(Stream& stream) {
    const bool fcgi = stream.http() && server_->config().proto == model::Proto::fcgi;
    const bool h2 = stream.http() && !fcgi && speaks_h2();
    if (!h2 && !fcgi) {
        if (!stream.http() || end_.counters) return true;
        count_h1(true);
        end_.counters->h1_streams.add();
        h1_stream_ = true;
        return true;
    }
    if (!mux_) start_mux(fcgi);
    return mux_->settled();
}

void ServerConnection::on_mux_over() {
    if (!stream_) return discard();
    broken_ = true;
    stream_->resume();
}

/// Others may have their streams here too, as long as there is room.
void ServerConnection::share() {
    if (owner || discarded_ || shared_ || mux_->streams() == 0 || mux_->room() == 0) return;
    if (idle_link.linked()) return;
    shared_ = true;
    server_->idle.of(env_.thread()).shared.push_front(*this);
}

Endpoint& ServerConnection::open_end(Stream& stream) {
    if (!mux_) return end_;
    stream_ = nullptr;
    Endpoint& end = mux_->open_end(stream);
    if (reuse_of(*stream.backend, server_->config()) == model::Reuse::always) share();
    if (shared_ && mux_->room() == 0) leave_pool();
    return end;
}

void ServerConnection::release(Stream& stream, bool reusable) {
    if (mux_ && stream.origin.endpoint) {
        mux_->close_end(*stream.origin.endpoint);
        share();
        return;
    }
    if (mux_ && stream_ != &stream) return;  // it was taken, but nothing was asked on it
    stream_ = nullptr;
    end_h1_stream();
    if (reusable)
        keep_idle();
    else
        discard();
}

void ServerConnection::on_io(net::Connection& connection) {
    if (mux_) {
        mux_->on_io();
        if (patience_ && mux_->settled() && !discarded_) {
            patience_.reset();
            return keep_idle();
        }
        if (!stream_ || !mux_->settled()) return;
    }
    if (stream_) {
        stream_->resume();
        return;
    }
    // Idle: a server may only close. Whatever else it says belongs to no request.
    if (connection.can_receive()) {
        leave_pool();
        if (end_.receive() != net::Io::again || connection.peer_closed())
            discard();
        else
            keep_idle();
    }
}

/// Nothing is on its way that anybody wants. A reset rather than an end, as HAProxy does it: whoever ends a connection
/// first has it for a minute in TIME_WAIT, and thousands of those make each new one dear.
static void end_connection(net::Connection& socket, bool politely) {
    if (politely || socket.tls() || socket.peer_closed())
        socket.close();
    else
        socket.reset();
}

void ServerConnection::discard() {
    stream_ = nullptr;
    if (discarded_) return;
    discarded_ = true;
    leave_pool();
    if (mux_) mux_->abandon();
    end_h1_stream();
    if (end_.counters) end_.counters->h1_connections_ended.add();
    end_.counters = nullptr;
    end_connection(end_.connection, h2_ != nullptr);
    server_->connections.fetch_sub(1, std::memory_order_relaxed);
    env_.loop.retire(*this);
}

}  // namespace cfgproxy::stream
