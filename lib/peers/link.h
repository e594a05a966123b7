#pragma once
#include <memory>
#include <string>

#include "model/server.h"
#include "net/connection.h"
#include "peers/session.h"

namespace cfgproxy::net {
class Tls;
}

namespace cfgproxy::peers {

class Link;

/// Who holds the links. Thread 0.
class LinkOwner : public SessionHost {
  public:
    /// The link has closed: it is to be retired.
    virtual void on_closed(Link& link) = 0;

  protected:
    ~LinkOwner() = default;
};

/// A connection with its session. Thread 0.
class Link final : private net::ConnectionOwner, private net::Timer, public net::Retired {
  public:
    /// One that came; `tls` null: in clear.
    Link(LinkOwner& owner, net::Loop& loop, int fd, const net::Address& from, const net::Address& to,
         std::unique_ptr<net::Tls> tls);
    /// One to `peer`, of which `server` says where and how. It is called four times, a second apart, `once`: one time.
    Link(LinkOwner& owner, net::Loop& loop, Peer& peer, std::shared_ptr<const model::Server> server, bool once);
    ~Link() override;

    Session& session() { return session_; }
    const Session& session() const { return session_; }
    /// To be called when it is made; it may close at once.
    void start();
    /// There may be something to say, or the session is to end. Looked at when the loop comes round.
    void wake();
    /// The owner is told, unless that was so before.
    void close();
    bool is_secure() const { return connection_ && connection_->tls(); }
    bool is_established() const { return established_; }
    bool is_resting() const { return !connection_; }  ///< between two calls
    const net::Address& from() const { return from_; }
    const net::Address& to() const { return to_; }

  private:
    void on_io(net::Connection& connection) override;
    void on_timer() override;
    void connect();
    void fail();
    void establish();
    void work();
    bool receive();
    bool send();

    LinkOwner& owner_;
    net::Loop& loop_;
    Session session_;
    std::shared_ptr<const model::Server> server_;  ///< whom to call; null: we were called
    net::Address from_, to_;
    std::unique_ptr<net::Connection> connection_, old_;
    std::string input_, output_;
    std::uint32_t tries_left_ = 0;
    bool established_ = false, ended_ = false, closed_ = false, input_over_ = false;
    std::shared_ptr<Link*> alive_ = std::make_shared<Link*>(this);  ///< for tasks that were posted
    bool woken_ = false;
};

}  // namespace cfgproxy::peers
