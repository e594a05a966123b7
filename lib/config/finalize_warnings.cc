// Passes that only warn: what HAProxy says of settings that cannot have the effect that was wanted.
#include <algorithm>

#include "config/finalize_internal.h"

namespace cfgproxy::config {

using model::Mode;
using model::Proxy;

namespace {

/// Whether the condition asks for bytes of the connection, which HTTP rules do not see.
bool looks_at_buffers(const sample::Condition& condition) {
    const auto looks = [](const sample::AclLine& line) {
        return line.expression && (line.expression->fetch->needs & (sample::kRequestData | sample::kResponseData));
    };
    for (const auto& terms : condition.any_of)
        for (const auto& term : terms)
            if (term.acl && std::any_of(term.acl->lines.begin(), term.acl->lines.end(), looks)) return true;
    return false;
}

}  // namespace

void check_buffer_conditions(Finalizing& finalizing) {
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (proxy.mode != Mode::http) return;
        const auto check = [&](const sample::Condition* when) {
            if (!when || !looks_at_buffers(*when)) return;
            const base::Place& place = when->place;
            finalizing.warning(place, "Proxy " + quoted(proxy.name) +
                                          ": L6 sample fetches ignored on HTTP proxies (declared at " + *place.file +
                                          ":" + std::to_string(place.line) + ").");
        };
        for (const auto* rules :
             {&proxy.tcp_request_connection, &proxy.tcp_request_session, &proxy.tcp_request_content,
              &proxy.tcp_response_content, &proxy.http_request, &proxy.http_response, &proxy.http_after_response})
            for (const auto& rule : *rules) check(rule.when.get());
        for (const auto& rule : proxy.use_backends) check(rule.when.get());
        for (const auto& rule : proxy.use_servers) check(rule.when.get());
        for (const auto* rules : {&proxy.stick_requests, &proxy.stick_responses})
            for (const auto& rule : *rules) check(rule.when.get());
    });
}

/// Steps of checks that are not made, as another kind of check is.
void check_check_rules(Finalizing& finalizing) {
    using Protocol = model::HealthCheck::Protocol;
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (!proxy.is_backend()) return;
        const auto& check = proxy.health_check;
        const auto tell = [&](const model::HealthCheck::Lines& lines, Protocol wanted, std::string_view kind,
                              std::string_view option) {
            if (lines.steps.empty() || lines.inherited || check.protocol == wanted) return;
            finalizing.warning(proxy.place, described(proxy) + " uses " + std::string(kind) +
                                                " rules without 'option " + std::string(option) +
                                                "', so the rules are ignored.");
        };
        tell(check.http, Protocol::http, "http-check", "httpchk");
        tell(check.tcp, Protocol::tcp, "tcp-check", "tcp-check");
    });
}

/// `email-alert` needs all of its parts, and `mailers` sections that nobody names are dropped.
void check_mails(Finalizing& finalizing) {
    std::vector<std::string_view> used;
    for_each_active(finalizing, [&](Proxy& proxy) {
        model::EmailAlert& mail = proxy.email_alert;
        if (!mail.any) return;
        if (!mail.is_complete())
            return finalizing.warning(
                proxy.place,
                "'email-alert' will be ignored for " + described(proxy) +
                    " (the presence any of 'email-alert from', 'email-alert level' 'email-alert mailers', "
                    "'email-alert myhostname', or 'email-alert to' requires each of 'email-alert from', 'email-alert "
                    "mailers' and 'email-alert to' to be present).");
        const auto& all = finalizing.config.mailers;
        for (const auto& list : all)
            if (list->name == mail.mailers) mail.section = list.get();
        if (!mail.section)
            finalizing.alert(mail.place,
                             "Proxy " + quoted(proxy.name) + ": unable to find mailers " + quoted(mail.mailers) + ".");
        used.push_back(mail.mailers);
    });
    for (const auto& list : finalizing.config.mailers)
        if (std::find(used.begin(), used.end(), list->name) == used.end())
            finalizing.warning(list->place, "Removing incomplete section 'mailers " + list->name + "'.");
}

/// A section of peers that we are none of has nobody to speak for it.
void check_peers(Finalizing& finalizing) {
    for (const auto& section : finalizing.config.peers) {
        if (section->disabled || section->peers.empty()) continue;
        if (std::any_of(section->peers.begin(), section->peers.end(),
                        [&](const model::Peers::Peer& peer) { return peer.is_local; }))
            continue;
        finalizing.warning(section->place, "Removing incomplete section 'peers " + section->name + "' (no peer named " +
                                               quoted(section->local_name) + ").");
    }
}

/// Where connections to servers come from, and what else they need beside the mode.
void check_server_sources(Finalizing& finalizing) {
    using Kind = model::ShownSource::Kind;
    constexpr std::uint32_t kRetryable =
        model::kRetryConnFailure | model::kRetryEmptyResponse | model::kRetryResponseTimeout;
    for_each_active(finalizing, [&](Proxy& proxy) {
        const bool http = proxy.mode == Mode::http;
        if (proxy.is_backend() && !http && proxy.source && proxy.shown_source.kind == Kind::header)
            finalizing.warning(proxy.place, described(proxy) + " : ignoring use of header " +
                                                proxy.shown_source.header + " as source IP in non-HTTP mode.");
        for (const auto& server : proxy.servers) {
            if (proxy.persist_rdp_cookie && server->endpoint.port_low == 0)
                finalizing.warning(server->place,
                                   described(proxy) + " : RDP cookie persistence will not work for server " +
                                       quoted(server->name) + " because it lacks an explicit port number.");
            if (!http && server->source && server->shown_source.kind == Kind::header)
                finalizing.warning(server->place, described(proxy) + " : server " + server->name +
                                                      " cannot use header " + server->shown_source.header +
                                                      " as source IP in non-HTTP mode.");
            if (server->tcp_fast_open && (proxy.retry_on & kRetryable) != kRetryable)
                finalizing.warning(server->place,
                                   "[" + *server->place.file + ":" + std::to_string(server->place.line) +
                                       "] : 'server " + proxy.name + "/" + server->name +
                                       "' : server has tfo activated, the backend should be configured with at least "
                                       "'conn-failure', 'empty-response' and 'response-timeout' or we wouldn't be able "
                                       "to retry the connection on failure.");
        }
    });
}

void check_state_files(Finalizing& finalizing) {
    if (!finalizing.config.global.server_state_file.empty()) return;
    for_each_active(finalizing, [&](Proxy& proxy) {
        if (proxy.is_backend() && proxy.load_state == model::LoadState::global)
            finalizing.warning(proxy.place, "backend " + quoted(proxy.name) +
                                                " configured to load server state file from global section "
                                                "'server-state-file' directive. Unfortunately, 'server-state-file' is "
                                                "not set!");
    });
}

}  // namespace cfgproxy::config
