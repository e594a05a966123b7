// States that an earlier process has left.
#include <algorithm>

#include "server/backend_impl.h"
#include "server/clock.h"

namespace cfgproxy::server {

/// What the file now says of maintenance wins if it says something else than the earlier process's file did; else what
/// the operator had done since then counts. So for weights.
void Backend::restore(Server& server, const SavedState& saved) {
    std::unique_lock lock(mutex_);
    const model::Server& config = server.config();
    CheckReport& check = server.check_;
    const bool was_disabled = saved.admin & kMaintByConfig;
    std::uint8_t admin = config.disabled ? kForcedMaint | kMaintByConfig : 0;
    if (was_disabled == config.disabled)
        admin = static_cast<std::uint8_t>((admin & kMaintByConfig) | (saved.admin & kForcedMaint));
    if (!(admin & kForcedMaint) && (saved.admin & kForcedDrain) && saved.initial_weight > 0) admin |= kForcedDrain;
    server.admin_.store(admin);
    const std::uint32_t full = check.rise + check.fall - 1;
    check.health = saved.health == Health::down ? 0 : full;
    if (saved.check_health > 0 &&
        (saved.health == Health::down ? saved.check_health < check.rise : saved.check_health >= check.rise))
        check.health = std::min(saved.check_health, full);
    server.health_.store(admin & kMaint ? Health::down : saved.health);
    if (admin & kMaint) check.health = 0;
    const std::uint64_t now = Clock::wall_s();
    server.last_change_s.store(now - std::min(now, saved.seconds_since_change));
    if (saved.initial_weight == config.weight) server.user_weight_.store(saved.weight);
    if (net::Address address = server.address(); saved.port && address.is_ip() && !config.endpoint.port_mapped) {
        address.set_port(saved.port);
        server.set_address(address);
    }
    if (saved.tls >= 0) server.set_tls(saved.tls != 0);
    impl_->apply(server);
    Impl::finish(*this, lock);
}

}  // namespace cfgproxy::server
