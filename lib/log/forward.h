#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/ring.h"
#include "net/connection.h"

namespace cfgproxy::log {

/// Brings the lines of a ring to one server over a stream connection, in order, as fast as it takes them. Connects
/// again when the connection is lost; lines that the ring overwrites meanwhile are lost and counted. Belongs to the
/// thread of its loop.
class Forwarder final : private net::ConnectionOwner, private net::Timer {
  public:
    /// What the `ring` section and its `server` line say.
    struct Settings {
        model::LogServer server;
        std::int64_t connect_timeout_ms = -1, server_timeout_ms = -1;
    };
    /// `position`: the ring's first line to bring.
    Forwarder(net::Loop& loop, std::shared_ptr<Ring> ring, Settings settings, std::uint64_t position);
    ~Forwarder() override;

    /// It brings lines of that ring to that server, by the same words or others.
    bool reaches(const Ring& ring, const model::LogServer& server) const;
    /// By the same words: a reload keeps it, and its connection.
    bool serves(const Ring& ring, const model::LogServer& server) const;
    /// What a reload has read anew; certificates of files count from the next connection on.
    void renew(Settings settings) { settings_ = std::move(settings); }
    /// The first line that was not sent whole.
    std::uint64_t unsent() const;

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
    Settings settings_;
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
