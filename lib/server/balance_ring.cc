#include "server/balance_ring.h"

#include <arpa/inet.h>

#include <algorithm>
#include <random>

#include "base/hash.h"
#include "server/balance_key.h"
#include "server/hash.h"

namespace cfgproxy::server {

constexpr std::uint32_t kMaxWeight = 256 * 16;

RingBalancer::RingBalancer(const model::Balance& config) : config_(config), random_(std::random_device{}() | 1) {
    tracks_load = config.hash_balance_factor > 0;
}

Server* RingBalancer::choose(const PickRequest& request, bool backup) {
    const Ring& ring = rings_[backup ? 1 : 0];
    if (ring.places.empty()) return nullptr;
    if (config_.algorithm == model::Algorithm::random) return draw(ring, request.avoid);
    if (ring.servers == 1 && config_.algorithm != model::Algorithm::url_param) return nearest(ring, 0, request.avoid);
    if (auto hash = hash_request(config_, request)) return nearest(ring, *hash, request.avoid);
    return next(ring, request.avoid);
}

/// hash-balance-factor: a server takes no more than its share of the load, times the factor, rounded up.
bool RingBalancer::within_bounds(const Ring& ring, const Server& server) const {
    const std::uint32_t slots = ((load_ + 1) * config_.hash_balance_factor + 99) / 100;
    const std::uint32_t each = slots / ring.weight, rest = slots % ring.weight;
    const BalanceNode& node = server.balance;
    std::uint32_t own =
        node.weight * each + (node.before + node.weight) * rest / ring.weight - node.before * rest / ring.weight;
    return server.sessions.get() < std::max<std::uint32_t>(own, 1);
}

/// hash-preserve-affinity: whether the hash shall lead past a server that has all it can take.
bool RingBalancer::is_saturated(const Server& server) const {
    using Affinity = model::Balance::Affinity;
    if (config_.affinity == Affinity::always || server.max_connections() == 0) return false;
    if (config_.affinity == Affinity::maxconn) return server.sessions.get() >= server.connection_limit();
    return server.max_queue() > 0 &&
           server.sessions.get() + server.queue.get() >= server.connection_limit() + server.max_queue();
}

Server* RingBalancer::nearest(const Ring& ring, std::uint32_t hash, const Server* avoid) const {
    const auto& places = ring.places;
    auto next = std::lower_bound(places.begin(), places.end(), hash,
                                 [](const Place& place, std::uint32_t key) { return place.key < key; });
    if (next == places.end()) next = places.begin();
    const auto previous = next == places.begin() ? places.end() - 1 : next - 1;
    if (hash - previous->key <= next->key - hash) next = previous;
    int rounds = 0;
    while (next->server == avoid || (config_.hash_balance_factor && !within_bounds(ring, *next->server)) ||
           is_saturated(*next->server)) {
        if (++next != places.end()) continue;
        next = places.begin();
        if (++rounds > 1) break;
    }
    return next->server;
}

/// Requests without a key go round the ring.
Server* RingBalancer::next(const Ring& ring, const Server* avoid) {
    const auto& places = ring.places;
    auto at = places.begin();
    if (last_ != kNowhere)
        at = std::upper_bound(places.begin(), places.end(), last_,
                              [](std::uint64_t key, const Place& place) { return key < place.key; });
    Server* avoided = nullptr;
    std::uint64_t avoided_at = kNowhere;
    for (std::size_t i = 0; i < places.size(); ++i, ++at) {
        if (at == places.end()) at = places.begin();
        last_ = at->key;
        if (!at->server->has_room()) continue;
        if (at->server != avoid) return at->server;
        avoided = at->server;
        avoided_at = at->key;
    }
    last_ = avoided_at;
    return avoided;
}

std::uint32_t RingBalancer::random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    return random_;
}

/// The least loaded of several drawn ones; none if that one is full.
Server* RingBalancer::draw(const Ring& ring, const Server* avoid) {
    Server* best = nullptr;
    for (std::uint32_t i = 0; i < std::max<std::uint32_t>(config_.random_draws, 1); ++i) {
        Server* drawn = nearest(ring, random(), avoid);
        if (!best || std::uint64_t{drawn->sessions.get()} * best->balance.weight <=
                         std::uint64_t{best->sessions.get()} * drawn->balance.weight)
            best = drawn;
    }
    return best->has_room() ? best : nullptr;
}

