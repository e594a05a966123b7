#pragma once
#include "server/balance.h"

namespace cfgproxy::server {

/// `balance leastconn`: the least (sessions + 1) per weight, idle ones first; equals take turns.
class LeastConnections : public Balancer {
  public:
    LeastConnections() { tracks_load = true; }
    Server* choose(const PickRequest& request, bool backup) override;
    void reset(std::span<Server* const> servers) override;
    void changed(Server& server) override;
    void on_load_changed(Server& server, int difference) override;

  private:
    BalanceHeap& heap_of(const Server& server) { return heaps_[server.is_backup() ? 1 : 0]; }
    BalanceHeap heaps_[2];
};

}  // namespace cfgproxy::server
