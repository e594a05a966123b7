#include "http/framing.h"
#include "net/tls.h"
#include "stream/compression.h"
#include "stream/glitches.h"
#include "stream/reply.h"
#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

constexpr std::uint64_t kNever = net::Timer::kNever;

void count_response_error(Stream& s) {
    if (auto* traffic = s.backend_traffic()) traffic->response_errors.add();
    if (auto* traffic = s.server_traffic()) traffic->response_errors.add();
}

/// Whether the exchange may be done again on another connection without harm: nothing of an answer has come, the
/// request had no body, and doing it twice is as good as once (RFC 9110 section 9.2.2).
bool repeatable(const Stream& s) {
    if (!s.reused || s.origin.endpoint->bytes_in() > 0 || s.request.framing != http::Framing::none) return false;
    switch (s.request.method) {
        case http::Method::get:
        case http::Method::head:
        case http::Method::options:
        case http::Method::put:
        case http::Method::delete_:
        case http::Method::trace:
            return true;
        default:
            return false;
    }
}

/// A kept connection went away just as it was used: the server's right, and nobody's error.
Flow repeat(Stream& s) {
    s.release_connection(false);
    s.request.headers.remove(http::Known::connection);
    return s.jump_to("connect");
}

/// The server wants the request again, not before the handshake (RFC 8470, section 5.2).
bool early_data_refused(const Stream& s) {
    const net::Tls* tls = s.connection ? s.connection->socket().tls() : nullptr;
    return tls && tls->early_refused();
}

/// TLS went wrong behind the handshake, as with TLS 1.3 where the server misses our certificate: for rules and logs.
void note_tls_failure(Stream& s) {
    const net::Tls* tls = s.connection && s.connection->h2() == nullptr ? s.connection->socket().tls() : nullptr;
    if (!tls || !tls->error()) return;
    s.server_failure = "SSL fatal error";
    s.failed_tls = s.connection->socket().take_tls();
}

Flow on_response_trouble(Stream& s) {
    Endpoint& origin = *s.origin.endpoint;
    if (s.client.endpoint->output_failed()) return s.abort('C', 'H');
    switch (origin.trouble()) {
        case Trouble::malformed:
        case Trouble::too_long: {
            observe(s, server::Observed::bad_head);
            count_response_error(s);
            if (Flow flow; try_again(s, model::kRetryJunkResponse, flow)) return flow;
            CapturedError error;
            error.response = true;
            error.wall_us = s.loop().wall_us();
            error.session = s.record.request_counter;
            error.frontend = s.frontend->name;
            error.backend = s.backend->name;
            error.server = s.record.server_name;
            error.client = s.session.source;
            error.reason = origin.parse_error()->reason;
            error.position = origin.parse_error()->position;
            error.bytes = origin.raw_head();
            s.env().process.capture(std::move(error));
            return s.answer_error(502, 'P', 'H');
        }
        default:
            break;
    }
    note_tls_failure(s);
    if (early_data_refused(s))
        if (Flow flow; try_again(s, model::kRetry0RttRejected, flow)) return flow;
    if (!s.reused) observe(s, origin.error() ? server::Observed::read_error : server::Observed::closed);
    if (repeatable(s)) return repeat(s);
    if (Flow flow; origin.bytes_in() == 0 && try_again(s, model::kRetryEmptyResponse, flow)) return flow;
    count_response_error(s);
    if (!s.first_request() && s.reused && origin.bytes_in() == 0) {
        // The client will try again by itself, as it would without us (RFC 9112 section 9.3.1).
        s.record.status = -1;
        return s.abort('S', 'H');
    }
    return s.answer_error(early_data_refused(s) ? 425 : 502, 'S', 'H');
}

/// What a client is answered that has left a half-made exchange behind: nothing, where it has said so (HTTP/2).
Flow client_has_gone(Stream& s, char state) {
    if (s.client.endpoint->alone()) return s.answer_error(400, 'C', state);
    s.record.status = -1;
    return s.abort('C', 'D');
}

