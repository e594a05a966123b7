#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/buffer.h"
#include "base/list.h"
#include "base/pooled.h"
#include "http/h1.h"
#include "stream/endpoint.h"

namespace cfgproxy::stream {

template <class End>
class FramedMux;
class MuxFcgi;
class Stream;

/// One request to a FastCGI application as an end of an exchange: the head goes as parameters, payload as STDIN, and
/// what comes as STDOUT is the answer of a CGI program (RFC 3875 section 6), a head without status line and whatever
/// follows. Made by MuxFcgi, ends by MuxFcgi::close_end(). Thread-owned.
class EndFcgi final : public base::Pooled<EndFcgi>, public Endpoint {
  public:
    EndFcgi(MuxFcgi& mux, Stream& stream) : stream(&stream), mux_(mux) { parser_.reset_cgi(); }

    Stream* stream;  ///< is told of news

    HeadState read_response(http::Response& response, base::Arena& arena, http::Method method) override;
    const http::ParseError* parse_error() const override { return &parser_.error(); }
    std::string_view raw_head() const override { return in_.view(); }
    bool has_input() const override { return !in_.empty(); }
    bool may_have_input() const override { return !in_.empty() || in_ended_; }
    void next_message(bool response) override;
    Body peek() override;
    void consume(std::size_t count) override;
    Collected collect() override;
    std::size_t buffered_payload() const override { return in_.size(); }
    bool buffered_body_is_sound() const override;
    bool input_complete() const override { return ending_ == Ending::done; }
    const http::HeaderList* trailers() const override;
    std::uint16_t refuse_request(const http::Request& request) override;
    void put_head(const http::Request& request) override;
    std::size_t put(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) override;
    bool flush() override;
    bool has_unsent() const override { return false; }
    bool output_failed() const override { return gone_ && !out_ended_; }
    bool can_send() const override;
    void close_output() override;
    void release_buffers() override { in_.release_if_empty(); }
    int error() const override;
    std::optional<std::int32_t> stream_number() const override { return id_; }
    bool peer_closed() const override { return in_ended_ || gone_; }
    bool peer_left() const override;

  private:
    friend class MuxFcgi;
    friend class FramedMux<EndFcgi>;
    /// How the end of the answer's payload is told; `head`: it has not begun.
    enum class Ending : std::uint8_t { head, length, chunked, until_end, done };
    HeadState stop(Trouble trouble) {
        trouble_ = trouble;
        return HeadState::trouble;
    }
    void begin_body(const http::Response& response);
    void decode(std::string_view bytes);
    bool is_whole() const;
    bool has_excess() const;
    // What MuxFcgi hears of this request.
    void add_output(std::string_view bytes);
    void end_output() { in_ended_ = true; }
    void lose(bool reset) { gone_ = true, reset_ = reset; }

    MuxFcgi& mux_;
    base::Link mux_link_, wake_link_;
    base::Buffer in_;
    http::H1HeadParser parser_;
    std::unique_ptr<http::H1ChunkParser> chunks_;
    std::string parameters_;  ///< encoded
    std::uint64_t left_ = 0;  ///< of a counted body
    std::uint16_t id_ = 0;    ///< 0: the request has not begun
    Ending ending_ = Ending::head;
    bool in_ended_ = false;  ///< the application has said all it had to say
    bool finished_ = false;  ///< ... and the request does not exist any more (END_REQUEST)
    bool gone_ = false;      ///< the connection is no more
    bool reset_ = false;
    bool out_ended_ = false;
    bool is_1_1_ = true;    ///< the client's version, which the answer gets
    bool excess_ = false;   ///< something came behind the last chunk
    bool blocked_ = false;  ///< put() could not take all
};

}  // namespace cfgproxy::stream
