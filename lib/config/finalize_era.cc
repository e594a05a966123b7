// What the era decides where the files say nothing: the defaults that HAProxy has changed and users can notice. Those
// of buffers and threads are today's in every era.
#include <algorithm>
#include <bit>
#include <limits>

#include "config/finalize_internal.h"

namespace cfgproxy::config {

using base::Release;
using model::Proxy;

namespace {

constexpr Release kKeepAlive{1, 5}, kReuse{1, 9}, kUnlimited{2, 0}, kAlpn{2, 8}, kRandom{3, 3}, kAbort{3, 3},
    kSecretive{3, 4};
constexpr std::uint32_t kOldMaxconn = 2000;

/// TLS towards clients offers HTTP/2.
void offer_protocols(model::Bind& bind) {
    if (!bind.tls.on || bind.tls.alpn_given || bind.proto == model::Proto::h1) return;
    bind.tls.settings.alpn = "\x02h2\x08http/1.1";
}

void apply_to_proxy(Proxy& proxy, Release era) {
    auto& options = proxy.options;
    proxy.era = era;
    if (!proxy.balance.set && era >= kRandom) proxy.balance.algorithm = model::Algorithm::random;
    if (!options.connection_mode && era < kKeepAlive) options.connection_mode = model::ConnectionMode::tunnel;
    if (era >= kSecretive && !proxy.stats.show_version) proxy.stats.hide_version = true;
    if (!proxy.reuse_set && era < kReuse) proxy.reuse = model::Reuse::never;
    if (!options.abort_on_close_set && era >= kAbort)
        options.abort_on_close = proxy.is_backend() && proxy.mode == model::Mode::http;
    if (era >= kAlpn && proxy.mode == model::Mode::http)
        for (model::Bind& bind : proxy.binds) offer_protocols(bind);
    if (proxy.is_frontend() && proxy.max_connections == 0 && era < kUnlimited) {
        proxy.max_connections = kOldMaxconn;
        proxy.max_connections_of_era = true;
    }
}

/// Multiplies what was a limit of each of `factor` processes.
void pool(std::uint32_t& limit, std::uint32_t factor) {
    limit = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::uint64_t{limit} * factor, std::numeric_limits<std::uint32_t>::max()));
}

void pool_limits(Proxy& proxy, std::uint32_t factor) {
    pool(proxy.max_connections, factor);
    pool(proxy.full_connections, factor);
    pool(proxy.rate_limit_sessions, factor);
    for (model::Bind& bind : proxy.binds) pool(bind.max_connections, factor);
    for (const auto& server : proxy.servers) {
        pool(server->max_connections, factor);
        pool(server->min_connections, factor);
        pool(server->max_queue, factor);
    }
}

}  // namespace

void apply_era(Finalizing& finalizing) {
    auto& config = finalizing.config;
    if (config.global.max_connections == 0 && config.era < kUnlimited) config.global.max_connections = kOldMaxconn;
    const auto& limits = config.global.variable_limits;
    for (const auto& proxy : config.proxies) {
        apply_to_proxy(*proxy, config.era);
        if (limits.any()) proxy->variable_limits = &limits;
    }
}

/// `nbproc 4` meant four processes, each with the limits of the file: here they are as many threads, which share limits
/// four times as large (cfgproxy.cfg(5)).
void become_threads(Finalizing& finalizing) {
    model::Global& global = finalizing.config.global;
    const std::uint32_t processes = global.processes;
    if (processes <= 1) return;
    if (global.threads > 1)
        return finalizing.alert(global.processes_place,
                                "cannot enable multiple processes if multiple threads are configured. Please use "
                                "either nbproc or nbthread but not both.");
    global.threads = processes;
    for (std::uint32_t* limit : {&global.max_connections, &global.max_connection_rate, &global.max_session_rate,
                                 &global.max_tls_connections, &global.max_tls_rate, &global.compression.rate})
        pool(*limit, processes);
    const std::uint64_t all = processes < 64 ? (std::uint64_t{1} << processes) - 1 : ~std::uint64_t{0};
    for (const auto& proxy : finalizing.config.proxies) {
        const std::uint64_t own = proxy->processes & all;
        pool_limits(*proxy, own ? static_cast<std::uint32_t>(std::popcount(own)) : processes);
    }
}

}  // namespace cfgproxy::config
