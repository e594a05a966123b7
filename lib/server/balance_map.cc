#include "server/balance_map.h"

#include <numeric>
#include <set>

#include "server/balance_key.h"

namespace cfgproxy::server {

MapBalancer::MapBalancer(const model::Balance& config) : config_(config) {
    takes_weights = false;
    full_means_queue = config.algorithm == model::Algorithm::static_rr;
}

Server* MapBalancer::choose(const PickRequest& request, bool) {
    if (map_.empty()) return nullptr;
    if (config_.algorithm == model::Algorithm::static_rr) return next(request.avoid);
    if (single_ && config_.algorithm != model::Algorithm::url_param) return map_[0];
    if (auto hash = hash_request(config_, request)) return map_[*hash % map_.size()];
    return next(request.avoid);
}

/// Who is next in the table and has room; `avoid` only if there is no other one.
Server* MapBalancer::next(const Server* avoid) {
    const auto size = static_cast<std::uint32_t>(map_.size());
    if (next_ >= size) next_ = 0;
    Server* avoided = nullptr;
    std::uint32_t behind_avoided = 0;
    for (std::uint32_t i = 0; i < size; ++i) {
        const std::uint32_t at = (next_ + i) % size;
        Server* server = map_[at];
        if (!server->has_room()) continue;
        if (server != avoid) {
            next_ = at + 1;
            return server;
        }
        avoided = server;
        behind_avoided = at + 1;
    }
    if (avoided) next_ = behind_avoided;
    return avoided;
}

void MapBalancer::reset(std::span<Server* const> servers) {
    servers_.assign(servers.begin(), servers.end());
    divisor_ = 0;
    for (const Server* server : servers_) divisor_ = std::gcd(divisor_, server->initial_weight());
    if (divisor_ == 0) divisor_ = 1;
    next_ = 0;
    rebuild();
}

void MapBalancer::changed(Server& server) {
    if (weight_of(server) != server.balance.weight) rebuild();
}

/// Deals `total` places: in each step every server earns its weight, and the first one of those that have earned most
/// whole totals is given the place and pays a total. What a server has earned grows by a whole total at steps known
/// beforehand, so that only those need to be looked at.
static std::vector<Server*> deal(const std::vector<Server*>& servers, const std::vector<std::uint32_t>& weights,
                                 std::uint32_t total) {
    std::vector<Server*> places;
    std::vector<int> due(total + 1, -1), also(servers.size(), -1), level(servers.size(), 0);
    std::vector<std::uint64_t> earned(servers.size(), 0);
    std::set<std::pair<int, int>> order;  // most whole totals first, then the order of declaration
    auto plan = [&](int i) {
        const std::uint64_t step = (++earned[i] * total + weights[i] - 1) / weights[i];
        if (step > total) return;
        also[i] = due[step];
        due[step] = i;
    };
    for (int i = 0; i < static_cast<int>(servers.size()); ++i) {
        order.insert({0, i});
        plan(i);
    }
    auto move = [&](int i, int by) {
        order.erase({-level[i], i});
        level[i] += by;
        order.insert({-level[i], i});
    };
    for (std::uint32_t step = 1; step <= total; ++step) {
        for (int i = due[step], following = -1; i >= 0; i = following) {
            following = also[i];
            move(i, 1);
            plan(i);
        }
        const int best = order.begin()->second;
        places.push_back(servers[best]);
        move(best, -1);
    }
    return places;
}

void MapBalancer::rebuild() {
    std::vector<Server*> group;
    bool backup = true;
    for (Server* server : servers_) {
        server->balance.weight = weight_of(*server);
        if (server->balance.weight > 0 && !server->is_backup()) backup = false;
    }
    std::vector<std::uint32_t> weights;
    std::uint32_t total = 0;
    for (Server* server : servers_) {
        if (server->balance.weight == 0 || server->is_backup() != backup) continue;
        group.push_back(server);
        weights.push_back(server->user_weight() / divisor_);
        total += weights.back();
    }
    single_ = group.size() == 1;
    map_ = deal(group, weights, total);
}

}  // namespace cfgproxy::server
