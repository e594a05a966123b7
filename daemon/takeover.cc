#include "takeover.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "net/descriptors.h"

namespace cfgproxy::daemon {

namespace {

constexpr int kStartRetries = 200;
constexpr std::chrono::milliseconds kRetryPause{10};

/// Only an address that somebody uses can become free; other reasons (no such address, no permission) stay.
bool is_address_in_use(const std::string& error) { return error.find(std::strerror(EADDRINUSE)) != std::string::npos; }

}  // namespace

int OldProcesses::tell(int signal_number) const {
    int told = 0;
    for (pid_t pid : pids_) told += kill(pid, signal_number) == 0;
    return told;
}

void OldProcesses::release() {
    released_ = true;
    reachable_ = tell(SIGTTOU) > 0;
}

void OldProcesses::resume() {
    if (released_) tell(SIGTTIN);
}

void OldProcesses::farewell() {
    if (any()) tell(farewell_);
}

base::Result<void> bind_all(engine::Engine& engine, std::shared_ptr<const model::Config> config, OldProcesses& old) {
    base::Result<void> bound = engine.bind(config);
    for (int retry = 0; retry < kStartRetries && !bound.ok() && old.any() && is_address_in_use(bound.error());
         ++retry) {
        old.release();
        if (old.reachable()) std::this_thread::sleep_for(kRetryPause);
        bound = engine.bind(config);
        if (!old.reachable()) break;
    }
    return bound;
}

namespace {

constexpr std::size_t kMostSockets = 252;  // in one message, as HAProxy sends them
/// What goes with each socket: lengths and names of name space and interface, and four unused bytes.
constexpr std::size_t kDescription = 1 + 4096 + 1 + 16 + sizeof(int);

int connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.data(), path.size());
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(fd);
        return -1;
    }
    timeval patience{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/// Appends the sockets of one message. False at the end of the connection or after an error.
bool receive_sockets(int connection, std::vector<int>& sockets) {
    if (net::receive_descriptors(connection, sockets, kMostSockets, kMostSockets * kDescription) <= 0) return false;
    // The sender waits for a word of any content before it sends more.
    int received = static_cast<int>(sockets.size());
    send(connection, &received, sizeof received, MSG_NOSIGNAL);
    return true;
}

}  // namespace

base::Result<std::vector<int>> fetch_sockets(const std::string& path, Messages& messages) {
    std::vector<int> sockets;
    if (path.empty() || path == "/dev/null") return sockets;
    const base::Error failed{"Failed to get the sockets from the old process!"};
    int connection = connect_to(path);
    if (connection < 0) {
        messages.warning(fmt::format("Failed to connect to the old process socket '{}'", path));
        return failed;
    }
    constexpr std::string_view kCommand = "_getsocks\n";
    int expected = 0;
    if (send(connection, kCommand.data(), kCommand.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kCommand.size()) ||
        recv(connection, &expected, sizeof expected, MSG_WAITALL) != sizeof expected) {
        messages.warning("Failed to get the number of sockets to be transferred !");
        close(connection);
        return failed;
    }
    while (sockets.size() < static_cast<std::size_t>(expected) && receive_sockets(connection, sockets)) {
    }
    close(connection);
    if (sockets.size() == static_cast<std::size_t>(expected)) return sockets;
    messages.warning(
        fmt::format("We didn't get the expected number of sockets (expecting {} got {})", expected, sockets.size()));
    for (int fd : sockets) close(fd);
    return failed;
}

}  // namespace cfgproxy::daemon
