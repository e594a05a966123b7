#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/arena.h"
#include "engine/reverse_source.h"
#include "http/h2.h"
#include "net/connection.h"
#include "net/loop.h"
#include "server/server.h"
#include "stream/env.h"

namespace cfgproxy::engine {

/// Keeps one of the connections of a `bind rhttp@`: connects to the server, says that it is there, and when the server
/// has answered that, lets it ask: the connection becomes a session of the frontend. When that has ended it calls again
/// at once, and a while after it could not get through. Thread-owned.
class ReverseCaller final : private net::ConnectionOwner, private net::Timer {
  public:
    ReverseCaller(stream::Env& env, std::shared_ptr<ReverseSource> source, const stream::Binding& binding)
        : env_(env), source_(std::move(source)), binding_(binding) {}
    /// Hangs up; a session goes on.
    ~ReverseCaller() override;

    /// Calls, unless that is under way or there is a session.
    void start();

  private:
    /// Is let go by the session at its end.
    struct Companion {
        explicit Companion(ReverseCaller& caller) : caller(&caller) {}
        Companion(const Companion&) = delete;
        Companion& operator=(const Companion&) = delete;
        ~Companion() {
            if (caller) caller->on_session_end();
        }
        ReverseCaller* caller;
    };
    void on_io(net::Connection&) override { advance(); }
    void on_timer() override;
    bool may_call() const;
    void call();
    bool connect(const server::Server& server);
    bool start_tls(const server::Server& server);
    void advance();
    net::Io secure();
    bool introduce();
    bool say_hello();
    net::Io listen_for_settings();
    void become_session();
    void on_session_end();
    void fail();
    void hang_up();
    void tell(ReverseSource::State state);

    stream::Env& env_;
    std::shared_ptr<ReverseSource> source_;
    const stream::Binding& binding_;
    std::shared_ptr<server::Server> server_;  ///< that is called
    std::unique_ptr<net::Connection> connection_;
    std::optional<http::H2Session> h2_;  ///< once TLS is agreed upon, or not needed
    base::Buffer received_;
    Companion* companion_ = nullptr;  ///< of the session
    bool introduced_ = false;
};

}  // namespace cfgproxy::engine
