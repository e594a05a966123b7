#pragma once
#include "server/balance.h"

namespace cfgproxy::server {

/// `balance roundrobin` (manual 4.2 "balance"): each server at regular intervals, as often as its weight says, heavy
/// ones first; weights may change at any moment. Time is counted in positions, one per choice; a round is as many
/// positions as the sum of weights. A server that was taken is due again a round divided by its weight later: in this
/// round (tree `current`, by position), or in the next one (tree `next`, by weight, which becomes `start`).
class RoundRobin : public Balancer {
  public:
    RoundRobin() { full_means_queue = true; }
    Server* choose(const PickRequest& request, bool backup) override;
    void reset(std::span<Server* const> servers) override;
    void changed(Server& server) override;

  private:
    using Tree = BalanceNode::Tree;
    struct Group {
        BalanceHeap current, swing[2];
        std::uint32_t start = 0;     ///< which of `swing` holds those still to be taken in this round
        std::uint32_t position = 0;  ///< now
        std::uint32_t weight = 0;    ///< of this round
        std::uint32_t next_weight = 0;
        std::vector<Server*> passed;  ///< found full during one choice

        BalanceHeap& start_tree() { return swing[start]; }
        BalanceHeap& next_tree() { return swing[1 - start]; }
    };

    Group& group_of(const Server& server) { return groups_[server.is_backup() ? 1 : 0]; }
    static void put_by_weight(Group& group, Server& server, Tree tree);
    static bool fits(const Group& group, const Server& server);
    static std::uint32_t key_of(const Server& server);
    static void put(Group& group, Server& server);
    static void move(Group& group, Server& server);
    static void take_out(Group& group, Server& server);
    static void recall_position(Group& group, Server& server);
    static Server* next_due(Group& group);
    static void advance(Group& group, Server& server);
    static void begin_round(Group& group);
    static void requeue_passed(Group& group, const Server* taken, bool switched);
    void came_up(Group& group, Server& server, std::uint32_t weight);
    void went_down(Group& group, Server& server);
    void reweigh(Group& group, Server& server, std::uint32_t weight);

    Group groups_[2];
};

}  // namespace cfgproxy::server
