#pragma once
#include <string>

#include "base/buffer.h"
#include "http/fcgi.h"
#include "http/h1.h"
#include "model/fcgi.h"
#include "server/check_mux.h"

namespace cfgproxy::server {

/// The FastCGI connection of a check: one request, and what answers it. Of the application's rules none is applied, as
/// there is no client. Thread-owned.
class CheckFcgi final : public CheckMux, private http::FcgiReader::Handler {
  public:
    /// `fd`: the connected socket, whose other end is the server that the application is told of.
    CheckFcgi(CheckResponse& response, const CheckMessage& message, const model::FcgiApp& app, int fd);

    net::Io send(net::Connection& connection) override { return send_queued(connection); }

  private:
    void ask();
    bool feed(std::string_view bytes) override { return reader_.feed(bytes); }
    void on_value(std::string_view, std::string_view) override {}
    void on_values_end() override { ask(); }
    void on_output(std::uint16_t id, std::string_view bytes) override;
    void on_error_text(std::uint16_t, std::string_view) override {}
    void on_end(std::uint16_t id, http::FcgiEnd) override;

    std::string parameters_, body_;  ///< of the request
    http::FcgiReader reader_;
    base::Buffer head_;
    http::H1HeadParser parser_;
    bool keep_;
    bool impossible_ = false;  ///< the request cannot be told
};

}  // namespace cfgproxy::server
