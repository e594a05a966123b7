#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/config.h"
#include "server/backend.h"
#include "server/frontend.h"
#include "server/stick_table.h"

namespace cfgproxy::server {

/// The running objects of the process, found by name: what lives on when the configuration is replaced. Any thread.
class Registry {
  public:
    Registry(std::uint32_t threads, EventSink& events) : threads_(threads), events_(events) {}

    /// Finds or makes the running objects of all proxies of `config` and gives them the new configuration.
    /// `frontends[i]`/`backends[i]` belong to config.proxies[i]; null where the proxy has no such side.
    struct Objects {
        std::vector<std::shared_ptr<Frontend>> frontends;
        std::vector<std::shared_ptr<Backend>> backends;
        std::vector<std::shared_ptr<StickTable>> tables;  ///< tables[i] belongs to config.tables[i]
        std::vector<std::shared_ptr<Server>> servers;     ///< all of them: what keeps those alive that vanish later
    };
    Objects adopt(const model::Config& config);
    /// The same objects after servers were added to backends or removed; `added`, if not null, begins to follow the
    /// server that it tracks.
    Objects update(const Objects& before, Server* added);

  private:
    std::uint32_t threads_;
    EventSink& events_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<Frontend>> frontends_;
    std::unordered_map<std::string, std::weak_ptr<Backend>> backends_;
    std::unordered_map<std::string, std::weak_ptr<StickTable>> tables_;
};

}  // namespace cfgproxy::server
