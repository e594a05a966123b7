#include "net/connection.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/tls.h"

namespace cfgproxy::net {

Connection::Connection(Loop& loop, int fd) : loop_(loop), fd_(fd) {}

Connection::~Connection() { close(); }

void set_stream_options(int fd, bool keepalive) {
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (keepalive) setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
}

void set_buffers(int fd, const SocketBuffers& buffers) {
    const auto set = [fd](int level, int option, std::uint32_t size) {
        if (size) setsockopt(fd, level, option, &size, sizeof size);
    };
    set(SOL_SOCKET, SO_SNDBUF, buffers.send);
    set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, buffers.not_sent);
    set(SOL_SOCKET, SO_RCVBUF, buffers.receive);
}

int Connection::open_socket(const Address& to, int& error) {
    int fd = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) error = errno;
    return fd;
}

Io Connection::fail(int error) {
    error_ = error;
    readable_ = writable_ = false;
    return Io::failed;
}

Io Connection::start_connect(const sockaddr* to, socklen_t length) {
    for (;;) {
        if (::connect(fd_, to, length) == 0) return Io::ok;
        if (errno == EINTR) continue;
        if (errno != EINPROGRESS) return fail(errno);
        connecting_ = true;
        writable_ = readable_ = false;
        watch();
        return Io::again;
    }
}

Io Connection::finish_connect() {
    if (!connecting_) return error_ ? Io::failed : Io::ok;
    if (!writable_) return Io::again;
    connecting_ = false;
    if (!readable_) return Io::ok;  // an error, and a server that speaks first, would be something to read
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
    return error ? fail(error) : Io::ok;
}

void Connection::start_tls(std::unique_ptr<Tls> tls) { tls_ = std::move(tls); }

std::unique_ptr<Tls> Connection::take_tls() { return std::move(tls_); }

Io Connection::handshake() { return tls_ ? tls_->handshake(*this) : Io::ok; }

bool Connection::has_unsent() const { return tls_ && tls_->has_unsent(); }

bool Connection::flush() { return !has_unsent() || tls_->flush(*this) != Io::again; }

bool Connection::tls_has_more() const { return tls_->may_have_more(); }

Io Connection::receive(base::Buffer& into, std::size_t max) {
    if (fd_ < 0 || error_) return Io::failed;
    if (tls_) return tls_->receive(*this, into, max);
    into.reserve(into.capacity());
    std::size_t got = 0;
    const Io io = receive_raw(into.tail(), std::min(into.room(), max), got);
    into.commit(got);
    if (io == Io::again) watch();
    return io;
}

Io Connection::receive_raw(char* to, std::size_t max, std::size_t& got) {
    for (;;) {
        const ssize_t n = ::recv(fd_, to, max, 0);
        if (n > 0) {
            got = static_cast<std::size_t>(n);
            if (got < max && !peer_closed_) readable_ = false;
            return Io::ok;
        }
        if (n == 0) {
            readable_ = false;
            peer_closed_ = true;
            return Io::closed;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return fail(errno);
        readable_ = false;
        return Io::again;
    }
}

Io Connection::send(const iovec* pieces, int count, std::size_t& sent, bool more) {
    sent = 0;
    if (fd_ < 0 || error_) return Io::failed;
    return tls_ ? tls_->send(*this, pieces, count, sent) : send_raw(pieces, count, sent, more);
}

Io Connection::send_raw(const iovec* pieces, int count, std::size_t& sent, bool more) {
    std::size_t want = 0;
    for (int i = 0; i < count; ++i) want += pieces[i].iov_len;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = static_cast<std::size_t>(count);
    const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
    for (;;) {
        // send() is what the kernel does fastest for one piece.
        ssize_t n =
            count == 1 ? ::send(fd_, pieces[0].iov_base, pieces[0].iov_len, flags) : ::sendmsg(fd_, &message, flags);
        if (n >= 0) {
            sent = static_cast<std::size_t>(n);
            if (sent < want) {
                writable_ = false;
                watch();
            }
            return Io::ok;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return fail(errno);
        writable_ = false;
        watch();
        return Io::again;
    }
}

Io Connection::splice_in(int pipe, std::size_t max, std::size_t& moved) {
    moved = 0;
    ssize_t n = ::splice(fd_, nullptr, pipe, nullptr, max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n > 0) {
        moved = static_cast<std::size_t>(n);
        return Io::ok;
    }
    if (n == 0) {
        readable_ = false;
        peer_closed_ = true;
        return Io::closed;
    }
    if (errno != EAGAIN && errno != EINTR) return fail(errno);
    readable_ = false;
    watch();
    return Io::again;
}

Io Connection::splice_out(int pipe, std::size_t max, std::size_t& moved, bool more) {
    moved = 0;
    ssize_t n =
        ::splice(pipe, nullptr, fd_, nullptr, max, SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (more ? SPLICE_F_MORE : 0));
    if (n > 0) {
        moved = static_cast<std::size_t>(n);
        return Io::ok;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR) return fail(errno);
    writable_ = false;
    watch();
    return Io::again;
}

void Connection::start_watch() { watch_.start_edge(loop_, fd_, *this); }

void Connection::on_ready(std::uint8_t what) {
    // A socket that is registered says at once that it takes bytes: no news to whoever has not met a full one.
    if (what == kWritable && writable_) return;
    if (what & kReadable) readable_ = true;
    if (what & kWritable) writable_ = true;
    if (what & kPeerClosed) peer_closed_ = true;
    if (writable_ && has_unsent()) tls_->flush(*this);
    if (owner_) owner_->on_io(*this);
}

void Connection::shutdown_write() {
    if (fd_ < 0) return;
    if (tls_) tls_->close_output(*this);
    if (!has_unsent()) ::shutdown(fd_, SHUT_WR);
}

void Connection::close() {
    if (fd_ < 0) return;
    if (tls_ && !error_) tls_->close_output(*this);
    watch_.stop();
    ::close(fd_);
    fd_ = -1;
}

int Connection::surrender() {
    watch_.stop();
    return std::exchange(fd_, -1);
}

void Connection::reset() {
    if (fd_ < 0) return;
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    watch_.stop();
    ::close(std::exchange(fd_, -1));
}

}  // namespace cfgproxy::net
