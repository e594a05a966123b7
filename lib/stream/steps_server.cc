#include <sys/socket.h>

#include <utility>

#include "http/framing.h"
#include "net/socks4.h"
#include "net/tls.h"
#include "net/tls_counters.h"
#include "stream/open_connection.h"
#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

constexpr std::uint64_t kNever = net::Timer::kNever;
// A server that refused a connection is left alone this long before it is tried again.
constexpr std::int64_t kRetryPauseMs = 1000;

bool is_round_robin(const model::Proxy& backend) {
    const auto a = backend.balance.algorithm;
    return a == model::Algorithm::roundrobin || a == model::Algorithm::static_rr || a == model::Algorithm::leastconn ||
           a == model::Algorithm::first || a == model::Algorithm::random;
}

void assigned(Stream& s, server::Server& chosen) {
    s.record.queue_ms = s.ms_since(s.mark_us);
    if (s.redispatched_from && s.redispatched_from != &chosen) {
        s.record.redispatched = true;
        s.backend_traffic()->redispatches.add();
        s.redispatched_from->traffic.of(s.env().thread()).redispatches.add();
    } else if (s.redispatched_from) {
        s.backend_traffic()->retries.add();
        chosen.traffic.of(s.env().thread()).retries.add();
    }
    if (s.persistent != &chosen &&
        s.redispatched_from != &chosen) {  // lbtot: by load balancing, not the same once more
        s.backend_traffic()->chosen.add();
        chosen.traffic.of(s.env().thread()).chosen.add();
    }
    s.enter_server(chosen);
    s.needs_http1 = false;
    s.redispatched_from = nullptr;
}

Flow no_server(Stream& s, char state, char cause = 'S') {
    if (!s.http()) return s.abort(cause, state);
    return s.answer_error(503, cause, state);
}

/// Sends it on a connection that is new. It is small and the socket is empty: all of it goes at once.
bool introduce(Stream& s) {
    ServerConnection& connection = *s.connection;
    if (connection.introduced || connection.introduction.empty()) return true;
    connection.introduced = true;
    const std::string& header = connection.introduction;
    const net::Connection& socket = connection.socket();
    const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (s.http() && !socket.tls() ? MSG_MORE : 0);
    return ::send(socket.fd(), header.data(), header.size(), flags) == static_cast<ssize_t>(header.size());
}

/// Whether the next attempt goes to another server (option redispatch).
bool wants_another(const Stream& s, std::int32_t attempt) {
    const model::Proxy& backend = *s.backend;
    const std::int32_t interval = backend.options.redispatch_interval;
    const std::int32_t every = interval > 0 ? interval : s.max_retries + 1 + interval;
    return backend.options.redispatch && !s.force_persist &&
           (!s.server->running() || (every > 0 && attempt % every == 0) ||
            (s.persistent != s.server && s.be->active_servers() > 1 && is_round_robin(backend)));
}

void leave_for_another(Stream& s) {
    server::Server& failed = *s.server;
    s.redispatched_from = &failed;
    s.avoid = &failed;
    if (s.persistent == &failed) s.persistent = nullptr;
    s.release_server(false);
}

void leave_connection(Stream& s) {
    s.server_traffic()->retries.add();
    s.backend_traffic()->retries.add();
    if (s.connection) s.release_connection(false);  // there is none if not even a socket could be made
}

/// Why the attempt failed, for rules and logs; TLS that could not be agreed upon is kept for them.
void note_failure(Stream& s, bool timed_out) {
    s.failed_tls.reset();
    s.server_failure = {};
    if (!s.connection || timed_out) return;
    net::Connection& socket = s.connection->socket();
    s.server_errno = socket.error();
    const net::Tls* tls = socket.tls();
    if (!tls || tls->established() || socket.connecting()) return;
    if (socket.error() && !tls->error() && tls->bytes_out == 0) return;  // there was not even TCP
    s.server_failure = tls->describe_failure(socket.error());
    s.failed_tls = socket.take_tls();
}