/// Payload of the request on its way while the response is awaited or running. False: the stream must end.
bool forward_request(Stream& s, Flow& flow) {
    if (s.replay.sent < s.replay.body.size() && !send_replay(s)) return true;
    if (s.client.input_done) {
        if (s.origin.endpoint->has_unsent()) s.origin.endpoint->flush();
        return true;
    }
    switch (s.pump(s.client, s.origin, s.client_timeout(), s.server_timeout())) {
        case Stream::Pumped::ended:
            s.touch(s.origin, s.server_timeout());
            s.client.deadline = kNever;
            return true;
        case Stream::Pumped::waiting:
            return true;
        case Stream::Pumped::sink_trouble:
            return true;  // the server may have answered already: look there
        case Stream::Pumped::source_trouble:
            break;
    }
    s.keep_client = false;
    s.client_aborted = true;
    if (s.response_started) {
        flow = s.abort('C', 'D');
    } else if (s.client.endpoint->trouble() == Trouble::malformed) {
        s.frontend_traffic().request_errors.add();
        flow = s.answer_error(400, 'P', 'D');
    } else {
        flow = client_has_gone(s, 'D');
    }
    return false;
}

/// 1xx (but 101): passed on at once, then the real response is read.
Flow forward_interim(Stream& s) {
    s.head_bytes += content_size(s.response);
    s.client.endpoint->put_head(s.response);
    s.client.endpoint->flush();
    s.origin.endpoint->next_message(true);
    s.response.headers.forget();
    s.response = {};
    return Flow::jump;
}

/// Whether nobody is left to answer. A client that has said all it has to say is watched if it matters (abortonclose),
/// or if it is anyway: otherwise sending will tell, and a connection with one request costs no registration.
bool client_lost(Stream& s) {
    Endpoint& client = *s.client.endpoint;
    if (!s.client.input_done || s.backend->options.abort_on_close) client.watch();
    if (client.error()) return true;
    return client.peer_left() && s.backend->options.abort_on_close && s.client.input_done;
}

void note_response(Stream& s) {
    s.head_bytes += content_size(s.response);
    s.record.status = s.response.status;
    s.record.response_ms = static_cast<std::int64_t>((s.now_us() - s.connected_us) / 1000);
    if (!s.is_stats) count_status(s, s.response.status);
    if (auto* traffic = s.server_traffic()) {
        traffic->responses[status_class(s.response.status)].add();
        traffic->requests.add();
    }
    s.context.response = &s.response;
    s.context.response_version = s.response.is_at_least_1_1() ? "HTTP/1.1" : "HTTP/1.0";
    s.context.request = nullptr;
    s.context.response_complete = true;
    capture_response_headers(s);
    s.context.lenient = false;
    if (s.connection) s.note_room(*s.origin.endpoint, content_size(s.response), s.response.headers.size());
}

/// A rule could not be executed: what it wanted to add does not fit.
Flow rewrite_failed(Stream& s) {
    for (server::TrafficCounters* traffic : {&s.frontend_traffic(), s.backend_traffic(), s.server_traffic()})
        if (traffic) traffic->internal_errors.add();
    s.record.response_ms = -1;
    return s.answer_error(500, s.context.failed_rewrites ? 'P' : 'I', 'H');
}

