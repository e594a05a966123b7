#include <algorithm>

#include "base/text.h"
#include "http/auth.h"
#include "http/websocket.h"
#include "log/format.h"
#include "stream/choose.h"
#include "stream/compression.h"
#include "stream/forwarded.h"
#include "stream/glitches.h"
#include "stream/reply.h"
#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

constexpr std::uint64_t kNever = net::Timer::kNever;

void note_idle_time(Stream& s) {
    s.record.idle_ms = static_cast<std::int64_t>((s.start_us - s.since_us) / 1000) - s.record.handshake_ms;
}

/// A request that never became one: counted, answered, perhaps logged.
Flow refuse_request(Stream& s, std::uint16_t status, char cause) {
    s.frontend_traffic().requests.add();
    s.frontend_traffic().request_errors.add();
    count_request(s);
    if (status != 408 && status != 501) count_client_error(s);
    s.refused = true;
    if (s.client.endpoint->bytes_in() > 0) note_idle_time(s);
    s.record.request_line = "<BADREQ>";
    s.record.request_captures = s.record.response_captures = nullptr;  // %hr: not even braces
    s.record.status = status;
    s.end_with(cause, 'R');
    if (status) send_refusal(s, status);
    return s.jump_to("flush");
}

void capture_error(Stream& s, const Endpoint& end) {
    CapturedError error;
    error.wall_us = s.loop().wall_us();
    error.session = s.record.request_counter;
    error.frontend = s.frontend->name;
    error.client = s.session.source;
    error.reason = end.parse_error()->reason;
    error.position = end.parse_error()->position;
    error.bytes = end.raw_head();
    s.env().process.capture(std::move(error));
}

Flow on_request_trouble(Stream& s) {
    Endpoint& end = *s.client.endpoint;
    const bool nothing = !end.has_input();
    switch (end.trouble()) {
        case Trouble::malformed:
            // HTTP/2: the stream was reset already, there is nobody to answer.
            if (end.output_failed()) return refuse_request(s, 0, 'P');
            capture_error(s, end);
            if (patience_with_client(s) == Patience::gone) end.alone()->fail_output();  // not a word leaves
            if (end.raw_head().starts_with("PRI * HTTP/2.0\r\n")) return refuse_request(s, 405, 'P');
            return refuse_request(s, end.parse_error()->status, 'P');
        case Trouble::too_long:
            return refuse_request(s, end.status_if_too_long(), 'P');
        default:
            break;
    }
    // The client left before its request was complete. Between requests that is no event at all.
    if (nothing && (!s.first_request() || s.frontend->options.http_ignore_probes)) {
        s.silent = true;
        return s.abort('C', 'R');
    }
    return refuse_request(s, 400, 'C');
}

Flow on_request_timeout(Stream& s) {
    if (!s.client.endpoint->has_input() && (!s.first_request() || s.frontend->options.http_ignore_probes)) {
        s.silent = true;
        return s.abort('c', 'R');
    }
    return refuse_request(s, 408, 'c');
}

void note_request(Stream& s) {
    http::Request& request = s.request;
    log::Record& record = s.record;
    record.method = request.method;
    record.method_text = s.arena.copy(request.method_text);
    record.target = s.arena.copy(request.target);
    record.version = s.arena.copy(request.version);
    record.request_line = log::copy_request_line(s.arena, request, s.pinned.generation->config->global.log_uri_length);
    s.context.method = request.method;
    s.context.method_text = record.method_text;
    s.context.request_line = record.request_line;
    s.context.request_version = record.version;
    s.context.request = &request;
    s.context.request_complete = true;
    s.head_request = request.method == http::Method::head;
    record.request_ms = s.ms_since(s.start_us);
    note_idle_time(s);
    s.mark_us = s.now_us();

    server::Frontend& fe = *s.fe;
    s.frontend_traffic().requests.add();
    fe.request_rate.add(s.now_ms());
    server::raise_max(fe.request_rate_max, fe.request_rate.per_second(s.now_ms()));

    // An HTTP/1.0 client says if it wants to go on, a 1.1 client if it does not (RFC 9112 section 9.3).
    const bool wants = request.is_at_least_1_1()
                           ? !(request.connection & http::kClose)
                           : (request.connection & http::kKeepAlive) && !(request.connection & http::kClose);
    if (!wants || s.session.binding().gone || s.env().process.stopping.load(std::memory_order_relaxed))
        s.keep_client = false;
    s.client.input_done = request.framing == http::Framing::none;
    s.request_head_bytes = content_size(request);
    s.note_room(*s.client.endpoint, s.request_head_bytes, request.headers.size());
    capture_request_headers(s);
}

