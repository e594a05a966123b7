#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/h1.h"
#include "model/check.h"
#include "sample/context.h"

namespace cfgproxy::server {

/// The request of a check, whatever carries it.
struct CheckMessage {
    std::string method, uri, version;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
};

/// The request of an `http-check send` step or of `option httpchk`. `state`: value of X-Haproxy-Server-State; empty:
/// not sent.
CheckMessage make_check_request(const model::CheckRequest& request, const sample::Context& context,
                                std::string_view state);
/// Whether Content-Length is told: with a body, and with methods that usually have one.
bool has_length(const CheckMessage& message);
/// As HAProxy writes it in HTTP/1.
std::string to_h1(const CheckMessage& message);

/// Reads the response to a check: the head, and as much of the body as fits into a buffer.
class CheckResponse {
  public:
    enum class State : std::uint8_t { more, head, complete, invalid };
    void reset(http::Method method);
    base::Buffer& buffer() { return buffer_; }
    /// After bytes came into buffer(), or (`closed`) the server has finished.
    State advance(bool closed);
    /// What came by other means than buffer(). The head's texts are in arena().
    base::Arena& arena() { return arena_; }
    http::Method method() const { return method_; }
    void set_head(const http::Response& response) { response_ = response, has_head_ = true; }
    /// Complete: there is no room for more.
    State add_body(std::string_view bytes);
    int status() const { return response_.status; }
    /// The head; null as long as it is not there.
    const http::Response* head() const { return has_head_ ? &response_ : nullptr; }
    std::string_view body() const { return body_; }

  private:
    State advance_body(bool closed);
    bool read_chunks();
    base::Buffer buffer_;
    base::Arena arena_;
    http::H1HeadParser parser_{true};
    http::H1ChunkParser chunks_;
    http::Response response_;
    http::Method method_ = http::Method::other;
    bool has_head_ = false;
    std::string body_;
};

}  // namespace cfgproxy::server
