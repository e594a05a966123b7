// The names that servers are asked for by TLS where nothing says which (manual 3.4, section 5.2 "sni-auto").
#include "config/finalize_internal.h"
#include "sample/expression.h"

namespace cfgproxy::config {
namespace {

using model::CheckRequest;

constexpr base::Release kAuto{3, 3};
constexpr std::string_view kNameOfRequest = "req.hdr(host),field(1,:)";

std::shared_ptr<const sample::Expression> name_of_request(const base::Place& place) {
    std::size_t used = 0;
    sample::ExpressionError problem;
    auto expression = sample::parse_expression(kNameOfRequest, place, used, problem);
    return expression ? std::shared_ptr<const sample::Expression>(std::move(*expression)) : nullptr;
}

/// The host, without a port, that the checks of `proxy` ask for in their first request; empty: none, or not fixed.
std::string name_of_checks(const model::Proxy& proxy) {
    const auto& steps = proxy.health_check.steps;
    for (const model::CheckStep& step : steps) {
        if (const auto* connect = std::get_if<model::CheckConnect>(&step.what); connect && !connect->implicit)
            return {};
        const auto* request = std::get_if<CheckRequest>(&step.what);
        if (!request) continue;
        for (const auto& [name, value] : request->headers) {
            if (base::lower(name) != "host" || !value || !value->is_literal()) continue;
            const std::string_view host = value->literal();
            return std::string(host.substr(0, host.find(':')));
        }
        return {};
    }
    return {};
}

}  // namespace

void settle_sni(const model::Config& config, const model::Proxy& proxy, model::Server& server) {
    if (proxy.mode != model::Mode::http || server.endpoint.kind == model::Endpoint::Kind::rhttp) return;
    const bool by_era = config.era >= kAuto;
    const model::TlsOptions& tls = server.tls;
    if ((tls.on || tls.on_by_default) && !tls.sni && tls.sni_auto.value_or(by_era))
        server.tls.edit().sni = name_of_request(server.place);
    if (proxy.health_check.protocol != model::HealthCheck::Protocol::http) return;
    const bool by_check = tls.on || tls.check || proxy.health_check.uses_tls();
    if (by_check && tls.check_sni.empty() && tls.check_sni_auto.value_or(by_era))
        server.tls.edit().check_sni = name_of_checks(proxy);
}

void settle_sni(Finalizing& finalizing) {
    for (const auto& proxy : finalizing.config.proxies)
        for (const auto& server : proxy->servers) settle_sni(finalizing.config, *proxy, *server);
}

}  // namespace cfgproxy::config
