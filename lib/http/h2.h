#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "http/message.h"

struct nghttp2_session;

namespace cfgproxy::http {

/// What the side that has made a connection sends first (RFC 9113 section 3.4).
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Why a stream or a connection ended (RFC 9113 section 7).
enum class H2Error : std::uint32_t {
    no_error,
    protocol_error,
    internal_error,
    flow_control_error,
    settings_timeout,
    stream_closed,
    frame_size_error,
    refused_stream,
    cancel,
    compression_error,
    connect_error,
    enhance_your_calm,
    inadequate_security,
    http_1_1_required,
};

/// What is counted of a connection; in the order of the columns h2_*. Errors are those of the peer.
enum class H2Event : std::uint8_t {
    headers_received,
    data_received,
    settings_received,
    reset_received,
    go_away_received,
    connection_error,
    stream_error,
    reset_sent,    ///< for an error
    go_away_sent,  ///< for an error
};

/// What is said in the first SETTINGS frame, and limits of our own. By tune.h2.*.
struct H2Settings {
    std::uint32_t initial_window = 65535;  ///< bytes that a peer may send on a stream before they are consumed
    std::uint32_t max_streams = 100;       ///< that a client may have open at a time
    std::uint32_t max_frame = 16384;
    std::uint32_t header_table = 4096;
    std::uint32_t max_block = 16384;  ///< bytes of HEADERS and what continues them
    std::uint32_t max_glitches = 0;   ///< the connection ends with so many; 0: never
    bool extended_connect = true;     ///< RFC 8441: WebSockets over a stream
    /// Reverse HTTP: the side that answers has made the connection, and sends the preface.
    bool reversed = false;
};

/// One stream of a connection, as H2Session knows it: whoever exchanges messages on it derives from this.
class H2Stream {
  public:
    std::int32_t id() const { return id_; }  ///< 0: not opened yet
    /// The code of the RST_STREAM that the peer has sent.
    std::optional<std::uint32_t> reset_by_peer() const { return reset_by_peer_; }

  protected:
    ~H2Stream() = default;

  private:
    friend class H2Session;
    std::int32_t id_ = 0;
    std::optional<std::uint32_t> reset_by_peer_;
};

/// A field as it stands in a HEADERS frame: pseudo fields included, the name in lower case.
struct H2Field {
    std::string_view name;
    std::string_view value;
};

/// The state of one HTTP/2 connection (RFC 9113) without its socket: bytes in, events out; messages in, bytes out.
/// Frames, HPACK, flow control and limits against floods are libnghttp2's, which is known here only; what a well-formed
/// message is, H2Head says. Either side of a connection. Thread-owned.
///
///     feed(bytes) -> Handler::on_begin, on_field..., on_fields_end, on_payload..., on_end, on_closed
///     put_fields(), resume(), produce(out) <- Handler::next_payload
///
/// Nothing of this object may be called from within the handler's functions but reset() and consumed().
class H2Session {
  public:
    /// What is to be sent next on a stream.
    struct Piece {
        std::string_view data;
        bool end = false;                      ///< nothing follows behind `data`
        const HeaderList* trailers = nullptr;  ///< with `end`
    };

    /// Told what happens. Errors that these functions return reset the stream; compression_error ends the connection.
    class Handler {
      public:
        /// A request begins. Null: it is refused.
        virtual H2Stream* on_begin() = 0;
        virtual H2Error on_field(H2Stream& stream, std::string_view name, std::string_view value) = 0;
        /// The fields of a head (or of the trailers) are complete; `end`: and so is the message.
        virtual H2Error on_fields_end(H2Stream& stream, bool end) = 0;
        virtual void on_payload(H2Stream& stream, std::string_view bytes) = 0;
        virtual H2Error on_end(H2Stream& stream) = 0;
        /// Neither side will send any more on it; it is forgotten.
        virtual void on_closed(H2Stream& stream, H2Error why) = 0;
        /// The peer has reset it; on_closed() follows.
        virtual void on_reset(H2Stream& stream) = 0;
        /// More may be sent on `stream`; null: on all.
        virtual void on_window(H2Stream* stream) = 0;
        virtual void on_go_away(std::int32_t last_stream) = 0;
        /// Called by produce(): at most `max` bytes of what the stream has to send. Nothing: it waits for resume().
        virtual Piece next_payload(H2Stream& stream, std::size_t max) = 0;
        virtual void on_sent(H2Stream& stream, std::size_t bytes, bool end) = 0;
        virtual void on_event(H2Event event) = 0;
        /// Whether the peer may be thrown out for its glitches: perhaps they do not matter while the thread is idle.
        virtual bool minds_glitches() = 0;

      protected:
        ~Handler() = default;
    };

    /// `server`: the other side asks and this one answers.
    H2Session(Handler& handler, bool server, const H2Settings& settings);
    ~H2Session();
    /// Goes on with a connection that has no streams, for another handler, perhaps on another thread.
    H2Session(Handler& handler, H2Session&& other);
    /// Nothing can be done with it until the one above is given it.
    H2Session(H2Session&&) = default;
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;

