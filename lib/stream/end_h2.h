#pragma once
#include <optional>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/pooled.h"
#include "http/h2.h"
#include "http/h2_message.h"
#include "stream/endpoint.h"

namespace cfgproxy::stream {

template <class End>
class FramedMux;
class MuxH2;
class Stream;

/// One HTTP/2 stream as an end of an exchange: towards a client or towards a server. What arrives is kept here until it
/// is consumed, no more than the window that the peer was given; what is to be sent goes from where it lies into the
/// connection's frames, as far as the windows allow (MuxH2). Made by MuxH2, ends by MuxH2::release(). Thread-owned.
class EndH2 final : public base::Pooled<EndH2>, public Endpoint, public http::H2Stream {
  public:
    explicit EndH2(MuxH2& mux) : mux_(mux) {}
    virtual ~EndH2() = default;

    Stream* stream = nullptr;  ///< is told of news; null: nobody yet, or nobody any more

    HeadState read_request(http::Request& request, base::Arena& arena) override;
    HeadState read_response(http::Response& response, base::Arena& arena, http::Method method) override;
    const http::ParseError* parse_error() const override;
    bool has_input() const override { return has_request_ || responses_ || !in_.empty(); }
    Body peek() override;
    void consume(std::size_t count) override;
    Collected collect() override;
    std::size_t buffered_payload() const override { return in_.size(); }
    bool input_complete() const override { return in_ended_ && in_.empty(); }
    bool may_have_input() const override { return responses_ != nullptr || !in_.empty(); }
    const http::HeaderList* trailers() const override { return trailers_.size() ? &trailers_ : nullptr; }
    std::uint64_t end_size() const override;
    bool takes_upgrade(const http::Request& request) const override;
    std::uint16_t refuse_request(const http::Request& request) override;
    void put_head(const http::Request& request) override;
    void put_head(const http::Response& response) override;
    /// An HTTP/1 message is translated.
    void put_raw(std::string_view bytes) override;
    std::uint16_t status_if_too_long() const override { return 400; }
    std::size_t put(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) override;
    bool flush() override;
    bool has_unsent() const override { return end_wanted_ && !out_ended_ && !output_failed(); }
    bool output_failed() const override { return closed_ && !out_ended_ && !was_enough(); }
    bool can_send() const override;
    void leave_out_body() override { bodyless_ = true; }
    void close_output() override { put({}, true, false, nullptr); }
    void release_buffers() override { in_.release_if_empty(); }
    int error() const override;
    std::optional<std::int32_t> stream_number() const override { return id(); }
    std::optional<std::uint32_t> reset_code() const override { return reset_by_peer(); }
    bool peer_closed() const override { return closed_; }
    bool peer_left() const override;

  private:
    friend class MuxH2;
    friend class FramedMux<EndH2>;
    /// The other side has said all it had to say and does not want the rest of ours.
    bool was_enough() const { return in_ended_ && why_ == http::H2Error::no_error; }
    struct Answer {
        http::Response response;
        Answer* next = nullptr;
    };
    // What MuxH2 hears of this stream.
    http::H2Error add_field(std::string_view name, std::string_view value, const http::H2Head::Limits& limits);
    http::H2Error end_fields(bool end, bool from_client);
    void promise(const http::Head& head);
    void add_payload(std::string_view bytes);
    http::H2Error end_input();
    void cut_input() { cut_ = !in_ended_; }
    void close(http::H2Error why);
    http::H2Session::Piece next_payload(std::size_t max);
    void on_sent(std::size_t bytes, bool end);
    void send_fields(const std::vector<http::H2Field>& fields, bool interim, bool end);

    MuxH2& mux_;
    base::Link mux_link_, wake_link_;
    base::Arena arena_;  ///< the texts of the heads
    std::optional<http::H2Head> head_;
    http::Request request_;
    Answer* responses_ = nullptr;
    http::HeaderList trailers_;
    base::Buffer in_;
    std::string_view offered_;  ///< during put()
    const http::HeaderList* offered_trailers_ = nullptr;
    http::Method method_ = http::Method::get;  ///< of the request
    http::H2Error why_ = http::H2Error::no_error;
    std::uint64_t promised_ = 0, arrived_ = 0;  ///< bytes of payload: by Content-Length, and so far
    bool has_promise_ = false;
    bool head_read_ = false;  ///< one that is no interim one
    bool has_request_ = false;
    bool extended_connect_ = false;
    bool head_sent_ = false;  ///< a head that is no interim one
    bool bodyless_ = false;
    bool in_ended_ = false;
    bool end_wanted_ = false;  ///< the end follows what is offered
    bool out_ended_ = false;
    bool blocked_ = false;  ///< put() could not take all
    bool malformed_ = false;
    bool cut_ = false;      ///< the connection ended before the message did
    bool closed_ = false;   ///< the stream, or the whole connection, is no more
    bool counted_ = false;  ///< as one of HTTP/2's
};

}  // namespace cfgproxy::stream
