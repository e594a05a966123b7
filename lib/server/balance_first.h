#pragma once
#include <vector>

#include "server/balance.h"

namespace cfgproxy::server {

/// `balance first`: the one with the lowest id that has room.
class First : public Balancer {
  public:
    First() { full_means_queue = true; }
    Server* choose(const PickRequest& request, bool backup) override;
    void reset(std::span<Server* const> servers) override;
    void changed(Server& server) override;

  private:
    std::vector<Server*> by_id_[2];  ///< usable ones
};

}  // namespace cfgproxy::server
