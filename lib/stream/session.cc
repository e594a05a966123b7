#include "stream/session.h"

#include <utility>

#include "sample/variable.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

// How long a connection that was answered early is read and thrown away before it is closed.
constexpr std::int64_t kLingerMs = 2000;

/// `option accept-invalid-http-request` and its later names.
EndH1::Limits forgiving(EndH1::Limits limits, bool accept_invalid) {
    limits.h1.accept_invalid = accept_invalid;
    return limits;
}

}  // namespace

Session::Session(Env& env, const Binding& binding, int fd, const net::Address& source, const net::Address& destination,
                 const EndH1::Limits& limits)
    : source(source),
      destination(destination),
      env_(env),
      binding_(binding),
      frontend_(binding.state),
      listener_(binding.listener),
      end_(env.loop, fd, forgiving(limits, binding.frontend->options.accept_invalid_request)) {
    accept_wall_us = env.loop.wall_us();
    accept_us = last_us = env.loop.now_us();
    end_.connection.set_owner(this);
    env.sessions->push_back(*this);
    count_connection();
}

Session::~Session() {
    if (variables.bytes) sample::give_back_variables(variables, nullptr);
}

void Session::count_connection() {
    stream::Process& process = env_.process;
    const std::uint64_t now = env_.loop.now_ms();
    process.connections.enter();
    process.total_connections.fetch_add(1, std::memory_order_relaxed);
    process.connection_rate.add(now);
    frontend_->connection_rate.add(now);
    server::raise_max(process.connection_rate_max, process.connection_rate.per_second(now));
    server::raise_max(frontend_->connection_rate_max, frontend_->connection_rate.per_second(now));
    frontend_->connections.enter();
    frontend_->traffic.of(env_.thread()).connections.add();
    if (!listener_) return;
    listener_->connections.enter();
    listener_->traffic.of(env_.thread()).connections.add();
}

/// What the rules have let in.
void Session::count_session() {
    stream::Process& process = env_.process;
    const std::uint64_t now = env_.loop.now_ms();
    process.session_rate.add(now);
    frontend_->session_rate.add(now);
    server::raise_max(process.session_rate_max, process.session_rate.per_second(now));
    server::raise_max(frontend_->session_rate_max, frontend_->session_rate.per_second(now));
    frontend_->traffic.of(env_.thread()).sessions.add();
    if (listener_) listener_->traffic.of(env_.thread()).sessions.add();
    if (!tracked.empty()) server::count_all(tracked, nullptr, model::StickData::sess_cnt, model::StickData::sess_rate);
}

void Session::count_leave() {
    frontend_->connections.leave();
    if (listener_) listener_->connections.leave();
    env_.process.connections.leave();
    if (env_.process.room_wanted.load(std::memory_order_relaxed) && env_.process.room_wanted.exchange(false))
        env_.process.tell_room();
}

/// The connection counts as one of HTTP/1's. A client that sends something else was one until then.
void Session::begin_h1() {
    end_.counters = &protocol_counters();
    end_.counters->h1_connections.add();
}

void Session::end_h1() {
    if (!end_.counters) return;
    end_.counters->h1_connections_ended.add();
    end_.counters = nullptr;
}

void Session::begin_stream() {
    Timer::set(env_.loop, kNever);
    ++requests;
    h1_stream_ = end_.counters && end_.has_input();
    if (h1_stream_) end_.counters->h1_streams.add();
    stream_ = new Stream(*this, end_);
    stream_->resume();
}

/// The first of `timeout http-keep-alive`, which does not count for a first request, `http-request` and `client` that
/// is set.
std::int64_t Session::patience_for_request() const {
    const model::Timeouts& t = binding_.frontend->timeouts;
    if (requests > 0 && t.http_keep_alive >= 0) return t.http_keep_alive;
    return t.http_request >= 0 ? t.http_request : t.client;
}

void Session::wait_for_request() {
    Timer::set(env_.loop, net::deadline_after(requests == 0 ? accept_us : env_.loop.now_us(), patience_for_request()));
    end_.release_buffers();
    end_.connection.watch();
}

void Session::on_io(net::Connection&) {
    if (stream_) {
        stream_->resume();
        return;
    }
    if (h2_ && !lingering_) return h2_->on_io();
    if (introducing_) return read_introduction();
    if (handshaking_) return shake_hands();
    if (lingering_) {
        end_.discard_input();
        if (end_.connection.peer_closed() || end_.connection.error()) close(false);
        return;
    }
    switch (end_.receive()) {
        case net::Io::ok:
            if (bool wait = false; requests == 0 && is_h2_preface(wait)) {
                if (!wait) return start_h2();
                if (!end_.connection.peer_closed()) return wait_for_request();
            }
            begin_stream();
            break;
        case net::Io::again:
            wait_for_request();
            break;
        case net::Io::closed:
        case net::Io::failed:
            if (requests == 0)
                begin_stream();  // it counts, and perhaps logs, a connection without a request
            else
                close(false);
            break;
    }
}

