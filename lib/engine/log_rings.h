#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/forward.h"
#include "model/config.h"

namespace cfgproxy::engine {

/// The rings of a configuration, and who brings their lines to servers. Rings and connections that two configurations
/// share live on. Thread 0.
class LogRings {
  public:
    /// Gives a sentence for each backing file that cannot be used; its ring lives in memory only.
    std::vector<std::string> adopt(net::Loop& loop, const model::Config& config);
    void stop() { forwarders_.clear(); }

  private:
    /// The first that fits, which is no longer among them; null: none does.
    template <class Fits>
    std::unique_ptr<log::Forwarder> take(Fits fits);
    std::vector<std::unique_ptr<log::Forwarder>> forwarders_;
    std::map<std::string, std::string> backed_;  ///< rings that have their file, and which
};

}  // namespace cfgproxy::engine
