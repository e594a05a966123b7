#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "model/proxy.h"
#include "stream/endpoint.h"

namespace cfgproxy::stream {

struct Env;
struct Generation;
struct Process;

/// Answers in a server's place: the statistics page. Produces its body piece by piece, so that a page of any size costs
/// one piece of memory. Lives as long as its stream. Thread-owned.
class Applet {
  public:
    virtual ~Applet() = default;
    /// Whether start() wants the whole request body (a form) first.
    virtual bool wants_body() const { return false; }
    /// Fills the response's status and headers (into `arena`); Content-Length or chunked framing is set by the caller
    /// unless it put `framing` itself. Called once.
    virtual void start(std::string_view body, http::Response& response, base::Arena& arena) = 0;
    /// Appends the next piece of the body, some 10 kB; false when that was the last one.
    virtual bool produce(std::string& piece) = 0;
};

/// What a statistics page is made from.
struct StatsRequest {
    const http::Request& request;
    const model::Proxy& proxy;  ///< whose `stats` lines apply
    const model::StatsSettings& stats;
    const Generation& generation;
    Process& process;
    bool admin = false;  ///< a `stats admin` condition is true
    Env* env = nullptr;  ///< of the thread that answers
    std::uint64_t now_ms = 0, wall_us = 0;
};

/// An applet as the server side of a stream.
class AppletEnd final : public Endpoint {
  public:
    explicit AppletEnd(std::unique_ptr<Applet> applet) : applet_(std::move(applet)) {}

    HeadState read_response(http::Response& response, base::Arena& arena, http::Method method) override;
    Body peek() override;
    void consume(std::size_t count) override;
    /// The request's body arrives here.
    std::size_t put(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) override;
    void put_head(const http::Request& request) override { http_1_1_ = request.is_at_least_1_1(); }
    bool flush() override { return true; }
    bool has_unsent() const override { return false; }

  private:
    static constexpr std::size_t kMaxBody = 16384;
    std::unique_ptr<Applet> applet_;
    std::string body_;   ///< of the request
    std::string piece_;  ///< of the response, being forwarded
    std::size_t used_ = 0;
    bool http_1_1_ = true, request_complete_ = false, last_ = false, bodyless_ = false;
};

}  // namespace cfgproxy::stream
