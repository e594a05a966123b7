#include "process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cfgproxy::daemon {

base::Result<void> silence_stdio(int null) {
    if (null < 0) null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return base::Error{"Cannot open /dev/null"};
    std::fflush(stdout);
    std::fflush(stderr);
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
    if (null > STDERR_FILENO) close(null);
    return {};
}

base::Result<void> probe_pidfile(const std::string& path) {
    int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0) return base::Error{fmt::format("Cannot create pidfile {}", path)};
    close(fd);
    return {};
}

base::Result<void> write_pidfile(const std::string& path, pid_t pid) {
    // A new file: whoever had the old one open, or made it a link, has nothing to do with this one.
    unlink(path.c_str());
    int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return base::Error{fmt::format("Cannot create pidfile {}", path)};
    std::string text = fmt::format("{}\n", pid);
    bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
    if (!written) return base::Error{fmt::format("Cannot write pidfile {} : {}", path, std::strerror(errno))};
    return {};
}

base::Result<void> enter_chroot(const std::string& path) {
    if (path.empty()) return {};
    if (chroot(path.c_str()) != 0 || chdir("/") != 0) return base::Error{fmt::format("Cannot chroot({}).", path)};
    return {};
}

base::Result<Identity> Identity::of(const model::Global& global) {
    Identity identity;
    identity.capabilities_ = global.capabilities;
    if (global.uid >= 0) identity.uid_ = static_cast<uid_t>(global.uid);
    if (global.gid >= 0) identity.gid_ = static_cast<gid_t>(global.gid);
    if (!global.user.empty()) {
        const passwd* entry = getpwnam(global.user.c_str());
        if (entry == nullptr) return base::Error{fmt::format("cannot find user id for '{}'", global.user)};
        identity.uid_ = entry->pw_uid;
    }
    if (!global.group.empty()) {
        const group* entry = getgrnam(global.group.c_str());
        if (entry == nullptr) return base::Error{fmt::format("cannot find group id for '{}'", global.group)};
        identity.gid_ = entry->gr_gid;
    }
    return identity;
}

/// Those, of what this thread may have: the threads made later have the same. Whoever was no root before gets only what
/// its program file allows, and may go without.
static base::Result<void> keep_capabilities(std::uint64_t wanted, bool must) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
    if (syscall(SYS_capget, &header, sets) != 0 && must)
        return base::Error{
            fmt::format("Failed to set the final capabilities using capset(): {}", std::strerror(errno))};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto part = static_cast<std::uint32_t>(wanted >> (32 * i));
        sets[i].effective = must ? part : sets[i].effective | (sets[i].permitted & part);
        if (must) sets[i].permitted = part;
    }
    if (syscall(SYS_capset, &header, sets) != 0 && must)
        return base::Error{
            fmt::format("Failed to set the final capabilities using capset(): {}", std::strerror(errno))};
    return {};
}

base::Result<void> Identity::assume(Messages& messages) const {
    if (gid_ != 0) {
        if (getgroups(0, nullptr) > 0 && setgroups(0, nullptr) != 0)
            messages.warning(messages.of_main(
                "Failed to drop supplementary groups. Using 'gid'/'group' without 'uid'/'user' is generally useless."));
        if (setgid(gid_) != 0) return base::Error{fmt::format("Cannot set gid {}.", gid_)};
    }
    // What setcap names outlives the change of user, and nothing else does.
    if (capabilities_ && uid_ != 0 && geteuid() == 0 && prctl(PR_SET_KEEPCAPS, 1) != 0)
        return base::Error{fmt::format("Failed to preserve capabilities using prctl(): {}", std::strerror(errno))};
    const bool was_root = geteuid() == 0;
    if (uid_ != 0 && setuid(uid_) != 0) return base::Error{fmt::format("Cannot set uid {}.", uid_)};
    if (capabilities_ && (uid_ != 0 || !was_root)) return keep_capabilities(capabilities_, was_root);
    return {};
}

base::Result<Detachment::Role> Detachment::fork() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return base::Error{"Cannot fork."};
    std::fflush(stdout);
    std::fflush(stderr);
    child_ = ::fork();
    if (child_ < 0) return base::Error{"Cannot fork."};
    channel_ = ends[child_ == 0 ? 1 : 0];
    close(ends[child_ == 0 ? 0 : 1]);
    return child_ == 0 ? Role::child : Role::parent;
}

namespace {

bool receive_byte(int channel) {
    char byte = 0;
    ssize_t got;
    do got = read(channel, &byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1;
}

bool send_byte(int channel) { return send(channel, "1", 1, MSG_NOSIGNAL) == 1; }

}  // namespace

bool Detachment::wait_until_ready() {
    if (receive_byte(channel_)) return true;
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    // A child that left with 0 without a word has not done its work either.
    status_ = WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
    return false;
}

void Detachment::let_start() {
    send_byte(channel_);
    close(channel_);
}

void Detachment::forget() {
    if (channel_ >= 0) close(channel_);
    channel_ = -1;
}

bool Detachment::report_ready() {
    bool may_start = send_byte(channel_) && receive_byte(channel_);
    close(channel_);
    return may_start;
}

void ServiceManager::open() {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path == nullptr || path[0] == '\0' || std::strlen(path) >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::size_t length = std::strlen(path);
    std::memcpy(address.sun_path, path, length);
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (socket_ >= 0 && connect(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0) {
        close(socket_);
        socket_ = -1;
    }
}

void ServiceManager::notify_ready() {
    if (socket_ < 0) return;
    notify(fmt::format("READY=1\nMAINPID={}\nSTATUS=Ready.\n", getpid()));
    close(socket_);
    socket_ = -1;
}

void ServiceManager::notify(std::string_view state) const {
    if (socket_ >= 0) send(socket_, state.data(), state.size(), MSG_NOSIGNAL);
}

}  // namespace cfgproxy::daemon