void Session::on_timer() {
    if (stream_) return;
    if (introducing_) return refuse_introduction(net::ProxyError::timeout);
    if (handshaking_) return handshake_failed("Timeout during SSL handshake");
    if (h2_ && !lingering_) {
        h2_->say_goodbye(http::H2Error::no_error);
        return close(true);
    }
    if (lingering_ || requests > 0)
        close(false);
    else
        begin_stream();  // 408
}

void Session::count_glitches() {
    if (end_.glitches() != glitches_told_) on_glitches(end_.glitches() - glitches_told_);
    glitches_told_ = end_.glitches();
}

void Session::stream_ended(Stream& stream, bool keep_alive, bool linger) {
    if (h2_) {
        h2_->release(static_cast<EndH2&>(*stream.client.endpoint));
        if (!end_.connection.is_open()) kill_now();  // silent-drop
        return;
    }
    stream_ = nullptr;
    count_glitches();
    if (std::exchange(h1_stream_, false)) protocol_counters().h1_streams_ended.add();
    if (stream.becomes_h2) {
        requests = 0;
        return start_h2();
    }
    last_us = env_.loop.now_us();
    if (!keep_alive) {
        // Bytes that nobody has read would make the system answer with a reset rather than with an end.
        if (!linger && !binding_.frontend->options.nolinger && !end_.connection.peer_closed()) end_.discard_some();
        return close(linger);
    }
    end_.next_message(false);
    if (end_.has_input()) {
        begin_stream();
        return;
    }
    const bool farewell = env_.process.stopping.load(std::memory_order_relaxed) || binding_.gone;
    if (farewell && !binding_.frontend->options.idle_close_on_response) {
        close(false);
        return;
    }
    if (end_.connection.can_receive())
        on_io(end_.connection);
    else
        wait_for_request();
}

void Session::close(bool linger) {
    if (h2_) h2_->abandon();
    if (linger && end_.connection.is_open() && !end_.connection.peer_closed()) {
        lingering_ = true;
        end_.connection.shutdown_write();
        end_.discard_input();
        end_.release_buffers();
        if (!end_.connection.peer_closed() && !end_.connection.error()) {
            end_.connection.watch();
            Timer::set(env_.loop, env_.loop.deadline_in(kLingerMs));
            return;
        }
    }
    Timer::cancel();
    if (binding_.frontend->options.nolinger)
        end_.connection.reset();
    else
        end_.connection.close();
    if (!env_link.linked()) return;
    env_link.unlink();
    for_each_stream([](Stream& stream) { stream.end_at_once(); });
    while (server::IdleConnection* connection = kept_.front()) connection->discard();
    tracked.release();
    end_h1();
    count_leave();
    env_.loop.retire(*this);
}

void Session::keep(ServerConnection& connection) {
    if (!env_link.linked() || kept_.size() >= binding_.frontend->max_kept_per_session) return connection.discard();
    kept_.push_front(connection);
}

ServerConnection* Session::take_kept(const server::Server& server, const ServerConnection::Purpose& purpose) {
    for (auto* kept = kept_.front(); kept;) {
        auto& connection = *static_cast<ServerConnection*>(kept);
        kept = kept_.next(connection);
        if (&connection.server() != &server || !connection.fits(purpose)) continue;
        if (!connection.is_alive()) {
            connection.discard();
            continue;
        }
        connection.idle_link.unlink();
        return &connection;
    }
    return nullptr;
}

void Session::kill(char cause) {
    if (idle()) return close(false);
    for_each_stream([cause](Stream& stream) { stream.on_shutdown(cause); });
}

void Session::kill_now() {
    if (stream_) stream_->end_at_once();
    if (env_link.linked()) close(false);
}

void Session::drain() {
    if (h2_ && (requests > 0 || companion)) {
        if (h2_->ending()) return;  // asked again and again while a process stops
        h2_->drain();
        if (h2_->streams() == 0) on_streams_gone();
        return;
    }
    // A connection that was just accepted gets its answer: its request may be on the way.
    if (stream_ || lingering_ || requests == 0) return;
    if (!binding_.frontend->options.idle_close_on_response) close(false);
}

}  // namespace cfgproxy::stream
