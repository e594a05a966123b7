#pragma once
#include "base/buffer.h"
#include "net/connection.h"
#include "server/check_http.h"

namespace cfgproxy::server {

/// The connection of a check that speaks something else than HTTP/1: one request, and what answers it. Thread-owned.
class CheckMux {
  public:
    using State = CheckResponse::State;

    virtual ~CheckMux() = default;
    /// Sends what there is. Ok: all of it; but an answer may make more.
    virtual net::Io send(net::Connection& connection) = 0;
    /// Takes what has come. Failed: no more will.
    net::Io receive(net::Connection& connection);
    State state() const { return state_; }

  protected:
    /// The answer goes to `response`, which was reset for the method and stays as long as this object.
    explicit CheckMux(CheckResponse& response) : response_(response) {}

    /// Understands what has come. False: it makes no sense.
    virtual bool feed(std::string_view bytes) = 0;
    /// The connection is of no use any more.
    virtual bool is_over() const { return false; }
    net::Io send_queued(net::Connection& connection);
    /// The request or the connection is over: with a head, what has come is all there is to look at.
    void end_answer();

    CheckResponse& response_;
    State state_ = State::more;
    bool closed_ = false;  ///< nothing more comes
    base::Buffer out_;     ///< to be sent

  private:
    base::Buffer in_;
};

}  // namespace cfgproxy::server
