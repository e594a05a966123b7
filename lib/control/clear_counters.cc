#include "control/clear_counters.h"

#include "server/backend.h"

namespace cfgproxy::control {
namespace {

void clear_traffic(server::PerThread<server::TrafficCounters>& traffic) {
    using Counters = server::TrafficCounters;
    constexpr server::Counter Counters::*kMembers[] = {&Counters::sessions,
                                                       &Counters::connections,
                                                       &Counters::bytes_in,
                                                       &Counters::bytes_out,
                                                       &Counters::denied_requests,
                                                       &Counters::denied_responses,
                                                       &Counters::denied_connections,
                                                       &Counters::denied_sessions,
                                                       &Counters::request_errors,
                                                       &Counters::connection_errors,
                                                       &Counters::response_errors,
                                                       &Counters::retries,
                                                       &Counters::redispatches,
                                                       &Counters::client_aborts,
                                                       &Counters::server_aborts,
                                                       &Counters::requests,
                                                       &Counters::intercepted,
                                                       &Counters::connects,
                                                       &Counters::reuses,
                                                       &Counters::chosen,
                                                       &Counters::compressed_in,
                                                       &Counters::compressed_out,
                                                       &Counters::compression_bypassed,
                                                       &Counters::compressed_responses,
                                                       &Counters::rewrite_failures,
                                                       &Counters::internal_errors};
    for (std::uint32_t thread = 0; thread < traffic.threads(); ++thread) {
        Counters& counters = traffic.of(thread);
        for (auto member : kMembers) (counters.*member).clear();
        for (server::Counter& counter : counters.responses) counter.clear();
    }
}

void clear_times(server::TimeMeans& times, bool all) {
    for (server::SlidingMean* mean : {&times.queue, &times.connect, &times.response, &times.total})
        all ? mean->clear() : mean->clear_max();
}

void clear_server(server::Server& server, bool all) {
    server.sessions.clear_max();
    server.queue.clear_max();
    server.rate_max = 0;
    clear_times(server.times, all);
    if (!all) return;
    clear_traffic(server.traffic);
    server.failed_checks = 0;
    server.failed_observations = 0;
    server.times_down = 0;
}

}  // namespace

void clear_counters(const stream::Generation& generation, stream::Process& process, bool all) {
    for (const auto& frontend : generation.objects.frontends) {
        if (!frontend) continue;
        frontend->connections.clear_max();
        frontend->session_rate_max = frontend->connection_rate_max = frontend->request_rate_max = 0;
        if (all) clear_traffic(frontend->traffic);
    }
    for (const auto& backend : generation.objects.backends) {
        if (!backend) continue;
        backend->sessions.clear_max();
        backend->queue.clear_max();
        backend->session_rate_max = 0;
        clear_times(backend->times, all);
        if (all) clear_traffic(backend->traffic);
    }
    for (const auto& server : generation.objects.servers) clear_server(*server, all);
    for (const auto& listener : generation.listeners) {
        if (!listener.state) continue;
        listener.state->connections.clear_max();
        if (all) clear_traffic(listener.state->traffic);
    }
    process.connection_rate_max = process.session_rate_max = 0;
}

}  // namespace cfgproxy::control
