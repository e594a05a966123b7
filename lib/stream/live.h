#pragma once
#include "stream/env.h"

namespace cfgproxy::stream {

/// The running objects of one generation, as fetches ask for them. Its owner keeps the generation. Thread-owned.
class LiveView : public sample::Live {
  public:
    /// `now_ms`: when rates are looked at.
    LiveView(const Generation& generation, std::uint64_t now_ms) : generation_(generation), now_ms_(now_ms) {}

    std::int64_t usable_servers(const model::Proxy& proxy) const override;
    bool is_up(const model::Server& which) const override;
    std::int64_t connections(const model::Proxy& proxy, bool of_frontend) const override;
    std::int64_t queued(const model::Proxy& proxy) const override;
    std::int64_t session_rate(const model::Proxy& proxy, bool of_frontend) const override;
    std::vector<const model::Server*> servers(const model::Proxy& proxy) const override;
    std::int64_t request_rate(const model::Proxy& proxy) const override;
    const model::Config* config() const override { return generation_.config.get(); }
    std::int64_t connections(const model::Server& which) const override;
    std::int64_t queued(const model::Server& which) const override;
    server::StickTable* table(const model::StickTable& which) const override;
    bool fact(const model::Server& server, sample::ServerFact which, std::int64_t& number) const override;
    using sample::Live::fact;

  private:
    const Generation& generation_;
    std::uint64_t now_ms_;
};

}  // namespace cfgproxy::stream
