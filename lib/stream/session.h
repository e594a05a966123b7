#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/pooled.h"
#include "net/connection.h"
#include "net/proxy_protocol.h"
#include "sample/context.h"
#include "server/pool.h"
#include "server/stick_counters.h"
#include "stream/end_h1.h"
#include "stream/env.h"
#include "stream/live.h"
#include "stream/mux_h2.h"
#include "stream/server_connection.h"

namespace cfgproxy::stream {

/// One client connection on a frontend, from accept to close: its addresses, its variables, and one stream after the
/// other, or with HTTP/2 many at a time. Between two requests it holds no buffer and no stream. Owns itself: ends by
/// close(). Thread-owned.
class Session final : public base::Pooled<Session>,
                      public net::Retired,
                      private net::ConnectionOwner,
                      private net::Timer,
                      private MuxH2::Owner {
  public:
    /// `accept_us`: wall clock at accept.
    Session(Env& env, const Binding& binding, int fd, const net::Address& source, const net::Address& destination,
            const EndH1::Limits& limits);
    ~Session() override;

    /// Looks whether the client has sent something already.
    void start();
    /// Instead of start(): this side has made the connection, to be asked over it (rhttp@). TLS is agreed upon, `h2`
    /// has said that it is there, and `received` is what the other side has said since.
    void start_reversed(std::unique_ptr<net::Tls> tls, MuxH2::Parted h2, std::string_view received);
    /// A stream has ended. `keep_alive`: the connection waits for the next request; else it is closed, with `linger`
    /// as in close(). With HTTP/2 it goes on without that stream.
    void stream_ended(Stream& stream, bool keep_alive, bool linger);
    /// Ends the connection; with `linger` what the client still sends is read and thrown away for a while, so
    /// that it sees the answer rather than a reset.
    void close(bool linger);
    /// `shutdown session`, hard stop.
    void kill(char cause);
    /// The thread ends: no log line, no answer.
    void kill_now();
    /// No more requests: an idle connection is closed, a busy one after its response.
    void drain();

    Env& env() { return env_; }
    const Binding& binding() const { return binding_; }
    net::Connection& connection() { return end_.connection; }
    template <class Each>
    void for_each_stream(Each each) {
        if (h2_)
            h2_->for_each_stream(each);
        else if (stream_)
            each(*stream_);
    }
    bool idle() const { return stream_ == nullptr && (!h2_ || h2_->streams() == 0); }
    const MuxH2* h2() const { return h2_.get(); }  ///< null: HTTP/1 or plain bytes
    /// Tells the counters what has come to light of a request of HTTP/1.
    void count_glitches();
    /// What a connection of a TCP frontend that turns out to carry HTTP begins as.
    bool begins_h2(model::Proto wanted) const;

    /// Keeps a server connection that is this session's alone, until take_kept() or the end.
    void keep(ServerConnection& connection);
    /// One to `server` that fits, or null.
    ServerConnection* take_kept(const server::Server& server, const ServerConnection::Purpose& purpose);

    base::Link env_link;
    net::Address source, destination;
    std::uint64_t accept_wall_us = 0, accept_us = 0;  ///< wall clock; monotonic
    std::uint64_t last_us = 0;                        ///< monotonic: end of the last response, or accept
    std::int64_t handshake_ms = 0;                    ///< from accept until TLS was agreed upon
    std::uint32_t requests = 0;
    base::Arena arena;
    sample::Variables variables;
    bool is_http = false;                         ///< requests come one after the other, not plain bytes
    bool proxy_header = false;                    ///< a PROXY header came and named addresses
    std::string proxy_tlvs;                       ///< of that header
    std::string_view failure = "Success";         ///< why it came to nothing: net::ConnectionFailure::text
    server::StickCounters tracked;                ///< by tcp-request connection and session rules
    std::shared_ptr<server::Server> last_server;  ///< with option prefer-last-server
    std::shared_ptr<void> companion;              ///< let go at the session's end: whoever waits for that (rhttp@)

  private:
    void on_io(net::Connection& connection) override;
    void on_timer() override;
    void count_connection();
    void count_session();
    void count_leave();
    server::ProtocolCounters& protocol_counters() { return frontend_->protocols.of(env_.thread()); }
    void begin_h1();
    void end_h1();
    bool admit();
    void deny(server::Counter server::TrafficCounters::*counter);
    void fill(model::RuleContext& context, const LiveView& live);
    bool run_rules(const model::RuleSet& rules, server::Counter server::TrafficCounters::*counter);
    void begin_stream();
    void start_h2();
    bool is_h2_preface(bool& wait) const;
    void on_request(EndH2& end) override;
    void on_streams_gone() override;
    void on_mux_over() override { close(true); }
    void on_glitches(std::uint32_t count) override;
    void on_alive() override;
    void serve();
    void join_server(const model::Server& line);
    void shake_hands();
    void handshake_failed(std::string_view why);
    bool is_monitor() const;
    void answer_monitor();
    void answer_health();
    void wait_for_request();
    std::int64_t patience_for_request() const;
    std::uint64_t handshake_deadline() const;
    bool is_introduced_by_proxy() const { return introduction_ == model::RuleContext::Introduction::proxy; }
    void read_introduction();
    void refuse_introduction(net::ProxyError error);
    void secure();
    void refuse(std::string_view why, bool empty);

    Env& env_;
    const Binding& binding_;
    std::shared_ptr<server::Frontend> frontend_;  ///< where this connection is counted, whatever the binding says later
    std::shared_ptr<server::ListenerState> listener_;
    EndH1 end_;
    std::unique_ptr<MuxH2> h2_;
    Stream* stream_ = nullptr;
    base::List<server::IdleConnection, &server::IdleConnection::idle_link> kept_;
    std::uint32_t glitches_told_ = 0;
    bool h1_stream_ = false;  ///< `stream_` is counted as one of HTTP/1's
    bool lingering_ = false;
    model::RuleContext::Introduction introduction_ = {};
    const model::Server* attach_to_ = nullptr;  ///< attach-srv: this connection becomes one of that server
    std::string_view attach_name_;              ///< in `arena`
    bool introducing_ = false;                  ///< a PROXY header is awaited: nobody has been asked for anything
    bool handshaking_ = false;                  ///< TLS is not agreed upon yet: nobody has been asked for anything
};

/// All sessions of a thread.
class SessionList : public base::List<Session, &Session::env_link> {};

}  // namespace cfgproxy::stream