/// The server cannot be asked for an upgrade: not over what it speaks, or nothing else came of offering it HTTP/1
/// alone.
Flow refuse_upgrade(Stream& s) {
    s.backend_traffic()->response_errors.add();
    s.server_traffic()->response_errors.add();
    return s.answer_error(502, 'S', 'H');
}

/// The chosen server could not be reached: the same again after a pause, another one, or the end (retries, redispatch).
Flow connect_failed(Stream& s, bool timed_out, bool at_once) {
    s.phase_deadline = s.origin.deadline = kNever;
    note_failure(s, timed_out);
    if (s.needs_http1 && s.failed_tls) return refuse_upgrade(s);
    observe(s, server::Observed::connect_failed);
    const model::Proxy& backend = *s.backend;
    const std::int32_t attempt = s.max_retries - s.retries_left + 1;
    --s.retries_left;
    if (s.retries_left < 0 || !(backend.retry_on & model::kRetryConnFailure)) {
        s.retries_left = 0;
        s.server_traffic()->connection_errors.add();
        s.backend_traffic()->connection_errors.add();
        return no_server(s, 'C', timed_out ? 's' : 'S');
    }
    const bool another = wants_another(s, attempt);
    const bool pause =
        !timed_out && !at_once && !s.reused && (!another || !is_round_robin(backend) || s.be->active_servers() <= 1);
    if (another) {
        leave_for_another(s);
        if (!pause) return s.jump_to("pick-server");
    } else {
        leave_connection(s);
    }
    if (!pause) return s.jump_to("connect");
    const std::int64_t most = backend.timeouts.connect > 0 ? backend.timeouts.connect : kRetryPauseMs;
    s.pause_until = s.deadline_in(std::min(kRetryPauseMs, most));
    s.phase_deadline = s.pause_until;
    return s.jump_to(another ? "pick-server" : "connect");
}

/// The client has gone and nobody would read the answer (option abortonclose, or the connection is broken).
bool client_gave_up(Stream& s) {
    Endpoint& client = *s.client.endpoint;
    if (!s.client.input_done || s.backend->options.abort_on_close) client.watch();
    return client.error() != 0 || (client.peer_left() && s.backend->options.abort_on_close);
}

bool pausing(Stream& s) {
    if (s.pause_until == 0) return false;
    if (!s.expired(s.pause_until)) return true;
    s.pause_until = 0;
    s.phase_deadline = kNever;
    return false;
}

Flow connected(Stream& s) {
    s.phase_deadline = kNever;
    s.server_failure = "Success";
    s.failed_tls.reset();
    s.connected_us = s.now_us();
    s.record.connect_ms = static_cast<std::int64_t>((s.connected_us - s.mark_us) / 1000) - s.record.queue_ms;
    s.origin.endpoint = &s.connection->open_end(s);
    s.touch(s.origin, s.server_timeout());
    if (!s.client.input_done) s.touch(s.client, s.client_timeout());
    observe(s, server::Observed::connected);
    note_server_side(s);
    s.log_step(model::LogOrigin::connect);
    return Flow::next;
}

/// socks4: asks the proxy that was connected to for the server. `wait` until it has answered.
Flow pass_proxy(Stream& s) {
    ServerConnection& connection = *s.connection;
    switch (net::pass_socks4(connection.socket(), s.record.server_address, connection.asked_proxy)) {
        case net::Socks4::granted:
            connection.through_proxy = true;
            return Flow::next;
        case net::Socks4::waiting:
            return Flow::wait;
        default:
            return connect_failed(s, false, false);
    }
}

/// TCP is there: a PROXY header comes next, then TLS, if the server has them.
Flow secure(Stream& s) {
    if (s.server->config().socks4 && !s.connection->through_proxy)
        if (const Flow flow = pass_proxy(s); flow != Flow::next) return flow;
    if (!introduce(s)) return connect_failed(s, false, false);
    switch (s.connection->socket().handshake()) {
        case net::Io::ok:
            if (s.connection->broken()) break;
            return s.connection->ready(s) ? connected(s) : Flow::wait;
        case net::Io::again:
            return Flow::wait;
        default:
            break;
    }
    return connect_failed(s, false, false);
}