/// What the address says: in the order of its bytes, as those who hash alike must agree.
static std::uint32_t key_of_address(const net::Address& address, bool with_port) {
    const std::uint32_t port = with_port ? base::full_hash(address.port()) : 0;
    if (address.family() == AF_INET) return base::full_hash(port + address.v4().s_addr);
    std::string_view bytes(reinterpret_cast<const char*>(&address.v6()), sizeof(in6_addr));
    return base::hash_xxh32(bytes, port);
}

/// hash-key: the number that a server's places are made from.
static std::uint32_t key_of(const Server& server) {
    using model::HashKey;
    const model::Server& config = server.config();
    const net::Address address = server.address();
    switch (config.hash_key) {
        case HashKey::addr:
        case HashKey::addr_port:
            if (!address.is_ip()) break;
            return key_of_address(address, config.hash_key == HashKey::addr_port);
        case HashKey::guid:
            if (config.guid.empty()) break;
            return base::hash_xxh32(config.guid, 0);
        case HashKey::id32:
            return base::full_hash(htonl(config.id));
        case HashKey::id:
            break;
    }
    return config.id * kMaxWeight;
}

void RingBalancer::reset(std::span<Server* const> servers) {
    std::uint32_t before[2] = {0, 0};
    last_ = kNowhere;
    load_ = 0;
    for (Ring& ring : rings_) ring = {};
    for (Server* server : servers) {
        server->balance = {};
        load_ += server->sessions.get();
        if (weight_of(*server) == 0) continue;
        std::uint32_t& sum = before[server->is_backup() ? 1 : 0];
        server->balance.before = sum;
        sum += weight_of(*server);
    }
    for (Server* server : servers) changed(*server);
}

void RingBalancer::changed(Server& server) {
    Ring& ring = rings_[server.is_backup() ? 1 : 0];
    const std::uint32_t weight = weight_of(server), key = key_of(server);
    if (key != server.balance.ring_key && server.balance.weight > 0) {
        // It stands elsewhere now.
        remove(ring, server, 0);
        server.balance.ring_key = key;
        insert(ring, server, 0, server.balance.weight);
    }
    server.balance.ring_key = key;
    const std::uint32_t before = server.balance.weight;
    if (weight == before) return;
    ring.weight += weight - before;
    if (before == 0) ++ring.servers;
    if (weight == 0) --ring.servers;
    server.balance.weight = weight;
    if (weight > before)
        insert(ring, server, before, weight);
    else
        remove(ring, server, weight);
}

static std::uint32_t place_of(const Server& server, std::uint32_t number) {
    return base::full_hash(server.balance.ring_key + number);
}

void RingBalancer::insert(Ring& ring, Server& server, std::uint32_t from, std::uint32_t to) {
    const auto middle = static_cast<std::ptrdiff_t>(ring.places.size());
    auto before = [](const Place& a, const Place& b) { return a.key < b.key; };
    for (std::uint32_t i = from; i < to; ++i) ring.places.push_back({place_of(server, i), &server});
    std::sort(ring.places.begin() + middle, ring.places.end(), before);
    std::inplace_merge(ring.places.begin(), ring.places.begin() + middle, ring.places.end(), before);
}

/// The server's places from number `from` on go. A last place among them passes to the next one that stays.
void RingBalancer::remove(Ring& ring, Server& server, std::uint32_t from) {
    std::vector<std::uint32_t> going;
    for (std::uint32_t i = from; i < kMaxWeight; ++i) going.push_back(place_of(server, i));
    std::sort(going.begin(), going.end());
    auto goes = [&](const Place& place) {
        return place.server == &server && std::binary_search(going.begin(), going.end(), place.key);
    };
    if (last_ != kNowhere) {
        const auto at = std::find_if(ring.places.begin(), ring.places.end(),
                                     [&](const Place& place) { return place.key == last_; });
        if (at != ring.places.end() && goes(*at)) {
            auto stays = std::find_if_not(at, ring.places.end(), goes);
            if (stays == ring.places.end()) stays = std::find_if_not(ring.places.begin(), at, goes);
            last_ = stays == ring.places.end() || goes(*stays) ? kNowhere : stays->key;
        }
    }
    std::erase_if(ring.places, goes);
}

}  // namespace cfgproxy::server
