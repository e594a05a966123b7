#pragma once
#include <memory>
#include <string_view>

#include "net/connection.h"

namespace cfgproxy::server {

class Server;

/// A connection that traffic kept idle, lent to a check (`check-reuse-pool`). The check is told of its events and sends
/// one request; with this object the connection ends, since that request has asked for it. Thread-owned.
class CheckLoan {
  public:
    virtual ~CheckLoan() = default;
    virtual net::Connection& socket() = 0;
};

/// Where checks find such connections. Thread-owned.
class CheckLender {
  public:
    virtual ~CheckLender() = default;
    /// One to `server`, of HTTP/1, that was opened for `name` (pool-conn-name; empty: for none), whose events go to
    /// `user` from now on. Null: none is idle here.
    virtual std::unique_ptr<CheckLoan> lend(Server& server, std::string_view name, net::ConnectionOwner& user) = 0;
};

}  // namespace cfgproxy::server
