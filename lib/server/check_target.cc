#include "server/check_target.h"

#include <cstring>

#include "model/socket_address.h"

namespace cfgproxy::server {
namespace {

using model::CheckConnect;

std::uint16_t port_of(const model::Endpoint& endpoint) {
    return endpoint.ip.port() ? endpoint.ip.port() : endpoint.port_low;
}

/// One that was added at run time says all of its check itself.
bool goes_where_traffic_goes(const Server& server) {
    const model::CheckSettings& check = server.config().check;
    return check.port == 0 && !check.address && !server.is_added();
}

}  // namespace

bool find_check_target(const Server& server, const CheckConnect& how, std::uint16_t expressed, CheckTarget& target) {
    const model::CheckSettings& check = server.config().check;
    const model::Endpoint* own = how.address ? &*how.address : check.address ? &*check.address : nullptr;
    if (const model::Endpoint& endpoint = own ? *own : server.config().endpoint; model::is_unix(endpoint)) {
        target.length = model::write_unix_address(endpoint, target.storage);
        return target.length > 0;
    }
    net::Address address = own ? own->ip : server.address();
    if (!address.is_ip()) return false;
    std::uint16_t port = how.port ? how.port : expressed;
    if (port == 0 && how.address) port = port_of(*how.address);
    if (port == 0) port = check.port;
    if (port == 0 && check.address) port = port_of(*check.address);
    if (port == 0 && !server.config().endpoint.port_mapped) port = server.address().port();
    if (port == 0) return false;
    address.set_port(port);
    std::memcpy(&target.storage, address.raw(), address.length());
    target.length = address.length();
    return true;
}

bool sends_proxy_header(const Server& server, const CheckConnect& how) {
    const model::Server& config = server.config();
    const bool as_traffic = goes_where_traffic_goes(server) && config.proxy_protocol.version > 0;
    return how.send_proxy || (how.like_server && (config.check_send_proxy || as_traffic));
}

bool speaks_tls(const Server& server, const CheckConnect& how) {
    const model::Server& config = server.config();
    const model::TlsOptions& tls = config.tls;
    const bool as_traffic = goes_where_traffic_goes(server) && tls.on && !tls.no_check;
    return how.tls || (how.like_server && !server.checks_in_clear() && (tls.check || as_traffic));
}

bool may_use_traffics(const Server& server, const CheckConnect& how) {
    const model::Server& config = server.config();
    const model::CheckSettings& check = config.check;
    const bool own_words = check.address || check.port || config.tls->check || !config.tls->check_alpn.empty() ||
                           config.check_send_proxy || config.check_via_socks4 ||
                           (check.proto_given && check.proto != config.proto);
    const bool own_step = how.address || how.port || how.port_expression || how.tls || how.send_proxy || how.linger ||
                          how.via_socks4 || !how.alpn.empty() || how.proto != model::Proto::negotiated;
    return check.reuse_pool && !own_words && !own_step;
}

model::Proto proto_of(const model::Server& config, const CheckConnect& how, bool by_alpn) {
    const model::Proto own = config.check.proto_given ? config.check.proto : config.proto;
    if (by_alpn) return own;
    if (how.proto != model::Proto::negotiated) return how.proto;
    return how.like_server ? own : model::Proto::negotiated;
}

}  // namespace cfgproxy::server
