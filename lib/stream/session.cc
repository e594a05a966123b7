#include "stream/session.h"

#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

// How long a connection that was answered early is read and thrown away before it is closed.
constexpr std::uint64_t kLingerMs = 2000;

std::int64_t first_set(std::int64_t a, std::int64_t b, std::int64_t c = -1) { return a >= 0 ? a : b >= 0 ? b : c; }

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
    count_enter();
}

Session::~Session() = default;

void Session::count_enter() {
    stream::Process& process = env_.process;
    const std::uint64_t now = env_.loop.now_ms();
    process.connections.enter();
    process.total_connections.fetch_add(1, std::memory_order_relaxed);
    for (server::Rate* rate :
         {&process.connection_rate, &process.session_rate, &frontend_->connection_rate, &frontend_->session_rate})
        rate->add(now);
    server::raise_max(process.connection_rate_max, process.connection_rate.per_second(now));
    server::raise_max(process.session_rate_max, process.session_rate.per_second(now));
    server::raise_max(frontend_->connection_rate_max, frontend_->connection_rate.per_second(now));
    server::raise_max(frontend_->session_rate_max, frontend_->session_rate.per_second(now));
    frontend_->connections.enter();
    auto& traffic = frontend_->traffic.of(env_.thread());
    traffic.connections.add();
    traffic.sessions.add();
    if (!listener_) return;
    listener_->connections.enter();
    listener_->traffic.of(env_.thread()).connections.add();
    listener_->traffic.of(env_.thread()).sessions.add();
}

void Session::count_leave() {
    frontend_->connections.leave();
    if (listener_) listener_->connections.leave();
    env_.process.connections.leave();
    if (env_.process.room_wanted.load(std::memory_order_relaxed) && env_.process.room_wanted.exchange(false))
        env_.process.tell_room();
}

/// `monitor-net`: a watcher is told that we live, and counts as nothing.
bool Session::is_monitor() const {
    for (const net::Network& network : binding_.frontend->monitor_net)
        if (network.contains(source)) return true;
    return false;
}

void Session::answer_monitor() {
    if (binding_.frontend->mode == model::Mode::http) {
        end_.put_raw("HTTP/1.0 200 OK\r\n\r\n");
        end_.flush();
    }
    close(true);
}

void Session::start() {
    if (!binding_.frontend->monitor_net.empty() && is_monitor()) {
        answer_monitor();
        return;
    }
    if (binding_.frontend->mode != model::Mode::http) {
        begin_stream();
        return;
    }
    on_io(end_.connection);
}

void Session::begin_stream() {
    Timer::set(env_.loop, kNever);
    ++requests;
    stream_ = new Stream(*this);
    stream_->resume();
}

void Session::wait_for_request() {
    const model::Timeouts& t = binding_.frontend->timeouts;
    const std::int64_t timeout =
        requests == 0 ? first_set(t.http_request, t.client) : first_set(t.http_keep_alive, t.http_request, t.client);
    const std::uint64_t since = requests == 0 ? accept_us / 1000 : env_.loop.now_ms();
    Timer::set(env_.loop, timeout < 0 ? kNever : since + static_cast<std::uint64_t>(timeout));
    end_.release_buffers();
    end_.connection.watch();
}

void Session::on_io(net::Connection&) {
    if (stream_) {
        stream_->resume();
        return;
    }
    if (lingering_) {
        end_.discard_input();
        if (end_.connection.peer_closed() || end_.connection.error()) close(false);
        return;
    }
    switch (end_.receive()) {
        case net::Io::ok:
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
    if (lingering_ || requests > 0)
        close(false);
    else
        begin_stream();  // 408
}

void Session::stream_ended(bool keep_alive) {
    stream_ = nullptr;
    last_us = env_.loop.now_us();
    if (!keep_alive) return;
    end_.next_message(false);
    if (end_.has_input()) {
        begin_stream();
        return;
    }
    if (env_.process.stopping.load(std::memory_order_relaxed) || binding_.gone) {
        close(false);
        return;
    }
    if (end_.connection.can_receive())
        on_io(end_.connection);
    else
        wait_for_request();
}

void Session::close(bool linger) {
    if (linger && end_.connection.is_open() && !end_.connection.peer_closed()) {
        lingering_ = true;
        end_.connection.shutdown_write();
        end_.discard_input();
        end_.release_buffers();
        if (!end_.connection.peer_closed() && !end_.connection.error()) {
            end_.connection.watch();
            Timer::set(env_.loop, env_.loop.now_ms() + kLingerMs);
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
    count_leave();
    env_.loop.retire(*this);
}

void Session::kill(char cause) {
    if (stream_)
        stream_->on_shutdown(cause);
    else
        close(false);
}

void Session::kill_now() {
    if (stream_) stream_->end_at_once();
    if (env_link.linked()) close(false);
}

void Session::drain() {
    // A connection that was just accepted gets its answer: its request may be on the way.
    if (!stream_ && !lingering_ && requests > 0) close(false);
}

}  // namespace cfgproxy::stream
