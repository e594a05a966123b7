#pragma once
#include "http/fcgi.h"
#include "model/fcgi.h"
#include "stream/end_fcgi.h"
#include "stream/end_h1.h"
#include "stream/framed_mux.h"

namespace cfgproxy::stream {

/// One connection to a FastCGI application with its requests, several at a time where the application can take them.
/// Records of one turn of the loop leave together. Nothing more is read while the answer to one of the requests is not
/// taken, so memory is bounded; the others must wait then, as FastCGI has no windows. Owned by its ServerConnection.
/// Thread-owned.
class MuxFcgi final : public FramedMux<EndFcgi>, private http::FcgiReader::Handler {
  public:
    MuxFcgi(net::Connection& connection, ServerMuxOwner& owner, const model::FcgiApp& app, const EndH1::Limits& limits);
    ~MuxFcgi() override;

    /// The connection stands.
    void start();
    std::string_view name() const override { return "FCGI"; }
    void on_io() override;
    void abandon() override;
    bool settled() const override { return settled_; }
    std::size_t stream_limit() const override { return limit_; }
    std::size_t room() const override;
    Endpoint& open_end(Stream& stream) override;
    void close_end(Endpoint& end) override;

  private:
    friend class EndFcgi;
    void on_value(std::string_view name, std::string_view value) override;
    void on_values_end() override;
    void on_output(std::uint16_t id, std::string_view bytes) override;
    void on_error_text(std::uint16_t id, std::string_view text) override;
    void on_end(std::uint16_t id, http::FcgiEnd end) override;
    void on_turn_end() override;
    void on_timer() override { on_io(); }

    EndFcgi* find(std::uint16_t id);
    void begin(EndFcgi& end);
    std::size_t put_input(EndFcgi& end, std::string_view data);
    void end_input(EndFcgi& end);
    void note_consumed();
    void run_wakes();
    bool receive();
    void fail();
    void check_over();
    bool input_is_full();

    ServerMuxOwner& owner_;
    EndH1::Limits limits_;
    http::FcgiReader reader_;
    std::size_t limit_;  ///< of requests at a time
    std::uint32_t total_ = 0;
    std::uint16_t last_id_ = 0;
    bool keep_, multiplexed_, asks_values_;
    bool settled_ = false;  ///< requests may go
    bool paused_ = false;   ///< reading, by an answer that is not taken
    bool closing_ = false;  ///< no new requests
};

}  // namespace cfgproxy::stream