Flow on_verdict(Stream& s, model::Verdict verdict) {
    switch (verdict) {
        case model::Verdict::next:
        case model::Verdict::stop:
            return Flow::next;
        case model::Verdict::wait:
            s.phase_deadline = s.context.wait_until_ms;
            return Flow::wait;
        case model::Verdict::error:
            return rewrite_failed(s);
        case model::Verdict::reject:  // silent-drop, which HAProxy logs as if the request had met it
            return s.abort('P', 'R');
        case model::Verdict::reply: {
            const model::Reply& reply = s.context.reply;
            if (s.context.denied_by_rule) break;
            if (!s.client.input_done) s.keep_client = false;
            if (reply.cause) s.record.response_ms = -1;
            const char cause = reply.cause ? reply.cause : reply.is_local ? 'L' : 'P';
            const char state = reply.state ? reply.state : 'H';
            return reply.error_page ? answer_page(s, reply, cause, state) : s.answer(reply, cause, state);
        }
        default:
            break;
    }
    s.record.response_ms = -1;
    s.frontend_traffic().denied_responses.add();
    if (auto* traffic = s.backend_traffic()) traffic->denied_responses.add();
    if (auto* traffic = s.server_traffic()) traffic->denied_responses.add();
    const model::Reply& reply = s.context.reply;
    return reply.error_page || reply.status == 0 ? answer_page(s, reply, 'P', 'H') : s.answer(reply, 'P', 'H');
}

Flow start_tunnel(Stream& s) {
    s.tunnel = true;
    s.keep_client = s.keep_server = false;
    s.client.endpoint->start_tunnel();
    s.client.endpoint->flush();  // whatever becomes of the tunnel, the answer has been given
    s.origin.endpoint->start_tunnel();
    s.client.input_done = s.origin.input_done = false;
    s.touch(s.client, s.client_timeout());
    s.touch(s.origin, s.server_timeout());
    return s.jump_to("forward");
}

}  // namespace

namespace {

/// The bit of `retry-on` that a status is; 0: none.
std::uint32_t retry_reason(std::uint16_t status) {
    constexpr std::pair<std::uint16_t, std::uint32_t> kReasons[] = {
        {401, model::kRetry401}, {403, model::kRetry403}, {404, model::kRetry404}, {408, model::kRetry408},
        {421, model::kRetry421}, {425, model::kRetry425}, {429, model::kRetry429}, {500, model::kRetry500},
        {501, model::kRetry501}, {502, model::kRetry502}, {503, model::kRetry503}, {504, model::kRetry504}};
    for (const auto& [known, reason] : kReasons)
        if (known == status) return reason;
    return 0;
}

/// `option checkcache`: a session's cookie must not stay in a cache, where others would find it. A 502, as the manual
/// says; HAProxy since 2.0 hides the response behind a page with the server's own status.
Flow block_cookie(Stream& s) {
    const std::string server = s.server_config ? s.server_config->name : "<dispatch>";
    const std::string line =
        "Blocking cacheable cookie in response from instance " + s.backend->name + ", server " + server + ".";
    s.env().logger.send(s.backend->logs, log::kAlert, line, s.backend->log_tag, s.loop().wall_us());
    s.context.reply = {};
    return on_verdict(s, model::Verdict::tarpit);  // as a rule's deny
}

}  // namespace

/// No head has come yet.
static Flow await_head(Stream& s) {
    Flow flow = Flow::wait;
    if (client_lost(s)) return client_has_gone(s, 'H');
    if (s.origin.endpoint->output_failed() && !s.origin.endpoint->may_have_input()) {
        if (try_again(s, model::kRetryEmptyResponse, flow)) return flow;
        return s.answer_error(502, 'S', 'H');
    }
    if (s.expired(s.origin.deadline)) {
        observe(s, server::Observed::read_timeout);
        if (try_again(s, model::kRetryResponseTimeout, flow)) return flow;
        count_response_error(s);
        return s.answer_error(504, 's', 'H');
    }
    // While the request is still on its way, its sender's patience counts only if the server has none.
    if (s.origin.deadline != kNever)
        s.client.deadline = kNever;
    else if (!s.client.input_done && s.expired(s.client.deadline))
        return s.answer_error(400, 'c', 'H');
    return Flow::wait;
}

