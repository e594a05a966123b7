#pragma once
#include "http/h2.h"
#include "model/config.h"
#include "server/protocol_counters.h"
#include "stream/end_h1.h"
#include "stream/end_h2.h"
#include "stream/framed_mux.h"

namespace cfgproxy::stream {

/// One HTTP/2 connection with its streams, towards a client or a server. Frames of one turn of the loop leave together;
/// while the peer does not take them nothing more is read from it, so a connection's memory is bounded: by what may be
/// queued here and by the windows of its streams. Owned by whoever owns the connection. Thread-owned.
class MuxH2 final : public FramedMux<EndH2>, private http::H2Session::Handler {
  public:
    /// Who is told; may call anything of the mux but destroy it.
    class Owner : public ServerMuxOwner {
      public:
        /// Front side: a request has come. It is Endpoint::read_request() of `end`.
        virtual void on_request(EndH2& end) = 0;
        /// The peer did something odd, so many times (`fc_glitches`).
        virtual void on_glitches(std::uint32_t count) = 0;
        /// The peer has answered when it was asked whether it is still there.
        virtual void on_alive() {}

      protected:
        ~Owner() = default;
    };
    struct Settings {
        http::H2Settings h2;
        http::H2Head::Limits head;
        std::uint32_t max_total_streams = 0;  ///< a client's connection ends after so many; 0: never
        std::uint32_t glitch_kill_busy = 0;   ///< glitches end a connection only on a thread this busy. Percent
        std::int64_t idle_ping_ms = 0;        ///< so long without streams and the peer is asked; 0: it never is
    };

    /// By tune.h2.* of one side, the limits that heads have on any connection, and `idle-ping` of the line.
    static Settings settings(const model::Global& global, const model::H2Tuning& tuning, const EndH1::Limits& limits,
                             std::int64_t idle_ping_ms);

    /// `server`: we are asked; else we ask. `counters`: of this thread, and must stay as long as this.
    MuxH2(net::Connection& connection, Owner& owner, bool server, const Settings& settings,
          server::ProtocolCounters& counters);
    /// A connection without its socket and without streams, between two owners, perhaps of different threads.
    struct Parted {
        http::H2Session session;
        std::string unsent;
        bool asked = false;   ///< a PING was sent and nothing has come since
        bool counted = true;  ///< among the connections of its proxy
    };
    /// Goes on with it; `server` as it was. start({}) is next.
    MuxH2(net::Connection& connection, Owner& owner, bool server, const Settings& settings,
          server::ProtocolCounters& counters, Parted&& parted);
    ~MuxH2() override;
    /// Whether it can be parted from its connection: there is no stream, and it goes on.
    bool may_part() const { return count_ == 0 && !draining_ && !ending_ && !dead_ && !over_ && !input_ended_; }
    /// Nothing is done or told any more by what is left here.
    Parted part();
    std::string_view name() const override { return "H2"; }

    /// What was received before anybody knew that this is HTTP/2; then on_io().
    void start(std::string_view received);
    void on_io() override;
    /// Front side: tells the client to go elsewhere with its next requests. Those that are under way are served; the
    /// owner ends the connection some time after the last one.
    void drain();
    bool ending() const { return ending_; }
    void abandon() override;
    /// Says why and sends it. The owner closes the connection then.
    void say_goodbye(http::H2Error why);
    /// How many the side that asks may have open at a time, as was told so far.
    std::size_t stream_limit() const override;
    std::uint32_t glitches() const { return session_.glitches(); }
    template <class Each>
    void for_each_stream(Each each) {
        for (EndH2 *end = ends_.front(), *next; end; end = next) {
            next = ends_.next(*end);
            if (end->stream) each(*end->stream);
        }
    }

    bool settled() const override { return session_.settled(); }
    Endpoint& open_end(Stream& stream) override;
    void close_end(Endpoint& end) override { release(static_cast<EndH2&>(end)); }
    std::size_t room() const override;
    /// The exchange is over as far as this end is concerned. What is incomplete is reset.
    void release(EndH2& end);

  private:
    friend class EndH2;
    /// A peer that does not take what answers it is not listened to.
    static constexpr std::size_t kDeafFrom = 2 * kOutLimit;

    EndH2& make_end();
    http::H2Stream* on_begin() override;
    http::H2Error on_field(http::H2Stream& stream, std::string_view name, std::string_view value) override;
    http::H2Error on_fields_end(http::H2Stream& stream, bool end) override;
    void on_payload(http::H2Stream& stream, std::string_view bytes) override;
    http::H2Error on_end(http::H2Stream& stream) override;
    void on_closed(http::H2Stream& stream, http::H2Error why) override;
    void on_reset(http::H2Stream& stream) override;
    void on_window(http::H2Stream* stream) override;
    void on_go_away(std::int32_t last_stream) override;
    http::H2Session::Piece next_payload(http::H2Stream& stream, std::size_t max) override;
    void on_sent(http::H2Stream& stream, std::size_t bytes, bool end) override;
    void on_event(http::H2Event event) override;
    bool minds_glitches() override;
    void on_turn_end() override;
    void on_timer() override;

    void send(EndH2& end);
    void run_wakes();
    bool receive();
    void produce();
    void fail();
    void close_all();
    void check_over();
    void tell_glitches();
    void wait_for_ping();
    void look_if_alive();
    void count_stream(EndH2& end);

    Owner& owner_;
    server::ProtocolCounters& counters_;
    Settings settings_;
    http::H2Session session_;
    std::size_t total_ = 0;  ///< streams that have begun
    std::uint32_t glitches_told_ = 0;
    std::uint64_t ping_at_ = net::Timer::kNever;  ///< when the peer is asked, or must have answered
    bool server_;
    bool counted_ = true;    ///< as a connection, to be counted out at its end
    bool draining_ = false;  ///< GOAWAY was said or heard: no new streams
    bool ending_ = false;    ///< it will be said soon
    bool asked_ = false;     ///< a PING was sent and nothing has come since
};

}  // namespace cfgproxy::stream
