#include "config/passphrases.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "net/dummy_certificate.h"

namespace cfgproxy::config {

using base::Error;
using base::Result;

bool has_encrypted_key(const std::string& pem) {
    return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string::npos ||
           pem.find("\nProc-Type: 4,ENCRYPTED") != std::string::npos;
}

Result<std::string> Passphrases::unlock(const std::string& pem, const std::string& path) {
    const std::lock_guard lock(mutex_);
    for (const std::string& passphrase : known_)
        if (const std::string key = net::decrypt_key(pem, passphrase); !key.empty()) return key + pem;
    auto told = ask(path);
    if (!told) return told;
    const std::string key = net::decrypt_key(pem, *told);
    if (key.empty()) return Error{"unable to load private key from file '" + path + "'"};
    known_.push_back(std::move(*told));
    return key + pem;
}

/// What the command writes, as it is: a line feed at its end would be part of the passphrase, as in HAProxy.
Result<std::string> Passphrases::ask(const std::string& path) const {
    std::vector<char*> arguments{const_cast<char*>(command_[0].c_str()), const_cast<char*>(path.c_str())};
    for (std::size_t i = 1; i < command_.size(); ++i) arguments.push_back(const_cast<char*>(command_[i].c_str()));
    arguments.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"ssl-passphrase-cmd: pipe error"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, command_[0].c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    std::string told;
    char buffer[1024];
    for (ssize_t size = 0; !failed && (size = ::read(ends[0], buffer, sizeof buffer)) != 0;) {
        if (size < 0 && errno != EINTR) break;
        if (size > 0) told.append(buffer, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 127 << 8;
    if (!failed) ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return Error{"ssl-passphrase-cmd: external tool error (" + std::to_string(WEXITSTATUS(status)) + ")"};
    return told;
}

}  // namespace cfgproxy::config
