#include "stream/session.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/proxy_protocol.h"
#include "net/tls.h"
#include "net/tls_context.h"
#include "sample/variable.h"
#include "stream/exchange.h"
#include "stream/session_log.h"
#include "stream/session_view.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

// How long a connection that was answered early is read and thrown away before it is closed.
constexpr std::int64_t kLingerMs = 2000;
// How long a client that was told to go (HTTP/2) may have requests under way.
constexpr std::int64_t kPartingMs = 1000;
constexpr std::size_t kMaxIntroduction = 16384;

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

/// `mode health`: whoever connects is told that we are there, and no more.
void Session::answer_health() {
    const bool http = binding_.frontend->health_check.protocol == model::HealthCheck::Protocol::http;
    end_.put_raw(http ? "HTTP/1.0 200 OK\r\n\r\n" : "OK\n");
    end_.flush();
    close(true);
}

/// What may be asked before there is a stream: addresses, what the session tracks, its variables.
void Session::fill(model::RuleContext& context, const LiveView& live) {
    context.arena = context.session_arena = &arena;
    context.frontend = context.backend = binding_.frontend;
    context.bind = binding_.bind;
    context.src = source;
    context.proxy_header = proxy_header;
    context.proxy_tlvs = proxy_tlvs;
    context.dst = destination;
    context.client_tls = end_.connection.tls();
    context.wall_us = env_.loop.wall_us();
    context.live = &live;
    context.request_complete = true;
    context.session_counters = &tracked;
    context.variable_limits = binding_.frontend->variable_limits;
    context.variables[static_cast<int>(sample::Scope::sess)] = &variables;
}

/// Rules that see addresses only, before there is a stream. False: the connection was denied, as `counter` tells, and
/// is no more.
bool Session::run_rules(const model::RuleSet& rules, server::Counter server::TrafficCounters::*counter) {
    const SessionView live(*this);
    model::RuleContext context;
    fill(context, live);
    SessionLog log(*this, context);
    context.log_writer = &log;
    Admission admission(end_.connection, env_.loop.now_ms());
    context.exchange = &admission;
    std::size_t from = 0;
    const model::Verdict verdict = model::run_rules(rules, context, from);
    source = context.src;
    destination = context.dst;
    if (context.introduction != model::RuleContext::Introduction::as_bound) introduction_ = context.introduction;
    if (verdict == model::Verdict::next || verdict == model::Verdict::stop) return true;
    // What silent-drop has closed counts as a request, as in HAProxy.
    deny(end_.connection.is_open() ? counter : &server::TrafficCounters::denied_requests);
    return false;
}

void Session::deny(server::Counter server::TrafficCounters::*counter) {
    (frontend_->traffic.of(env_.thread()).*counter).add();
    if (listener_) (listener_->traffic.of(env_.thread()).*counter).add();
    close(false);
}

/// Connection rules run before any handshake, session rules behind it.
bool Session::admit() {
    const model::Proxy& frontend = *binding_.frontend;
    if (!frontend.tcp_request_connection.empty() &&
        !run_rules(frontend.tcp_request_connection, &server::TrafficCounters::denied_connections))
        return false;
    if (!frontend.monitor_net.empty() && is_monitor()) {
        count_session();
        answer_monitor();
        return false;
    }
    if (frontend.mode == model::Mode::health) {
        count_session();
        answer_health();
        return false;
    }
    return true;
}

void Session::start() {
    if (!admit()) return;
    using Introduction = model::RuleContext::Introduction;
    if (introduction_ == Introduction::as_bound && binding_.bind->accept_proxy) introduction_ = Introduction::proxy;
    if (introduction_ == Introduction::as_bound && binding_.bind->client_ip_magic)
        introduction_ = Introduction::netscaler;
    if (introduction_ == Introduction::as_bound) return secure();
    introducing_ = true;
    read_introduction();
}

void Session::secure() {
    if (const auto& context = binding_.bind->tls.context) {
        auto tls = context->accept();
        if (!tls) return close(false);
        end_.connection.start_tls(std::move(tls));
        handshaking_ = true;
        return shake_hands();
    }
    serve();
}

void Session::shake_hands() {
    switch (end_.connection.handshake()) {
        case net::Io::ok:
            handshaking_ = false;
            handshake_ms = static_cast<std::int64_t>((env_.loop.now_us() - accept_us) / 1000);
            Timer::cancel();
            return serve();
        case net::Io::again:
            Timer::set(env_.loop, handshake_deadline());
            return;
        default:
            return handshake_failed(end_.connection.tls()->describe_failure(end_.connection.error()));
    }
}

void Session::handshake_failed(std::string_view why) { refuse(why, end_.connection.tls()->bytes_in == 0); }

void Session::serve() {
    const model::Proxy& frontend = *binding_.frontend;
    if (!frontend.tcp_request_session.empty() &&
        !run_rules(frontend.tcp_request_session, &server::TrafficCounters::denied_sessions))
        return;
    count_session();
    is_http = binding_.frontend->mode == model::Mode::http;
    if (!is_http) {
        begin_stream();
        return;
    }
    const net::Tls* tls = end_.connection.tls();
    if (binding_.bind->proto == model::Proto::h2 || (tls && tls->protocol() == "h2")) return start_h2();
    begin_h1();
    on_io(end_.connection);
}

// --- HTTP/2 --------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

void Session::start_h2() {
    Timer::cancel();
    end_h1();
    MuxH2::Owner& owner = *this;
    const model::Global& global = binding_.pinned->generation->config->global;
    auto settings = MuxH2::settings(global, global.h2_front, env_.limits);
    settings.idle_ping_ms = binding_.bind->idle_ping_ms;
    h2_ = std::make_unique<MuxH2>(end_.connection, owner, true, settings, protocol_counters());
    on_streams_gone();
    const std::string received(end_.raw_head());
    end_.drop_input();
    h2_->start(received);
}

