#pragma once
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "http/h1.h"
#include "http/message.h"

namespace cfgproxy::stream {

/// Why no more can be read or written.
enum class Trouble : std::uint8_t {
    none,
    closed,     ///< the peer closed before the message was complete
    malformed,  ///< the message breaks the protocol
    too_long,   ///< the head does not fit into a buffer
    reset,      ///< the connection is dead; `Endpoint::error()` is its errno
};

enum class HeadState : std::uint8_t { more, ready, trouble };

/// Payload that can be forwarded now.
struct Body {
    std::string_view data;            ///< valid until consume() or the next peek()
    bool end = false;                 ///< nothing follows behind `data`
    bool more = false;                ///< further bytes of the message are buffered behind `data`
    Trouble trouble = Trouble::none;  ///< with empty data: what ended it early
};

/// One half of a stream: where a message comes from and where the answer goes, towards a client, towards a server, or
/// an applet. The only thing that steps see: HTTP/1 now, HTTP/2 and others without touching them. Payload is exchanged
/// decoded; each side does its own framing. Nothing blocks. Thread-owned.
class Endpoint {
  public:
    virtual ~Endpoint() = default;

    /// The next message's head; its views live until the head is released by the first peek() that needs room.
    virtual HeadState read_request(http::Request& request, base::Arena& arena);
    virtual HeadState read_response(http::Response& response, base::Arena& arena, http::Method method);
    Trouble trouble() const { return trouble_; }
    virtual const http::ParseError* parse_error() const { return nullptr; }
    virtual std::string_view raw_head() const { return {}; }  ///< what was received, for `show errors`

    /// Payload behind the head that was read.
    virtual Body peek() = 0;
    virtual void consume(std::size_t count) = 0;
    /// Trailer fields, once peek() said end; null if there are none.
    virtual const http::HeaderList* trailers() const { return nullptr; }

    /// What the end of the payload adds to the bytes that logs and statistics tell: chunks have one, and trailers.
    virtual std::uint64_t end_size() const { return 0; }

    /// Queues a head; it leaves with the payload, or by flush().
    virtual void put_head(const http::Request& request);
    virtual void put_head(const http::Response& response);
    /// Queues a whole message as it is: error files.
    virtual void put_raw(std::string_view bytes) { (void)bytes; }
    /// Takes payload: sends what it can at once, returns how much was taken. `hold`: more follows at once, copy rather
    /// than send. `end`: the message ends behind `data` (counts only when all is taken). A call with less than what was
    /// offered before must go on where that stopped.
    virtual std::size_t put(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) = 0;
    /// Sends what is queued. True when nothing is left unsent.
    virtual bool flush() = 0;
    virtual bool has_unsent() const = 0;
    virtual bool output_failed() const { return false; }

    /// From now on bytes both ways, no messages.
    virtual void start_tunnel() {}
    /// Tells the peer that nothing more will be sent.
    virtual void close_output() {}
    /// Gives memory back while nothing happens.
    virtual void release_buffers() {}
    virtual int error() const { return 0; }
    virtual bool peer_closed() const { return false; }  ///< has finished sending

    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }
    void restart_counting() { bytes_in_ = bytes_out_ = 0; }

  protected:
    Trouble trouble_ = Trouble::none;
    std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace cfgproxy::stream
