#include "server/balance_leastconn.h"

namespace cfgproxy::server {

constexpr std::uint32_t kMaxWeight = 256 * 16;

static std::uint32_t key_of(const Server& server) {
    const std::uint32_t load = server.sessions.get() + server.queue.get();
    return load == 0 ? 0 : (load + 1) * kMaxWeight / server.balance.weight;
}

/// Its queue counts as room here.
static bool takes_one(const Server& server) {
    return server.max_connections() == 0 ||
           server.sessions.get() + server.queue.get() < server.connection_limit() + server.max_queue();
}

Server* LeastConnections::choose(const PickRequest& request, bool backup) {
    const BalanceHeap& heap = heaps_[backup ? 1 : 0];
    Server* first = heap.first();
    if (!first || (first != request.avoid && takes_one(*first))) return first;
    const BalanceHeap::Item* best = nullptr;
    Server* avoided = nullptr;
    for (const BalanceHeap::Item& item : heap.items()) {
        if ((best && *best < item) || !takes_one(*item.server)) continue;
        if (item.server == request.avoid)
            avoided = item.server;
        else
            best = &item;
    }
    return best ? best->server : avoided;
}

void LeastConnections::reset(std::span<Server* const> servers) {
    for (BalanceHeap& heap : heaps_) heap.clear();
    for (Server* server : servers) {
        server->balance = {};
        changed(*server);
    }
}

void LeastConnections::changed(Server& server) {
    const std::uint32_t weight = weight_of(server);
    if (weight == server.balance.weight) return;
    heap_of(server).remove(server);
    server.balance.weight = weight;
    if (weight > 0) heap_of(server).insert(server, key_of(server));
}

void LeastConnections::on_load_changed(Server& server, int) {
    if (server.balance.weight == 0) return;
    const std::uint32_t key = key_of(server);
    if (key == server.balance.key) return;
    heap_of(server).remove(server);
    heap_of(server).insert(server, key);
}

}  // namespace cfgproxy::server