/// The answer to a request whose payload does not come (408) or is none (400).
Flow refuse_body(Stream& s, std::uint16_t status, char cause) {
    s.frontend_traffic().request_errors.add();
    s.record.request_ms = s.record.queue_ms = s.record.connect_ms = s.record.response_ms = -1;
    s.client.deadline = kNever;
    return s.answer_error(status, cause, 'R');
}

/// `use-service`: what answers in a server's place. Its response goes through the rules as a server's does.
Flow open_service(Stream& s) {
    const model::Proxy& proxy = *s.backend;
    auto applet = s.env().process.make_service(
        s.context.service, {s.request, proxy, proxy.stats, *s.pinned.generation, s.env().process, false, &s.env(),
                            s.now_ms(), s.loop().wall_us()});
    if (!applet) return s.answer_error(400, 'P', 'R');
    s.applet = std::make_unique<AppletEnd>(std::move(applet));
    s.record.server_name = "<PROMEX>";
    if (!s.be) s.frontend_traffic().intercepted.add();
    s.end_with('L', 'R');
    return s.jump_to("applet");
}

/// A redirect or the monitor's answer counts as the proxy's own (PR), a deny too.
Flow on_verdict(Stream& s, model::Verdict verdict) {
    switch (verdict) {
        case model::Verdict::reply: {
            const model::Reply& reply = s.context.reply;
            if (reply.cause) return refuse_body(s, reply.status, reply.cause);
            const bool denied = s.context.denied_by_rule;
            if (denied) {
                count_client_error(s);
                capture_request_cookie(s);
                s.frontend_traffic().denied_requests.add();
                if (auto* traffic = s.backend_traffic()) traffic->denied_requests.add();
            } else {
                if (s.context.reply.status == 401) count_client_error(s);
                if (!s.be) s.frontend_traffic().intercepted.add();
            }
            s.record.queue_ms = s.record.connect_ms = s.record.response_ms = -1;
            const char cause = reply.is_local ? 'L' : 'P';
            return reply.error_page ? answer_page(s, reply, cause, 'R') : s.answer(reply, cause, 'R');
        }
        case model::Verdict::reject:
            count_client_error(s);
            s.frontend_traffic().denied_requests.add();
            return s.abort('P', 'R');
        case model::Verdict::tarpit:
            capture_request_cookie(s);
            return s.jump_to("tarpit");
        case model::Verdict::serve:
            return open_service(s);
        case model::Verdict::error:
            s.frontend_traffic().internal_errors.add();
            return s.answer_error(500, s.context.failed_rewrites ? 'P' : 'I', 'R');
        case model::Verdict::wait:
            s.phase_deadline = s.context.wait_until_ms;
            return Flow::wait;
        default:
            return Flow::next;
    }
}

bool is_monitor_request(const Stream& s) {
    const model::Proxy& fe = *s.frontend;
    if (fe.monitor_uri.empty()) return false;
    return s.request.target == fe.monitor_uri ||
           (fe.monitor_uri.starts_with('/') && s.request.path_and_query() == fe.monitor_uri);
}

Flow answer_monitor(Stream& s) {
    std::uint16_t status = 200;
    for (const auto& fail : s.frontend->monitor_fail)
        if (fail->test(s.context) == sample::Found::yes) status = 503;
    s.logged = true;  // whoever watches us asks often: no line for that
    s.frontend_traffic().intercepted.add();
    model::Reply reply;
    if (!make_error_reply(s, status, reply)) return s.abort('L', 'R');
    reply.close = false;
    return s.answer(reply, 'L', 'R');
}

/// The statistics page's address, as far as it is configured: what follows it in the target are parameters (";csv").
bool is_stats_request(const Stream& s, const model::Proxy& proxy) {
    if (!proxy.stats.enabled) return false;
    if (s.request.method != http::Method::get && s.request.method != http::Method::head &&
        s.request.method != http::Method::post)
        return false;
    return s.request.path_and_query().starts_with(proxy.stats.uri);
}

