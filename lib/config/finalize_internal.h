#pragma once
#include <string>
#include <string_view>

#include "base/spelling.h"
#include "config/finalize.h"
#include "config/reader.h"

// What the files with passes share among themselves.
namespace cfgproxy::config {

using base::quoted;

/// "frontend 'main'": how messages name a proxy.
inline std::string described(const model::Proxy& proxy) {
    return std::string(kind_of(proxy)) + " " + quoted(proxy.name);
}

/// All proxies but those that are disabled, of which HAProxy checks nothing.
template <class Visit>
void for_each_active(Finalizing& finalizing, Visit visit) {
    for (const auto& proxy : finalizing.config.proxies)
        if (!proxy->disabled) visit(*proxy);
}

// finalize_names.cc
void assign_proxy_ids(Finalizing& finalizing);
void assign_server_ids(Finalizing& finalizing);
void find_twin_servers(Finalizing& finalizing);
void find_backends(Finalizing& finalizing);
void find_servers(Finalizing& finalizing);
void find_arguments(Finalizing& finalizing);
void check_userlists(Finalizing& finalizing);

// finalize_era.cc
void apply_era(Finalizing& finalizing);
void become_threads(Finalizing& finalizing);

// finalize_checks.cc
void settle_sizes(Finalizing& finalizing);
void settle_captured_cookies(Finalizing& finalizing);
void settle_timeouts(Finalizing& finalizing);
void settle_server_limits(Finalizing& finalizing);
void check_listeners(Finalizing& finalizing);
void check_bind_threads(Finalizing& finalizing);
void settle_ports(Finalizing& finalizing);
void check_balance(Finalizing& finalizing);
void settle_direct(Finalizing& finalizing);
void check_stats(Finalizing& finalizing);
void check_timeouts(Finalizing& finalizing);
void check_logs(Finalizing& finalizing);
void leave_http_to_http(Finalizing& finalizing);
void check_token_certificates(Finalizing& finalizing);
void check_servers(Finalizing& finalizing);
void check_tracking(Finalizing& finalizing);

// finalize_warnings.cc
void check_buffer_conditions(Finalizing& finalizing);
void check_check_rules(Finalizing& finalizing);
void check_mails(Finalizing& finalizing);
void check_peers(Finalizing& finalizing);
void check_server_sources(Finalizing& finalizing);
void check_state_files(Finalizing& finalizing);

// finalize_sni.cc
void settle_sni(Finalizing& finalizing);

// tls.cc
/// Loads certificates and trusted CAs, and makes the contexts of lines with `ssl`.
void prepare_tls(Finalizing& finalizing);

}  // namespace cfgproxy::config
