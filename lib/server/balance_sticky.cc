#include "server/balance_sticky.h"

namespace cfgproxy::server {

Server* Sticky::choose(const PickRequest&, bool backup) {
    if (chosen_ && chosen_->usable() && chosen_->is_backup() == backup) return chosen_;
    chosen_ = nullptr;
    for (Server* server : servers_) {
        if (!server->usable() || server->is_backup() != backup) continue;
        chosen_ = server;
        break;
    }
    return chosen_;
}

void Sticky::reset(std::span<Server* const> servers) {
    servers_.assign(servers.begin(), servers.end());
    chosen_ = nullptr;
}

/// One that is down is not remembered: when it comes back others go first.
void Sticky::changed(Server& server) {
    if (chosen_ == &server && !server.usable()) chosen_ = nullptr;
}

}  // namespace cfgproxy::server
