#pragma once
#include <memory>
#include <string_view>

#include "net/loop.h"
#include "server/backend.h"
#include "server/check_loan.h"

namespace cfgproxy::server {

/// Runs the health checks of a generation's backends on one loop: connects, HTTP requests, timing with fastinter,
/// downinter and spread-checks, first checks spread over the interval as HAProxy does. Results go to
/// Backend::check_done, rise and fall are counted in Server. Also moves slowstarts on once a second. Thread-owned;
/// created per generation on one thread, destroyed when the next one takes over; backends must outlive it.
class Checker {
  public:
    /// `node`: name of this machine that servers are told by `http-check send-state`. `lender`: has the connections
    /// that checks may use instead of their own, and outlives this; null: there are none.
    Checker(net::Loop& loop, std::uint32_t spread_percent, std::string_view node, CheckLender* lender = nullptr);
    ~Checker();
    /// Begins checking every server of `backend` that asks for it, with the loop's next turn.
    void add(Backend& backend);
    /// The same for one more server of a backend.
    void add(Backend& backend, const std::shared_ptr<Server>& server);
    /// No check of it is running or planned any more.
    void remove(const Server& server);
    /// No check is running or planned any more.
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cfgproxy::server
