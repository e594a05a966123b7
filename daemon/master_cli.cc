#include "master_cli.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <ctime>

#include "base/version.h"
#include "master.h"
#include "net/descriptors.h"

namespace cfgproxy::daemon {

namespace {

constexpr std::size_t kMostInput = 65536, kMostOutput = 65536;
constexpr std::size_t kMostClients = 100;

constexpr std::string_view kHelp =
    "  @!<pid>                                 : send a command to the <pid> process\n"
    "  @<relative pid>                         : send a command to the <relative pid> process\n"
    "  @master                                 : send a command to the master process\n"
    "  reload                                  : reload haproxy\n"
    "  show cli level                          : display the level of the current CLI session\n"
    "  show proc                               : show processes status\n"
    "  show version                            : show version of the current process\n"
    "  help [<command>]                        : list matching or all commands\n"
    "  prompt [n|i|p]                          : toggle interactive mode with prompt\n"
    "  quit                                    : disconnect\n";

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

std::string uptime(std::uint64_t since_s) {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const std::uint64_t s = static_cast<std::uint64_t>(now.tv_sec) - since_s;
    return fmt::format("{}d{:02}h{:02}m{:02}s", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
}

/// Sends one end of a new connection to the worker, returns the other; -1 when that fails.
int connect_to_worker(int channel) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return -1;
    const bool sent = net::send_descriptors(channel, std::string_view("\0", 1), {&ends[1], 1}, MSG_DONTWAIT);
    close(ends[1]);
    if (sent) return ends[0];
    close(ends[0]);
    return -1;
}

}  // namespace

MasterCommandLine::~MasterCommandLine() {
    for (Client& client : clients_) {
        close(client.fd);
        if (client.worker >= 0) close(client.worker);
    }
}

void MasterCommandLine::accept(int listener) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (clients_.size() >= kMostClients) {
        close(fd);
        return;
    }
    clients_.emplace_back().fd = fd;
}

void MasterCommandLine::ask(std::vector<pollfd>& entries) const {
    for (const Client& client : clients_) {
        short wanted = 0;
        if (!client.peer_done && client.in.size() < kMostInput) wanted |= POLLIN;
        if (!client.out.empty()) wanted |= POLLOUT;
        entries.push_back({client.fd, wanted, 0});
        if (client.worker >= 0)
            entries.push_back({client.worker, static_cast<short>(client.out.size() < kMostOutput ? POLLIN : 0), 0});
    }
}

void MasterCommandLine::serve(const std::vector<pollfd>& entries, std::size_t first) {
    for (std::size_t n = first; n < entries.size(); ++n) {
        if (!entries[n].revents) continue;
        for (auto it = clients_.begin(); it != clients_.end(); ++it) {
            if (it->fd != entries[n].fd && it->worker != entries[n].fd) continue;
            if (it->worker == entries[n].fd)
                receive_from_worker(*it);
            else if (!it->peer_done)
                receive(*it);
            else if (entries[n].revents & (POLLERR | POLLHUP))
                it->quit = true, it->out.clear();
            break;
        }
    }
    for (auto it = clients_.begin(); it != clients_.end();) {
        work(*it);
        const bool over = it->quit && it->out.empty();
        if (over) {
            close(it->fd);
            if (it->worker >= 0) close(it->worker);
            it = clients_.erase(it);
        } else {
            ++it;
        }
    }
}

void MasterCommandLine::receive(Client& client) {
    char bytes[4096];
    const ssize_t got = recv(client.fd, bytes, sizeof bytes, 0);
    if (got > 0)
        client.in.append(bytes, static_cast<std::size_t>(got));
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        client.peer_done = true;
}

void MasterCommandLine::receive_from_worker(Client& client) {
    char bytes[16384];
    const ssize_t got = recv(client.worker, bytes, sizeof bytes, 0);
    if (got > 0) {
        client.out.append(bytes, static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(client.worker);
        client.worker = -1;
        // The worker has sent the empty line behind its answer.
        if (client.prompt) client.out += fmt::format("{}> ", client.target ? std::to_string(client.target) : "master");
    }
}

bool MasterCommandLine::take_line(Client& client, std::string& line) const {
    const std::size_t end = client.payload_for ? client.in.find('\n') : client.in.find_first_of(";\n");
    if (end == std::string::npos) return false;
    line = client.in.substr(0, end);
    client.in.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
}

void MasterCommandLine::work(Client& client) {
    std::string line;
    while (!client.busy() && !client.quit && client.out.size() < kMostOutput && take_line(client, line))
        run(client, line);
    while (!client.out.empty()) {
        const ssize_t sent = send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) {
            if (sent < 0 && errno == EAGAIN) break;
            client.out.clear();
            client.quit = true;
            break;
        }
        client.out.erase(0, static_cast<std::size_t>(sent));
    }
    if (client.busy()) return;
    // Without a prompt the connection ends once everything that had come was answered.
    if (client.peer_done || client.in.size() >= kMostInput ||
        (client.answered && !client.prompt && client.in.empty() && !client.payload_for))
        client.quit = true;
}

