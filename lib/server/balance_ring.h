#pragma once
#include <vector>

#include "server/balance.h"

namespace cfgproxy::server {

/// Consistent hashing: each server stands on a ring of 2^32 places 16 times per unit of weight, at places that depend
/// on its id only; a hash takes the nearest one, so that few keys move when servers come and go. `hash-type
/// consistent`, and `balance random`, which draws places.
class RingBalancer : public Balancer {
  public:
    explicit RingBalancer(const model::Balance& config);
    Server* choose(const PickRequest& request, bool backup) override;
    void reset(std::span<Server* const> servers) override;
    void changed(Server& server) override;
    void on_load_changed(Server&, int difference) override { load_ += static_cast<std::uint32_t>(difference); }

  private:
    struct Place {
        std::uint32_t key;
        Server* server;
    };
    struct Ring {
        std::vector<Place> places;  ///< by key
        std::uint32_t weight = 0;
        std::uint32_t servers = 0;
    };
    static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

    Server* nearest(const Ring& ring, std::uint32_t hash, const Server* avoid) const;
    Server* next(const Ring& ring, const Server* avoid);
    Server* draw(const Ring& ring, const Server* avoid);
    bool is_saturated(const Server& server) const;
    bool within_bounds(const Ring& ring, const Server& server) const;
    void insert(Ring& ring, Server& server, std::uint32_t from, std::uint32_t to);
    void remove(Ring& ring, Server& server, std::uint32_t from);
    std::uint32_t random();

    const model::Balance config_;
    Ring rings_[2];
    std::uint64_t last_ = kNowhere;  ///< the place last given to a request without a key
    std::uint32_t load_ = 0;         ///< sessions on all servers
    std::uint32_t random_ = 0;
};

}  // namespace cfgproxy::server
