#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "net/connection.h"
#include "net/loop.h"
#include "server/backend.h"

namespace cfgproxy::server {

/// What an agent says in its line (manual 2.6 section 5.2, agent-check). Views of the line.
struct AgentReply {
    enum class Health : std::uint8_t { none, up, down };
    Health health = Health::none;
    std::string_view health_word;  ///< "up", "down", "stopped", "fail"
    std::string_view admin;        ///< "ready", "drain", "maint"; empty: not told
    std::string_view weight;       ///< "75%"
    std::string_view max_connections;
    std::string_view unknown;      ///< the first word that means nothing
    std::string_view description;  ///< behind a '#'
};

/// Reads the words up to the end of the line. False: the line's end has not come.
bool read_agent_reply(std::string_view text, AgentReply& reply);

/// Asks the agent of one server again and again, and does what it says. Thread-owned.
class AgentProbe final : public net::Timer, private net::ConnectionOwner {
  public:
    AgentProbe(net::Loop& loop, Backend& backend, std::shared_ptr<Server> server)
        : loop_(loop), backend_(backend), server_(std::move(server)) {}
    void start_in(std::uint64_t ms) { set(loop_, loop_.now_ms() + ms); }
    std::uint32_t interval() const;
    const Server& server() const { return *server_; }

  private:
    void on_timer() override;
    void on_io(net::Connection&) override { go_on(); }
    void begin();
    void go_on();
    void receive();
    void finish();

    net::Loop& loop_;
    Backend& backend_;
    std::shared_ptr<Server> server_;
    std::unique_ptr<net::Connection> connection_;
    bool connecting_ = false;
    std::string text_;  ///< what is sent
    std::size_t sent_ = 0;
    std::uint64_t began_us_ = 0;
    base::Buffer answer_;
};

}  // namespace cfgproxy::server
