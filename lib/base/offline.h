#pragma once
#include <atomic>

namespace cfgproxy::base {

/// Whether configurations are read away from the machine that they are meant for (`cfgproxy check --offline`): then
/// nothing asks for users, groups, addresses of hosts, or certificates, and what would depend on them is taken to be
/// right. Set before the first file is read, and never while one is.
inline std::atomic<bool>& offline() {
    static std::atomic<bool> value{false};
    return value;
}

}  // namespace cfgproxy::base