    /// What has been received. False: the connection cannot go on; what produce() has left tells the peer why.
    bool feed(std::string_view bytes);
    /// Appends frames to `out` until nothing is left or, with payload, `out` holds `limit` bytes.
    void produce(base::Buffer& out, std::size_t limit);
    /// Neither reading nor writing has a meaning any more.
    bool is_over() const;
    bool settled() const { return settled_; }  ///< the peer's SETTINGS have come

    /// Client: opens a stream with a request's fields. False: no more streams can be had on this connection.
    bool open(H2Stream& stream, std::span<const H2Field> fields, bool end);
    /// Server: a response's fields; `interim`: of 1xx. `fields` must stay until produce() has been called.
    void answer(H2Stream& stream, std::span<const H2Field> fields, bool interim, bool end);
    /// There is something for next_payload() to give.
    void resume(H2Stream& stream);
    /// Payload has been taken: the peer may send as much again on this stream.
    void consumed(H2Stream& stream, std::size_t bytes);
    void reset(H2Stream& stream, H2Error why);
    /// Client: the next stream is taken back before it was opened, as HAProxy does with what the server cannot be
    /// asked.
    void give_up_next(H2Error why);
    /// No event of this stream will be told any more; its object may go.
    void forget(H2Stream& stream);
    /// Server: says that an end is near, so that requests that are under way still get their answers (RFC 9113 section
    /// 6.8). go_away() ends it.
    void announce_end();
    /// No new streams: says GOAWAY, those that are open may end.
    void go_away(H2Error why);
    /// Asks for a sign of life.
    void ping();
    /// Client: how many more streams the peer allows now.
    std::size_t room() const;
    /// Client: the server takes extended CONNECT requests.
    bool knows_connect() const;
    /// The peer may send `bytes` more than its window on this stream.
    void widen(H2Stream& stream, std::uint32_t bytes);
    /// The peer did what is not forbidden or not fatal, but a sign of something wrong: `fc_glitches` counts it.
    void note_glitch(std::uint32_t count = 1) { glitches_ += count; }
    std::uint32_t glitches() const { return glitches_; }
    /// What may be sent now on a stream, by both windows. Bytes.
    std::size_t window(const H2Stream& stream) const;

  private:
    /// So many at a time, and a second.
    struct Allowance {
        std::uint32_t burst, per_second;
    };
    static constexpr Allowance kResets{1000, 33}, kIdleFrames{10000, 200};
    /// What is left of an allowance.
    struct Budget {
        std::uint32_t left;
        std::int64_t since = 0;  ///< when some was given last. Seconds
        /// False: there is nothing left.
        bool spend(const Allowance& allowance, std::uint32_t count);
        void give(const Allowance& allowance, std::uint32_t count) { left = std::min(allowance.burst, left + count); }
    };
    struct Callbacks;
    H2Error look_at_frame();
    H2Error look_at_block(bool begins, bool ends);
    bool is_idle_frame() const;
    void note_window(std::uint32_t initial);
    std::int32_t last_request() const;
    bool is_too_much() const { return max_glitches_ && glitches_ >= max_glitches_ && handler_->minds_glitches(); }
    void note_end(H2Error why);
    void note_reset(H2Error why);
    void remember_closed(std::int32_t id, bool reset_by_us);
    H2Error judge_frame();
    bool give(std::string_view bytes);
    bool fail(H2Error why);
    void announce_limit();
    void turn_preface();
    bool take_preface(std::string_view& bytes);

    struct Delete {
        void operator()(nghttp2_session* session) const;
    };

    Handler* handler_;
    std::unique_ptr<nghttp2_session, Delete> session_;
    base::Buffer* out_ = nullptr;  ///< during produce()
    std::size_t limit_ = 0;
    bool server_;
    bool broken_ = false;
    bool settled_ = false;
    std::array<std::uint8_t, 9> head_{};  ///< of the frame that is being received, by a server
    std::uint8_t head_size_ = 0;
    std::uint32_t skip_ = 24;                           ///< bytes to the next head: the preface first
    std::int32_t opened_before_ = 0, last_opened_ = 0;  ///< by a client
    H2Error fatal_ = H2Error::no_error;                 ///< what a callback has found out about the connection
    std::string settings_frame_;                        ///< a server's first one, until it is sent
    std::uint32_t preface_left_ = 0;                    ///< bytes of it that a client of a reversed connection awaits
    std::uint32_t open_ = 0;                            ///< streams, by a client
    std::uint32_t max_streams_;                         ///< that it may have open
    std::uint32_t max_frame_, max_block_, max_glitches_;
    std::uint32_t glitches_ = 0;
    std::uint32_t block_size_ = 0, block_frames_ = 0;  ///< of the head that is being received
    std::uint32_t window_of_streams_ = 65535;          ///< that the peer gives
    Budget resets_{kResets.burst};                     ///< that the peer may yet cause
    Budget idle_frames_{kIdleFrames.burst};            ///< that do not carry anything
    /// Server: the last streams that are no more; the highest bit tells those that were reset by us, on which frames
    /// may still be on their way (RFC 9113 section 5.1).
    std::array<std::uint32_t, 128> closed_{};
    std::size_t closed_at_ = 0;
};

}  // namespace cfgproxy::http
