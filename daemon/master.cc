#include "master.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "config/reader.h"
#include "engine/listen.h"
#include "master_cli.h"
#include "signals.h"

namespace cfgproxy::daemon {

namespace {

constexpr const char* kVariable = "CFGPROXY_MASTER_LINK";
constexpr int kSignals[] = {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGTTOU, SIGTTIN, SIGCHLD};
constexpr std::uint32_t kBacklog = 10;

std::uint64_t now_s() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec);
}

sigset_t handled() {
    sigset_t set;
    sigemptyset(&set);
    for (int number : kSignals) sigaddset(&set, number);
    return set;
}

/// As HAProxy tells it: a signal counts from 128.
int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }
std::string exit_word(int status) {
    if (WIFEXITED(status)) return "Exit";
    return strsignal(WTERMSIG(status));
}

void close_if_open(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
}

}  // namespace

// --- the link ------------------------------------------------------------------------------------------------

MasterLink MasterLink::from_environment() {
    MasterLink link;
    const char* text = std::getenv(kVariable);
    if (text == nullptr) return link;
    int status = -1, command_line = -1;
    if (std::sscanf(text, "%d,%d", &status, &command_line) == 2 && fcntl(status, F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(command_line, F_SETFD, FD_CLOEXEC) == 0) {
        link.status_ = status;
        link.command_line_ = command_line;
    }
    unsetenv(kVariable);
    return link;
}

base::Result<MasterLink> MasterLink::make() {
    MasterLink link;
    int status[2], command_line[2];
    if (pipe2(status, O_CLOEXEC) != 0) return base::Error{"Cannot create the pipe to the worker."};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, command_line) != 0) {
        close(status[0]);
        close(status[1]);
        return base::Error{"Cannot create the socket to the worker."};
    }
    link.master_status = status[0];
    link.status_ = status[1];
    link.master_command_line = command_line[0];
    link.command_line_ = command_line[1];
    fcntl(link.master_status, F_SETFL, O_NONBLOCK);
    return link;
}

void MasterLink::tell(Word word) const {
    const char letter = word;
    [[maybe_unused]] auto n = write(status_, &letter, 1);
}

void MasterLink::close_worker_ends() {
    close_if_open(status_);
    close_if_open(command_line_);
}

void MasterLink::close_master_ends() {
    close_if_open(master_status);
    close_if_open(master_command_line);
}

void MasterLink::pass_on() const {
    fcntl(status_, F_SETFD, 0);
    fcntl(command_line_, F_SETFD, 0);
    setenv(kVariable, fmt::format("{},{}", status_, command_line_).c_str(), 1);
}

std::vector<std::string> arguments_for_worker(const std::vector<std::string>& words, pid_t old) {
    std::vector<std::string> kept;
    std::size_t at = 0;
    if (!words.empty()) kept.push_back(words[at++]);
    for (const std::string& word : {std::string("-db"), std::string("-sf"), std::to_string(old)}) kept.push_back(word);
    for (; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word == "--") {
            kept.insert(kept.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
            break;
        }
        if (word == "-S" || word == "-p" || word == "-C" || word == "-x") {
            ++at;
        } else if (word.starts_with("-sf") || word.starts_with("-st")) {
            while (at + 1 < words.size() && !words[at + 1].starts_with('-')) ++at;
        } else if (word == "-f" || word == "-n" || word == "-N" || word == "-m" || word == "-L") {
            kept.push_back(word);
            if (at + 1 < words.size()) kept.push_back(words[++at]);
        } else if (!word.starts_with("-W") && !word.starts_with("-D")) {
            kept.push_back(word);
        }
    }
    return kept;
}

// --- the master ----------------------------------------------------------------------------------------------

Master::Master(const Options& options, const std::vector<std::string>& arguments, Messages& messages)
    : options_(options),
      arguments_(arguments),
      messages_(messages),
      command_line_(std::make_unique<MasterCommandLine>(*this)),
      started_s_(now_s()) {}

