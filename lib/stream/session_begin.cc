// How a client connection begins: whom the rules let in, who it says it is, TLS, and what is spoken then.
#include <sys/socket.h>

#include <cerrno>

#include "net/tls.h"
#include "net/tls_context.h"
#include "stream/exchange.h"
#include "stream/session.h"
#include "stream/session_log.h"
#include "stream/session_view.h"

namespace cfgproxy::stream {

using Introduction = model::RuleContext::Introduction;

// A PROXY header with all its TLVs is no longer.
constexpr std::size_t kMaxIntroduction = 16384;

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
    if (context.introduction != Introduction::as_bound) introduction_ = context.introduction;
    attach_to_ = context.attach_to;
    attach_name_ = context.attach_name;
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

void Session::start() {
    if (!admit()) return;
    if (introduction_ == Introduction::as_bound && binding_.bind->accept_proxy) introduction_ = Introduction::proxy;
    if (introduction_ == Introduction::as_bound && binding_.bind->client_ip_magic)
        introduction_ = Introduction::netscaler;
    if (introduction_ == Introduction::as_bound) return secure();
    introducing_ = true;
    read_introduction();
}

/// Puts TLS on a connection whose line has it; nothing has been received by it yet. False: out of memory.
static bool begin_tls(net::Connection& connection, const model::Bind& bind) {
    if (!bind.tls.context) return true;
    auto tls = bind.tls.context->accept();
    if (!tls) return false;
    connection.start_tls(std::move(tls));
    return true;
}

void Session::secure() {
    if (!begin_tls(end_.connection, *binding_.bind)) return close(false);
    if (end_.connection.tls()) {
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
    if (attach_to_) return join_server(*attach_to_);
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

/// `timeout client-hs`: for a PROXY header and for the handshake of TLS.
std::uint64_t Session::handshake_deadline() const {
    const model::Timeouts& timeouts = binding_.frontend->timeouts;
    return net::deadline_after(accept_us, timeouts.client_handshake >= 0 ? timeouts.client_handshake : timeouts.client);
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
    const bool by_proxy = is_introduced_by_proxy();
    net::ProxyError error = size < 0   ? net::ProxyError::aborted
                            : by_proxy ? net::read_proxy_header(text, header)
                                       : net::read_netscaler_header(text, bind.client_ip_magic.value_or(0), header);
    if (error == net::ProxyError::none &&
        ::recv(end_.connection.fd(), bytes, header.length, 0) != static_cast<ssize_t>(header.length))
        error = net::ProxyError::aborted;
    if (error != net::ProxyError::none) return refuse_introduction(error);
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

void Session::refuse_introduction(net::ProxyError error) {
    if (!begin_tls(end_.connection, *binding_.bind)) return close(false);  // the log line may ask for it
    refuse(is_introduced_by_proxy() ? net::describe(error) : net::describe_netscaler(error),
           error == net::ProxyError::empty);
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

}  // namespace cfgproxy::stream