/// `stats auth`: the page is for those who know one of its users.
bool knows_password(const Stream& s, const model::StatsSettings& stats) {
    if (stats.users.empty()) return true;
    const http::Header* given = s.request.headers.find(http::Known::authorization);
    http::Credentials credentials;
    if (!given || !http::parse_basic(given->value, *s.context.arena, credentials)) return false;
    for (const auto& [user, password] : stats.users)
        if (user == credentials.user && password == credentials.password) return true;
    return false;
}

/// A set that waits for nothing.
Flow run_at_once(Stream& s, const model::RuleSet& rules) {
    std::size_t from = 0;
    return rules.empty() ? Flow::next : on_verdict(s, model::run_rules(rules, s.context, from));
}

Flow open_stats(Stream& s, const model::Proxy& proxy) {
    if (proxy.stats_rules.empty() && !knows_password(s, proxy.stats)) {
        s.context.reply = {};
        s.context.reply.status = 401;
        s.record.server_name = "<STATS>";
        s.record.queue_ms = s.record.connect_ms = 0;
        s.context.reply.headers.add(s.arena, "www-authenticate",
                                    s.arena.concat("Basic realm=\"", proxy.stats.realm, "\""));
        s.context.reply.error_page = true;
        return answer_page(s, s.context.reply, 'L', 'R');
    }
    if (const Flow flow = run_at_once(s, proxy.stats_rules); flow != Flow::next) return flow;
    bool admin = false;
    for (const auto& rule : proxy.stats.admin)
        admin = admin || !rule.when || rule.when->test(s.context) == sample::Found::yes;
    auto applet = s.env().process.make_stats_applet({s.request, proxy, proxy.stats, *s.pinned.generation,
                                                     s.env().process, admin, &s.env(), s.now_ms(), s.loop().wall_us()});
    if (!applet) return s.answer_error(500, 'I', 'R');
    s.applet = std::make_unique<AppletEnd>(std::move(applet));
    s.is_stats = true;
    s.record.server_name = "<STATS>";
    if (!s.be) s.frontend_traffic().intercepted.add();
    s.end_with('L', 'R');
    return s.jump_to("applet");
}

bool is_plain_name(std::string_view name) {
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '-'; });
}

/// `option http-restrict-req-hdr-names`: fields with other characters in their names go, or the request is refused
/// (false, with the answer made).
bool restrict_names(Stream& s, model::RestrictNames what) {
    http::HeaderList& headers = s.request.headers;
    for (std::uint32_t i = headers.size(); i > 0; --i) {
        if (is_plain_name(headers[i - 1].name)) continue;
        if (what == model::RestrictNames::reject) {
            s.context.reply = {};
            s.context.reply.status = 403;
            s.context.reply.error_page = true;
            s.context.denied_by_rule = true;
            return false;
        }
        headers.erase(i - 1);
    }
    return true;
}

/// `option http-buffer-request`: rules wait until the body is there, or as much of it as fits. False: not yet.
bool body_is_buffered(Stream& s, const model::Proxy& proxy, Flow& flow) {
    if (!proxy.options.http_buffer_request || s.body_awaited) return true;
    using Collected = model::Exchange::Collected;
    const Collected collected = s.collect_body(false, 0);
    const std::int64_t timeout = proxy.timeouts.http_request;
    if (s.phase_deadline == kNever) s.phase_deadline = s.deadline_in(timeout);
    flow = Flow::wait;
    if (collected == Collected::waiting && !s.expired(s.phase_deadline)) return false;
    s.phase_deadline = kNever;
    if (collected != Collected::done) {
        flow = collected == Collected::spoilt ? refuse_body(s, 400, 'P') : refuse_body(s, 408, 'c');
        return false;
    }
    s.body_awaited = true;
    s.record.request_ms = s.ms_since(s.start_us);
    s.mark_us = s.now_us();
    return true;
}

