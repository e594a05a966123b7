// What a stream, or a connection that is none yet, tells fetches about itself: see sample::Fact.
#include <algorithm>

#include "net/connection_failure.h"
#include "sample/facts.h"
#include "stream/session_view.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

using sample::Fact;

/// Timeouts that are not set read as 0.
std::int64_t or_zero(std::int64_t ms) { return std::max<std::int64_t>(ms, 0); }

/// What a rule has set, if one has.
std::int64_t either(std::int64_t by_rule, std::int64_t by_proxy) { return by_rule >= 0 ? by_rule : by_proxy; }

std::int64_t elapsed_ms(const Stream& stream, std::uint64_t since_us) {
    const std::uint64_t now = stream.session.env().loop.now_us();
    return now > since_us ? static_cast<std::int64_t>((now - since_us) / 1000) : 0;
}

/// As `option dontlog-normal` sees it: an end that the client or the server did not choose, a retry, an answer >= 500.
bool went_wrong(const log::Record& record) {
    return record.redispatched || (record.termination[0] != '-' && record.termination[0] != 'L') ||
           (record.termination[0] == '-' && record.retries != 0) || (record.http && record.status >= 500);
}

bool process_fact(Env& env, Fact which, std::int64_t& number) {
    switch (which) {
        case Fact::uptime_s:
            number = static_cast<std::int64_t>((env.loop.wall_us() - env.process.start_wall_us) / 1000000);
            return true;
        case Fact::busy_percent:
            number = env.loop.busy_percent();
            return true;
        case Fact::busy_percent_all:
            number = 0;
            for (const Env* one : env.process.envs) number += one->loop.busy_percent();
            number /= std::max<std::int64_t>(1, static_cast<std::int64_t>(env.process.envs.size()));
            return true;
        default:
            number = env.process.connections.get();
            return true;
    }
}

/// Of a connection with many streams or, `mux` being null, one: HTTP/1, which `h1` reads. FastCGI has no glitches.
bool connection_fact(const ServerMux* mux, const MuxH2* h2, const EndH1* h1, bool known, Fact which,
                     std::int64_t& number) {
    if (which == Fact::client_glitches || which == Fact::server_glitches)
        number = h2 ? h2->glitches() : h1 ? h1->glitches() : 0;
    else if (which == Fact::client_streams || which == Fact::server_streams)
        number = mux ? static_cast<std::int64_t>(mux->streams()) : 1;
    else
        number = mux ? static_cast<std::int64_t>(mux->stream_limit()) : 1;
    return known;
}

/// Phases: what the log line will say, and for those that last what it would say now.
std::int64_t time_of(const Stream& s, Fact which) {
    const log::Record& r = s.record;
    const std::int64_t active = r.active_ms >= 0 ? r.active_ms : elapsed_ms(s, s.start_us);
    switch (which) {
        case Fact::handshake_ms:
            return r.handshake_ms;
        case Fact::idle_ms:
            return r.idle_ms;
        case Fact::request_ms:
            return r.request_ms;
        case Fact::queue_ms:
            return r.queue_ms;
        case Fact::connect_ms:
            return r.connect_ms;
        case Fact::response_ms:
            return r.response_ms;
        case Fact::data_ms:
            if (r.response_ms < 0) return -1;
            return std::max<std::int64_t>(
                0, active - or_zero(r.request_ms) - or_zero(r.queue_ms) - or_zero(r.connect_ms) - r.response_ms);
        case Fact::user_ms:
            return active + r.handshake_ms;
        case Fact::total_ms:
            return r.total_ms >= 0 ? r.total_ms : active + or_zero(r.idle_ms) + r.handshake_ms;
        default:
            return active;
    }
}

}  // namespace

