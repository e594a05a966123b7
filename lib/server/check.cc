#include "server/check.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/check_agent.h"
#include "server/check_external.h"
#include "server/check_probe.h"

namespace cfgproxy::server {

/// Shorter intervals do not count when first checks are spread (or all would come at once).
constexpr std::uint32_t kSpreadThresholdMs = 1000;
constexpr std::uint64_t kWarmUpStepMs = 1000;

struct Checker::Impl {
    Impl(net::Loop& l, std::uint32_t percent, std::string_view name, CheckLender* connections)
        : loop(l), spread_percent(percent), node(name), lender(connections) {}
    net::Loop& loop;
    std::uint32_t spread_percent;
    std::string node;
    CheckLender* lender;
    std::vector<std::unique_ptr<Probe>> probes;
    std::vector<std::unique_ptr<AgentProbe>> agents;
    std::vector<std::unique_ptr<ExternalProbe>> commands;
    std::size_t started = 0;
    std::vector<Backend*> warming;  ///< those with a slowstart
    net::CallbackTimer start_timer{[this] { start(); }};
    net::CallbackTimer warm_up_timer{[this] { warm_up(); }};

    /// First checks: one after the other over the shortest interval (of those not too short), in file order.
    void start() {
        std::uint32_t shortest = 0;
        const std::size_t count = probes.size() - started;
        for (std::size_t i = started; i < probes.size(); ++i) {
            const std::uint32_t interval = probes[i]->interval();
            if (interval >= kSpreadThresholdMs && (shortest == 0 || interval < shortest)) shortest = interval;
        }
        for (std::size_t i = 0; i < count; ++i) {
            Probe& probe = *probes[started + i];
            probe.start_in(std::uint64_t{std::max(shortest, probe.interval())} * i / count);
        }
        started = probes.size();
    }

    void warm_up() {
        for (Backend* backend : warming) backend->tick();
        warm_up_timer.set(loop, loop.now_ms() + kWarmUpStepMs);
    }
};

Checker::Checker(net::Loop& loop, std::uint32_t spread_percent, std::string_view node, CheckLender* lender)
    : impl_(std::make_unique<Impl>(loop, spread_percent, node, lender)) {}

Checker::~Checker() = default;

void Checker::add(Backend& backend) {
    for (const auto& server : backend.servers()) add(backend, server);
}

void Checker::add(Backend& backend, const std::shared_ptr<Server>& server) {
    const model::Server& config = server->config();
    if (config.slow_start_ms > 0) {
        auto& warming = impl_->warming;
        if (std::find(warming.begin(), warming.end(), &backend) == warming.end()) warming.push_back(&backend);
        impl_->warm_up_timer.set(impl_->loop, impl_->loop.now_ms() + kWarmUpStepMs);
    }
    if (config.agent.enabled) {
        impl_->agents.push_back(std::make_unique<AgentProbe>(impl_->loop, backend, server));
        impl_->agents.back()->start_in(0);
    }
    if (!config.check.enabled) return;
    if (!config.own_health_check && backend.config().health_check.protocol == model::HealthCheck::Protocol::external) {
        impl_->commands.push_back(std::make_unique<ExternalProbe>(impl_->loop, backend, server, impl_->spread_percent));
        impl_->commands.back()->start_in(0);
        return;
    }
    impl_->probes.push_back(
        std::make_unique<Probe>(impl_->loop, backend, server, impl_->spread_percent, impl_->node, impl_->lender));
    impl_->start_timer.set(impl_->loop, impl_->loop.now_ms());
}

void Checker::remove(const Server& server) {
    const auto is_of = [&](const auto& probe) { return &probe->server() == &server; };
    const auto begun = impl_->probes.begin() + static_cast<std::ptrdiff_t>(impl_->started);
    impl_->started -= static_cast<std::size_t>(std::count_if(impl_->probes.begin(), begun, is_of));
    std::erase_if(impl_->probes, is_of);
    std::erase_if(impl_->agents, is_of);
    std::erase_if(impl_->commands, is_of);
}

void Checker::stop() {
    impl_->start_timer.cancel();
    impl_->warm_up_timer.cancel();
    impl_->probes.clear();
    impl_->agents.clear();
    impl_->commands.clear();
    impl_->warming.clear();
    impl_->started = 0;
}

}  // namespace cfgproxy::server
