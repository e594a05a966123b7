#pragma once
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/h1.h"
#include "model/check.h"
#include "sample/context.h"

namespace cfgproxy::server {

/// The request of an `http-check send` step or of `option httpchk`, as HAProxy 2.6 writes it. `state`: value of
/// X-Haproxy-Server-State; empty: not sent.
std::string make_check_request(const model::CheckRequest& request, const sample::Context& context,
                               std::string_view state);

/// Reads the response to a check: the head, and as much of the body as fits into a buffer.
class CheckResponse {
  public:
    enum class State : std::uint8_t { more, head, complete, invalid };
    void reset(http::Method method);
    base::Buffer& buffer() { return buffer_; }
    /// After bytes came into buffer(), or (`closed`) the server has finished.
    State advance(bool closed);
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
