#include "engine/reverse_caller.h"

#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "log/log.h"
#include "model/rule.h"
#include "model/socket_address.h"
#include "net/network_namespace.h"
#include "net/proxy_protocol.h"
#include "net/retire_connection.h"
#include "net/tls.h"
#include "net/tls_context.h"
#include "sample/expression.h"
#include "stream/session.h"

namespace cfgproxy::engine {
namespace {

// After a call that did not get through.
constexpr std::int64_t kPauseMs = 1000;
constexpr std::size_t kFrameHead = 9, kSettingsFrame = 4;

/// Until there is a session nothing is read but what the server begins with.
struct Nobody final : http::H2Session::Handler {
    http::H2Stream* on_begin() override { return nullptr; }
    http::H2Error on_field(http::H2Stream&, std::string_view, std::string_view) override { return {}; }
    http::H2Error on_fields_end(http::H2Stream&, bool) override { return {}; }
    void on_payload(http::H2Stream&, std::string_view) override {}
    http::H2Error on_end(http::H2Stream&) override { return {}; }
    void on_closed(http::H2Stream&, http::H2Error) override {}
    void on_reset(http::H2Stream&) override {}
    void on_window(http::H2Stream*) override {}
    void on_go_away(std::int32_t) override {}
    http::H2Session::Piece next_payload(http::H2Stream&, std::size_t) override { return {}; }
    void on_sent(http::H2Stream&, std::size_t, bool) override {}
    void on_event(http::H2Event) override {}
    bool minds_glitches() override { return false; }
} nobody;

net::Address own_address(int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    return net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
}

/// Where the server is now; 0: nowhere.
socklen_t address_of(const server::Server& server, sockaddr_storage& to) {
    if (model::is_unix(server.config().endpoint)) return model::write_unix_address(server.config().endpoint, to);
    const net::Address address = server.address();
    if (!address.is_ip() || address.port() == 0) return 0;
    std::memcpy(&to, address.raw(), address.length());
    return address.length();
}

bool bind_source(const model::Server& server, int fd, int family) {
    const auto& source = server.source ? server.source : server.proxy->source;
    if (!source || source->ip.family() != family) return true;
    return ::bind(fd, source->ip.raw(), source->ip.length()) == 0;
}

}  // namespace

ReverseCaller::~ReverseCaller() {
    hang_up();
    if (!companion_) return;
    companion_->caller = nullptr;
    source_->connections.fetch_sub(1);
}

bool ReverseCaller::may_call() const {
    return !binding_.gone && !env_.process.stopping.load(std::memory_order_relaxed);
}

void ReverseCaller::start() {
    if (connection_ || companion_ || Timer::deadline() != kNever || !may_call()) return;
    Timer::set(env_.loop, env_.loop.now_ms());
}

void ReverseCaller::on_timer() {
    if (connection_) {  // `timeout connect`
        hang_up();
        tell(ReverseSource::State::failing);
    }
    if (may_call()) call();
}

void ReverseCaller::tell(ReverseSource::State state) {
    if (!source_->turns(state)) return;
    std::string text = "preconnect " + source_->key();
    const model::Proxy& frontend = *binding_.frontend;
    log::Level level = log::kInfo;
    if (state == ReverseSource::State::begun) {
        text += ": Initiating.";
    } else if (state == ReverseSource::State::full) {
        text += ": Running with nbconn " + std::to_string(binding_.bind->reverse_connections) + " reached.";
    } else {
        text += ": Error encountered.";
        level = log::kErr;
    }
    env_.logger.send(frontend.logs, level, text, frontend.log_tag, env_.loop.wall_us());
}

void ReverseCaller::call() {
    tell(ReverseSource::State::begun);
    const model::Server& line = *binding_.bind->reverse_server;
    server::Server* found = binding_.pinned->generation->backend(*line.proxy)->state_of(line);
    server_ = found ? found->shared_from_this() : nullptr;
    introduced_ = false;
    h2_.reset();
    received_.clear();
    if (!server_ || !connect(*server_)) return fail();
    const std::int64_t patience = line.proxy->timeouts.connect;
    Timer::set(env_.loop, env_.loop.deadline_in(patience >= 0 ? patience : kPauseMs));
    advance();
}

/// A socket on its way to the server. False: there is none.
bool ReverseCaller::connect(const server::Server& server) {
    const model::Server& line = server.config();
    sockaddr_storage to{};
    const socklen_t length = address_of(server, to);
    if (length == 0) return false;
    const int family = to.ss_family;
    const int fd = net::socket_in(line.network_namespace.get(), family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return false;
    connection_ = std::make_unique<net::Connection>(env_.loop, fd);
    connection_->set_owner(this);
    if (!bind_source(line, fd, family)) return false;
    if (family != AF_UNIX) net::set_stream_options(fd, line.proxy->options.srvtcpka || line.proxy->options.tcpka);
    if (server.tls() && !start_tls(server)) return false;
    return connection_->start_connect(reinterpret_cast<sockaddr*>(&to), length) != net::Io::failed;
}

/// `sni`, as far as it can be evaluated without anything that was received.
bool ReverseCaller::start_tls(const server::Server& server) {
    const model::Server& line = server.config();
    base::Arena arena;
    model::RuleContext context;
    context.arena = context.session_arena = &arena;
    context.frontend = binding_.frontend;
    context.backend = line.proxy;
    context.wall_us = env_.loop.wall_us();
    std::string_view name;
    if (const auto& sni = line.tls->sni; sni && sni->evaluate_text(context, name) != sample::Found::yes) name = {};
    auto tls = server.tls()->connect(std::string(name), {});
    if (!tls) return false;
    connection_->start_tls(std::move(tls));
    return true;
}

void ReverseCaller::advance() {
    if (!connection_) return;
    net::Io io = connection_->connecting() ? connection_->finish_connect() : net::Io::ok;
    if (io == net::Io::ok && !h2_) io = secure();
    if (io == net::Io::ok) io = listen_for_settings();
    if (io == net::Io::again) return connection_->watch();
    if (io != net::Io::ok) return fail();
    become_session();
}

/// The connection stands: PROXY header, TLS, then the first bytes of HTTP/2.
net::Io ReverseCaller::secure() {
    if (!introduce()) return net::Io::failed;
    if (const net::Io io = connection_->handshake(); io != net::Io::ok) return io;
    const net::Tls* tls = connection_->tls();
    if (server_->config().proto != model::Proto::h2 && !(tls && tls->protocol() == "h2")) return net::Io::failed;
    return say_hello() ? net::Io::ok : net::Io::failed;
}

/// send-proxy, of the connection itself. It is small and the socket is empty: all of it goes at once.
bool ReverseCaller::introduce() {
    const std::uint8_t versions = server_->config().proxy_protocol.version;
    if (introduced_ || versions == 0) return true;
    introduced_ = true;
    const net::Address own = own_address(connection_->fd());
    std::string header;
    if (versions & 2)
        net::append_proxy_v2(header, own, server_->address(), {});
    else
        net::append_proxy_v1(header, own, server_->address());
    return ::send(connection_->fd(), header.data(), header.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(header.size());
}

/// The preface and SETTINGS.
bool ReverseCaller::say_hello() {
    const model::Global& global = binding_.pinned->generation->config->global;
    auto settings = stream::MuxH2::settings(global, global.h2_front, env_.limits, 0).h2;
    settings.reversed = true;
    h2_.emplace(nobody, true, settings);
    base::Buffer out;
    h2_->produce(out, out.capacity());
    const iovec piece{out.data(), out.size()};
    std::size_t sent = 0;
    return connection_->send(&piece, 1, sent) == net::Io::ok && sent == out.size();
}

/// The server must say SETTINGS before all else; what comes behind them may be requests already. Ok once they are here.
net::Io ReverseCaller::listen_for_settings() {
    for (;;) {
        const std::string_view text = received_.view();
        const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
        if (text.size() >= kFrameHead) {
            const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
            if (byte(3) != kSettingsFrame || size > received_.capacity() / 2) return net::Io::failed;
            if (text.size() >= kFrameHead + size) return net::Io::ok;
        }
        if (const net::Io io = connection_->receive(received_); io != net::Io::ok) return io;
    }
}

void ReverseCaller::become_session() {
    Timer::cancel();
    auto tls = connection_->take_tls();
    const int fd = connection_->surrender();
    net::retire_connection(env_.loop, std::move(connection_));
    auto companion = std::make_shared<Companion>(*this);
    companion_ = companion.get();
    if (source_->connections.fetch_add(1) + 1 >= binding_.bind->reverse_connections) tell(ReverseSource::State::full);
    auto* session = new stream::Session(env_, binding_, fd, server_->address(), own_address(fd), env_.limits);
    session->companion = std::move(companion);
    session->start_reversed(std::move(tls), {.session = std::move(*h2_), .unsent = {}, .counted = false},
                            received_.view());
    h2_.reset();
    received_.clear();
    received_.release();
    server_.reset();
}

/// Called while a session is destroyed.
void ReverseCaller::on_session_end() {
    companion_ = nullptr;
    source_->connections.fetch_sub(1);
    if (may_call()) Timer::set(env_.loop, env_.loop.now_ms());
}

void ReverseCaller::hang_up() {
    if (!connection_) return;
    connection_->close();
    net::retire_connection(env_.loop, std::move(connection_));
    h2_.reset();
}

void ReverseCaller::fail() {
    hang_up();
    server_.reset();
    tell(ReverseSource::State::failing);
    if (may_call()) Timer::set(env_.loop, env_.loop.deadline_in(kPauseMs));
}

}  // namespace cfgproxy::engine
