#include "server/balance.h"

#include "server/balance_first.h"
#include "server/balance_leastconn.h"
#include "server/balance_roundrobin.h"

namespace cfgproxy::server {

std::unique_ptr<Balancer> make_balancer(const model::Balance& config) {
    using model::Algorithm;
    switch (config.algorithm) {
        case Algorithm::leastconn:
            return std::make_unique<LeastConnections>();
        case Algorithm::first:
            return std::make_unique<First>();
        default:
            return std::make_unique<RoundRobin>();
    }
}

}  // namespace cfgproxy::server