/// `redir`: who only wants to read is sent to the server itself.
bool is_redirectable(const Stream& s) {
    return s.http() && (s.request.method == http::Method::get || s.request.method == http::Method::head);
}

Flow redirect_to_server(Stream& s) {
    // "/" stands for no prefix at all.
    const std::string& prefix = s.server->config().redirect_prefix;
    s.context.reply = {};
    model::Reply& reply = s.context.reply;
    reply.status = 302;
    reply.headers.add(s.arena, "cache-control", "no-cache");
    reply.headers.add(s.arena, "content-length", "0");
    reply.headers.add(s.arena, "location",
                      s.arena.concat(prefix == "/" ? std::string_view() : prefix, s.request.path_and_query()));
    s.record.connect_ms = s.record.response_ms = -1;
    return s.answer(reply, 'L', 'C');
}

void note_queue_position(Stream& s) {
    s.record.server_queue = s.server_position;
    s.record.backend_queue = s.backend_position;
}

}  // namespace

Flow pick_server(Stream& s) {
    if (pausing(s)) return client_gave_up(s) ? s.abort('C', 'C') : Flow::wait;
    s.priority_class = s.context.priority_class;
    s.priority_offset = s.context.priority_offset;
    server::PickRequest request{.context = &s.context,
                                .persistent = s.persistent,
                                .force = s.force_persist,
                                .avoid = s.avoid,
                                .user = &s,
                                .now_ms = s.now_ms()};
    const server::Pick pick = s.be->pick(request);
    switch (pick.outcome) {
        case server::Pick::Outcome::assigned:
            assigned(s, *pick.server);
            return s.jump_to("connect");
        case server::Pick::Outcome::queued: {
            const model::Timeouts& t = s.backend->timeouts;
            const std::int64_t timeout = s.context.queue_timeout_ms >= 0 ? s.context.queue_timeout_ms
                                         : t.queue >= 0                  ? t.queue
                                                                         : t.connect;
            s.phase_deadline = s.deadline_in(timeout);
            return Flow::next;
        }
        case server::Pick::Outcome::full:
            return no_server(s, 'Q');
        case server::Pick::Outcome::none:
            break;
    }
    s.backend_traffic()->connection_errors.add();
    return no_server(s, 'C');
}

Flow wait_in_queue(Stream& s) {
    if (s.slot_given) {
        s.slot_given = false;
        note_queue_position(s);
        s.phase_deadline = kNever;
        if (!s.slot) return s.jump_to("pick-server");
        assigned(s, *s.slot);
        return Flow::next;
    }
    if (client_gave_up(s)) {
        s.record.queue_ms = s.ms_since(s.mark_us);
        s.be->cancel(s);
        note_queue_position(s);
        s.backend_traffic()->client_aborts.add();
        return s.abort('C', 'Q');
    }
    if (!s.expired(s.phase_deadline)) return Flow::wait;
    s.phase_deadline = kNever;
    s.record.queue_ms = s.ms_since(s.mark_us);
    s.be->cancel(s);
    note_queue_position(s);
    s.backend_traffic()->connection_errors.add();
    return no_server(s, 'Q', 's');
}

/// Looks for a connection that is kept: the session's own, the thread's, and then other threads'. False: one of them
/// has been asked and will answer.
bool find_kept(Stream& s, const ServerConnection::Purpose& purpose) {
    s.connection = s.session.take_kept(*s.server, purpose);
    if (s.connection || s.backend->direct) return true;
    const model::Reuse reuse = reuse_of(*s.backend, s.server->config());
    s.connection = ServerConnection::take_idle(s.env(), *s.server, reuse, s.first_request(), purpose);
    if (s.connection || s.asked == Stream::Asked::made_room || !s.pinned.generation->config->global.idle_pool_shared)
        return true;
    if (s.asked == Stream::Asked::no) s.asked_distance = 0;
    const int holder =
        ServerConnection::find_holder(s.env(), *s.server, reuse, s.first_request(), purpose.kind(), s.asked_distance);
    if (holder < 0) return true;
    s.ask_for_connection(holder, purpose);
    return false;
}

