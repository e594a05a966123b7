#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "log/log.h"
#include "server/backend.h"

namespace cfgproxy::engine {

/// `log backend@NAME`: which server of a backend in mode log gets a line. Knows the backends of the configuration in
/// force. Any thread.
class LogDistributor final : public log::Distributor {
  public:
    bool choose(const std::string& backend, std::string_view line, Choice& choice) override;
    /// Those of a new configuration. Thread 0.
    void adopt(const model::Config& config, const std::vector<std::shared_ptr<server::Backend>>& backends);

  private:
    std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<server::Backend>> backends_;
};

}  // namespace cfgproxy::engine