pid_t MasterCommandLine::process_named(std::string_view prefix) const {
    if (prefix == "master" || prefix == "0") return 0;
    const bool by_pid = prefix.starts_with('!');
    if (by_pid) prefix.remove_prefix(1);
    pid_t number = 0;
    const auto [end, error] = std::from_chars(prefix.data(), prefix.data() + prefix.size(), number);
    if (error != std::errc() || end != prefix.data() + prefix.size() || number <= 0) return -1;
    const auto& workers = master_.workers();
    if (!by_pid) return number == 1 && !workers.empty() ? workers.front().pid : -1;
    if (number == getpid()) return 0;
    for (const Master::Worker& worker : workers)
        if (worker.pid == number) return number;
    return -1;
}

void MasterCommandLine::run(Client& client, std::string_view text) {
    if (client.payload_for) {
        client.request.append(text).append("\n");
        if (!text.empty()) return;
        return send_to_worker(client, std::exchange(client.payload_for, 0), std::exchange(client.request, {}));
    }
    std::string_view line = trimmed(text);
    client.answered = true;
    pid_t target = client.target;
    if (line.starts_with('@')) {
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        const std::string_view prefix = line.substr(1, end - 1);
        target = process_named(prefix);
        line = trimmed(line.substr(end));
        if (target < 0) {
            client.out += fmt::format("Can't find the target PID matching the prefix '@{}'\n", prefix);
            return end_answer(client);
        }
        if (line.empty()) {
            client.target = target;
            return end_answer(client);
        }
    }
    if (target == 0 || line == "quit" || line == "prompt" || line.starts_with("prompt ")) return run_own(client, line);
    client.request.assign(line).append("\n");
    if (line.ends_with("<<"))
        client.payload_for = target;
    else
        send_to_worker(client, target, std::exchange(client.request, {}));
}

void MasterCommandLine::send_to_worker(Client& client, pid_t pid, const std::string& request) {
    for (const Master::Worker& worker : master_.workers()) {
        if (worker.pid != pid) continue;
        client.worker = connect_to_worker(worker.link.master_command_line);
        if (client.worker >= 0 &&
            send(client.worker, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()))
            return;
    }
    if (client.worker >= 0) close(std::exchange(client.worker, -1));
    client.out += fmt::format("Can't reach the process {}\n", pid);
    end_answer(client);
}

void MasterCommandLine::end_answer(Client& client) const {
    client.out += "\n";
    if (client.prompt) client.out += fmt::format("{}> ", client.target ? std::to_string(client.target) : "master");
}

std::string MasterCommandLine::processes() const {
    const auto row = [](pid_t pid, std::string_view type, const std::string& reloads, std::uint64_t since) {
        return fmt::format("{:<15} {:<15} {:<15} {:<15} {:<15}\n", pid, type, reloads, uptime(since),
                           base::kShownVersion);
    };
    std::string text =
        fmt::format("{:<15} {:<15} {:<15} {:<15} {:<15}\n", "#<PID>", "<type>", "<reloads>", "<uptime>", "<version>");
    text += row(getpid(), "master", fmt::format("{} [failed: {}]", master_.reloads(), master_.failed_reloads()),
                master_.started_s());
    text += "# workers\n";
    const auto& workers = master_.workers();
    for (std::size_t n = 0; n < workers.size(); ++n) {
        if (n == 1) text += "# old workers\n";
        // The current one has the newest files, whether it was started with them or has taken them over.
        const std::uint32_t behind = n == 0 ? 0 : master_.reloads() - workers[n].reloads_seen;
        text += row(workers[n].pid, "worker", std::to_string(behind), workers[n].started_s);
    }
    text += "# programs\n";
    return text;
}

void MasterCommandLine::run_own(Client& client, std::string_view line) {
    if (line == "quit") {
        client.quit = true;
        return;
    }
    if (line == "prompt" || line.starts_with("prompt ")) {
        client.prompt = line != "prompt n" && (line != "prompt" || !client.prompt);
    } else if (line == "show proc" || line.starts_with("show proc ")) {
        client.out += processes();
    } else if (line == "show version") {
        client.out.append(base::kShownVersion).append("\n");
    } else if (line == "show cli level") {
        client.out += "admin\n";
    } else if (line == "reload" || line == "hard-reload") {
        client.waits_for_reload = true;
        return master_.reload();
    } else {
        client.out += line.starts_with("help") ? "The following commands are valid at this level:\n"
                                               : "Unknown command. Please enter one of the following commands only:\n";
        client.out += kHelp;
    }
    end_answer(client);
}

void MasterCommandLine::reload_ended(bool success) {
    for (Client& client : clients_) {
        if (!std::exchange(client.waits_for_reload, false)) continue;
        client.out += success ? "Success=1\n" : "Success=0\n";
        client.quit = true;
    }
}

}  // namespace cfgproxy::daemon
