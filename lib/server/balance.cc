#include "server/balance.h"

#include "server/balance_first.h"
#include "server/balance_leastconn.h"
#include "server/balance_map.h"
#include "server/balance_ring.h"
#include "server/balance_roundrobin.h"
#include "server/balance_sticky.h"

namespace cfgproxy::server {

std::unique_ptr<Balancer> make_balancer(const model::Balance& config) {
    using model::Algorithm;
    switch (config.algorithm) {
        case Algorithm::roundrobin:
            return std::make_unique<RoundRobin>();
        case Algorithm::leastconn:
            return std::make_unique<LeastConnections>();
        case Algorithm::first:
            return std::make_unique<First>();
        case Algorithm::sticky:
            return std::make_unique<Sticky>();
        case Algorithm::static_rr:
            return std::make_unique<MapBalancer>(config);
        case Algorithm::random:
            return std::make_unique<RingBalancer>(config);
        default:
            break;
    }
    if (config.hash_type == model::HashType::consistent) return std::make_unique<RingBalancer>(config);
    return std::make_unique<MapBalancer>(config);
}

}  // namespace cfgproxy::server
