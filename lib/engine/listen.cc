#include "engine/listen.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "net/descriptors.h"
#include "net/network_namespace.h"
#include "net/tcp_md5.h"

namespace cfgproxy::engine {
namespace {

using Kind = model::Endpoint::Kind;

void set(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

/// Options that connections inherit from the socket that accepts them, so that they cost no call each.
void set_options(int fd, const model::Bind& bind, const model::Proxy& frontend) {
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind.reuse_port) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (frontend.options.clitcpka || frontend.options.tcpka) set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    const auto& keepalive = frontend.client_keepalive;
    if (keepalive.count) set(fd, IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(keepalive.count));
    if (keepalive.idle_s) set(fd, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(keepalive.idle_s));
    if (keepalive.interval_s) set(fd, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(keepalive.interval_s));
    if (bind.endpoint.ip.family() == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, bind.v6only ? 1 : bind.v4v6 ? 0 : 1);
    if (bind.defer_accept) set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
    if (bind.save_syn > 0) set(fd, IPPROTO_TCP, TCP_SAVE_SYN, bind.save_syn);
    if (bind.tcp_user_timeout_ms > 0)
        set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(bind.tcp_user_timeout_ms));
    if (bind.mss > 0) set(fd, IPPROTO_TCP, TCP_MAXSEG, bind.mss);
    if (bind.tfo) set(fd, IPPROTO_TCP, TCP_FASTOPEN, 1024);
    if (!bind.congestion.empty())  // an algorithm that the kernel does not have leaves its own
        setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, bind.congestion.c_str(),
                   static_cast<socklen_t>(bind.congestion.size()));
    if (bind.transparent) set(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
    if (!bind.interface.empty())
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, bind.interface.c_str(),
                   static_cast<socklen_t>(bind.interface.size() + 1));
}

std::string describe(const model::Bind& bind, std::uint16_t port) {
    if (bind.endpoint.kind == Kind::fd) return "fd@" + std::to_string(bind.endpoint.fd);
    if (bind.endpoint.kind == Kind::sockpair) return "sockpair@" + std::to_string(bind.endpoint.fd);
    if (bind.endpoint.kind != Kind::ip) return bind.endpoint.path;
    net::Address address = bind.endpoint.ip;
    address.set_port(port);
    return address.text();
}

base::Error failed(std::string_view what, const model::Bind& bind, std::uint16_t port) {
    const std::string_view joint = bind.endpoint.kind == Kind::ip ? ") for [" : ") [";
    return base::Error{std::string(what) + " (" + std::strerror(errno) + std::string(joint) + describe(bind, port) +
                       "]"};
}

/// A path is taken over by a rename, so that at no moment there is none.
int bind_unix(const model::Bind& bind, std::string& error) {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    const bool abstract = bind.endpoint.kind == Kind::abstract_unix;
    const std::string& path = bind.endpoint.path;
    const std::string temporary = path + "." + std::to_string(getpid()) + ".tmp";
    const std::string& name = abstract ? path : temporary;
    if (name.size() + 1 >= sizeof un.sun_path) {
        errno = ENAMETOOLONG;
        error = "socket path too long";
        return -1;
    }
    std::memcpy(un.sun_path + (abstract ? 1 : 0), name.data(), name.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!abstract) ::unlink(temporary.c_str());
    const std::size_t length =
        abstract && bind.endpoint.unpadded ? offsetof(sockaddr_un, sun_path) + 1 + name.size() : sizeof un;
    if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&un), static_cast<socklen_t>(length)) != 0) {
        error = fd < 0 ? "cannot create listening socket" : "cannot bind UNIX socket";
        if (fd >= 0) ::close(fd);
        return -1;
    }
    if (abstract) return fd;
    const model::SocketOwner& owner = bind.owner;
    if ((owner.uid >= 0 || owner.gid >= 0) &&
        ::chown(temporary.c_str(), static_cast<uid_t>(owner.uid), static_cast<gid_t>(owner.gid)) != 0)
        error = "cannot change UNIX socket ownership";
    else if (owner.mode && ::chmod(temporary.c_str(), *owner.mode) != 0)
        error = "cannot change UNIX socket ownership";
    else if (::rename(temporary.c_str(), path.c_str()) != 0)
        error = "cannot switch final and temporary UNIX sockets";
    if (error.empty()) return fd;
    ::unlink(temporary.c_str());
    ::close(fd);
    return -1;
}

