#pragma once
#include <cstdint>
#include <optional>

#include "base/pooled.h"
#include "server/backend.h"
#include "server/pool.h"
#include "stream/end_h1.h"
#include "stream/env.h"
#include "stream/exchange.h"
#include "stream/mux_h2.h"
#include "stream/server_mux.h"

namespace cfgproxy::stream {

class Session;
class MovedConnection;

/// What a connection to a server was opened for and how far that went. It stays with the connection on whatever thread.
struct Opened {
    std::uint32_t exchanges = 0;                      ///< requests carried
    std::uint32_t kind = 0;                           ///< hash of the next six; 0: it is of use to anybody
    std::string name;                                 ///< asked for by TLS (SNI); empty: none
    std::string introduction;                         ///< the PROXY header in front of all else; empty: none
    net::Address destination, source;                 ///< as in ServerConnection::Purpose
    SocketMarks marks;                                ///< the same
    model::Proto forced = model::Proto::negotiated;   ///< the same
    bool introduced = false;                          ///< the PROXY header was sent
    bool asked_proxy = false, through_proxy = false;  ///< socks4: the request was sent, the answer was good
    bool reversed = false;                            ///< it came by itself (attach-srv)
    net::Address peer;                                ///< of one that is reversed
};

/// What http-reuse means for this server: connections that come by themselves are anybody's.
inline model::Reuse reuse_of(const model::Proxy& backend, const model::Server& server) {
    return server.endpoint.kind == model::Endpoint::Kind::rhttp ? model::Reuse::always : backend.reuse;
}

/// One connection to a server: connecting, carrying a stream's exchange (with HTTP/2 and FastCGI those of many), or
/// idle in the thread's pool of its server until the next stream takes it or the server closes it. Owns itself: ends by
/// discard(). Thread-owned.
class ServerConnection final : public base::Pooled<ServerConnection>,
                               public net::Retired,
                               public server::IdleConnection,
                               public Opened,
                               private net::ConnectionOwner,
                               private MuxH2::Owner {
  public:
    /// It has been counted by Server::admit_connection().
    ServerConnection(Env& env, std::shared_ptr<server::Server> server, int fd, const EndH1::Limits& limits);
    ~ServerConnection() override;

    /// What a stream needs a connection to be: it must have begun so.
    struct Purpose {
        std::string_view name;          ///< asked for by TLS (SNI); one for another name is another site's
        std::string_view introduction;  ///< PROXY header; one with another is another client's
        net::Address destination;       ///< where the server has no address of its own
        net::Address source;            ///< that the server sees instead of ours (usesrc)
        SocketMarks marks;              ///< on its socket
        /// Spoken whatever else the server's line says; negotiated: as that says.
        model::Proto forced = model::Proto::negotiated;
        bool movable = false;  ///< to another thread
        bool bare = false;     ///< it must be no more than HTTP/1

        std::uint32_t kind() const;
    };

    /// A kept connection of this thread to `server` that still looks alive, or null. `first`: for the first
    /// request of a client; `reuse` is http-reuse's rule about that. HTTP/2 ones may have other streams.
    static ServerConnection* take_idle(Env& env, server::Server& server, model::Reuse reuse, bool first,
                                       const Purpose& purpose);
    /// A new one begins so.
    void begin_for(const Purpose& purpose) {
        kind = purpose.kind();
        name = purpose.name;
        introduction = purpose.introduction;
        destination = purpose.destination;
        source = purpose.source;
        marks = purpose.marks;
        forced = purpose.forced;
    }
    /// Whether it can carry another exchange: the server has neither closed it nor said anything.
    bool is_alive();
    bool fits(const Purpose& purpose) const {
        if (!reversed && (end_.connection.tls() != nullptr) != (server_->tls() != nullptr))
            return false;  // `set server ... ssl`
        if (forced != purpose.forced || (mux_ && (purpose.bare || mux_->room() == 0))) return false;
        if (purpose.movable && !may_move()) return false;
        return name == purpose.name && introduction == purpose.introduction && destination == purpose.destination &&
               source == purpose.source && marks == purpose.marks;
    }
    /// The next thread that may hold such a connection, `distance` threads behind this one, which grows; -1 if there is
    /// no more.
    static int find_holder(Env& env, server::Server& server, model::Reuse reuse, bool first, std::uint32_t kind,
                           std::uint32_t& distance);
    /// strict-maxconn: ends one that this thread keeps for nobody yet; false if there is none.
    static bool drop_idle(Env& env, server::Server& server);
    /// Another thread that keeps such a one; -1 if none does.
    static int find_idle(Env& env, const server::Server& server);
    /// Whether it can leave this thread: FastCGI cannot, nor HTTP/2 with streams.
    bool may_move() const { return !mux_ || (h2_ && h2_->may_part()); }
    /// Leaves this thread, for another one that has asked for it.
    std::shared_ptr<MovedConnection> surrender();
    /// Goes on here with one that another thread has given up.
    static ServerConnection* adopt(Env& env, MovedConnection& moved, const EndH1::Limits& limits);
    /// Begins with a connection that has come by itself, from `peer`, and speaks HTTP/2: streams find it under `name`
    /// once its other side has said what it can (attach-srv).
    static void attach_reversed(Env& env, std::shared_ptr<server::Server> server, int fd, std::unique_ptr<net::Tls> tls,
                                std::string_view name, const net::Address& peer);
    /// Keeps it for the next stream, if the server's limits allow; else ends it.
    void keep_idle();
    void discard() override;

    void attach(Stream& stream);
    /// TLS is agreed upon, or not needed. Whether messages can be exchanged now: HTTP/2 waits for what the server says
    /// of its limits. The stream that is attached is told; `broken()` then tells if it went wrong.
    bool ready(Stream& stream);
    bool broken() const { return broken_; }
    /// The connection stands: what `stream`, which is attached, exchanges messages with.
    Endpoint& open_end(Stream& stream);
    /// The exchange of `stream` is over. `reusable`: the connection may carry another one; HTTP/2's does anyway.
    void release(Stream& stream, bool reusable);

    net::Connection& socket() { return end_.connection; }
    const ServerMux* mux() const { return mux_.get(); }  ///< null: HTTP/1 or plain bytes
    const MuxH2* h2() const { return h2_; }              ///< null: something else than HTTP/2
    bool fcgi() const { return mux_ && !h2_; }
    const server::Server& server() const { return *server_; }
    /// Whose requests alone it carries (http-reuse never, dispatch); null: anybody's.
    Session* owner = nullptr;

  private:
    void on_io(net::Connection& connection) override;
    void on_request(EndH2&) override {}  // servers do not ask
    void on_streams_gone() override { keep_idle(); }
    void on_mux_over() override;
    void on_glitches(std::uint32_t) override {}
    void start_mux(bool fcgi);
    void take_mux(std::unique_ptr<MuxH2> mux);
    MuxH2::Settings mux_settings() const;
    void wait_for_settings();
    bool may_have_mux() const;
    bool speaks_h2() const;
    void count_h1(bool fresh);
    void end_h1_stream();
    void share();
    void leave_pool();
    bool is_needed();

    Env& env_;
    std::shared_ptr<server::Server> server_;
    std::shared_ptr<server::ThreadProtocolCounters> protocols_;  ///< of its backend
    EndH1 end_;
    std::unique_ptr<ServerMux> mux_;
    MuxH2* h2_ = nullptr;  ///< the same, if it is one
    Stream* stream_ = nullptr;
    bool shared_ = false;     ///< in the pool's list of those that have room
    bool h1_stream_ = false;  ///< `stream_` is counted as one of HTTP/1's
    bool discarded_ = false, broken_ = false;
    std::unique_ptr<net::CallbackTimer> patience_;  ///< with one that is reversed, until it is of use
};

/// A kept connection between two threads: it has left the one and is not yet of the other. Its server counts it all the
/// time; closed if nobody adopts it. Belongs to one thread at a time.
class MovedConnection {
  public:
    MovedConnection(std::shared_ptr<server::Server> server, int fd, std::unique_ptr<net::Tls> tls, Opened opened,
                    std::optional<MuxH2::Parted> h2);
    ~MovedConnection();
    MovedConnection(const MovedConnection&) = delete;
    MovedConnection& operator=(const MovedConnection&) = delete;

  private:
    friend class ServerConnection;
    std::shared_ptr<server::Server> server_;  ///< null once it was adopted
    int fd_;
    std::unique_ptr<net::Tls> tls_;
    Opened opened_;
    std::optional<MuxH2::Parted> h2_;
};

}  // namespace cfgproxy::stream