Master::~Master() {
    for (Worker& worker : workers_) worker.link.close_master_ends();
    close_if_open(signals_);
}

namespace {

/// "ADDRESS[,option,value...]": the options that say who may use the socket.
base::Result<model::Bind> parse_master_socket(const std::string& text) {
    model::Bind bind;
    const std::vector<std::string_view> words = base::split(text, ',');
    config::AddressRules rules;
    rules.port_required = rules.port_allowed = true;
    rules.unix_allowed = rules.fd_allowed = true;
    auto endpoint = config::parse_endpoint(words.empty() ? std::string_view() : words[0], rules);
    if (!endpoint.ok()) return base::Error{endpoint.error()};
    bind.endpoint = std::move(*endpoint);
    for (std::size_t at = 1; at < words.size(); at += 2) {
        const std::string value(at + 1 < words.size() ? words[at + 1] : std::string_view());
        char* end = nullptr;
        const long number = std::strtol(value.c_str(), &end, words[at] == "mode" ? 8 : 10);
        const bool is_number = !value.empty() && *end == '\0';
        if (words[at] == "mode" && is_number)
            bind.owner.mode = static_cast<std::uint32_t>(number);
        else if (words[at] == "uid" && is_number)
            bind.owner.uid = number;
        else if (words[at] == "gid" && is_number)
            bind.owner.gid = number;
        else if (words[at] != "level")
            return base::Error{fmt::format("'{}' is not known here; mode, uid, gid and level are.", words[at])};
    }
    return bind;
}

}  // namespace

base::Result<void> Master::listen() {
    static const model::Proxy kMasterProxy{};
    for (const std::string& text : options_.master_sockets) {
        auto bind = parse_master_socket(text);
        if (!bind.ok()) return base::Error{fmt::format("-S {} : {}", text, bind.error())};
        auto socket = engine::ListenSocket::open(*bind, kMasterProxy, bind->endpoint.port_low, kBacklog);
        if (!socket.ok()) return base::Error{fmt::format("-S {} : {}", text, socket.error())};
        sockets_.push_back(std::move(*socket));
    }
    return {};
}

void Master::adopt(pid_t worker, MasterLink link) {
    link.close_worker_ends();
    workers_.insert(workers_.begin(), Worker{worker, link, now_s(), reloads_, true});
}

int Master::run(ServiceManager& manager) {
    manager_ = &manager;
    sigset_t set = handled();
    sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    while (!workers_.empty()) {
        std::vector<pollfd> entries{{signals_, POLLIN, 0}};
        for (const Worker& worker : workers_) entries.push_back({worker.link.master_status, POLLIN, 0});
        const std::size_t at_listeners = entries.size();
        for (const auto& socket : sockets_) entries.push_back({socket->fd(), POLLIN, 0});
        const std::size_t at_clients = entries.size();
        command_line_->ask(entries);
        if (poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) break;
        command_line_->serve(entries, at_clients);
        for (std::size_t n = at_listeners; n < at_clients; ++n)
            if (entries[n].revents) command_line_->accept(entries[n].fd);
        for (std::size_t n = 1; n < at_listeners; ++n)
            if (entries[n].revents) worker_said(entries[n].fd);
        signalfd_siginfo info;
        while (read(signals_, &info, sizeof info) == sizeof info) take_signal(static_cast<int>(info.ssi_signo));
    }
    messages_.warning(fmt::format("All workers exited. Exiting... ({})", status_));
    return status_;
}

void Master::broadcast(int number) {
    for (const Worker& worker : workers_) kill(worker.pid, number);
}

void Master::take_signal(int number) {
    switch (number) {
        case SIGCHLD:
            reap();
            break;
        case SIGUSR2:
        case SIGHUP:
            reload();
            break;
        case SIGTTOU:
        case SIGTTIN:
            broadcast(number);
            break;
        default:
            // Workers do not listen to a SIGINT that was ignored from the start (signals.h).
            leave(number == SIGINT && is_ignored(SIGINT) ? SIGTERM : number);
            break;
    }
}

