#include "http/head_copy.h"
#include "stream/steps.h"

// tcp-request content and tcp-response content (manual 4.2): rules that look at what has arrived, before it is passed
// on. They wait for more as long as the inspect delay allows.

namespace cfgproxy::stream {
namespace {

constexpr std::uint64_t kNever = net::Timer::kNever;

/// Receives what is there. True: no more can come, or none has room.
bool read_ahead(EndH1& end) {
    for (;;) {
        const std::size_t before = end.raw_head().size();
        switch (end.receive()) {
            case net::Io::again:
                return end.peer_closed();
            case net::Io::ok:
                if (end.raw_head().size() == before) return true;  // full
                break;
            default:
                return true;
        }
    }
}

/// Reads a head from a copy of `data`, since reading changes it.
bool read_copy(std::string_view data, base::Arena& arena, http::Request& request) {
    char* const copy = http::copy_to_parse(arena, data);
    http::H1HeadParser parser;
    return parser.feed(copy, static_cast<std::uint32_t>(data.size()), {}, arena) == http::ParseState::done &&
           parser.finish(copy, arena, request);
}

/// Rules of TCP may ask for the fields of a request that HTTP/1 connections begin with, once its head is complete.
void look_for_request(Stream& s) {
    const std::string_view data = s.context.request_data;
    const std::size_t line = data.find('\n');
    if (s.context.request || line == data.npos || data.substr(0, line).find(" HTTP/") == data.npos) return;
    if (data.find("\n\r\n") == data.npos && data.find("\n\n") == data.npos) return;
    {
        // What comes to nothing must not stay in the stream's memory, however often it is tried.
        base::Arena trial;
        http::Request request;
        if (!read_copy(data, trial, request)) return;
    }
    if (!read_copy(data, s.arena, s.request)) return;
    s.context.request = &s.request;
    s.context.method = s.request.method;
    s.context.method_text = s.request.method_text;
}

Flow refuse(Stream& s, server::Counter server::TrafficCounters::*counter, char cause) {
    (s.frontend_traffic().*counter).add();
    if (s.session.binding().listener) (s.session.binding().listener->traffic.of(s.env().thread()).*counter).add();
    s.end_with(cause, 'R');
    if (s.http()) s.record.request_line = s.record.request_line.empty() ? "<BADREQ>" : s.record.request_line;
    return s.abort(cause, 'R');
}

Flow on_request_verdict(Stream& s, model::Verdict verdict) {
    switch (verdict) {
        case model::Verdict::next:
        case model::Verdict::stop:
            return Flow::next;
        case model::Verdict::to_http:
            if (s.http()) return Flow::next;
            return s.session.binding().bind->proto == model::Proto::none ? s.abort('P', 'R') : s.become_http();
        case model::Verdict::wait:
            return Flow::wait;
        case model::Verdict::error:
            return refuse(s, &server::TrafficCounters::internal_errors, 'I');
        default:
            return refuse(s, &server::TrafficCounters::denied_requests, 'P');
    }
}

}  // namespace

Flow inspect_request(Stream& s, const model::Proxy& proxy) {
    const model::RuleSet& rules = proxy.tcp_request_content;
    if (rules.empty()) {
        s.context.request_complete = true;
        return Flow::next;
    }
    bool complete = true;
    if (!s.http()) {
        EndH1& end = *s.client.endpoint->alone();
        complete = read_ahead(end);
        s.context.request_data = end.raw_head();
        look_for_request(s);
    }
    const bool delay_over = proxy.request_inspect_ms <= 0 || (s.inspect_until != kNever && s.expired(s.inspect_until));
    s.context.request_complete = complete || delay_over;
    const Flow flow = on_request_verdict(s, model::run_rules(rules, s.context, s.rule_index));
    if (flow == Flow::wait) {
        if (s.inspect_until == kNever) s.inspect_until = s.deadline_in(proxy.request_inspect_ms);
        s.phase_deadline = s.inspect_until;
        s.client.endpoint->watch();
        return Flow::wait;
    }
    if (flow != Flow::next) return flow;
    s.phase_deadline = s.inspect_until = kNever;
    s.rule_index = 0;
    s.context.request_complete = true;
    return flow;
}

Flow inspect_response(Stream& s, EndH1* end) {
    const model::RuleSet& rules = s.backend->tcp_response_content;
    s.response_inspected = true;
    if (rules.empty()) return Flow::next;
    bool complete = true;
    if (!s.http() && end) {
        complete = read_ahead(*end);
        s.context.response_data = end->raw_head();
        if (!s.context.response_data.data()) s.context.response_data = "";
    }
    const std::int64_t delay = s.backend->response_inspect_ms;
    s.context.response_complete = complete || delay <= 0 || (s.inspect_until != kNever && s.expired(s.inspect_until));
    const auto verdict = model::run_rules(rules, s.context, s.rule_index);
    if (verdict == model::Verdict::wait) {
        s.response_inspected = false;
        if (s.inspect_until == kNever) s.inspect_until = s.deadline_in(delay);
        s.phase_deadline = s.inspect_until;
        return Flow::wait;
    }
    s.phase_deadline = s.inspect_until = kNever;
    s.rule_index = 0;
    s.context.response_complete = true;
    if (!s.http()) s.context.response_data = {};
    if (verdict == model::Verdict::next || verdict == model::Verdict::stop) return Flow::next;
    if (verdict == model::Verdict::close) {  // no error, and nobody's fault
        s.keep_client = s.keep_server = false;
        return Flow::done;
    }
    const auto counter = verdict == model::Verdict::error ? &server::TrafficCounters::internal_errors
                                                          : &server::TrafficCounters::denied_responses;
    for (server::TrafficCounters* traffic : {&s.frontend_traffic(), s.backend_traffic(), s.server_traffic()})
        if (traffic) (traffic->*counter).add();
    const bool dropped = s.context.denied_by_rule;  // silent-drop says that it is as if the request had met it
    return s.abort(verdict == model::Verdict::error ? 'I' : 'P', dropped ? 'R' : 'D');
}

Flow frontend_content(Stream& s) {
    if (s.upgraded) {  // they ran before it was
        s.context.request_complete = true;
        count_request(s);
        return Flow::next;
    }
    const Flow flow = inspect_request(s, *s.frontend);
    if (flow == Flow::next && s.http()) count_request(s);
    return flow;
}

Flow backend_content(Stream& s) {
    if (s.backend == s.frontend) return Flow::next;
    const Flow flow = inspect_request(s, *s.backend);
    if (flow != Flow::next || !s.http()) return flow;
    for (const server::StickCounter* c = s.tracked.first(); c; c = c->next)
        if (c->of_backend)
            server::count(*c->table, *c->entry, model::StickData::http_req_cnt, model::StickData::http_req_rate);
    return flow;
}

void count_request(Stream& s) {
    server::count_all(s.tracked, &s.session.tracked, model::StickData::http_req_cnt, model::StickData::http_req_rate);
}

void count_client_error(Stream& s) {
    server::count_all(s.tracked, &s.session.tracked, model::StickData::http_err_cnt, model::StickData::http_err_rate);
}

void count_status(Stream& s, std::uint16_t status) {
    const model::Global& global = s.pinned.generation->config->global;
    if (global.error_statuses.has(status)) count_client_error(s);
    if (global.failure_statuses.has(status))
        server::count_all(s.tracked, &s.session.tracked, model::StickData::http_fail_cnt,
                          model::StickData::http_fail_rate);
}

}  // namespace cfgproxy::stream
