#pragma once
#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/message.h"

namespace cfgproxy::http {

enum class ParseState : std::uint8_t { more, done, error };

/// What a parse error is, for the answer, the log and `show errors`.
struct ParseError {
    std::uint16_t status = 400;  ///< what the client gets (400, 411, 414, 431, 501, 505...); for a response always 502
    std::uint32_t position = 0;  ///< offset of the offending byte from the start of the head
    std::string_view reason;     ///< static text for `show errors`
};

/// Which departures are forgiven (`option accept-invalid-http-request|response`).
struct H1Limits {
    std::uint32_t max_headers = 101;  ///< tune.http.maxhdr
    bool accept_invalid = false;
};

/// Offsets of one field line from the start of the head; resolved to views when the head is complete.
struct RawHeader {
    std::uint32_t name, name_end, value, value_end;
};

/// Incremental parser of an HTTP/1.x head (RFC 9112 sections 2 to 5), request or response, over a buffer that grows:
/// feed it all bytes from the start of the head; it goes on where it stopped, so feeding one byte at a time and all
/// at once give the same result. On `done`, `length()` bytes are the head, blank line included, and the message's views
/// point into the text that was fed (field names were made lower case there, folded lines joined with blanks). The
/// machine is grammar/h1_head.rl; the checks that no grammar can make (framing, Host, doubled lengths) are h1.cc.
/// Thread-owned, reusable after reset().
class H1HeadParser {
  public:
    explicit H1HeadParser(bool response = false) { reset(response); }
    void reset(bool response);

    /// `text[0, size)` is all that has arrived since the start of the head. May change bytes of it (see above).
    ParseState feed(char* text, std::uint32_t size, const H1Limits& limits);
    std::uint32_t length() const { return pos_; }
    const ParseError& error() const { return error_; }
    /// No byte but blank lines before the start line has been seen: an idle connection that closes is no error.
    bool untouched() const { return !started_; }

    /// After `done`: fills `request` with views of `text`; headers go into `arena`. False: error() tells why.
    bool finish(char* text, base::Arena& arena, Request& request);
    /// After `done`. `request_method` decides about HEAD and CONNECT, as does the status.
    bool finish(char* text, base::Arena& arena, Response& response, Method request_method);
};

/// Takes a chunked body apart (RFC 9112 section 7.1): sizes, extensions (skipped), trailers.
/// Usage: while there are bytes: `feed` eats framing until payload begins; `payload_left()` bytes of data
/// follow in the stream, which the caller forwards itself and reports with `consumed()`.
class H1ChunkParser {
  public:
    void reset();
    /// Eats framing bytes (not payload) from the front of `text`; returns how many. Stops when payload_left() > 0, or
    /// at the end of the body, or on error, or when text is used up.
    std::uint32_t feed(std::string_view text);
    std::uint64_t payload_left() const;
    void consumed(std::uint64_t count);
    bool complete() const;  ///< the final blank line has been eaten
    bool failed() const;
};

/// Serialises a head: `method target HTTP/1.1` or `HTTP/1.1 status reason`, field lines as `name: value`, blank line.
void write_head(base::Buffer& to, const Request& request);
void write_head(base::Buffer& to, const Response& response);

}  // namespace cfgproxy::http
