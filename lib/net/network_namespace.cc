#include "net/network_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace cfgproxy::net {
namespace {

/// The namespace that the process began in: threads that have made a socket elsewhere come back by it. Opened with the
/// first other one, since it cannot be reached any more after a chroot.
int own_namespace() {
    static const int fd = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    return fd;
}

}  // namespace

std::shared_ptr<const NetworkNamespace> NetworkNamespace::open(const std::string& name) {
    if (own_namespace() < 0) return nullptr;
    const int fd = ::open(("/var/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nullptr;
    return std::shared_ptr<const NetworkNamespace>(new NetworkNamespace(name, fd));
}

NetworkNamespace::~NetworkNamespace() { ::close(fd_); }

int NetworkNamespace::socket(int family, int type) const {
    if (setns(fd_, CLONE_NEWNET) != 0) return -1;
    const int fd = ::socket(family, type, 0), error = errno;
    if (setns(own_namespace(), CLONE_NEWNET) == 0) {
        errno = error;
        return fd;
    }
    if (fd >= 0) ::close(fd);
    return -1;
}

int socket_in(const NetworkNamespace* where, int family, int type) {
    return where ? where->socket(family, type) : ::socket(family, type, 0);
}

}  // namespace cfgproxy::net