void Master::leave(int number) {
    if (!leaving_) messages_.warning("Exiting Master process...");
    leaving_ = true;
    if (manager_) manager_->notify("STOPPING=1\n");
    broadcast(number);
}

void Master::reap() {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        std::size_t at = 0;
        while (at < workers_.size() && workers_[at].pid != pid) ++at;
        if (at == workers_.size()) continue;
        const bool current = at == 0;
        const bool was_ready = workers_[at].ready;
        worker_said(workers_[at].link.master_status);
        workers_[at].link.close_master_ends();
        workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(at));
        const std::string text =
            fmt::format("worker ({}) exited with code {} ({})", pid, exit_code(status), exit_word(status));
        if (!current) {
            messages_.warning("Former " + text);
        } else if (!was_ready && !leaving_) {
            // A new one that did not get as far as serving: the one before goes on.
            messages_.warning("Loading failure!");
            end_reload(false);
        } else {
            messages_.alert("Current " + text);
            if (leaving_) {  // by SIGTERM is how it should go
                if (exit_code(status) != 128 + SIGTERM) status_ = exit_code(status);
                continue;
            }
            status_ = exit_code(status);
            if (!exits_on_failure_) continue;
            if (!workers_.empty()) messages_.alert("exit-on-failure: killing every processes with SIGTERM");
            leaving_ = true;
            broadcast(SIGTERM);
        }
    }
}

// --- reloading -----------------------------------------------------------------------------------------------

void Master::reload() {
    if (leaving_ || workers_.empty()) return;
    if (reloading_) {
        wanted_again_ = true;
        return;
    }
    reloading_ = true;
    messages_.notice("Reloading HAProxy");
    if (manager_) manager_->notify("RELOADING=1\nSTATUS=Reloading Configuration.\n");
    kill(workers_.front().pid, SIGUSR2);
}

void Master::worker_said(int status) {
    std::size_t at = 0;
    while (at < workers_.size() && workers_[at].link.master_status != status) ++at;
    char word = 0;
    while (at < workers_.size() && read(status, &word, 1) == 1) {
        Worker& worker = workers_[at];
        if (at != 0 || !reloading_) continue;
        if (word == MasterLink::ready) {
            worker.ready = true;
            messages_.notice("Loading success.");
            end_reload(true);
        } else if (word == MasterLink::refused) {
            messages_.warning("Loading failure!");
            end_reload(false);
        } else if (word == MasterLink::start_another && worker.ready) {
            return start_another();
        }
    }
}

void Master::end_reload(bool success) {
    if (!reloading_) return;
    reloading_ = false;
    ++reloads_;
    if (success)
        failed_ = 0;
    else
        ++failed_;
    if (success) end_old_workers();
    if (manager_) manager_->notify(success ? "READY=1\nSTATUS=Ready.\n" : "READY=1\nSTATUS=Reload failed!\n");
    command_line_->reload_ended(success);
    if (wanted_again_) {
        wanted_again_ = false;
        reload();
    }
}

void Master::end_old_workers() const {
    for (std::size_t at = 1; at < workers_.size() && max_reloads_ >= 0; ++at)
        if (reloads_ - workers_[at].reloads_seen > static_cast<std::uint32_t>(max_reloads_))
            kill(workers_[at].pid, SIGTERM);
}

/// A fresh start of the program, which takes over from the worker that there is.
void Master::start_another() {
    auto link = MasterLink::make();
    if (!link.ok()) return end_reload(false);
    std::vector<std::string> words = arguments_for_worker(arguments_, workers_.front().pid);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const std::string program = messages_.executable();
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid < 0) {
        link->close_worker_ends();
        link->close_master_ends();
        return end_reload(false);
    }
    if (pid == 0) {
        link->pass_on();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        execv(program.c_str(), pointers.data());
        _exit(1);
    }
    messages_.notice(fmt::format("New worker ({}) forked", pid));
    link->close_worker_ends();
    workers_.insert(workers_.begin(), Worker{pid, *link, now_s(), reloads_, false});
}

}  // namespace cfgproxy::daemon
