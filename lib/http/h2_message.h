#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "http/h2.h"
#include "http/message.h"

namespace cfgproxy::http {

/// Makes a message of the fields of one HEADERS block (RFC 9113 section 8.3), as the rest of the proxy knows messages:
/// with a request line, Host, one Cookie field. Whatever is not well-formed, or would mean something else to an HTTP/1
/// server, is refused. Texts are copied into the arena that is given. Thread-owned; for one block.
class H2Head {
  public:
    struct Limits {
        std::uint32_t max_size = 15360;   ///< of names and values altogether, as of an HTTP/1 head
        std::uint32_t max_headers = 101;  ///< tune.http.maxhdr; the end counts as one
        std::uint32_t buffer_size = 16384;
    };

    /// False: malformed, or far too large (compression_error: nobody keeps the table any more), as error() tells. What
    /// is only too large is refused by finish().
    bool add(base::Arena& arena, std::string_view name, std::string_view value, const Limits& limits);
    bool has_start() const { return pseudo_seen_; }  ///< else these are trailers
    /// `end`: no payload follows. False: malformed.
    bool finish(base::Arena& arena, Request& request, bool end);
    /// `method`: of the request.
    bool finish(base::Arena& arena, Response& response, Method method, bool end);
    /// What was added is sound as trailers.
    bool finish_trailers();
    /// The fields without a start line.
    const HeaderList& fields() const { return headers_; }
    H2Error error() const { return error_; }
    /// RFC 8441: the protocol that an extended CONNECT asks for; empty: it is none.
    std::string_view protocol() const { return protocol_; }

  private:
    bool refuse(H2Error error = H2Error::protocol_error) {
        error_ = error;
        return false;
    }
    bool fits(std::string_view name, std::string_view value, const Limits& limits);
    bool add_pseudo(std::string_view name, std::string_view value);
    bool take(std::string_view& field, std::string_view value, bool& seen);
    bool make_target(base::Arena& arena, Request& request);
    void add_cookie(base::Arena& arena);

    std::string_view method_, scheme_, authority_, path_, protocol_, status_;
    HeaderList headers_, cookies_;
    std::uint64_t length_ = 0;
    std::uint32_t size_ = 0, fields_ = 0;  ///< so far
    bool too_large_ = false;               ///< to be refused when it is complete
    bool pseudo_seen_ = false, has_length_ = false, has_host_ = false;
    bool has_method_ = false, has_scheme_ = false, has_authority_ = false, has_path_ = false, has_protocol_ = false,
         has_status_ = false;
    H2Error error_ = H2Error::no_error;
};

/// The fields of `request` as they leave for a server: as HAProxy has it with the scheme https unless the target says
/// otherwise, and Host rather than :authority where the target has none. Fields that are about one HTTP/1 connection
/// are left out; an upgrade becomes an extended CONNECT. Views into the message and `arena`.
void to_h2_fields(const Request& request, base::Arena& arena, std::vector<H2Field>& fields);
/// `websocket`: the answer to an extended CONNECT, whose 101 is a 200 here.
void to_h2_fields(const Response& response, bool extended_connect, base::Arena& arena, std::vector<H2Field>& fields);

}  // namespace cfgproxy::http
