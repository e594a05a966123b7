#pragma once
#include <cstdint>

#include "server/backend.h"
#include "server/pool.h"
#include "stream/end_h1.h"
#include "stream/env.h"

namespace cfgproxy::stream {

class Session;

/// One connection to a server: connecting, carrying a stream's exchange, or idle in the thread's pool of its server
/// until the next stream takes it or the server closes it. Owns itself: ends by discard(). Thread-owned.
class ServerConnection final : public net::Retired, public server::IdleConnection, private net::ConnectionOwner {
  public:
    ServerConnection(Env& env, std::shared_ptr<server::Server> server, int fd, const EndH1::Limits& limits);
    ~ServerConnection() override;

    /// What a stream needs a connection to be: it must have begun so.
    struct Purpose {
        std::string_view name;          ///< asked for by TLS (SNI); one for another name is another site's
        std::string_view introduction;  ///< PROXY header; one with another is another client's
        net::Address destination;       ///< where the server has no address of its own
        net::Address source;            ///< that the server sees instead of ours (usesrc)
    };

    /// A kept connection of this thread to `server` that still looks alive, or null. `first`: for the first
    /// request of a client; `reuse` is http-reuse's rule about that.
    static ServerConnection* take_idle(Env& env, server::Server& server, model::Reuse reuse, bool first,
                                       const Purpose& purpose);
    /// Whether it can carry another exchange: the server has neither closed it nor said anything.
    bool is_alive();
    bool fits(const Purpose& purpose) const {
        return name == purpose.name && introduction == purpose.introduction && destination == purpose.destination &&
               source == purpose.source;
    }
    /// A thread other than `env`'s that holds such a connection; -1 if there is none.
    static int find_holder(Env& env, server::Server& server, model::Reuse reuse, bool first);
    /// Leaves the pool and this thread: the descriptor, for a thread that has asked for it.
    int surrender();
    /// Keeps it for the next stream, if the server's limits allow; else ends it.
    void keep_idle();
    void discard() override;

    void attach(Stream& stream);
    void detach() { stream_ = nullptr; }

    EndH1& end() { return end_; }
    const server::Server& server() const { return *server_; }
    std::uint32_t exchanges = 0;                      ///< requests carried
    std::string name;                                 ///< asked for by TLS (SNI); empty: none
    std::string introduction;                         ///< the PROXY header in front of all else; empty: none
    bool introduced = false;                          ///< it was sent
    net::Address destination, source;                 ///< as in Purpose
    bool asked_proxy = false, through_proxy = false;  ///< socks4: the request was sent, the answer was good
    /// Whose requests alone it carries (http-reuse never, dispatch); null: anybody's.
    Session* owner = nullptr;

  private:
    void on_io(net::Connection& connection) override;
    void leave_pool();
    bool is_needed();

    Env& env_;
    std::shared_ptr<server::Server> server_;
    EndH1 end_;
    Stream* stream_ = nullptr;
};

}  // namespace cfgproxy::stream
