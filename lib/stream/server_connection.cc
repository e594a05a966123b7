#include "stream/server_connection.h"

#include "stream/stream.h"

namespace cfgproxy::stream {

ServerConnection::ServerConnection(Env& env, std::shared_ptr<server::Server> server, int fd,
                                   const EndH1::Limits& limits)
    : env_(env), server_(std::move(server)), end_(env.loop, fd, limits) {
    end_.next_message(true);
    end_.connection.set_owner(this);
}

ServerConnection::~ServerConnection() = default;

ServerConnection* ServerConnection::take_idle(Env& env, server::Server& server, model::Reuse reuse, bool first) {
    if (reuse == model::Reuse::never) return nullptr;
    server::IdlePool& pool = server.idle.of(env.thread());
    for (;;) {
        // Towards the first request of a client, only a connection that has proven to be kept alive by the server is
        // safe.
        auto* found = pool.proven.pop_front();
        if (!found && (!first || reuse == model::Reuse::always)) found = pool.fresh.pop_front();
        if (!found) return nullptr;
        auto* connection = static_cast<ServerConnection*>(found);
        server.idle_connections.fetch_sub(1, std::memory_order_relaxed);
        net::Connection& socket = connection->end_.connection;
        if (!socket.peer_closed() && !socket.error() && !connection->end_.has_input()) return connection;
        connection->discard();
    }
}

void ServerConnection::keep_idle() {
    stream_ = nullptr;
    const model::Server& config = server_->config();
    const auto limit = config.pool_max;
    if (limit >= 0 && static_cast<std::int64_t>(server_->idle_connections.load(std::memory_order_relaxed)) >= limit) {
        discard();
        return;
    }
    end_.next_message(true);
    end_.restart_counting();
    end_.release_buffers();
    end_.connection.watch();
    idle_since_ms = env_.loop.now_ms();
    proven = exchanges > 1;
    server_->idle_connections.fetch_add(1, std::memory_order_relaxed);
    server::IdlePool& pool = server_->idle.of(env_.thread());
    if (proven)
        pool.proven.push_front(*this);
    else
        pool.fresh.push_front(*this);
}

void ServerConnection::attach(Stream& stream) {
    stream_ = &stream;
    ++exchanges;
}

void ServerConnection::on_io(net::Connection& connection) {
    if (stream_) {
        stream_->resume();
        return;
    }
    // Idle: a server may only close. Whatever else it says belongs to no request.
    if (connection.can_receive()) {
        if (idle_link.linked()) {
            idle_link.unlink();
            server_->idle_connections.fetch_sub(1, std::memory_order_relaxed);
        }
        if (end_.receive() != net::Io::again || connection.peer_closed())
            discard();
        else
            keep_idle();
    }
}

void ServerConnection::discard() {
    stream_ = nullptr;
    if (idle_link.linked()) {
        idle_link.unlink();
        server_->idle_connections.fetch_sub(1, std::memory_order_relaxed);
    }
    end_.connection.close();
    env_.loop.retire(*this);
}

}  // namespace cfgproxy::stream
