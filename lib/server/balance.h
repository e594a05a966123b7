#pragma once
#include <memory>
#include <span>

#include "server/backend.h"

namespace cfgproxy::server {

/// The algorithm of one backend: keeps its order of servers. Called under the backend's mutex. Active and backup
/// servers are two groups; Backend says which one counts.
class Balancer {
  public:
    virtual ~Balancer() = default;
    Balancer() = default;
    Balancer(const Balancer&) = delete;
    Balancer& operator=(const Balancer&) = delete;

    /// Among the active or the `backup` servers; null: all that could be taken are saturated. A server that is returned
    /// may be saturated too where the algorithm does not look (hashes): then its queue is the place to wait.
    virtual Server* choose(const PickRequest& request, bool backup) = 0;
    /// Begins anew with these servers, in file order. They outlive the balancer.
    virtual void reset(std::span<Server* const> servers) = 0;
    /// Weight or state of `server` changed: effective_weight() and usable() are the new ones.
    virtual void changed(Server& server) = 0;
    /// The number of sessions of `server` changed; only called if tracks_load.
    virtual void on_load_changed(Server&, int /*difference*/) {}

    bool tracks_load = false;       ///< wants on_load_changed: then each leave() takes the lock
    bool full_means_queue = false;  ///< somebody waits at the backend: then all are full, do not even look
    bool takes_weights = true;      ///< weights can change at run time (else: only 0% and 100%)

  protected:
    /// The weight to count with: 0 if the server takes no new sessions.
    static std::uint32_t weight_of(const Server& server) { return server.usable() ? server.effective_weight() : 0; }
};

/// Makes the balancer that `balance` and `hash-type` ask for.
std::unique_ptr<Balancer> make_balancer(const model::Balance& config);

}  // namespace cfgproxy::server
