#include "stream/stream.h"

#include <time.h>
#include <unistd.h>

#include <utility>

#include "net/tls.h"
#include "sample/variable.h"
#include "stream/reply.h"
#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

std::uint64_t clock_ns() {
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000000000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

Stream::Stream(Session& owner, Endpoint& client_end)
    : LiveView(*owner.binding().pinned->generation, owner.accept_us / 1000),
      session(owner),
      pinned(*owner.binding().pinned),
      frontend(owner.binding().frontend),
      backend(frontend),
      fe(owner.binding().state.get()),
      since_us(owner.requests <= 1 ? owner.accept_us : owner.last_us),
      first_(owner.requests <= 1) {
    pinned.pin();
    record.http = session.is_http;
    steps_ = record.http ? kHttpSteps : kTcpSteps;
    client.endpoint = &client_end;
    const auto& cases = pinned.generation->config->global.name_cases;
    client_end.set_name_cases(frontend->options.adjust_case_client && !cases.empty() ? &cases : nullptr);
    start_us = mark_us = now_us();

    record.client = session.source;
    record.frontend_address = session.destination;
    record.accept_wall_us = first_ ? session.accept_wall_us : loop().wall_us() - (now_us() - since_us);
    record.request_wall_us = loop().wall_us();
    record.frontend_name = frontend->name;
    record.backend_name = frontend->name;
    record.server_name = "<NOSRV>";
    record.pid = env().process.pid;
    record.request_counter = env().process.requests.fetch_add(1, std::memory_order_relaxed);

    if (const net::Tls* tls = session.connection().tls()) {
        record.frontend_ssl = true;
        if (first_) record.handshake_ms = session.handshake_ms;
        record.tls_version = tls->version();
        record.tls_cipher = tls->cipher();
    }

    context.arena = &arena;
    context.session_arena = &session.arena;
    context.frontend = context.backend = frontend;
    context.bind = session.binding().bind;
    context.first_request = first_request();
    context.src = session.source;
    context.proxy_header = session.proxy_header;
    context.proxy_tlvs = session.proxy_tlvs;
    context.dst = session.destination;
    context.client_tls = session.connection().tls();
    context.wall_us = loop().wall_us();
    context.stream_id = record.request_counter;
    context.live = this;
    context.session_counters = &session.tracked;
    context.stream_counters = &tracked;
    context.exchange = this;
    context.variable_limits = frontend->variable_limits;
    context.variables[static_cast<int>(sample::Scope::sess)] = &session.variables;
    context.variables[static_cast<int>(sample::Scope::txn)] = &txn_variables;
    context.variables[static_cast<int>(sample::Scope::req)] = &req_variables;
    context.variables[static_cast<int>(sample::Scope::res)] = &res_variables;
    record.live = this;
    context.log_writer = this;
    if (session.binding().bind) {
        record.bind_id = session.binding().bind->id;
        record.bind_name = session.binding().bind->name;
    }
    prepare_captures(*this);
}

Stream::~Stream() {
    for (Pipe* pipe : {&request_pipe_, &response_pipe_}) {
        if (pipe->ends[0] < 0) continue;
        ::close(pipe->ends[0]);
        ::close(pipe->ends[1]);
    }
    pinned.unpin();
}

const net::Tls* Stream::server_tls() const {
    if (connection && connection->socket().tls()) return connection->socket().tls();
    return ended_tls ? ended_tls : failed_tls.get();
}

/// How much longer rules may make the head that `end` has received, as HAProxy's buffers would allow it: each field and
/// each piece of payload takes 8 bytes beside its text, the structure itself about 80.
void Stream::note_room(const Endpoint& end, std::uint64_t head, std::uint32_t fields) {
    const auto used = static_cast<std::int64_t>(head + 8 * fields + 80 + end.buffered_payload());
    const auto& global = pinned.generation->config->global;
    context.rewrite_room = std::max<std::int64_t>(global.max_rewrite, std::int64_t{global.buffer_size} - used);
}

Flow Stream::jump_to(std::string_view step) {
    for (std::size_t i = 0; i < steps_.size(); ++i)
        if (steps_[i].name == step) step_ = static_cast<std::uint8_t>(i);
    return Flow::jump;
}

void Stream::resume() {
    if (over_) return;
    if (running_) {  // an endpoint called back from within a step
        again_ = true;
        return;
    }
    running_ = true;
    wake_at = kNever;
    context.wall_us = loop().wall_us();  // rules may have waited
    ++turns_;
    if (pinned.generation->config->global.profile_tasks) {
        const std::uint64_t now_us = loop().now_us();  // when the turn began
        turn_start_ns_ = clock_ns();
        if (turn_start_ns_ > now_us * 1000) latency_ns_ += turn_start_ns_ - now_us * 1000;
    }
    for (;;) {
        again_ = false;
        Flow flow = shutdown_cause ? abort(shutdown_cause, 'D') : steps_[step_].run(*this);
        if (flow == Flow::next) ++step_;
        if (flow == Flow::done) {
            finish();
            return;
        }
        if (flow == Flow::wait && !again_) break;
    }
    running_ = false;
    if (turn_start_ns_) {
        cpu_ns_ += clock_ns() - turn_start_ns_;
        turn_start_ns_ = 0;
    }
    if (frontend->options.cont_stats) count_bytes();
    arm_timer();
}

/// With the time of the call that is going on.
std::uint64_t Stream::cpu_ns() const { return turn_start_ns_ ? cpu_ns_ + (clock_ns() - turn_start_ns_) : cpu_ns_; }

Flow Stream::become_http() {
    session.is_http = true;
    phase_deadline = inspect_until = kNever;
    if (session.begins_h2(context.http_proto)) {
        silent = becomes_h2 = true;
        return Flow::done;
    }
    upgraded = record.http = true;
    steps_ = kHttpSteps;
    keep_client = keep_server = true;
    record.request_ms = -1;
    rule_index = 0;
    context.request_data = {};
    context.request = nullptr;
    request = {};
    client.endpoint->next_message(false);
    return jump_to("wait-request");
}

void Stream::arm_timer() { Timer::set(loop(), std::min({phase_deadline, client.deadline, origin.deadline, wake_at})); }

/// What counts in both directions once messages are over; -1: the sides' own.
std::int64_t Stream::tunnel_timeout() const {
    if (!tunnel) return -1;
    return context.tunnel_timeout_ms >= 0 ? context.tunnel_timeout_ms : backend->timeouts.tunnel;
}

std::int64_t Stream::client_timeout() const {
    if (const auto timeout = tunnel_timeout(); timeout >= 0) return timeout;
    if (context.client_timeout_ms >= 0) return context.client_timeout_ms;
    return frontend->timeouts.client;
}

std::int64_t Stream::server_timeout() const {
    if (const auto timeout = tunnel_timeout(); timeout >= 0) return timeout;
    if (context.server_timeout_ms >= 0) return context.server_timeout_ms;
    return backend->timeouts.server;
}

/// Writing to a side shows that it is alive; with `option independent-streams` only what it says itself does, where
/// silence can be told from waiting for its turn: once both sides may speak.
void Stream::touch_sink(End& end, std::int64_t timeout_ms) {
    const model::Proxy& proxy = &end == &client ? *frontend : *backend;
    if (tunnel && proxy.options.independent_streams && !end.input_done && end.deadline != kNever) return;
    touch(end, timeout_ms);
}

// --- servers -------------------------------------------------------------------------------------------------

void Stream::choose_backend(const model::Proxy& chosen) {
    backend = &chosen;
    be = pinned.generation->backend(chosen);
    context.backend = backend;
    record.backend_name = chosen.name;
    retries_left = max_retries = chosen.retries;
    const std::uint32_t now_open = be->sessions.enter();
    record.backend_connections = now_open;
    be->session_rate.add(now_ms());
    server::raise_max(be->session_rate_max, be->session_rate.per_second(now_ms()));
    auto& traffic = *backend_traffic();
    traffic.sessions.add();
    if (http()) traffic.requests.add();
}

void Stream::enter_server(server::Server& chosen) {
    server = &chosen;
    server_config = pinned.generation->config ? backend->find_server(chosen.name()) : nullptr;
    if (!server_config && backend->direct) server_config = backend->direct.get();
    context.server = server_config;
    record.server_name = chosen.name();
    server_sessions = &chosen;
    chosen.session_rate.add(now_ms());
    server::raise_max(chosen.rate_max, chosen.session_rate.per_second(now_ms()));
    chosen.last_session_s.store(loop().wall_us() / 1000000, std::memory_order_relaxed);
    be->last_session_s.store(loop().wall_us() / 1000000, std::memory_order_relaxed);
    be->attach(chosen, *this);
    if (backend->options.prefer_last_server) session.last_server = chosen.shared_from_this();
}

void Stream::release_server(bool reusable) {
    if (connection) release_connection(reusable);
    keep_for_others(std::exchange(handed_over, nullptr));
    if (server) {
        be->detach(*server, *this);
        be->leave(*server);
        server = nullptr;
    }
    if (ServerUser::queued) be->cancel(*this);
}

void Stream::release_connection(bool reusable) {
    fact(sample::Fact::server_stream, last_server_stream_);
    fact(sample::Fact::server_reset, last_server_reset_);
    fact(sample::Fact::sent_to_server_bytes, last_sent_);
    fact(sample::Fact::received_from_server_bytes, last_received_);
    connection->release(*this, reusable);
    origin.endpoint = nullptr;
    connection = nullptr;
}

// The two calls below come from any thread while the stream is in a queue or in a server's list. What they post keeps
// the stream in memory until it has run (posted_), even if the stream is over by then.
void Stream::on_slot(server::Server* slot) {
    post([this, slot] {
        if (over_) {
            if (slot) be->leave(*slot);
            return;
        }
        slot_given = true;
        this->slot = slot;
    });
}

void Stream::on_shutdown(char cause) {
    post([this, cause] { shutdown_cause = cause; });
}

void Stream::ask_for_connection(int thread, const ServerConnection::Purpose& purpose) {
    asked = Asked::waiting;
    posted_.fetch_add(1, std::memory_order_relaxed);
    Env& holder = *env().process.envs[static_cast<std::size_t>(thread)];
    // Both ends of the way look at what the stream was when it asked: by now it may be over, or at another server.
    holder.loop.post([this, &holder, wanted = server->shared_from_this(), reuse = reuse_of(*backend, server->config()),
                      first = first_request(), wish = purpose, name = std::string(purpose.name),
                      introduction = std::string(purpose.introduction)]() mutable {
        wish.name = name;
        wish.introduction = introduction;
        wish.movable = true;
        auto* idle = ServerConnection::take_idle(holder, *wanted, reuse, first, wish);
        loop().post([this, moved = idle ? idle->surrender() : nullptr, wanted] {
            asked = Asked::answered;
            if (!over_ && server == wanted.get())
                handed_over = moved;
            else
                keep_for_others(moved);
            end_post();
        });
    });
}

void Stream::keep_for_others(const std::shared_ptr<MovedConnection>& moved) {
    if (moved) ServerConnection::adopt(env(), *moved, env().limits)->keep_idle();
}

void Stream::ask_for_room(int thread) {
    asked = Asked::waiting;
    posted_.fetch_add(1, std::memory_order_relaxed);
    Env& holder = *env().process.envs[static_cast<std::size_t>(thread)];
    holder.loop.post([this, &holder, wanted = server->shared_from_this()] {
        ServerConnection::drop_idle(holder, *wanted);
        loop().post([this] {
            asked = Asked::made_room;
            end_post();
        });
    });
}

/// A posted task has run: goes on, or, if the stream is over, lets go of it.
void Stream::end_post() {
    const bool last = posted_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (!over_)
        resume();
    else if (last)
        loop().retire(*this);
}

// --- the end -------------------------------------------------------------------------------------------------

Flow Stream::abort(char cause, char state) {
    end_with(cause, state);
    keep_client = keep_server = false;
    return Flow::done;
}

Flow Stream::answer_error(std::uint16_t status, char cause, char state) {
    record.status = status;
    model::Reply reply;
    if (!make_error_reply(*this, status, reply)) return abort(cause, state);  // an empty error file: not a word
    return answer(reply, cause, state);
}

Flow Stream::answer(const model::Reply& reply, char cause, char state) {
    end_with(cause, state);
    release_server(false);
    replied = true;
    record.status = reply.status;
    send_reply(*this, reply);
    record.status = response.status ? response.status : reply.status;
    phase_deadline = origin.deadline = kNever;
    return jump_to("flush");
}

void Stream::log_now(model::LogOrigin origin) {
    if (refused) origin = model::LogOrigin::error;
    if (frontend->log_steps != 0 && !refused) {
        if (!(frontend->log_steps & (1U << static_cast<unsigned>(origin)))) return;
    } else if (logged) {
        return;
    }
    logged = true;
    note_levels();
    stream::write_log(*this, origin);
}

void Stream::write_log(model::LogOrigin origin, const model::LogProfile* profile) {
    note_levels();
    write_rule_log(*this, origin, profile);
}

/// Brings the record to what is known at this moment.
void Stream::note_levels() {
    record.client = context.src;  // rules may have set them
    record.frontend_address = context.dst;
    record.bytes_to_client = http() ? head_bytes + body_bytes : client.endpoint->bytes_out();
    record.bytes_to_server = http() ? request_head_bytes + request_body_bytes : client.endpoint->bytes_in();
    record.total_ms = static_cast<std::int64_t>((now_us() - since_us) / 1000);
    record.active_ms = ms_since(start_us);
    // Levels as others see them at this moment: this stream has left its server and backend, not yet its frontend.
    record.active_connections = env().process.connections.get();
    record.frontend_connections = fe->connections.get();
    record.backend_connections = be ? be->sessions.get() : 0;
    record.server_connections = server_sessions ? server_sessions->sessions.get() : 0;
    if (be) record.retries = static_cast<std::uint32_t>(std::max(0, max_retries - retries_left));
    if (backend->cookie.kind == model::CookieSettings::Kind::passive)
        record.termination[2] = record.termination[3] = '-';
}

void Stream::finish() {
    over_ = true;
    running_ = false;
    Timer::cancel();
    const bool keep = keep_client && !client.endpoint->output_failed() && !client.endpoint->peer_closed();
    if (!silent) count_finish();
    if (be) be->sessions.leave();
    ended_tls = connection ? connection->socket().tls() : nullptr;  // there until the turn's end
    release_server(keep_server && connection && origin.endpoint && origin.endpoint->input_complete() &&
                   !origin.endpoint->has_unsent());
    if (!silent) log_now();
    tracked.release();  // the log line may have told of its counters
    ended_tls = nullptr;
    applet.reset();
    if (txn_variables.bytes) sample::give_back_variables(txn_variables, &session.variables);
    client.endpoint->restart_counting();
    Session& owner = session;
    const bool linger = replied && !client.input_done;
    if (posted_.load(std::memory_order_acquire) == 0) loop().retire(*this);
    owner.stream_ended(*this, keep, linger);
}

void Stream::end_at_once() {
    silent = true;
    keep_client = keep_server = false;
    if (!over_) finish();
}

void Stream::count_bytes() {
    const auto in = http() ? request_head_bytes + request_body_bytes : client.endpoint->bytes_in();
    const auto out = http() ? head_bytes + body_bytes : client.endpoint->bytes_out();
    if (in == counted_in_ && out == counted_out_) return;
    server::TrafficCounters* all[] = {
        &frontend_traffic(), backend_traffic(), last_server_traffic(),
        session.binding().listener ? &session.binding().listener->traffic.of(env().thread()) : nullptr};
    for (server::TrafficCounters* traffic : all) {
        if (!traffic) continue;
        traffic->bytes_in.add(in - counted_in_);
        traffic->bytes_out.add(out - counted_out_);
    }
    using model::StickData;
    if (const auto n = in - counted_in_)
        server::count_all(tracked, &session.tracked, StickData::bytes_in_cnt, StickData::bytes_in_rate, n);
    if (const auto n = out - counted_out_)
        server::count_all(tracked, &session.tracked, StickData::bytes_out_cnt, StickData::bytes_out_rate, n);
    counted_in_ = in;
    counted_out_ = out;
}

void Stream::count_finish() {
    count_bytes();
    server::TrafficCounters* all[] = {
        &frontend_traffic(), backend_traffic(), last_server_traffic(),
        session.binding().listener ? &session.binding().listener->traffic.of(env().thread()) : nullptr};
    if (context.failed_rewrites)
        for (server::TrafficCounters* traffic : all)
            if (traffic) traffic->rewrite_failures.add(context.failed_rewrites);
    for (std::size_t i = 0; i < std::size(all); ++i) {
        if (!all[i]) continue;
        // A server's are counted when they come: they may be denied, and others answered in their place.
        if (http() && record.status > 0 && i != 2) all[i]->responses[status_class(record.status)].add();
        const bool counts_errors = i == 0 || all[i] != &frontend_traffic();
        if (!counts_errors) continue;
        if (record.termination[0] == 'C' || record.termination[0] == 'c') {
            if (record.termination[1] == 'D' || record.termination[1] == 'L' || record.termination[1] == 'H')
                all[i]->client_aborts.add();
        } else if (record.termination[0] == 'S' && (record.termination[1] == 'D' || record.termination[1] == 'L')) {
            all[i]->server_aborts.add();
        }
    }
    if (be && server && record.status > 0 && !replied) {
        auto clamp = [](std::int64_t ms) { return static_cast<std::uint32_t>(ms < 0 ? 0 : ms); };
        for (server::TimeMeans* means : {&be->times, &server->times}) {
            means->queue.add(clamp(record.queue_ms));
            means->connect.add(clamp(record.connect_ms));
            means->response.add(clamp(record.response_ms));
            means->total.add(clamp(record.total_ms));
        }
    }
}

// Fetches see a stream that they do not change; that the id is made on demand does not show.
std::string_view Stream::unique_id() const {
    if (refused && !unique_id_made) return {};  // no request came, or none that could be read
    return make_unique_id(const_cast<Stream&>(*this));
}

}  // namespace cfgproxy::stream