bool Stream::fact(Fact which, std::int64_t& number) const {
    // Until a backend is chosen there is only what rules set, in a `listen` too.
    const auto of_backend = [this](std::int64_t by_rule, std::int64_t timeout) {
        return or_zero(either(by_rule, be ? timeout : -1));
    };
    switch (which) {
        case Fact::accept_us:
            number = static_cast<std::int64_t>(session.accept_wall_us);
            return true;
        case Fact::request_us:
            number = static_cast<std::int64_t>(record.request_wall_us);
            return true;
        case Fact::request_bytes:
            number = static_cast<std::int64_t>(client.endpoint ? client.endpoint->bytes_in() : record.bytes_to_server);
            return true;
        case Fact::response_bytes:
            number = static_cast<std::int64_t>(head_bytes + body_bytes);
            return true;
        case Fact::client_timeout_ms:
            number = or_zero(client_timeout());
            return true;
        case Fact::server_timeout_ms:
            number = of_backend(context.server_timeout_ms, server_timeout());
            return backend->is_backend();
        case Fact::tunnel_timeout_ms:
            number = or_zero(either(context.tunnel_timeout_ms, backend->timeouts.tunnel));
            return backend->is_backend();
        case Fact::connect_timeout_ms:
            number = of_backend(context.connect_timeout_ms, backend->timeouts.connect);
            return backend->is_backend();
        case Fact::queue_timeout_ms:
            number = of_backend(context.queue_timeout_ms, backend->timeouts.queue);
            return backend->is_backend();
        case Fact::tarpit_timeout_ms:
            number = or_zero(either(context.tarpit_timeout_ms, backend->timeouts.tarpit));
            return true;
        case Fact::retries:
            number = be ? std::max(0, backend->retries - retries_left) : 0;
            return true;
        case Fact::redispatched:
            number = record.redispatched;
            return true;
        case Fact::server_status:
            number = record.status;
            return response.status != 0;
        case Fact::backend_queue:
            number = record.backend_queue;
            return true;
        case Fact::server_queue:
            number = record.server_queue;
            return true;
        case Fact::server_reused:
            number = reused;
            return connection != nullptr;
        case Fact::open_connections:
        case Fact::uptime_s:
        case Fact::busy_percent:
        case Fact::busy_percent_all:
            return process_fact(session.env(), which, number);
        case Fact::http_messages:
            number = record.http;
            return true;
        case Fact::client_stream:
            number = client.endpoint->stream_number().value_or(
                record.http ? static_cast<std::int32_t>(session.requests) - 1 : 0);
            return true;
        case Fact::server_stream:
            number = last_server_stream_;
            if (connection && origin.endpoint)
                number = origin.endpoint->stream_number().value_or(
                    record.http ? static_cast<std::int32_t>(connection->exchanges) - 1 : 0);
            return number >= 0;
        case Fact::client_reset: {
            const auto code = client.endpoint->reset_code();
            number = code.value_or(0);
            return code.has_value();
        }
        case Fact::server_reset:
            number = last_server_reset_;
            if (origin.endpoint && origin.endpoint->reset_code()) number = *origin.endpoint->reset_code();
            return number >= 0;
        case Fact::turns:
            number = turns_;
            return true;
        case Fact::cpu_ns:
            number = static_cast<std::int64_t>(cpu_ns());
            return true;
        case Fact::latency_ns:
            number = static_cast<std::int64_t>(latency_ns_);
            return true;
        case Fact::status:
            number = record.status > 0 && response.status > 0 ? response.status : record.status;  // as rules left it
            return record.http && record.status > 0;
        case Fact::priority_class:
            number = context.priority_class;
            return true;
        case Fact::priority_offset:
            number = context.priority_offset;
            return true;
        case Fact::sent_to_server_bytes:
            number =
                origin.endpoint && connection ? static_cast<std::int64_t>(origin.endpoint->bytes_out()) : last_sent_;
            return true;
        case Fact::received_from_server_bytes:
            number =
                origin.endpoint && connection ? static_cast<std::int64_t>(origin.endpoint->bytes_in()) : last_received_;
            return true;
        case Fact::forwarded:
            number = connection != nullptr || request_sent || server_errno != 0;
            return true;
        case Fact::applet:
            number = applet != nullptr;
            return true;
        case Fact::troubled:
            number = went_wrong(record);
            return true;
        case Fact::client_http_major:
            number = session.h2() ? 2 : 1;
            return true;
        case Fact::server_http_major:
            number = connection && connection->h2() ? 2 : 1;
            return true;
        case Fact::client_glitches:
        case Fact::client_streams:
        case Fact::client_stream_limit:
            return connection_fact(session.h2(), session.h2(), client.endpoint->alone(),
                                   http() || which != Fact::client_glitches, which, number);
        case Fact::server_glitches:
        case Fact::server_streams:
        case Fact::server_stream_limit:
            return connection && connection_fact(connection->mux(), connection->h2(),
                                                 origin.endpoint ? origin.endpoint->alone() : nullptr,
                                                 http() || which != Fact::server_glitches, which, number);
        case Fact::listener_connections:
            number = session.binding().listener ? session.binding().listener->connections.get() : 0;
            return session.binding().listener != nullptr;
        default:
            number = time_of(*this, which);
            return true;
    }
}

std::string_view Stream::failure(bool of_server) const {
    if (!of_server) return session.failure;
    if (!server_failure.empty()) return server_failure;
    return server_errno ? net::failure_of_errno(server_errno).text : std::string_view{};
}

int Stream::socket(bool of_server) const {
    if (of_server) return connection ? connection->socket().fd() : -1;
    return session.connection().fd();
}

// --- connections before there is a stream -----------------------------------------------------------------------

bool SessionView::fact(Fact which, std::int64_t& number) const {
    switch (which) {
        case Fact::accept_us:
            number = static_cast<std::int64_t>(session_.accept_wall_us);
            return true;
        case Fact::handshake_ms:
            number = session_.handshake_ms;
            return true;
        case Fact::client_timeout_ms:
            number = or_zero(session_.binding().frontend->timeouts.client);
            return true;
        case Fact::open_connections:
        case Fact::uptime_s:
        case Fact::busy_percent:
        case Fact::busy_percent_all:
            return process_fact(session_.env(), which, number);
        case Fact::listener_connections:
            number = session_.binding().listener ? session_.binding().listener->connections.get() : 0;
            return session_.binding().listener != nullptr;
        default:
            return false;
    }
}

std::string_view SessionView::failure(bool of_server) const {
    return of_server ? std::string_view{} : session_.failure;
}

int SessionView::socket(bool of_server) const { return of_server ? -1 : session_.connection().fd(); }

}  // namespace cfgproxy::stream