Flow wait_response(Stream& s) {
    Flow flow = Flow::wait;
    if (!forward_request(s, flow)) return flow;
    for (;;) {
        switch (s.origin.endpoint->read_response(s.response, s.arena, s.request.method)) {
            case HeadState::trouble:
                return on_response_trouble(s);
            case HeadState::more:
                return await_head(s);
            case HeadState::ready:
                break;
        }
        if (!settle_upgrade(s)) {
            observe(s, server::Observed::bad_head);
            count_response_error(s);
            return s.answer_error(502, 'P', 'H');
        }
        if (s.response.status >= 200 || s.response.status == 101) break;
        forward_interim(s);
    }
    if (patience_with_server(s) == Patience::gone) s.origin.endpoint->alone()->note_eof(Trouble::reset);
    if (s.connection && !s.origin.endpoint->buffered_body_is_sound()) {
        if (EndH1* alone = s.origin.endpoint->alone()) alone->note_glitches(1);
        if (try_again(s, model::kRetryJunkResponse, flow)) return flow;
        s.response = {};
        observe(s, server::Observed::bad_response);
        count_response_error(s);
        return s.answer_error(502, 'P', 'H');
    }
    const std::uint16_t status = s.response.status;
    observe(s, status < 500 || status == 501 || status == 505 ? server::Observed::good_response
                                                              : server::Observed::wrong_status);
    if (const auto reason = retry_reason(s.response.status); reason && try_again(s, reason, flow)) return flow;
    note_response(s);
    return Flow::next;
}

Flow response_rules(Stream& s) {
    if (s.is_stats) return Flow::next;
    if (!s.response_inspected) {
        if (const Flow flow = inspect_response(s, nullptr); flow != Flow::next) return flow;
        if (s.stores || !s.backend->stick_responses.empty()) store_stickiness(s);
    }
    s.phase_deadline = kNever;
    const model::RuleSet* sets[] = {&s.backend->http_response, &s.backend->legacy_response, &s.frontend->http_response,
                                    &s.frontend->legacy_response};
    const std::size_t count = s.backend == s.frontend ? 2 : 4;
    for (const model::RuleSet* rules : std::span(sets).first(count)) {
        if (rules->empty() || (s.rules && s.rules != rules)) continue;  // behind a wait: those that have run
        if (!s.rules) s.rule_index = 0;
        s.rules = nullptr;
        if (s.context.response_data.empty() && s.origin.endpoint->buffered_payload() > 0)
            s.context.response_data = s.origin.endpoint->collect().data;
        const Flow flow = on_verdict(s, model::run_rules(*rules, s.context, s.rule_index));
        if (flow == Flow::wait) s.rules = rules;
        if (flow != Flow::next) return flow;
    }
    capture_response_cookie(s);
    const bool leaks = s.backend->options.check_cache && offers_cookie_to_caches(s);
    if (s.backend->cookie.kind != model::CookieSettings::Kind::none) write_response_cookie(s);
    return leaks ? block_cookie(s) : Flow::next;
}

/// A message of HTTP/2 may end with its head whatever it is, and a rule may give a status that promises a body to one
/// that has none: a client of HTTP/1 must be told that nothing follows.
static void tell_empty_body(Stream& s) {
    http::Response& response = s.response;
    if (response.framing != http::Framing::none || !s.client.endpoint->alone()) return;
    if (s.head_request || http::is_bodyless(response.status)) return;
    response.content_length = 0;
    response.framing = s.request.is_at_least_1_1() && !response.headers.find(http::Known::content_length)
                           ? http::Framing::chunked
                           : http::Framing::length;
}

Flow send_response(Stream& s) {
    if (!run_after_response(s)) return rewrite_failed(s);
    tell_empty_body(s);
    if (s.backend->fcgi_app && s.backend->fcgi_answers && s.connection) dress_fcgi_response(s);
    set_response_connection(s);
    http::settle_framing(s.arena, s.response, s.request.is_at_least_1_1());
    start_compression(s);
    s.record.status = s.response.status;
    s.client.endpoint->put_head(s.response);
    if (s.head_request) s.client.endpoint->leave_out_body();  // the server may have been asked with another method
    s.response_started = true;
    s.touch(s.client, s.client_timeout());
    s.touch(s.origin, s.server_timeout());
    if (s.frontend->options.logasap) {
        s.record.unfinished = true;
        if (s.frontend->log_steps == 0) s.log_now(model::LogOrigin::response);
    }
    s.log_step(model::LogOrigin::response);
    if (s.response.framing == http::Framing::tunnel) return start_tunnel(s);
    return Flow::next;
}

