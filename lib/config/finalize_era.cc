// What the era decides where the files say nothing: the defaults that HAProxy has changed and users can notice. Those
// of buffers and threads are today's in every era.
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

}  // namespace cfgproxy::config
