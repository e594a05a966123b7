#pragma once
#include <memory>
#include <vector>

#include "log/forward.h"
#include "model/config.h"

namespace cfgproxy::engine {

/// The rings of a configuration, and who brings their lines to servers. Rings and connections that two configurations
/// share live on. Thread 0.
class LogRings {
  public:
    void adopt(net::Loop& loop, const model::Config& config);
    void stop() { forwarders_.clear(); }

  private:
    std::vector<std::unique_ptr<log::Forwarder>> forwarders_;
    std::vector<std::string> backed_;  ///< rings that have their file
};

}  // namespace cfgproxy::engine
