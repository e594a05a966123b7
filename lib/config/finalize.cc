#include "config/finalize.h"

#include <algorithm>

#include "config/finalize_internal.h"

namespace cfgproxy::config {
namespace {

/// Rules that differ only in the texts that they look for are found by look-ups.
void chain_conditions(Finalizing& f) {
    const auto conditions_of = [](const auto& rules) {
        std::vector<const sample::Condition*> conditions;
        for (const auto& rule : rules) conditions.push_back(rule.when.get());
        return conditions;
    };
    for (auto& proxy : f.config.proxies) {
        proxy->use_backend_chain.build(conditions_of(proxy->use_backends));
        proxy->http_request_chain.build(conditions_of(proxy->http_request));
    }
}

constexpr Pass kPasses[] = {
    {"apply era", -1, apply_era},
    {"assign proxy ids", 5, assign_proxy_ids},
    {"assign server ids", 45, assign_server_ids},
    {"become threads", 0, become_threads},
    {"chain conditions", 90, chain_conditions},
    {"check balance", 15, check_balance},
    {"check bind threads", 12, check_bind_threads},
    {"check buffer conditions", 22, check_buffer_conditions},
    {"check check rules", 42, check_check_rules},
    {"check listeners", 12, check_listeners},
    {"check logs", 50, check_logs},
    {"check mails", 18, check_mails},
    {"check peers", 70, check_peers},
    {"check server sources", 61, check_server_sources},
    {"check servers", 60, check_servers},
    {"check state files", 47, check_state_files},
    {"check stats", 30, check_stats},
    {"check timeouts", 40, check_timeouts},
    {"check token certificates", 66, check_token_certificates},
    {"check tracking", 46, check_tracking},
    {"check userlists", 1, check_userlists},
    {"find arguments", 35, find_arguments},
    {"find backends", 20, find_backends},
    {"find servers", 25, find_servers},
    {"find twin servers", 44, find_twin_servers},
    {"leave http to http", 10, leave_http_to_http},
    {"prepare tls", 65, prepare_tls},
    {"settle captured cookies", 48, settle_captured_cookies},
    {"settle direct", 16, settle_direct},
    {"settle ports", 13, settle_ports},
    {"settle server limits", 55, settle_server_limits},
    {"settle sizes", 0, settle_sizes},
    {"settle sni", 64, settle_sni},
    {"settle timeouts", 41, settle_timeouts},
};
static_assert(base::well_formed(kPasses));

}  // namespace

void Reporting::alert(const base::Place& place, std::string text) {
    diagnostics.general(base::Severity::alert, place, std::move(text));
}

void Reporting::alert_in_file(const base::Place& place, std::string_view text) {
    alert(place, "parsing [" + *place.file + ":" + std::to_string(place.line) + "] : " + std::string(text));
}

void Reporting::warning(const base::Place& place, std::string text) {
    diagnostics.general(base::Severity::warning, place, std::move(text));
}

void Reporting::alert_of_server(const model::Proxy& proxy, const model::Server& server, const std::string& text) {
    alert(server.place, "[" + *server.place.file + ":" + std::to_string(server.place.line) + "] : 'server " +
                            proxy.name + "/" + server.name + "' : " + text);
}

void finalize(model::Config& config, Unresolved& unresolved, base::Diagnostics& diagnostics) {
    Finalizing finalizing{{diagnostics}, config, unresolved};
    config.index();
    std::vector<const Pass*> passes = base::Table<Pass>::all();
    for (const Pass& pass : kPasses) passes.push_back(&pass);
    std::stable_sort(passes.begin(), passes.end(), [](const Pass* a, const Pass* b) { return a->order < b->order; });
    for (const Pass* pass : passes) pass->run(finalizing);
}

void find_names(model::Config& config, Unresolved& unresolved, base::Diagnostics& diagnostics) {
    Finalizing finalizing{{diagnostics}, config, unresolved};
    config.index();
    for (auto* find : {check_userlists, find_backends, find_servers, find_arguments}) find(finalizing);
}

bool has_listener(const model::Config& config) {
    if (!config.global.stats_sockets.empty()) return true;
    for (const auto& section : config.log_forwards)
        if (!section->binds.empty() || !section->datagram_binds.empty()) return true;
    for (const auto& proxy : config.proxies)
        if (!proxy->disabled && !proxy->binds.empty()) return true;
    return false;
}

}  // namespace cfgproxy::config