namespace {

/// What the client still sends of a request that nobody wants any more is read, so that the next one can follow.
void drain_request(Stream& s) {
    while (!s.client.input_done) {
        const Body body = s.client.endpoint->peek();
        if (body.data.empty() && !body.end) return;
        s.client.endpoint->consume(body.data.size());
        s.client.input_done = body.end;
        s.touch(s.client, s.client_timeout());
    }
}

/// The server has answered before it had the whole request: the rest follows, or goes nowhere if the server has left.
/// True when the request is over; else `flow` says how the stream goes on.
bool finish_request(Stream& s, Flow& flow) {
    Endpoint& server = *s.origin.endpoint;
    if (server.output_failed()) drain_request(s);
    if (s.client.input_done && (server.output_failed() || server.flush())) return true;
    s.client.endpoint->flush();
    if (s.client.deadline == kNever && !s.client.input_done) s.touch(s.client, s.client_timeout());
    if (client_lost(s))
        flow = s.abort('C', 'D');
    else if (s.expired(s.client.deadline))
        flow = s.abort('c', 'D');
    else if (s.client.input_done && s.expired(s.origin.deadline))
        flow = s.abort('s', 'D');
    else
        flow = Flow::wait;
    return false;
}

}  // namespace

Flow forward(Stream& s) {
    if (s.tunnel) return tcp_forward(s);
    Flow flow = Flow::wait;
    if (!forward_request(s, flow)) return flow;
    if (!s.origin.input_done) {
        switch (s.pump(s.origin, s.client, s.server_timeout(), s.client_timeout())) {
            case Stream::Pumped::ended:
                break;
            case Stream::Pumped::sink_trouble:
                return s.abort('C', 'D');
            case Stream::Pumped::source_trouble:
                observe(s, server::Observed::bad_response);
                count_response_error(s);
                return s.abort(s.origin.endpoint->trouble() == Trouble::malformed ? 'P' : 'S', 'D');
            case Stream::Pumped::waiting:
                if (client_lost(s)) return s.abort('C', 'D');
                if (s.client.endpoint->has_unsent() || s.stalled_output()) {
                    if (s.expired(s.client.deadline)) return s.abort('c', 'D');
                    s.origin.deadline = kNever;
                } else {
                    if (s.expired(s.origin.deadline)) return s.abort('s', 'D');
                    if (s.client.input_done) s.client.deadline = kNever;
                }
                s.origin.endpoint->release_buffers();
                s.client.endpoint->release_buffers();
                return Flow::wait;
        }
    }
    const bool delimited = s.response.framing != http::Framing::until_close;
    if (delimited && s.client.input_done && !s.is_stats && connection_mode(s) == model::ConnectionMode::tunnel)
        return start_tunnel(s);
    if (s.connection && s.keep_client) {
        if (!finish_request(s, flow)) return flow;
    } else if (!s.client.input_done) {
        s.keep_client = s.keep_server = false;
    }
    s.origin.deadline = kNever;
    return Flow::next;
}

Flow flush(Stream& s) {
    if (s.client.endpoint->flush()) {
        if (s.client.endpoint->output_failed() && !s.replied) s.end_with('C', 'D');
        if (s.replied && s.keep_client) {
            drain_request(s);
            if (!s.client.input_done) s.keep_client = false;
        }
        return Flow::done;
    }
    // The server's part is over: let others have its connection while a slow client reads the rest.
    if (s.connection && s.origin.input_done && s.keep_server && s.client.input_done) s.release_connection(true);
    if (s.client.deadline == kNever) s.touch(s.client, s.client_timeout());
    if (!s.expired(s.client.deadline)) return Flow::wait;
    s.end_with('c', 'D');
    s.keep_client = false;
    return Flow::done;
}

}  // namespace cfgproxy::stream
