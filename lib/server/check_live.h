#pragma once
#include <cstdint>
#include <string_view>

#include "model/rule.h"
#include "server/backend.h"

namespace cfgproxy::server {

/// What checks may ask of running objects: their own backend's, and the id that each check can have. Thread-owned.
class CheckLive final : public sample::Live {
  public:
    CheckLive(const Backend& backend, model::RuleContext& context) : backend_(backend), context_(context) {}
    std::int64_t usable_servers(const model::Proxy& proxy) const override;
    bool is_up(const model::Server& server) const override;
    std::vector<const model::Server*> servers(const model::Proxy& proxy) const override;
    std::int64_t connections(const model::Proxy& proxy, bool frontend) const override;
    std::int64_t queued(const model::Proxy& proxy) const override;
    std::int64_t session_rate(const model::Proxy&, bool) const override { return 0; }
    std::int64_t connections(const model::Server& server) const override;
    std::int64_t queued(const model::Server& server) const override;
    std::string_view unique_id() const override;

  private:
    const Backend& backend_;
    model::RuleContext& context_;
};

}  // namespace cfgproxy::server
