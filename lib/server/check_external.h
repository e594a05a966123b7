#pragma once
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "server/backend.h"

namespace cfgproxy::server {

/// `option external-check`: a command of the operator looks at one server again and again; its exit status is the
/// result. Thread-owned.
class ExternalProbe final : public net::Timer, private net::Watcher {
  public:
    ExternalProbe(net::Loop& loop, Backend& backend, std::shared_ptr<Server> server, std::uint32_t spread_percent)
        : loop_(loop), backend_(backend), server_(std::move(server)), spread_percent_(spread_percent) {}
    ~ExternalProbe() override;
    void start_in(std::uint64_t ms) { set(loop_, loop_.now_ms() + ms); }
    std::uint32_t interval() const;
    const Server& server() const { return *server_; }

  private:
    void on_timer() override;
    void on_ready(std::uint8_t what) override;
    void begin();
    bool spawn();
    std::vector<std::string> arguments() const;
    std::vector<std::string> environment(const std::vector<std::string>& arguments) const;
    void finish(CheckStatus status, std::int32_t code);

    net::Loop& loop_;
    Backend& backend_;
    std::shared_ptr<Server> server_;
    std::uint32_t spread_percent_;
    pid_t child_ = -1;
    int child_fd_ = -1;  ///< readable when it has ended
    net::Watch watch_;
    std::uint64_t began_us_ = 0;
};

}  // namespace cfgproxy::server
