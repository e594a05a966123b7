#include "server/balance_first.h"

#include <algorithm>

namespace cfgproxy::server {

Server* First::choose(const PickRequest& request, bool backup) {
    Server* avoided = nullptr;
    for (Server* server : by_id_[backup ? 1 : 0]) {
        if (!server->has_room()) continue;
        if (server != request.avoid) return server;
        avoided = server;
    }
    return avoided;
}

void First::reset(std::span<Server* const> servers) {
    for (auto& list : by_id_) list.clear();
    for (Server* server : servers) {
        server->balance = {};
        changed(*server);
    }
}

void First::changed(Server& server) {
    const std::uint32_t weight = weight_of(server);
    auto& list = by_id_[server.is_backup() ? 1 : 0];
    if ((weight > 0) != (server.balance.weight > 0)) {
        if (weight == 0) {
            std::erase(list, &server);
        } else {
            auto before = [](const Server* a, const Server* b) { return a->config().id < b->config().id; };
            list.insert(std::upper_bound(list.begin(), list.end(), &server, before), &server);
        }
    }
    server.balance.weight = weight;
}

}  // namespace cfgproxy::server
