#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/h1.h"
#include "model/proxy.h"
#include "sample/pattern.h"
#include "server/server.h"

namespace cfgproxy::server {

/// The request that `option httpchk` sends, as HAProxy 2.6 writes it.
std::string make_check_request(const model::HttpCheck& check);

/// `http-check expect`, compiled; without one: any status from 200 to 399.
class HttpExpectation {
  public:
    explicit HttpExpectation(const model::HttpCheck& check);
    struct Verdict {
        bool known = false;  ///< false: more of the response is needed
        CheckStatus status = CheckStatus::l7_invalid;
        std::string text;
    };
    bool needs_body() const;
    /// `complete`: no more of the body will come.
    Verdict judge(int status, std::string_view reason, std::string_view body, bool complete) const;

  private:
    using Expect = model::HttpCheck::Expect;
    bool matches_status(int status) const;
    Expect expect_;
    bool negated_;
    std::string pattern_;
    std::vector<std::pair<int, int>> ranges_;
    std::shared_ptr<const sample::Regex> regex_;
};

/// Reads the response to a check: the head, and as much of the body as fits into a buffer.
class CheckResponse {
  public:
    enum class State : std::uint8_t { more, head, complete, invalid };
    void reset(http::Method method);
    base::Buffer& buffer() { return buffer_; }
    /// After bytes came into buffer(), or (`closed`) the server has finished.
    State advance(bool closed);
    int status() const { return response_.status; }
    std::string_view reason() const { return reason_; }
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
    std::string reason_, body_;
};

}  // namespace cfgproxy::server
