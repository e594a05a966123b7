#pragma once
#include <vector>

#include "server/balance.h"

namespace cfgproxy::server {

/// A fixed table in which each server stands as often as its weight (divided by what all weights have in common) says:
/// `balance static-rr` goes through it, `hash-type map-based` takes the place that the hash says. Made anew when a
/// server comes or goes.
class MapBalancer : public Balancer {
  public:
    explicit MapBalancer(const model::Balance& config);
    Server* choose(const PickRequest& request, bool backup) override;
    void reset(std::span<Server* const> servers) override;
    void changed(Server& server) override;

  private:
    Server* next(const Server* avoid);
    void rebuild();

    const model::Balance config_;
    std::vector<Server*> servers_, map_;
    std::uint32_t divisor_ = 1, next_ = 0;
    bool single_ = false;  ///< one server only: nothing to hash for
};

}  // namespace cfgproxy::server
