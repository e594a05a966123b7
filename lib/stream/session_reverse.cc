// Reverse HTTP: a client that has connected to be asked becomes a connection of a server; and what this side has
// connected, to be asked over it, becomes a session.
#include <sys/socket.h>

#include "net/tls.h"
#include "stream/session.h"

namespace cfgproxy::stream {

/// The session ends here, its connection goes on. Only HTTP/2 can be turned round, and only where it was agreed upon:
/// nothing of what the client says has been looked at.
void Session::join_server(const model::Server& line) {
    Timer::cancel();
    const net::Tls* tls = end_.connection.tls();
    const bool h2 = binding_.bind->proto == model::Proto::h2 ||
                    (binding_.bind->proto == model::Proto::negotiated && tls && tls->protocol() == "h2");
    server::Server* server = binding_.pinned->generation->backend(*line.proxy)->state_of(line);
    if (!h2 || !server || server->vanished()) return close(false);
    auto session = end_.connection.take_tls();
    const int fd = end_.connection.surrender();
    ServerConnection::attach_reversed(env_, server->shared_from_this(), fd, std::move(session), attach_name_, source);
    close(false);
}

void Session::start_reversed(std::unique_ptr<net::Tls> tls, MuxH2::Parted h2, std::string_view received) {
    if (tls) end_.connection.start_tls(std::move(tls));
    if (!admit()) return;
    const model::RuleSet& rules = binding_.frontend->tcp_request_session;
    if (!rules.empty() && !run_rules(rules, &server::TrafficCounters::denied_sessions)) return;
    count_session();
    is_http = true;
    const model::Global& global = binding_.pinned->generation->config->global;
    const auto settings = MuxH2::settings(global, global.h2_front, env_.limits, binding_.bind->idle_ping_ms);
    MuxH2::Owner& owner = *this;
    h2_ = std::make_unique<MuxH2>(end_.connection, owner, true, settings, protocol_counters(), std::move(h2));
    on_streams_gone();
    h2_->start(received);
}

}  // namespace cfgproxy::stream