/// The rules that frontends and backends have in common, in HAProxy's order: http-request, the words of 1.x, the
/// statistics page, redirects. Whether it is that page is seen before reqrep changes the address, as in 1.5.
Flow run_request_rules(Stream& s, const model::Proxy& proxy) {
    if (proxy.options.restrict_names > model::RestrictNames::preserve && s.rule_index == 0 &&
        !restrict_names(s, proxy.options.restrict_names))
        return on_verdict(s, model::Verdict::reply);
    if (!proxy.http_request.empty()) {
        const auto verdict = model::run_rules(proxy.http_request, s.context, s.rule_index, &proxy.http_request_chain);
        s.phase_deadline = kNever;
        if (verdict != model::Verdict::next && verdict != model::Verdict::stop) return on_verdict(s, verdict);
        s.rule_index = 0;
    }
    const bool stats = is_stats_request(s, proxy);
    if (const Flow flow = run_at_once(s, proxy.legacy_request); flow != Flow::next) return flow;
    return stats ? open_stats(s, proxy) : run_at_once(s, proxy.redirects);
}

/// What came along with the head is there for rules, which wait for more only where they are told to. With HTTP/1 as
/// far as it is all there: collecting would look for the rest, and must not be what finds that the client has left.
bool has_body_at_hand(Stream& s, Endpoint& end) {
    if (!end.alone()) return true;
    if (s.request.framing == http::Framing::length) return end.buffered_payload() >= s.request.content_length;
    return end.buffered_payload() > 0 && end.raw_head().ends_with("0\r\n\r\n");
}

}  // namespace

Flow wait_request(Stream& s) {
    Endpoint& end = *s.client.endpoint;
    Patience patience = Patience::good;
    switch (end.read_request(s.request, s.arena)) {
        case HeadState::ready:
            patience = patience_with_client(s);
            s.session.count_glitches();
            break;
        case HeadState::trouble:
            return on_request_trouble(s);
        case HeadState::more: {
            const model::Timeouts& t = s.frontend->timeouts;
            // Counted from accept for the first request, from its first byte for the following ones.
            const std::uint64_t since = s.first_request() ? s.session.accept_us : s.start_us;
            const std::int64_t timeout = t.http_request >= 0 ? t.http_request : t.client;
            s.phase_deadline = net::deadline_after(since, timeout);
            return s.expired(s.phase_deadline) ? on_request_timeout(s) : Flow::wait;
        }
    }
    s.phase_deadline = kNever;
    if (!end.buffered_body_is_sound()) {
        if (EndH1* alone = end.alone()) alone->note_glitches(1);
        s.request = {};
        return refuse_request(s, 400, 'P');
    }
    note_request(s);
    if (patience == Patience::gone) return s.abort('C', 'R');
    if (!s.client.input_done && has_body_at_hand(s, end)) s.context.request_data = end.collect().data;
    s.log_step(model::LogOrigin::accept);
    s.log_step(model::LogOrigin::request);
    if (is_monitor_request(s)) return answer_monitor(s);
    return Flow::next;
}

Flow frontend_rules(Stream& s) {
    Flow flow;
    if (!body_is_buffered(s, *s.frontend, flow)) return flow;
    return run_request_rules(s, *s.frontend);
}

Flow choose_backend(Stream& s) {
    if (s.upgraded && s.be) return Flow::next;  // it is why the stream was
    const Switched switched = switch_backend(
        *s.frontend, *s.pinned.generation->config, s.context, &s.frontend->use_backend_chain,
        [&](const model::Template& name) { return log::render(name, &s.record, s.context); },
        [](const model::UseBackend&, sample::Found) {},
        [&](const model::Proxy& backend) {
            const server::Backend* state = s.pinned.generation->backend(backend);
            return !state || !state->unpublished.load(std::memory_order_relaxed);
        });
    if (switched.wait) return Flow::wait;
    const model::Proxy* chosen = switched.backend;
    if (!chosen) {
        if (!s.http()) return s.abort('S', 'C');
        return s.answer_error(503, 'S', 'C');
    }
    if (s.http() && chosen->mode != model::Mode::http) return s.answer_error(503, 'S', 'C');
    s.choose_backend(*chosen);
    if (s.http() || chosen->mode != model::Mode::http) return Flow::next;
    return s.session.binding().bind->proto == model::Proto::none ? s.abort('P', 'R') : s.become_http();
}