/// strict-maxconn: makes room for one more connection, if need be at the cost of an idle one. `wait`: another thread
/// has been asked to end one; `done`: there is no room.
static Flow make_room(Stream& s) {
    while (!s.server->admit_connection()) {
        if (ServerConnection::drop_idle(s.env(), *s.server)) continue;
        const bool has_asked = s.asked == Stream::Asked::made_room;
        const int holder = has_asked ? -1 : ServerConnection::find_idle(s.env(), *s.server);
        if (holder < 0) return Flow::done;
        s.ask_for_room(holder);
        return Flow::wait;
    }
    return Flow::next;
}

/// A connection that is kept serves once more.
static Flow use_kept(Stream& s) {
    s.connection->attach(s);
    s.asked = Stream::Asked::no;
    s.reused = true;
    s.backend_traffic()->reuses.add();
    s.server_traffic()->reuses.add();
    s.server_traffic()->sessions.add();
    s.record.server_address = s.connection->reversed ? s.connection->peer : s.server->address();
    return connected(s);
}

/// There will be no connection, now or later.
static void count_refusal(Stream& s) {
    s.server_traffic()->sessions.add();
    s.backend_traffic()->connection_errors.add();
    s.server_traffic()->connection_errors.add();
}

/// Connections to this server come by themselves, and there is none.
static Flow refuse_to_open(Stream& s) {
    count_refusal(s);
    return no_server(s, 'C');
}

/// maxsslconn: as many connections with TLS as there may be, those of clients among them.
static bool has_enough_tls(const Stream& s) {
    const std::uint32_t most = s.pinned.generation->config->global.max_tls_connections;
    return most && s.server->tls() && net::TlsCounters::of_process().now.load(std::memory_order_relaxed) >= most;
}

static Flow refuse_tls(Stream& s) {
    count_refusal(s);
    return s.http() ? s.answer_error(500, 'I', 'C') : s.abort('I', 'C');
}

static Flow open_new(Stream& s, const Opening& opening) {
    if (s.server->config().endpoint.kind == model::Endpoint::Kind::rhttp) return refuse_to_open(s);
    if (has_enough_tls(s)) return refuse_tls(s);
    int error = s.server_errno = 0;
    s.server_failure = {};
    const Flow room = make_room(s);
    if (room == Flow::wait) return room;
    if (room == Flow::done) return connect_failed(s, false, true);
    const net::Io opened = open_connection(s, opening, error);
    if (!s.connection) s.server->connections.fetch_sub(1, std::memory_order_relaxed);
    if (opened != net::Io::ok && opened != net::Io::again) {
        s.server_errno = error;
        return connect_failed(s, false, false);
    }
    s.server_traffic()->sessions.add();  // stot: each attempt is one, those that fail later too
    s.phase_deadline =
        s.deadline_in(s.context.connect_timeout_ms >= 0 ? s.context.connect_timeout_ms : s.backend->timeouts.connect);
    return s.connection->socket().connecting() ? Flow::wait : secure(s);
}

Flow connect(Stream& s) {
    if (pausing(s)) return client_gave_up(s) ? s.abort('C', 'C') : Flow::wait;
    if (!s.server->config().redirect_prefix.empty() && is_redirectable(s)) return redirect_to_server(s);
    if (!s.connection) {
        if (s.asked == Stream::Asked::waiting) return Flow::wait;
        if (const auto moved = std::exchange(s.handed_over, nullptr)) {
            s.connection = ServerConnection::adopt(s.env(), *moved, response_limits(s));
            return use_kept(s);
        }
        const Opening opening(s);
        if (s.http() && !find_kept(s, opening.purpose)) return Flow::wait;
        return s.connection ? use_kept(s) : open_new(s, opening);
    }
    switch (s.connection->socket().finish_connect()) {
        case net::Io::ok:
            if (const Flow flow = secure(s); flow != Flow::wait) return flow;
            break;
        case net::Io::again:
            break;
        default:
            return connect_failed(s, false, false);
    }
    if (client_gave_up(s)) {
        s.backend_traffic()->client_aborts.add();
        return s.abort('C', 'C');
    }
    if (!s.expired(s.phase_deadline)) return Flow::wait;
    return connect_failed(s, true, true);
}

