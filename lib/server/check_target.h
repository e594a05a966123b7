#pragma once
#include <sys/socket.h>

#include <cstdint>

#include "model/check.h"
#include "server/server.h"

/// Where a check's connection goes and what is spoken on it: each is told by the step, else by the words of the
/// server's check, else as for traffic, if the check goes to the same place (`server`, `http-check connect`, `tcp-check
/// connect`).
namespace cfgproxy::server {

struct CheckTarget {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

/// Address and port, each of the step, else the check's (`addr`, `port`), else the server's. `expressed`: the port that
/// the step's expression gave, or 0. False if there is no address, no port, or a path too long.
bool find_check_target(const Server& server, const model::CheckConnect& how, std::uint16_t expressed,
                       CheckTarget& target);

bool sends_proxy_header(const Server& server, const model::CheckConnect& how);

bool speaks_tls(const Server& server, const model::CheckConnect& how);

/// `check-reuse-pool`: whether the check would connect just as traffic does, so that a connection of that can be used.
bool may_use_traffics(const Server& server, const model::CheckConnect& how);

/// Which HTTP is spoken; `by_alpn`: TLS can agree upon one.
model::Proto proto_of(const model::Server& config, const model::CheckConnect& how, bool by_alpn);

}  // namespace cfgproxy::server
