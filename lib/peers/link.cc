#include "peers/link.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "model/socket_address.h"
#include "net/tcp_md5.h"
#include "net/tls.h"
#include "net/tls_context.h"

namespace cfgproxy::peers {
namespace {

constexpr std::uint64_t kConnectMs = 1000, kRetryMs = 1000, kHandshakeMs = 5000;
constexpr std::uint32_t kRetries = 3;
// A peer that sends faster than it is understood waits.
constexpr std::size_t kMaxInput = 2 * kMaxContent;

/// What the peer's line says about the socket. False: it cannot be.
bool prepare(int fd, const model::Server& server, const sockaddr_storage& to, socklen_t length) {
    const int one = 1;
    if (to.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!server.interface.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, server.interface.c_str(),
                                                static_cast<socklen_t>(server.interface.size() + 1)) != 0)
        return false;
    if (server.tcp_user_timeout_ms)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &server.tcp_user_timeout_ms, sizeof server.tcp_user_timeout_ms);
    if (!server.md5_password.empty() &&
        !net::sign_with_md5(fd, net::Address::from(reinterpret_cast<const sockaddr*>(&to), length),
                            server.md5_password))
        return false;
    if (!server.source || server.source->ip.family() != to.ss_family) return true;
    const net::Address& own = server.source->ip;
    return ::bind(fd, own.raw(), own.length()) == 0;
}

}  // namespace

Link::Link(LinkOwner& owner, net::Loop& loop, int fd, const net::Address& from, const net::Address& to,
           std::unique_ptr<net::Tls> tls)
    : owner_(owner), loop_(loop), session_(owner), from_(from), to_(to) {
    connection_ = std::make_unique<net::Connection>(loop_, fd);
    connection_->set_owner(this);
    if (tls) connection_->start_tls(std::move(tls));
}

Link::Link(LinkOwner& owner, net::Loop& loop, Peer& peer, std::shared_ptr<const model::Server> server, bool once)
    : owner_(owner), loop_(loop), session_(owner, peer), server_(std::move(server)), tries_left_(once ? 0 : kRetries) {}

Link::~Link() { *alive_ = nullptr; }

void Link::start() {
    if (server_) return connect();
    Timer::set(loop_, loop_.now_ms() + kHandshakeMs);
    connection_->watch();
    establish();
}

void Link::connect() {
    sockaddr_storage address = {};
    const socklen_t length = model::write_address(server_->endpoint, address);
    const int fd = length == 0 ? -1 : ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail();
    connection_ = std::make_unique<net::Connection>(loop_, fd);
    connection_->set_owner(this);
    if (!prepare(fd, *server_, address, length)) return fail();
    if (server_->tls->on && server_->tls->context) {
        auto tls = server_->tls->context->connect({});
        if (!tls) return fail();
        connection_->start_tls(std::move(tls));
    }
    Timer::set(loop_, loop_.now_ms() + kConnectMs);
    const net::Io io = connection_->start_connect(reinterpret_cast<const sockaddr*>(&address), length);
    if (io != net::Io::ok && io != net::Io::again) return fail();
    connection_->watch();
    if (io == net::Io::ok) establish();
}

/// A call has failed: once more in a while, or no more.
void Link::fail() {
    if (tries_left_ == 0 || ended_) return close();
    --tries_left_;
    if (connection_) connection_->close();
    old_ = std::move(connection_);  // it may be calling us
    Timer::set(loop_, loop_.now_ms() + kRetryMs);
}

void Link::on_timer() {
    if (is_resting()) return connect();
    if (server_ && !established_) return fail();
    if (!session_.is_connected() || ended_) close();
}

void Link::on_io(net::Connection& connection) {
    if (closed_) return;
    if (established_) return work();
    if (connection.connecting()) {
        const net::Io io = connection.finish_connect();
        if (io == net::Io::again) return;
        if (io != net::Io::ok) return fail();
    }
    establish();
}

/// TCP is there; TLS comes next where it is spoken.
void Link::establish() {
    const net::Io io = connection_->handshake();
    if (io == net::Io::again) return;
    if (io != net::Io::ok) return server_ ? fail() : close();
    established_ = true;
    Timer::set(loop_, loop_.now_ms() + kHandshakeMs);
    if (Peer* peer = session_.peer(); peer && peer->session == &session_) peer->status = kConnected;
    work();
}

void Link::wake() {
    if (woken_) return;
    woken_ = true;
    loop_.post([alive = alive_] {
        if (!*alive) return;
        Link& link = **alive;
        link.woken_ = false;
        if (link.session_.state() == Session::State::end && !link.established_) return link.close();
        if (link.established_) link.work();
    });
}

void Link::work() {
    if (closed_) return;
    const bool connected_before = session_.is_connected();
    if (!receive()) return close();
    if (!ended_ && output_.empty()) {
        switch (session_.work(input_, output_)) {
            case Session::Outcome::waits:
                break;
            case Session::Outcome::more:
                wake();
                break;
            case Session::Outcome::ended:
                ended_ = true;
                Timer::set(loop_, loop_.now_ms() + kHandshakeMs);
        }
        if (!connected_before && session_.is_connected()) Timer::set(loop_, kNever);
    }
    if (!send()) return close();
    // What came in between is still to be read: the registration is edge-triggered.
    if (!ended_ && input_.size() < kMaxInput && connection_->can_receive()) wake();
    if (output_.empty() && (ended_ || input_over_)) close();
}

/// False: the connection has failed.
bool Link::receive() {
    while (!input_over_ && input_.size() < kMaxInput) {
        base::Buffer buffer;
        const net::Io io = connection_->receive(buffer);
        if (io == net::Io::again) break;
        if (io == net::Io::failed) return false;
        if (io == net::Io::closed) input_over_ = true;
        input_ += buffer.view();
    }
    return true;
}

/// False: the connection has failed.
bool Link::send() {
    while (!output_.empty()) {
        iovec piece{output_.data(), output_.size()};
        std::size_t sent = 0;
        const net::Io io = connection_->send(&piece, 1, sent);
        output_.erase(0, sent);
        if (io == net::Io::failed) return false;
        if (io != net::Io::ok) return true;
        if (output_.empty() && !ended_) wake();  // more may wait for that room
    }
    return true;
}

void Link::close() {
    if (closed_) return;
    closed_ = true;
    Timer::cancel();
    if (connection_) connection_->close();
    *alive_ = nullptr;
    owner_.on_closed(*this);
}

}  // namespace cfgproxy::peers
