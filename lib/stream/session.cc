#include "stream/session.h"

#include <sys/socket.h>

#include <cerrno>

#include "log/format.h"
#include "log/log.h"
#include "net/proxy_protocol.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

// How long a connection that was answered early is read and thrown away before it is closed.
constexpr std::uint64_t kLingerMs = 2000;
constexpr std::size_t kMaxIntroduction = 16384;

std::int64_t first_set(std::int64_t a, std::int64_t b, std::int64_t c = -1) { return a >= 0 ? a : b >= 0 ? b : c; }

}  // namespace

Session::Session(Env& env, const Binding& binding, int fd, const net::Address& source, const net::Address& destination,
                 const EndH1::Limits& limits)
    : source(source),
      destination(destination),
      env_(env),
      binding_(binding),
      frontend_(binding.state),
      listener_(binding.listener),
      end_(env.loop, fd, limits) {
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
    if (binding_.bind && (binding_.bind->accept_proxy || binding_.bind->client_ip_magic)) {
        introducing_ = true;
        read_introduction();
        return;
    }
    serve();
}

void Session::serve() {
    if (binding_.frontend->mode != model::Mode::http) {
        begin_stream();
        return;
    }
    on_io(end_.connection);
}

/// The header that tells who the client is. It must come in one piece, so it is looked at before it is taken.
void Session::read_introduction() {
    const model::Bind& bind = *binding_.bind;
    char bytes[kMaxIntroduction];
    const ssize_t size = ::recv(end_.connection.fd(), bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        const std::int64_t timeout = binding_.frontend->timeouts.client;
        Timer::set(env_.loop, timeout < 0 ? kNever : accept_us / 1000 + static_cast<std::uint64_t>(timeout));
        end_.connection.watch();
        return;
    }
    net::ProxyHeader header;
    const std::string_view text(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    net::ProxyError error = size < 0            ? net::ProxyError::aborted
                            : bind.accept_proxy ? net::read_proxy_header(text, header)
                                                : net::read_netscaler_header(text, *bind.client_ip_magic, header);
    if (error == net::ProxyError::none &&
        ::recv(end_.connection.fd(), bytes, header.length, 0) != static_cast<ssize_t>(header.length))
        error = net::ProxyError::aborted;
    if (error != net::ProxyError::none)
        return refuse(bind.accept_proxy ? net::describe(error) : net::describe_netscaler(error),
                      error == net::ProxyError::empty);
    if (header.has_addresses) {
        source = header.source;
        destination = header.destination;
    }
    authority = header.authority;
    introducing_ = false;
    Timer::cancel();
    serve();
}

/// What is left of a connection that never became a session is a line in the log.
void Session::refuse(std::string_view why, bool empty) {
    const model::Proxy& frontend = *binding_.frontend;
    const auto& global_targets = binding_.pinned->generation->config->global.logs;
    const bool to_global = frontend.log_global && !global_targets.empty();
    if ((to_global || !frontend.logs.empty()) && !(empty && frontend.options.dontlognull)) {
        log::Record record;
        record.client = source;
        record.accept_wall_us = accept_wall_us;
        record.frontend_name = frontend.name;
        record.bind_name = binding_.bind->name;
        record.bind_id = binding_.bind->id;
        record.error = why;
        std::string line;
        log::append_error_line(record, line);
        const log::Level level = frontend.options.log_separate_errors ? log::kErr : log::kInfo;
        const std::uint64_t now = env_.loop.wall_us();
        if (to_global) env_.logger.send(global_targets, level, line, frontend.log_tag, now);
        if (!frontend.logs.empty()) env_.logger.send(frontend.logs, level, line, frontend.log_tag, now);
    }
    close(false);
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
    if (introducing_) {
        read_introduction();
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
    if (introducing_)
        return refuse(binding_.bind->accept_proxy ? net::describe(net::ProxyError::timeout)
                                                  : net::describe_netscaler(net::ProxyError::timeout),
                      false);
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
