#pragma once
#include <memory>
#include <string>
#include <vector>

#include "log/ring.h"
#include "net/connection.h"

namespace cfgproxy::log {

/// Brings the lines of a ring to one server over a stream connection, in order, as fast as it takes them. Connects
/// again when the connection is lost; lines that the ring overwrites meanwhile are lost and counted. Belongs to the
/// thread of its loop.
class Forwarder final : private net::ConnectionOwner, private net::Timer {
  public:
    Forwarder(net::Loop& loop, std::shared_ptr<Ring> ring, const model::LogServer& server,
              std::int64_t connect_timeout_ms, std::int64_t server_timeout_ms);
    ~Forwarder() override;

    /// It would do the same for that section's server: a reload keeps it.
    bool serves(const Ring& ring, const model::LogServer& server) const;

  private:
    void on_io(net::Connection& connection) override;
    void on_timer() override;
    void connect();
    void secure();
    void work();
    void lose();
    bool fill();

    net::Loop& loop_;
    std::shared_ptr<Ring> ring_;
    model::LogServer server_;
    std::int64_t connect_timeout_ms_, server_timeout_ms_;
    std::unique_ptr<net::Connection> connection_;
    bool connected_ = false;         ///< TLS included
    std::uint64_t position_ = 0;     ///< the ring's next line to read
    std::string out_;                ///< lines on their way
    std::vector<std::size_t> ends_;  ///< where each of them ends in `out_`
    std::size_t sent_ = 0;
    struct Alive {
        Forwarder* forwarder;
    };
    std::shared_ptr<Alive> alive_;  ///< for tasks that were posted before this object went
};

}  // namespace cfgproxy::log
