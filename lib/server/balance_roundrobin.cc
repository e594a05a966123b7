#include "server/balance_roundrobin.h"

namespace cfgproxy::server {

constexpr std::uint32_t kMaxWeight = 256 * 16;
constexpr std::uint32_t kPositionScale = 256;  ///< keys: position first, then the heavier ones

void RoundRobin::put_by_weight(Group& group, Server& server, Tree tree) {
    BalanceHeap& heap = tree == Tree::start ? group.start_tree() : group.next_tree();
    heap.insert(server, kMaxWeight - server.balance.weight);
    server.balance.tree = tree;
}

/// Whether its position still lies in this round (and in what the round will be with the weights of now).
bool RoundRobin::fits(const Group& group, const Server& server) {
    const std::uint32_t position = server.balance.position;
    return position < 2 * group.weight && position < group.weight + group.next_weight;
}

std::uint32_t RoundRobin::key_of(const Server& server) {
    const BalanceNode& node = server.balance;
    return kPositionScale * node.position + (kMaxWeight + node.remainder - node.weight) / 16;
}

void RoundRobin::put(Group& group, Server& server) {
    if (!fits(group, server)) {
        server.balance.position -= group.weight;
        put_by_weight(group, server, Tree::next);
        return;
    }
    group.current.insert(server, key_of(server));
    server.balance.tree = Tree::current;
}

/// take_out() and put() in one.
void RoundRobin::move(Group& group, Server& server) {
    if (server.balance.tree == Tree::current && fits(group, server)) {
        group.current.rekey(server, key_of(server));
        return;
    }
    take_out(group, server);
    put(group, server);
}

void RoundRobin::take_out(Group& group, Server& server) {
    switch (server.balance.tree) {
        case Tree::none:
            return;
        case Tree::start:
            group.start_tree().remove(server);
            return;
        case Tree::next:
            group.next_tree().remove(server);
            return;
        case Tree::current:
            group.current.remove(server);
            return;
    }
}

/// The position in terms of this round, whichever tree the server stands in.
void RoundRobin::recall_position(Group& group, Server& server) {
    BalanceNode& node = server.balance;
    switch (node.tree) {
        case Tree::start:
            node.position = node.remainder = 0;
            return;
        case Tree::next:
            node.position += group.weight;
            return;
        case Tree::none:
            node.position = group.position;
            return;
        case Tree::current:
            return;
    }
}

Server* RoundRobin::next_due(Group& group) {
    Server* due = group.current.first();
    if (due && due->balance.position <= group.position) return due;
    // There is a hole: somebody who has not begun this round fits better.
    if (Server* fresh = group.start_tree().first()) {
        fresh->balance.position = fresh->balance.remainder = 0;
        return fresh;
    }
    return due;
}

void RoundRobin::advance(Group& group, Server& server) {
    BalanceNode& node = server.balance;
    if (node.position == 0) node.position = group.position;  // its first time in this round
    node.last_position = node.position;
    if (node.round_weight != group.next_weight) {
        node.round_weight = group.next_weight;
        node.step = group.next_weight / node.weight;
        node.step_remainder = group.next_weight % node.weight;
    }
    node.position += node.step;
    node.remainder += node.step_remainder;
    if (node.remainder >= node.weight) {
        node.remainder -= node.weight;
        ++node.position;
    }
}

void RoundRobin::begin_round(Group& group) {
    group.start = 1 - group.start;
    for (const BalanceHeap::Item& item : group.start_tree().items()) item.server->balance.tree = Tree::start;
    group.weight = group.position = group.next_weight;
}

void RoundRobin::requeue_passed(Group& group, const Server* taken, bool switched) {
    // Last one first. After a change of round their places are lost, only their weights matter.
    for (auto passed = group.passed.rbegin(); passed != group.passed.rend(); ++passed) {
        if (*passed == taken) continue;
        if (switched)
            put_by_weight(group, **passed, Tree::start);
        else
            put(group, **passed);
    }
    group.passed.clear();
}

Server* RoundRobin::choose(const PickRequest& request, bool backup) {
    Group& group = groups_[backup ? 1 : 0];
    bool switched = false;
    Server* avoided = nullptr;
    Server* server = nullptr;
    for (;;) {
        if (group.weight == 0) group.position = group.weight = group.next_weight;
        while (!(server = next_due(group)) && !switched) {
            switched = true;
            begin_round(group);
        }
        if (!server) {
            server = avoided;
            break;
        }
        advance(group, *server);
        ++group.position;
        if (server->has_room()) {
            if (server != request.avoid || avoided) break;
            avoided = server;
        }
        take_out(group, *server);
        server->balance.tree = Tree::none;
        group.passed.push_back(server);
    }
    if (server) move(group, *server);
    if (!group.passed.empty()) requeue_passed(group, server, switched);
    return server;
}

void RoundRobin::reset(std::span<Server* const> servers) {
    for (Group& group : groups_) {
        group.current.clear();
        group.swing[0].clear();
        group.swing[1].clear();
        group.next_weight = 0;
    }
    for (Server* server : servers) {
        server->balance = {};
        Group& group = group_of(*server);
        server->balance.weight = weight_of(*server);
        if (server->balance.weight == 0) continue;
        group.next_weight += server->balance.weight;
        put_by_weight(group, *server, Tree::start);
    }
    for (Group& group : groups_) group.position = group.weight = group.next_weight;
}

void RoundRobin::changed(Server& server) {
    const std::uint32_t weight = weight_of(server), before = server.balance.weight;
    Group& group = group_of(server);
    if (weight == before) return;
    if (before == 0)
        came_up(group, server, weight);
    else if (weight == 0)
        went_down(group, server);
    else
        reweigh(group, server, weight);
}

void RoundRobin::came_up(Group& group, Server& server, std::uint32_t weight) {
    group.next_weight += weight;
    server.balance.weight = weight;
    server.balance.round_weight = 0;
    server.balance.position = group.position + (group.next_weight + group.weight - group.position) / weight;
    put(group, server);
}

void RoundRobin::went_down(Group& group, Server& server) {
    group.next_weight -= server.balance.weight;
    take_out(group, server);
    server.balance.weight = 0;
    server.balance.tree = Tree::none;
}

void RoundRobin::reweigh(Group& group, Server& server, std::uint32_t weight) {
    BalanceNode& node = server.balance;
    group.next_weight = group.next_weight - node.weight + weight;
    take_out(group, server);
    node.weight = weight;
    node.round_weight = 0;
    if (node.tree == Tree::start) {
        put_by_weight(group, server, Tree::start);
        return;
    }
    recall_position(group, server);
    const std::uint32_t before = node.position, step = group.next_weight / weight;
    node.position = node.last_position + step;
    node.remainder = 0;
    if (node.position > before) node.position = before;
    if (node.position < group.position + 2) node.position = group.position + step;
    put(group, server);
}

}  // namespace cfgproxy::server
