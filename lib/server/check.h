#pragma once
#include <memory>

#include "net/loop.h"
#include "server/backend.h"

namespace cfgproxy::server {

/// Runs the health checks of a generation's backends on one loop: connects, HTTP requests, rise and fall, timing with
/// fastinter, downinter and spread-checks, first checks spread over the interval as HAProxy does. Results go to
/// Backend::set_health. Thread-owned; created per generation on one thread, stopped (destroyed) when the next one takes
/// over; a server's rise/fall count lives in its Server.
class Checker {
  public:
    Checker(net::Loop& loop, std::uint32_t spread_percent);
    ~Checker();
    /// Begins checking every server of `backend` that asks for it.
    void add(Backend& backend);
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cfgproxy::server