int bind_ip(const model::Bind& bind, const model::Proxy& frontend, std::uint16_t port, std::string& error) {
    net::Address address = bind.endpoint.ip;
    address.set_port(port);
    const int fd =
        net::socket_in(bind.network_namespace.get(), address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        error = "cannot create listening socket";
        return -1;
    }
    set_options(fd, bind, frontend);
    if (::bind(fd, address.raw(), address.length()) == 0) return fd;
    error = "cannot bind socket";
    ::close(fd);
    return -1;
}

/// Whether `path` is `wanted`, or "WANTED.<pid>.tmp", the name by which it was bound.
bool is_path_or_temporary(std::string_view path, std::string_view wanted) {
    if (!path.starts_with(wanted)) return false;
    path.remove_prefix(wanted.size());
    if (path.empty()) return true;
    if (path.front() != '.' || !path.ends_with(".tmp") || path.size() < 6) return false;
    path = path.substr(1, path.size() - 5);
    return path.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_bound_to(const model::Bind& bind, std::uint16_t port, const sockaddr_storage& address, socklen_t length) {
    if (bind.endpoint.kind == Kind::ip) {
        net::Address wanted = bind.endpoint.ip;
        wanted.set_port(port);
        return net::Address::from(reinterpret_cast<const sockaddr*>(&address), length) == wanted;
    }
    if (address.ss_family != AF_UNIX || length <= offsetof(sockaddr_un, sun_path)) return false;
    const auto& un = reinterpret_cast<const sockaddr_un&>(address);
    std::string_view name(un.sun_path,
                          std::min<std::size_t>(length - offsetof(sockaddr_un, sun_path), sizeof un.sun_path));
    const bool abstract = name.front() == '\0';
    if (abstract) name.remove_prefix(1);
    name = name.substr(0, name.find('\0'));
    if (abstract) return bind.endpoint.kind == Kind::abstract_unix && name == bind.endpoint.path;
    return bind.endpoint.kind == Kind::unix_path && is_path_or_temporary(name, bind.endpoint.path);
}

}  // namespace

std::string ListenSocket::key_of(const model::Bind& bind, std::uint16_t port) {
    std::string key = describe(bind, port);
    if (bind.endpoint.kind == Kind::abstract_unix) key.insert(0, "abns@");
    if (!bind.interface.empty()) key += "%" + bind.interface;
    if (bind.network_namespace) key += "@" + bind.network_namespace->name();
    return key;
}

