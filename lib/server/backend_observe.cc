// What traffic tells about a server's health (`observe`).
#include <array>
#include <string>

#include "server/backend_impl.h"
#include "server/check_probe.h"

namespace cfgproxy::server {
namespace {

enum class Weight : std::uint8_t { nothing, bad, good };
struct Meaning {
    std::string_view description;
    Weight layer4, layer7;
};
constexpr std::array<Meaning, 9> kMeanings{{
    {"L4 successful connection", Weight::good, Weight::nothing},
    {"L4 unsuccessful connection", Weight::bad, Weight::bad},
    {"Correct http response", Weight::nothing, Weight::good},
    {"Wrong http response", Weight::nothing, Weight::bad},
    {"Invalid http response (headers)", Weight::nothing, Weight::bad},
    {"Invalid http response", Weight::nothing, Weight::bad},
    {"Read error (http)", Weight::nothing, Weight::bad},
    {"Read timeout (http)", Weight::nothing, Weight::bad},
    {"Close from server (http)", Weight::nothing, Weight::bad},
}};
static_assert(kMeanings.size() == static_cast<std::size_t>(Observed::closed) + 1);

const Meaning& meaning(Observed what) { return kMeanings[static_cast<std::size_t>(what)]; }

}  // namespace

std::string_view describe(Observed what) { return meaning(what).description; }

void Backend::observed(Server& server, Observed what) {
    const auto layer = server.observe_.load(std::memory_order_relaxed);
    if (layer == model::Observe::none || !server.check_enabled_.load(std::memory_order_relaxed)) return;
    const Weight weight = layer == model::Observe::layer4 ? meaning(what).layer4 : meaning(what).layer7;
    if (weight == Weight::nothing) return;
    if (weight == Weight::good) return server.consecutive_errors_.store(0, std::memory_order_relaxed);
    const std::uint32_t errors = server.consecutive_errors_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (errors < server.error_limit_.load(std::memory_order_relaxed)) return;

    std::unique_lock lock(mutex_);
    if (server.vanished()) return;
    const model::ObserveSettings& settings = server.config().observe;
    CheckReport& check = server.check_;
    server.in_a_hurry_.store(true, std::memory_order_relaxed);
    if (settings.on_error == model::OnError::mark_down)
        check.health = check.rise;
    else if (settings.on_error == model::OnError::sudden_death && check.health > check.rise)
        check.health = check.rise + 1;
    if (settings.on_error != model::OnError::fastinter)
        impl_->fail_by_traffic(server, "Detected " + std::to_string(errors) +
                                           " consecutive errors, last one was: " + std::string(describe(what)));
    server.consecutive_errors_.store(0, std::memory_order_relaxed);
    server.failed_observations.fetch_add(1, std::memory_order_relaxed);
    if (server.probe_) server.probe_->hurry_from_afar();
    Impl::finish(*this, lock);
}

void Backend::set_probe(Server& server, Probe& probe) {
    std::lock_guard lock(mutex_);
    server.probe_ = &probe;
}

void Backend::forget_probe(Server& server, const Probe& probe) {
    std::lock_guard lock(mutex_);
    if (server.probe_ == &probe) server.probe_ = nullptr;  // else a newer generation's has taken over
}

void Backend::hurry(Server& server) {
    std::lock_guard lock(mutex_);
    if (server.probe_) server.probe_->hurry();
}

}  // namespace cfgproxy::server
