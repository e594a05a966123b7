#pragma once
#include "net/connection.h"
#include "server/check_http.h"

namespace cfgproxy::server {

/// The connection of a check that speaks something else than HTTP/1: one request, and what answers it. Thread-owned.
class CheckMux {
  public:
    virtual ~CheckMux() = default;
    /// Sends what there is. Ok: all of it; but an answer may make more.
    virtual net::Io send(net::Connection& connection) = 0;
    /// Takes what has come. Failed: no more will.
    virtual net::Io receive(net::Connection& connection) = 0;
    virtual CheckResponse::State state() const = 0;
};

}  // namespace cfgproxy::server
