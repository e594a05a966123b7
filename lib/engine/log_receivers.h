#pragma once
#include <memory>
#include <vector>

#include "base/result.h"
#include "log/log.h"
#include "model/config.h"
#include "net/loop.h"

namespace cfgproxy::engine {

/// What `log-forward` sections do: sockets that take syslog messages, over datagrams and streams, and hand them to the
/// sections' targets. All on thread 0.
class LogReceivers {
  public:
    LogReceivers();
    ~LogReceivers();
    /// Opens the sockets of `config` that are not open yet, while privileges last. The error names the line.
    base::Result<void> open(const model::Config& config);
    /// From now on messages are received as `config` says; sockets that it does not name are closed.
    void start(net::Loop& loop, log::Logger& logger, std::shared_ptr<const model::Config> config);

    void stop();

  private:
    class Socket;
    std::vector<std::unique_ptr<Socket>> sockets_;
};

}  // namespace cfgproxy::engine