bool try_again(Stream& s, std::uint32_t reason, Flow& flow) {
    if (!s.replay.possible || !(s.backend->retry_on & reason) || s.client.endpoint->error()) return false;
    const std::int32_t attempt = s.max_retries - s.retries_left + 1;
    if (s.retries_left <= 1) return false;
    --s.retries_left;
    s.response.headers.forget();
    s.response = {};
    s.request.headers.remove(http::Known::connection);
    s.replay.sent = 0;
    s.replay.again = true;
    s.request_sent = false;
    s.asked = Stream::Asked::no;
    s.phase_deadline = s.origin.deadline = kNever;
    const bool another = wants_another(s, attempt);
    another ? leave_for_another(s) : leave_connection(s);
    flow = s.jump_to(another ? "pick-server" : "connect");
    return true;
}

namespace {

/// Views into the client's buffer, which the body will take over, become copies.
void copy_head(Stream& s) {
    http::Request& request = s.request;
    request.method_text = s.arena.copy(request.method_text);
    request.target = s.arena.copy(request.target);
    request.version = s.arena.copy(request.version);
    for (http::Header& header : request.headers) {
        header.name = s.arena.copy(header.name);
        header.value = s.arena.copy(header.value);
    }
}

void prepare_replay(Stream& s) {
    s.replay.possible = (s.backend->retry_on & ~model::kRetryConnFailure) && !s.context.no_retry;
    if (s.replay.possible && !s.client.input_done) copy_head(s);
}

/// A WebSocket is on HTTP/2 whose server does not take it: HTTP/1 is another chance.
bool falls_back(Stream& s) {
    if (!s.connection || s.needs_http1 || !(s.request.connection & http::kUpgrade) || !may_use_http1(s) ||
        s.origin.endpoint->takes_upgrade(s.request))
        return false;
    s.needs_http1 = true;
    s.release_connection(true);
    return true;
}

/// The request is none that this server can be sent by what it speaks.
Flow refuse_to_send(Stream& s, std::uint16_t status) {
    return status == 502 ? refuse_upgrade(s) : s.answer_error(status, status < 500 ? 'P' : 'I', 'H');
}

}  // namespace

Flow send_request(Stream& s) {
    if (falls_back(s)) return s.jump_to("connect");
    if (!s.replay.again) prepare_replay(s);
    // FastCGI has its own framing, and no fields about the connection.
    const bool fcgi = s.connection && s.connection->fcgi();
    if (!fcgi) set_request_connection(s);
    if (!s.backend->send_name_header.empty())
        s.request.headers.set(s.arena, s.backend->send_name_header, s.record.server_name);
    if (!fcgi) http::settle_framing(s.arena, s.request);
    prepare_upgrade(s);
    if (s.connection) {
        const auto& cases = s.pinned.generation->config->global.name_cases;
        s.origin.endpoint->set_name_cases(s.backend->options.adjust_case_server && !cases.empty() ? &cases : nullptr);
    }
    if (const std::uint16_t status = s.origin.endpoint->refuse_request(s.request); status != 0)
        return refuse_to_send(s, status);
    s.origin.endpoint->put_head(s.request);
    s.request_sent = true;
    s.sent_us = s.now_us();
    if (s.replay.again && s.request.framing != http::Framing::none) send_replay(s);
    if (s.client.input_done) s.origin.endpoint->flush();
    return Flow::next;
}

bool send_replay(Stream& s) {
    const auto rest = std::string_view(s.replay.body).substr(s.replay.sent);
    const std::size_t taken = s.origin.endpoint->put(rest, s.client.input_done, false, nullptr);
    s.replay.sent += std::min(taken, rest.size());
    return taken >= rest.size();
}

}  // namespace cfgproxy::stream