/// Whether the client begins as HTTP/2 does, without having asked (RFC 9113 section 3.3). `wait`: it may yet be so.
bool Session::is_h2_preface(bool& wait) const {
    if (requests > 0 || binding_.frontend->options.disable_h2_upgrade || binding_.bind->proto == model::Proto::h1)
        return false;
    const auto text = end_.raw_head().substr(0, kPreface.size());
    if (!kPreface.starts_with(text)) return false;
    wait = text.size() < kPreface.size();
    return true;
}

bool Session::begins_h2(model::Proto wanted) const {
    const net::Tls* tls = end_.connection.tls();
    if (wanted == model::Proto::negotiated) wanted = binding_.bind->proto;
    if (wanted != model::Proto::negotiated) return wanted == model::Proto::h2;
    if (tls && tls->protocol() == "h2") return true;
    return !binding_.frontend->options.disable_h2_upgrade && end_.raw_head().starts_with(kPreface);
}

void Session::on_request(EndH2& end) {
    Timer::set(env_.loop, kNever);
    ++requests;
    auto* stream = new Stream(*this, end);
    end.stream = stream;
    last_us = env_.loop.now_us();
    stream->resume();
}

void Session::on_glitches(std::uint32_t count) {
    server::count_all(tracked, nullptr, model::StickData::glitch_cnt, model::StickData::glitch_rate, count);
}

/// The answer to a ping is as good as a request where it is the client's patience alone that counts.
void Session::on_alive() {
    const model::Timeouts& t = binding_.frontend->timeouts;
    if (t.http_request < 0 && t.http_keep_alive < 0 && idle()) Timer::set(env_.loop, env_.loop.deadline_in(t.client));
}

void Session::count_glitches() {
    if (end_.glitches() != glitches_told_) on_glitches(end_.glitches() - glitches_told_);
    glitches_told_ = end_.glitches();
}

/// No exchange is running: the client may stay for a while.
void Session::on_streams_gone() {
    const model::Timeouts& t = binding_.frontend->timeouts;
    const std::int64_t timeout =
        requests == 0 ? first_set(t.http_request, t.client) : first_set(t.http_keep_alive, t.http_request, t.client);
    Timer::set(env_.loop, env_.loop.deadline_in(timeout));
    if (requests > 0 && (binding_.gone || env_.process.stopping.load(std::memory_order_relaxed))) h2_->drain();
    if (h2_->ending()) Timer::set(env_.loop, std::min(Timer::deadline(), env_.loop.deadline_in(kPartingMs)));
}

/// `timeout client-hs`: for a PROXY header and for the handshake of TLS.
std::uint64_t Session::handshake_deadline() const {
    const model::Timeouts& timeouts = binding_.frontend->timeouts;
    return net::deadline_after(accept_us, first_set(timeouts.client_handshake, timeouts.client));
}

/// The header that tells who the client is. It must come in one piece, so it is looked at before it is taken.
void Session::read_introduction() {
    const model::Bind& bind = *binding_.bind;
    char bytes[kMaxIntroduction];
    const ssize_t size = ::recv(end_.connection.fd(), bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        Timer::set(env_.loop, handshake_deadline());
        end_.connection.watch();
        return;
    }
    net::ProxyHeader header;
    const std::string_view text(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    const bool by_proxy = introduction_ == model::RuleContext::Introduction::proxy;
    net::ProxyError error = size < 0   ? net::ProxyError::aborted
                            : by_proxy ? net::read_proxy_header(text, header)
                                       : net::read_netscaler_header(text, bind.client_ip_magic.value_or(0), header);
    if (error == net::ProxyError::none &&
        ::recv(end_.connection.fd(), bytes, header.length, 0) != static_cast<ssize_t>(header.length))
        error = net::ProxyError::aborted;
    if (error != net::ProxyError::none)
        return refuse(by_proxy ? net::describe(error) : net::describe_netscaler(error),
                      error == net::ProxyError::empty);
    if (header.has_addresses) {
        source = header.source;
        destination = header.destination;
    }
    proxy_header = by_proxy && header.has_addresses;
    proxy_tlvs = header.tlvs;
    introducing_ = false;
    Timer::cancel();
    secure();
}

/// What is left of a connection that never became a session is a line in the log.
void Session::refuse(std::string_view why, bool empty) {
    failure = why;
    if (!(empty && binding_.frontend->options.dontlognull)) {
        const SessionView live(*this);
        model::RuleContext context;
        fill(context, live);
        SessionLog(*this, context).write_failure(why);
    }
    close(false);
}

void Session::begin_stream() {
    Timer::set(env_.loop, kNever);
    ++requests;
    h1_stream_ = end_.counters && end_.has_input();
    if (h1_stream_) end_.counters->h1_streams.add();
    stream_ = new Stream(*this, end_);
    stream_->resume();
}

void Session::wait_for_request() {
    const model::Timeouts& t = binding_.frontend->timeouts;
    const std::int64_t timeout =
        requests == 0 ? first_set(t.http_request, t.client) : first_set(t.http_keep_alive, t.http_request, t.client);
    Timer::set(env_.loop, net::deadline_after(requests == 0 ? accept_us : env_.loop.now_us(), timeout));
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
            if (bool wait = false; is_h2_preface(wait)) {
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
    if (introducing_)
        return refuse(introduction_ == model::RuleContext::Introduction::proxy
                          ? net::describe(net::ProxyError::timeout)
                          : net::describe_netscaler(net::ProxyError::timeout),
                      false);
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
    if (h2_ && requests > 0) {
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
