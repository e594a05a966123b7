#pragma once
#include <cstdint>
#include <optional>
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

/// The payload that has arrived so far, received behind the head, whose views stay good. For rules that look at it
/// before anything is forwarded.
struct Collected {
    std::string_view data;
    bool complete = false;  ///< nothing follows
    bool full = false;      ///< there is no room for more
    Trouble trouble = Trouble::none;
};

class EndH1;

/// One half of a stream: where a message comes from and where the answer goes, towards a client, towards a server, or
/// an applet. The only thing that steps see: HTTP/1, HTTP/2 and others without touching them. Payload is exchanged
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
    virtual bool has_input() const { return false; }          ///< something has arrived that nobody has taken
    virtual std::uint16_t status_if_too_long() const { return 431; }
    /// Makes ready for the next head: after an interim response, or on a connection that is kept.
    virtual void next_message(bool response) { (void)response; }

    /// Payload behind the head that was read.
    virtual Body peek() = 0;
    virtual void consume(std::size_t count) = 0;
    virtual Collected collect() { return {.complete = true}; }
    virtual std::size_t buffered_payload() const { return 0; }
    /// What came along with the head is payload as it must be: a request that is wrong there is refused before anybody
    /// sees it.
    virtual bool buffered_body_is_sound() const { return true; }
    /// Whether everything of the message was read, and no byte beyond it.
    virtual bool input_complete() const { return true; }
    virtual bool may_have_input() const { return false; }  ///< a try to read is not in vain
    /// Trailer fields, once peek() said end; null if there are none.
    virtual const http::HeaderList* trailers() const { return nullptr; }

    /// What the end of the payload adds to the bytes that logs and statistics tell: chunks have one, and trailers.
    virtual std::uint64_t end_size() const { return 0; }

    /// Looks at the request that put_head() will be given. 0: it can be sent; else the status that the client is
    /// answered instead, this peer having no way to be told of it.
    virtual std::uint16_t refuse_request(const http::Request&) { return 0; }
    /// Whether the upgrade that `request` asks for can be asked of this peer at all.
    virtual bool takes_upgrade(const http::Request&) const { return true; }
    /// Queues a head; it leaves with the payload, or by flush().
    virtual void put_head(const http::Request& request);
    virtual void put_head(const http::Response& response);
    /// How names of fields are written to this peer, if it tells capitals apart; null: in lower case.
    virtual void set_name_cases(const http::NameCases*) {}
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
    virtual bool can_send() const { return true; }  ///< the peer takes what it is offered
    /// The message whose head was put is one of a head alone (an answer to HEAD): what is put() of its payload
    /// vanishes.
    virtual void leave_out_body() {}

    /// From now on bytes both ways, no messages.
    virtual void start_tunnel() {}
    /// Tells the peer that nothing more will be sent.
    virtual void close_output() {}
    /// Gives memory back while nothing happens.
    virtual void release_buffers() {}
    virtual int error() const { return 0; }
    /// The number of the stream on its connection; nothing where each connection is one stream.
    virtual std::optional<std::int32_t> stream_number() const { return {}; }
    /// The code by which the peer alone has ended the stream (RST_STREAM).
    virtual std::optional<std::uint32_t> reset_code() const { return {}; }
    virtual bool peer_closed() const { return false; }  ///< has finished sending
    /// The peer's side of the connection has ended, perhaps with data still to be read.
    virtual bool peer_left() const { return false; }
    /// Makes sure that the stream is told when there is news of the peer.
    virtual void watch() {}
    /// This end, if it has the connection to itself: its payload may pass through the kernel (Stream::splice).
    virtual EndH1* alone() { return nullptr; }

    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }
    void restart_counting() { bytes_in_ = bytes_out_ = 0; }

  protected:
    Trouble trouble_ = Trouble::none;
    std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace cfgproxy::stream
