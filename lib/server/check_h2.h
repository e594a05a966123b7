#pragma once
#include <optional>
#include <string>

#include "http/h2.h"
#include "http/h2_message.h"
#include "server/check_mux.h"
#include "server/counted_check.h"

namespace cfgproxy::server {

/// The HTTP/2 connection of a check: one request, and what answers it. Thread-owned.
class CheckH2 final : public CheckMux, private http::H2Session::Handler {
  public:
    CheckH2(CheckResponse& response, const CheckMessage& message, CountedCheck& counted);

    net::Io send(net::Connection& connection) override;

  private:
    struct Stream : http::H2Stream {};

    void ask(const CheckMessage& message);
    bool feed(std::string_view bytes) override { return session_.feed(bytes); }
    bool is_over() const override { return session_.is_over(); }
    http::H2Stream* on_begin() override { return nullptr; }
    http::H2Error on_field(http::H2Stream&, std::string_view name, std::string_view value) override;
    http::H2Error on_fields_end(http::H2Stream&, bool end) override;
    void on_payload(http::H2Stream&, std::string_view bytes) override;
    http::H2Error on_end(http::H2Stream&) override;
    void on_closed(http::H2Stream&, http::H2Error) override { end_answer(); }
    void on_reset(http::H2Stream&) override {}
    void on_window(http::H2Stream*) override {}
    void on_go_away(std::int32_t) override {}
    http::H2Session::Piece next_payload(http::H2Stream&, std::size_t max) override;
    void on_sent(http::H2Stream&, std::size_t bytes, bool) override { sent_ += bytes; }
    void on_event(http::H2Event event) override { counted_.note(event); }
    bool minds_glitches() override { return false; }

    CountedCheck& counted_;
    std::string body_;  ///< of the request
    std::size_t sent_ = 0;
    std::optional<http::H2Head> head_;  ///< whose fields are coming
    http::H2Session session_;
    Stream stream_;
};

}  // namespace cfgproxy::server