Flow backend_rules(Stream& s) {
    if (s.backend == s.frontend) return Flow::next;
    Flow flow;
    if (!body_is_buffered(s, *s.backend, flow)) return flow;
    return run_request_rules(s, *s.backend);
}

namespace {

/// `option http_proxy`: the server is the address that the URL names, which sees the rest of it. False: it names none;
/// names are not resolved.
bool aim_at_url(Stream& s) {
    constexpr std::string_view kScheme = "http://";
    const std::string_view target = s.request.target;
    if (!base::istarts_with(target, kScheme)) return false;
    std::string_view authority = target.substr(kScheme.size());
    authority = authority.substr(0, authority.find_first_of("/?"));
    const auto colon = authority.find(':');
    auto address = net::Address::parse_ip(authority.substr(0, colon));
    const auto port =
        colon == authority.npos ? std::optional<std::uint64_t>(80) : base::parse_uint(authority.substr(colon + 1));
    if (!address || !port || *port == 0 || *port > 65535) return false;
    address->set_port(static_cast<std::uint16_t>(*port));
    s.context.dst = *address;
    s.request.target = s.request.path_and_query();
    if (!s.request.target.starts_with('/')) s.request.target = s.arena.concat("/", s.request.target);
    return true;
}

}  // namespace

Flow prepare_request(Stream& s) {
    if (s.backend->options.http_proxy && s.backend->direct && !aim_at_url(s)) return s.answer_error(400, 'P', 'R');
    if (s.body_lost) {
        s.record.status = 400;
        if (auto* traffic = s.backend_traffic()) traffic->client_aborts.add();
        return s.abort('C', 'R');
    }
    if (s.context.retries >= 0) s.max_retries = s.retries_left = s.context.retries;
    apply_persist_rules(s);
    capture_request_cookie(s);
    if (s.backend->cookie.kind != model::CookieSettings::Kind::none) read_request_cookie(s);
    choose_persistent(s);
    if (s.backend->options.prefer_last_server && !s.persistent && s.session.last_server) {
        server::Server& last = *s.session.last_server;
        if (&last.backend() == s.be && last.usable()) s.persistent = &last;
    }
    add_unique_id_header(s);
    add_address_headers(s);
    add_forwarded(*s.backend, s.context);
    if (s.backend->fcgi_app && s.backend->fcgi_rules) apply_fcgi_rules(s);
    choose_compression(s);
    return Flow::next;
}

Flow tarpit(Stream& s) {
    if (s.phase_deadline == kNever) {
        const model::Timeouts& t = s.backend->timeouts;
        const std::int64_t timeout = s.context.tarpit_timeout_ms >= 0 ? s.context.tarpit_timeout_ms
                                     : t.tarpit >= 0                  ? t.tarpit
                                     : t.connect >= 0                 ? t.connect
                                                                      : 0;
        s.phase_deadline = s.deadline_in(timeout);
        s.frontend_traffic().denied_requests.add();
    }
    s.client.endpoint->watch();
    const bool gone = s.client.endpoint->peer_left() || s.client.endpoint->error();
    if (!gone && !s.expired(s.phase_deadline)) return Flow::wait;
    s.phase_deadline = kNever;
    const model::Reply& reply = s.context.reply;
    s.keep_client = false;
    if (!s.body_awaited) s.record.request_ms = -1;  // as in HAProxy, all of it was waiting
    s.record.queue_ms = s.ms_since(s.start_us);
    return reply.error_page || reply.status == 0 ? answer_page(s, reply, 'P', 'T') : s.answer(reply, 'P', 'T');
}

Flow start_applet(Stream& s) {
    s.record.queue_ms = s.record.connect_ms = 0;
    s.connected_us = s.now_us();
    if (auto* backend = s.pinned.generation->backend(*s.backend))
        backend->last_session_s.store(s.loop().wall_us() / 1000000, std::memory_order_relaxed);
    s.origin.endpoint = s.applet.get();
    s.origin.endpoint->put_head(s.request);
    if (s.client.input_done) s.origin.endpoint->put({}, true, false, nullptr);
    s.touch(s.client, s.client_timeout());
    return s.jump_to("wait-response");
}

}  // namespace cfgproxy::stream
