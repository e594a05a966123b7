#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/config.h"

namespace cfgproxy::engine {

/// What all threads know of one `bind rhttp@`: how many of its connections stand, and what was said of it last. Found
/// by key, lives on through reloads. Shared.
class ReverseSource {
  public:
    explicit ReverseSource(std::string key) : key_(std::move(key)) {}
    static std::string key_of(const model::Proxy& frontend, const model::Bind& bind) {
        return frontend.name + "::" + bind.endpoint.path;
    }
    const std::string& key() const { return key_; }

    enum class State : std::uint8_t { stopped, begun, failing, full };
    /// Whether that is news: `begun` only at first, `full` and `failing` when they were not so before.
    bool turns(State to);
    std::atomic<std::uint32_t> connections{0};

  private:
    std::string key_;
    std::atomic<State> state_{State::stopped};
};

/// One `bind rhttp@` of a configuration.
struct ReverseBind {
    std::shared_ptr<ReverseSource> source;
    const model::Proxy* frontend;
    const model::Bind* bind;
};

/// Whether the server that `bind` names can be connected to for that; the error in HAProxy's words.
base::Result<void> check_reverse_server(const model::Config& config, const model::Bind& bind);

}  // namespace cfgproxy::engine
