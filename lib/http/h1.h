#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/message.h"

namespace cfgproxy::http {

struct FieldFacts;

enum class ParseState : std::uint8_t { more, done, error };

/// Where in a message the parser is, with the numbers and (name_of) the names that HAProxy prints in `show errors`.
enum class H1State : std::uint8_t {
    rqbefore,
    rqbefore_cr,
    rqmeth,
    rqmeth_sp,
    rquri,
    rquri_sp,
    rqver,
    rqline_end,
    rpbefore,
    rpbefore_cr,
    rpver,
    rpver_sp,
    rpcode,
    rpcode_sp,
    rpreason,
    rpline_end,
    hdr_first,
    hdr_name,
    hdr_col,
    hdr_l1_sp,
    hdr_l1_lf,
    hdr_l1_lws,
    hdr_val,
    hdr_l2_lf,
    hdr_l2_lws,
    last_lf,
    chunk_size,
    data,
    chunk_crlf,
    trailers,
    done,
    tunnel,
};
std::string_view name_of(H1State state);  ///< "MSG_RQURI"

/// What a parse error is, for the answer, the log and `show errors`.
struct ParseError {
    std::uint16_t status = 400;  ///< what the client gets (400, 413, 414, 422, 431); for a response always 502
    H1State state = H1State::rqbefore;
    std::uint32_t position = 0;  ///< offset of the offending byte from the start of the head
    std::string_view reason;     ///< static text for `show errors`
};

/// Which departures are forgiven (`option accept-invalid-http-request|response`).
struct H1Limits {
    std::uint32_t max_headers = 101;  ///< tune.http.maxhdr: as in HAProxy the end of the head counts as one
    bool accept_invalid = false;
    bool any_payload = false;     ///< h1-accept-payload-with-any-method
    bool keeps_insecure = false;  ///< h1-do-not-close-on-insecure-transfer-encoding
};

/// Offsets of one field line from the start of the head; resolved to views when the head is complete.
struct RawHeader {
    std::uint32_t name, name_end, value, value_end;
};

/// Incremental parser of an HTTP/1.x head (RFC 9112 sections 2 to 5), request or response, over a buffer that grows:
/// feed it all bytes from the start of the head; it goes on where it stopped, so feeding one byte at a time and all
/// at once give the same result. On `done`, `length()` bytes are the head, blank line included, and the message's views
/// point into the text that was fed (field names were made lower case there, folded lines joined with blanks) or into
/// the arena. Between two feeds the bytes may move, the offsets stay. The machine is grammar/h1_head.rl; the checks
/// that no grammar can make (framing, Host, doubled lengths) are h1.cc and h1_target.cc. Thread-owned, reusable after
/// reset().
class H1HeadParser {
  public:
    explicit H1HeadParser(bool response = false) { reset(response); }
    void reset(bool response) { start(response ? Kind::response : Kind::request); }
    /// From now on for the trailers of a chunked body: field lines and the blank line, no start line.
    void reset_trailers() { start(Kind::trailers); }
    /// From now on for the answer of a CGI program: field lines and the blank line, of which Status makes the start
    /// line (RFC 3875 section 6).
    void reset_cgi() { start(Kind::cgi); }

    /// `text[0, size)` is all that has arrived since the start of the head. May change bytes of it (see above).
    /// The list of field lines grows in `arena` (the stream's): give the same one until the head is done.
    ParseState feed(char* text, std::uint32_t size, const H1Limits& limits, base::Arena& arena);
    std::uint32_t length() const { return pos_; }
    const ParseError& error() const { return error_; }
    /// What in the head was against the rules and accepted, as `accept_invalid` wants it, counted as HAProxy does: once
    /// for all that is wrong with bytes and fields, once for a WebSocket handshake without its key.
    std::uint32_t forgiven() const { return std::uint32_t{forgave_} + std::uint32_t{forgave_key_}; }
    /// No byte but blank lines before the start line has been seen: an idle connection that closes is no error.
    bool untouched() const { return !started_; }
    /// The status for a head that is not done when no more room is left for it: 414 while the request line goes on,
    /// 431 behind it, 502 for responses.
    std::uint16_t status_if_too_long() const { return kind_ != Kind::request ? 502 : line_done_ ? 431 : 414; }

    /// After `done`: fills `request` with views of `text`; headers go into `arena`. False: error() tells why.
    /// What HAProxy changes while it parses is done here, so that rules see what they see there: `close` and
    /// `keep-alive` leave Connection (Head::connection remembers them), doubled Host and Content-Length fields become
    /// one, Content-Length yields to Transfer-Encoding, an upgrade needs both its fields, `h2` and `h2c` are not
    /// passed on, and an absolute target loses a default port and gains a path.
    bool finish(char* text, base::Arena& arena, Request& request);
    /// After `done`. `request_method` decides about HEAD and CONNECT, as does the status.
    bool finish(char* text, base::Arena& arena, Response& response, Method request_method);
    /// After `done` of a parser made by reset_cgi(). Status stays among the headers; without it, the status is 302 if
    /// there is a Location and 200 if not. The answer has the version of the client (`is_1_1`: HTTP/1.1), and what has
    /// no length is chunked where that version knows chunks.
    bool finish_cgi(char* text, base::Arena& arena, Response& response, Method request_method, bool is_1_1);
    /// After `done` of a parser made by reset_trailers().
    bool finish_trailers(char* text, base::Arena& arena, HeaderList& trailers);

  private:
    enum class Kind : std::uint8_t { request, response, trailers, cgi };
    struct Unset {};
    explicit H1HeadParser(Unset) {}
    void start(Kind kind);
    bool of_response() const { return kind_ == Kind::response || kind_ == Kind::cgi; }

