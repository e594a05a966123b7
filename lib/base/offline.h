#pragma once
#include <atomic>
#include <cerrno>

namespace cfgproxy::base {

/// Whether configurations are read away from the machine that they are meant for (`cfgproxy check --offline`): then
/// nothing asks for users, groups, addresses of hosts, or certificates, other files that are named may be missing, and
/// what would depend on them is taken to be right. Set before the first file is read, and never while one is.
inline std::atomic<bool>& offline() {
    static std::atomic<bool> value{false};
    return value;
}

/// Whether a file that could not be opened (`errno` says why) may be there on the machine that it is meant for.
inline bool may_be_elsewhere() {
    return offline() && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EPERM);
}

}  // namespace cfgproxy::base
