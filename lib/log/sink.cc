#include "log/sink.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <mutex>

namespace cfgproxy::log {

using Kind = model::Endpoint::Kind;

namespace {

constexpr std::uint16_t kSyslogPort = 514;

net::Address address_of(const model::Endpoint& endpoint) {
    net::Address address = endpoint.ip;
    if (address.is_ip() && address.port() == 0)
        address.set_port(endpoint.port_low != 0 ? endpoint.port_low : kSyslogPort);
    return address;
}

std::string path_of(const model::Endpoint& endpoint) {
    if (endpoint.kind == Kind::unix_path) return endpoint.path;
    if (endpoint.kind == Kind::abstract_unix) return '\0' + endpoint.path;
    return {};
}

Kind kind_of(const model::Endpoint& endpoint) {
    if (endpoint.kind == Kind::host) return Kind::ip;
    if (endpoint.kind == Kind::abstract_unix) return Kind::unix_path;
    return endpoint.kind;
}

std::uint32_t send_buffer = 0;

int open_socket(int family) {
    const int fd = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fd;
    const int zero = 0;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &zero, sizeof zero);  // nothing is ever read from it
    if (send_buffer) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    return fd;
}

bool connect_unix(int fd, const std::string& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    // Abstract names end where the length says, paths at their NUL.
    const bool abstract = !path.empty() && path[0] == '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0;
}

/// The sockets that prepare() made, for the life of the process. Each Sink works on a duplicate, which is the same
/// socket: connecting it again mends it for all threads.
struct Prepared {
    std::mutex mutex;
    struct Socket {
        std::string path;
        int fd;
    };
    std::vector<Socket> sockets;

    int find(const std::string& path) {
        for (const Socket& s : sockets)
            if (s.path == path) return s.fd;
        return -1;
    }
};

Prepared& prepared() {
    static Prepared instance;
    return instance;
}

}  // namespace

void Sink::set_send_buffer(std::uint32_t bytes) { send_buffer = bytes; }

void Sink::prepare(const model::Endpoint& endpoint) {
    if (kind_of(endpoint) != Kind::unix_path) return;
    std::string path = path_of(endpoint);
    std::lock_guard lock(prepared().mutex);
    if (int known = prepared().find(path); known >= 0) {
        connect_unix(known, path);
        return;
    }
    const int fd = open_socket(AF_UNIX);
    if (fd < 0) return;
    connect_unix(fd, path);  // may fail: nobody listens yet
    prepared().sockets.push_back({std::move(path), fd});
}

Sink::Sink(const model::Endpoint& endpoint)
    : kind_(kind_of(endpoint)), ip_(address_of(endpoint)), path_(path_of(endpoint)) {
    if (kind_ == Kind::fd) fd_ = endpoint.fd;
    open();
}

Sink::~Sink() {
    if (kind_ != Kind::fd && fd_ >= 0) ::close(fd_);
}

bool Sink::serves(const model::Endpoint& endpoint) const {
    if (kind_of(endpoint) != kind_) return false;
    switch (kind_) {
        case Kind::fd:
            return endpoint.fd == fd_;
        case Kind::unix_path:
            if (endpoint.kind == Kind::unix_path) return endpoint.path == path_;
            return !path_.empty() && path_[0] == '\0' && std::string_view(path_).substr(1) == endpoint.path;
        default:
            return address_of(endpoint) == ip_;
    }
}

void Sink::open() {
    if (kind_ == Kind::fd) {
        struct stat status = {};
        if (::fstat(fd_, &status) != 0) return;
        one_by_one_ = S_ISSOCK(status.st_mode);
        if (!::isatty(fd_)) ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
    } else if (kind_ == Kind::unix_path) {
        {
            std::lock_guard lock(prepared().mutex);
            const int shared = prepared().find(path_);
            if (shared >= 0) fd_ = ::fcntl(shared, F_DUPFD_CLOEXEC, 0);
        }
        if (fd_ >= 0) return;
        fd_ = open_socket(AF_UNIX);
        if (fd_ >= 0) connect_unix(fd_, path_);
    } else if (ip_.is_ip()) {
        // Not connected: a collector that is down for a while would answer with errors that cost the next line.
        fd_ = open_socket(ip_.family());
    }
}

bool Sink::connect_again() { return kind_ == Kind::unix_path && fd_ >= 0 && connect_unix(fd_, path_); }

/// Lines from `from` on, as many as the system takes; `next` is the first one that did not leave.
Sink::Sent Sink::send_datagrams(std::size_t from, std::size_t& next) {
    mmsghdr messages[kBatch];
    iovec pieces[kBatch];
    next = from;
    while (next < ends_.size()) {
        const std::size_t count = std::min(ends_.size() - next, kBatch);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t begin = begin_of(next + i);
            pieces[i] = {text_.data() + begin, ends_[next + i] - begin};
            messages[i] = {};
            messages[i].msg_hdr.msg_iov = &pieces[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            if (kind_ == Kind::unix_path) continue;
            messages[i].msg_hdr.msg_name = const_cast<sockaddr*>(ip_.raw());
            messages[i].msg_hdr.msg_namelen = ip_.length();
        }
        const int done = ::sendmmsg(fd_, messages, static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done <= 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? Sent::later : Sent::failed;
        }
        next += static_cast<std::size_t>(done);
    }
    return Sent::all;
}

/// Lines are grouped as far as a pipe takes them whole or not at all.
Sink::Sent Sink::write_lines(std::size_t from, std::size_t& next) {
    constexpr std::size_t kWhole = 4096;
    next = from;
    while (next < ends_.size()) {
        const std::size_t begin = begin_of(next);
        std::size_t last = next + 1;
        while (!one_by_one_ && last < ends_.size() && ends_[last] - begin <= kWhole) ++last;
        const ssize_t done = ::write(fd_, text_.data() + begin, ends_[last - 1] - begin);
        if (done < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::later : Sent::failed;
        }
        next = last;  // the rest of a line that was cut is lost, as it would tear the next one
    }
    return Sent::all;
}

Sink::Outcome Sink::flush() {
    Outcome outcome;
    std::size_t from = 0;
    bool reconnected = false;
    while (from < ends_.size()) {
        std::size_t next = from;
        const Sent sent = kind_ == Kind::fd ? write_lines(from, next) : send_datagrams(from, next);
        outcome.sent += static_cast<std::uint32_t>(next - from);
        from = next;
        if (sent == Sent::all) break;
        if (sent == Sent::later) {
            // Keep them for the next turn unless that has been going on for a while.
            if (text_.size() - begin_of(from) < kBatchBytes) {
                forget(from);
                return outcome;
            }
            outcome.dropped += static_cast<std::uint32_t>(ends_.size() - from);
            break;
        }
        const bool too_long = errno == EMSGSIZE;
        if (!too_long && !reconnected && connect_again()) {
            reconnected = true;
            continue;
        }
        outcome.error = errno;                        // of the attempt to connect, if there was one
        if (kind_ == Kind::unix_path && !too_long) {  // nobody listens: the others would fail alike
            outcome.dropped += static_cast<std::uint32_t>(ends_.size() - from);
            break;
        }
        ++outcome.dropped;
        ++from;
    }
    text_.clear();
    ends_.clear();
    return outcome;
}

void Sink::forget(std::size_t lines) {
    const std::size_t bytes = begin_of(lines);
    text_.erase(0, bytes);
    ends_.erase(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(lines));
    for (std::uint32_t& end : ends_) end -= static_cast<std::uint32_t>(bytes);
}

}  // namespace cfgproxy::log