    std::string_view view(const char* text, std::uint32_t from, std::uint32_t to) const {
        return {text + from, to - from};
    }
    void fail(std::uint32_t position, H1State state, std::string_view reason, std::uint16_t status = 400);
    void fail_here(const char* text);
    bool refuse(const char* text, std::string_view where, H1State state, std::string_view reason,
                std::uint16_t status = 400);
    H1State state_here(const char* text) const;
    /// Whether what was just found wrong is accepted.
    bool forgive() {
        forgave_ |= accept_invalid_;
        return accept_invalid_;
    }
    bool forgive_key() {
        forgave_key_ |= accept_invalid_;
        return accept_invalid_;
    }
    void odd(std::uint32_t position);
    void odd_name(std::uint32_t position);
    void add_status_digit(char digit);
    void add_field(const char* text, std::uint32_t position, const H1Limits& limits, base::Arena& arena);
    bool read_version(const char* text, Head& head, std::string_view& version);
    bool read_fields(char* text, base::Arena& arena, Head& head, FieldFacts& facts);
    bool frame(const char* text, Request& request, FieldFacts& facts);
    bool frame(const char* text, Response& response, Method request_method, FieldFacts& facts);
    bool check_target(const char* text, base::Arena& arena, Request& request);
    bool check_authority(const char* text, Request& request);
    bool check_absolute(const char* text, base::Arena& arena, Request& request, std::size_t scheme_size);

    RawHeader* fields_ = nullptr;  // in the arena given to feed()
    std::uint32_t pos_ = 0;
    std::uint32_t begin_ = 0;  // of the start line, behind blank lines
    std::uint32_t method_end_ = 0;
    std::uint32_t target_ = 0, target_end_ = 0;  // of a response: the reason phrase
    std::uint32_t version_ = 0, version_end_ = 0;
    std::uint32_t status_at_ = 0;
    RawHeader field_ = {};           // the one being read
    ParseError error_{.status = 0};  // 0: none yet
    std::uint16_t status_ = 0;
    std::uint16_t count_ = 0, capacity_ = 0, max_fields_ = 0;
    std::int16_t cs_ = 0;
    Kind kind_ = Kind::request;
    std::uint8_t status_digits_ = 0;
    bool started_ : 1 = false;
    bool line_done_ : 1 = false;
    bool done_ : 1 = false;
    bool accept_invalid_ : 1 = false;
    bool any_payload_ : 1 = false;
    bool keeps_insecure_ : 1 = false;
    bool odd_name_ : 1 = false;  // the field being read has a byte in its name that is no tchar
    bool forgave_ : 1 = false;
    bool forgave_key_ : 1 = false;
};
static_assert(sizeof(H1HeadParser) <= 96);

/// Takes a chunked body apart (RFC 9112 section 7.1): sizes, extensions (skipped), trailers.
/// Usage: while there are bytes: `feed` eats framing until payload begins; `payload_left()` bytes of data
/// follow in the stream, which the caller forwards itself and reports with `consumed()`. Lines are ended by CR LF and
/// nothing else, as in HAProxy 3.4. The machine is grammar/h1_chunk.rl. Thread-owned, reusable after reset().
class H1ChunkParser {
  public:
    H1ChunkParser() { reset(); }
    /// `limits` are those of the trailers.
    void reset(const H1Limits& limits = {});
    /// Eats framing bytes (not payload) from the front of `text`; returns how many (on error: up to the bad
    /// byte, or to the end of a line whose size is too big).
    /// Stops when payload_left() > 0, or at the end of the body, or on error, or when text is used up.
    std::uint32_t feed(std::string_view text);
    std::uint64_t payload_left() const { return left_; }
    void consumed(std::uint64_t count) { left_ -= count; }
    bool complete() const { return state_ == State::complete; }  ///< the final blank line has been eaten
    bool failed() const { return state_ == State::failed; }
    H1State failed_in() const { return where_; }  ///< after failed(), for `show errors`
    /// After complete(): the trailer fields, if any (views into this object's memory, good until reset()).
    const HeaderList& trailers() const { return trailers_; }

  private:
    enum class State : std::uint8_t { framing, trailers, complete, failed };
    void add_digit(char digit);
    std::uint32_t feed_framing(std::string_view text);
    std::uint32_t feed_trailers(std::string_view text);

    std::uint64_t size_ = 0;  // of the chunk whose line is being read
    std::uint64_t left_ = 0;
    int cs_ = 0;
    State state_ = State::framing;
    H1State where_ = H1State::chunk_size;
    bool line_done_ = false;
    bool too_big_ = false;
    H1Limits limits_;
    H1HeadParser trailer_parser_;
    base::Buffer trailer_text_;
    base::Arena trailer_arena_;
    HeaderList trailers_;
};

/// Serialises a head: `method target HTTP/1.1` or `HTTP/1.1 status reason`, field lines as `name: value`, blank line.
/// Versions below 1.1 leave as they came; a response without a reason phrase gets the standard one; of TE only
/// `trailers` is passed on. Everything else stands in the header list.
/// `cases`: names that are to be written in capitals (h1-case-adjust), by their lower-case form; null: none.
using NameCases = std::map<std::string, std::string, std::less<>>;
void write_head(base::Buffer& to, const Request& request, const NameCases* cases = nullptr);
void write_head(base::Buffer& to, const Response& response, const NameCases* cases = nullptr);
/// Field lines and the blank line: what follows the last chunk's `0\r\n`.
void write_trailers(base::Buffer& to, const HeaderList& trailers);

}  // namespace cfgproxy::http
