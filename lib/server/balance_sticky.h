#pragma once
#include <vector>

#include "server/balance.h"

namespace cfgproxy::server {

/// `balance sticky` (mode log): one server gets everything as long as it is up, then the next one in file order; that a
/// server comes up changes nothing unless a backup server or none was chosen.
class Sticky : public Balancer {
  public:
    Server* choose(const PickRequest& request, bool backup) override;
    void reset(std::span<Server* const> servers) override;
    void changed(Server& server) override;

  private:
    std::vector<Server*> servers_;
    Server* chosen_ = nullptr;
};

}  // namespace cfgproxy::server