base::Result<std::shared_ptr<ListenSocket>> ListenSocket::open(const model::Bind& bind, const model::Proxy& frontend,
                                                               std::uint16_t port, std::uint32_t backlog,
                                                               int inherited) {
    std::shared_ptr<ListenSocket> socket(new ListenSocket);
    socket->key_ = key_of(bind, port);
    socket->interface_ = bind.interface;
    std::string error;
    switch (bind.endpoint.kind) {
        case Kind::sockpair:
            socket->passes_descriptors_ = true;
            [[fallthrough]];
        case Kind::fd:
            socket->fd_ = bind.endpoint.fd;
            socket->inherited_ = true;
            fcntl(socket->fd_, F_SETFL, fcntl(socket->fd_, F_GETFL) | O_NONBLOCK);
            break;
        case Kind::ip:
            socket->fd_ = inherited >= 0 ? inherited : bind_ip(bind, frontend, port, error);
            if (inherited >= 0) {
                set_options(inherited, bind, frontend);
                fcntl(inherited, F_SETFL, fcntl(inherited, F_GETFL) | O_NONBLOCK);
            }
            break;
        default:
            socket->fd_ = inherited >= 0 ? inherited : bind_unix(bind, error);
            if (inherited >= 0) fcntl(inherited, F_SETFL, fcntl(inherited, F_GETFL) | O_NONBLOCK);
            if (bind.endpoint.kind == Kind::unix_path) socket->unix_path_ = bind.endpoint.path;
            break;
    }
    if (socket->fd_ < 0) return failed(error, bind, port);
    if (net::Address own = bind.endpoint.ip; !bind.md5_password.empty() && own.is_ip()) {
        own.set_port(port);
        if (!net::sign_with_md5(socket->fd_, own, bind.md5_password))
            return failed("cannot set TCP MD5 signature", bind, port);
    }
    int listening = 0;
    socklen_t length = sizeof listening;
    getsockopt(socket->fd_, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length);
    if (!listening && !socket->passes_descriptors_ && ::listen(socket->fd_, static_cast<int>(backlog)) != 0)
        return failed("cannot listen to socket", bind, port);
    if (bind.endpoint.kind == Kind::ip && !bind.endpoint.ip.is_any() && !bind.transparent) {
        socket->fixed_ = bind.endpoint.ip;
        socket->fixed_.set_port(port);
    } else if (bind.endpoint.kind != Kind::ip && bind.endpoint.kind != Kind::fd) {
        socket->fixed_ = net::Address::unix_peer();
    }
    return socket;
}

int ListenSocket::take_inherited(std::vector<int>& sockets, const model::Bind& bind, std::uint16_t port) {
    for (auto it = sockets.begin(); it != sockets.end(); ++it) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        int type = 0;
        socklen_t type_length = sizeof type;
        if (getsockname(*it, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
            getsockopt(*it, SOL_SOCKET, SO_TYPE, &type, &type_length) != 0 || type != SOCK_STREAM)
            continue;
        if (!is_bound_to(bind, port, address, length)) continue;
        const int fd = *it;
        sockets.erase(it);
        return fd;
    }
    return -1;
}

namespace {

/// What came by a sockpair@: a message that carries a connected socket.
int receive_descriptor(int channel) {
    std::vector<int> received;
    const ssize_t got = net::receive_descriptors(channel, received, 1, 1, MSG_DONTWAIT);
    if (got < 0) return -1;
    if (got == 0 || received.empty()) {
        errno = got == 0 ? EPIPE : ECONNABORTED;
        return -1;
    }
    const int fd = received.front();
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

}  // namespace

int ListenSocket::accept(sockaddr_storage& from, socklen_t& length) const {
    if (!passes_descriptors_)
        return ::accept4(fd_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    from.ss_family = AF_UNIX;
    length = sizeof from.ss_family;
    return receive_descriptor(fd_);
}

ListenSocket::~ListenSocket() {
    if (fd_ >= 0) ::close(fd_);
}

net::Address ListenSocket::bound_address() const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0) return fixed_;
    return net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
}

void ListenSocket::hand_over() {
    // The sockets that share an address by SO_REUSEPORT form a list, in the order in which they began to listen: ours
    // is number 0, the newer process's number 1. This program chooses number 1 for every new connection; where there is
    // no such socket the kernel falls back to its own choice. Without it a connection that arrives between our last
    // accept and the close would be lost.
    sock_filter code[] = {{BPF_RET | BPF_K, 0, 0, 1}};
    sock_fprog program{1, code};
    setsockopt(fd_, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

bool ListenSocket::pause() {
    // A second shutdown() would not meet the listen state: it would mark the socket, and every connection accepted
    // later would inherit the mark and read as ended. A new process asks 200 times when it waits for an address.
    if (inherited_ || !unix_path_.empty() || paused_) return true;
    // Shut down for reading, a listening TCP socket leaves the listen state; the port stays ours for listening again.
    paused_ = ::shutdown(fd_, SHUT_RD) == 0;
    return paused_;
}

bool ListenSocket::resume(std::uint32_t backlog) {
    paused_ = false;
    return ::listen(fd_, static_cast<int>(backlog)) == 0;
}

}  // namespace cfgproxy::engine
