#include "server/check_external.h"

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "model/socket_address.h"
#include "server/check_schedule.h"

namespace cfgproxy::server {
namespace {

constexpr std::string_view kNotUsed = "NOT_USED";

/// Host and port as the command gets them.
std::pair<std::string, std::string> ends_of(const model::Endpoint& endpoint, const net::Address& address) {
    if (model::is_unix(endpoint)) return {endpoint.path, std::string(kNotUsed)};
    if (!address.is_ip()) return {std::string(kNotUsed), std::string(kNotUsed)};
    return {address.ip_text(), std::to_string(address.port())};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

}  // namespace

ExternalProbe::~ExternalProbe() {
    watch_.stop();
    if (child_fd_ >= 0) ::close(child_fd_);
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

std::uint32_t ExternalProbe::interval() const { return check_interval(*server_); }

void ExternalProbe::on_timer() {
    if (child_ > 0) {
        ::kill(child_, SIGTERM);
        finish(CheckStatus::process_timeout, 0);
    } else if (server_->in_maintenance() || !server_->check().enabled) {  // paused, or `disable health`
        start_in(std::max<std::uint32_t>(server_->config().check.inter_ms, 1));
    } else {
        begin();
    }
}

void ExternalProbe::begin() {
    const model::Timeouts& timeouts = backend_.config().timeouts;
    began_us_ = loop_.now_us();
    backend_.check_started(*server_);
    if (!spawn()) return finish(CheckStatus::socket_error, 0);
    std::uint64_t patience = server_->config().check.inter_ms;
    if (timeouts.check >= 0 && timeouts.connect >= 0)
        patience = std::min(patience, static_cast<std::uint64_t>(timeouts.connect));
    set(loop_, loop_.now_ms() + patience);
    watch_.start_level(loop_, child_fd_, *this);
}

std::vector<std::string> ExternalProbe::arguments() const {
    const model::Proxy& proxy = backend_.config();
    std::pair<std::string, std::string> own{kNotUsed, kNotUsed};
    if (!proxy.binds.empty()) own = ends_of(proxy.binds[0].endpoint, proxy.binds[0].endpoint.ip);
    const model::CheckSettings& check = server_->config().check;
    net::Address address = check.address ? check.address->ip : server_->address();
    if (address.is_ip()) address.set_port(check.port ? check.port : server_->address().port());
    const auto other = ends_of(check.address ? *check.address : server_->config().endpoint, address);
    return {proxy.health_check.external_command, own.first, own.second, other.first, other.second};
}

std::vector<std::string> ExternalProbe::environment(const std::vector<std::string>& arguments) const {
    const model::Proxy& proxy = backend_.config();
    auto entry = [](std::string_view name, std::string_view value) {
        return std::string(name) + "=" + std::string(value);
    };
    auto number = [](auto value) { return std::to_string(value); };
    std::vector<std::string> all{entry("PATH", proxy.health_check.external_path),
                                 entry("HAPROXY_PROXY_NAME", proxy.name),
                                 entry("HAPROXY_PROXY_ID", number(proxy.id)),
                                 entry("HAPROXY_PROXY_ADDR", arguments[1]),
                                 entry("HAPROXY_PROXY_PORT", arguments[2]),
                                 entry("HAPROXY_SERVER_NAME", server_->name()),
                                 entry("HAPROXY_SERVER_ID", number(server_->config().id)),
                                 entry("HAPROXY_SERVER_ADDR", arguments[3]),
                                 entry("HAPROXY_SERVER_PORT", arguments[4]),
                                 entry("HAPROXY_SERVER_MAXCONN", number(server_->max_connections())),
                                 entry("HAPROXY_SERVER_CURCONN", number(server_->sessions.get())),
                                 entry("HAPROXY_SERVER_SSL", "0"),
                                 entry("HAPROXY_SERVER_PROTO", proxy.mode == model::Mode::http ? "h1" : "tcp")};
    if (!proxy.health_check.external_environment) return all;
    // What is said of the check itself counts.
    const auto own = static_cast<std::ptrdiff_t>(all.size());
    for (const std::string& text : *proxy.health_check.external_environment) {
        const std::string name = text.substr(0, text.find('=') + 1);
        const auto end = all.begin() + own;
        if (std::none_of(all.begin(), end, [&](const std::string& told) { return told.starts_with(name); }))
            all.push_back(text);
    }
    return all;
}

/// The command, in a process group of its own, with no signal blocked.
bool ExternalProbe::spawn() {
    auto words = arguments();
    auto variables = environment(words);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    const int failed = posix_spawn(&child_, words[0].c_str(), nullptr, &attributes, pointers(words).data(),
                                   pointers(variables).data());
    posix_spawnattr_destroy(&attributes);
    if (failed) {
        child_ = -1;
        return false;
    }
    child_fd_ = static_cast<int>(syscall(SYS_pidfd_open, child_, 0));
    if (child_fd_ >= 0) return true;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
    return false;
}

void ExternalProbe::on_ready(std::uint8_t) {
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) != child_) return;
    child_ = -1;
    const bool exited = WIFEXITED(status);
    const int code = exited ? WEXITSTATUS(status) : -1;
    finish(exited && code == 0 ? CheckStatus::process_ok : CheckStatus::process_error, code);
}

void ExternalProbe::finish(CheckStatus status, std::int32_t code) {
    watch_.stop();
    if (child_fd_ >= 0) ::close(child_fd_);
    child_fd_ = -1;
    if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) == 0) {
        // It does not end by being asked to.
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    child_ = -1;
    const auto duration = static_cast<std::int64_t>((loop_.now_us() - began_us_) / 1000);
    backend_.check_done(*server_, status, code, duration, {});
    start_in(spread_wait(interval(), spread_percent_));
}

}  // namespace cfgproxy::server
