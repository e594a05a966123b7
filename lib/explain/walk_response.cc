#include "explain/explain.h"
#include "explain/walk.h"
#include "http/cookie.h"
#include "log/format.h"
#include "log/lines.h"
#include "stream/reply.h"

namespace cfgproxy::explain {
namespace {

std::vector<std::pair<std::string, std::string>> fields_of(const http::HeaderList& headers) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const http::Header& header : headers) fields.emplace_back(header.name, header.value);
    return fields;
}

void capture(base::Arena& arena, const http::HeaderList& headers, const std::vector<model::Capture>& wanted,
             std::string_view* slots) {
    if (!slots) return;
    for (const http::Header& header : headers)
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (!wanted[i].name.empty() && header.name == wanted[i].name)
                slots[i] =
                    header.value.empty() ? std::string_view("") : arena.copy(header.value.substr(0, wanted[i].length));
}

std::string_view capture_cookie(base::Arena& arena, const http::HeaderList& headers, http::Known known,
                                const model::Proxy& frontend) {
    if (frontend.capture_cookie.empty()) return {};
    const auto take = [&](const http::Cookie& cookie) {
        const auto text = arena.concat(cookie.name, "=", cookie.value);
        return cookie.has_value && text.starts_with(frontend.capture_cookie)
                   ? text.substr(0, frontend.capture_cookie_length)
                   : std::string_view{};
    };
    for (const http::Header& header : headers) {
        if (header.known != known) continue;
        http::Cookie cookie;
        std::string_view text;
        if (known == http::Known::set_cookie) {
            if (http::read_set_cookie(header.value, cookie)) text = take(cookie);
        } else {
            http::CookieReader reader(header.value);
            while (text.empty() && reader.next(cookie)) text = take(cookie);
        }
        if (!text.empty()) return text;
    }
    return {};
}

}  // namespace

void Walk::close(std::string_view why) {
    answered_ = true;
    told_.answered_by = "nobody: the connection is closed (" + std::string(why) + ")";
    exchange_.record.status = -1;
}

void Walk::answer_status(int status, std::string_view why) {
    model::Reply reply;
    reply.status = static_cast<std::uint16_t>(status);
    reply.error_page = true;
    exchange_.context.reply = reply;
    answer(reply);
    told_.answered_by += " (" + std::string(why) + ")";
}

/// Replies of http-errors sections and `http-error`, which are made when they are needed.
bool Walk::answer_made(const model::ErrorReply& custom) {
    model::Reply made;
    custom.made->make(exchange_.context, made);
    if (made.error_page) return false;
    answer(made);
    return true;
}

/// The proxy's own answer; error files and errorloc of the backend, then of the frontend, as in stream/reply.cc.
void Walk::answer(const model::Reply& reply) {
    answered_ = true;
    http::Response& response = exchange_.response;
    response = {};
    response.status = reply.status ? reply.status : 403;
    response.version = "HTTP/1.1";
    told_.answered_by = "the proxy";
    std::string_view body = reply.body;
    const model::ErrorReply* custom = nullptr;
    if (reply.error_page || reply.status == 0) {
        for (const model::Proxy* proxy : {&backend(), exchange_.frontend})
            if (auto found = proxy->error_replies.find(response.status); !custom && found != proxy->error_replies.end())
                custom = &found->second;
    }
    if (custom && custom->made && answer_made(*custom)) return;
    if (custom && custom->redirect) {
        response.status = custom->redirect;
        response.headers.add(exchange_.arena, "location", custom->location);
        told_.answered_by = "the proxy (errorloc)";
    } else if (custom && custom->raw) {
        told_.answered_by = "the proxy (errorfile)";
        if (custom->raw->empty()) return close("an empty error file");
        exchange_.read_response(*custom->raw);
        body = exchange_.response_body;
    } else if (!reply.raw.empty()) {
        exchange_.read_response(std::string(reply.raw));
        body = exchange_.response_body;
    }
    model::Reply page;
    if (!custom && (reply.error_page || reply.status == 0)) {
        stream::make_built_in_reply(exchange_.arena, response.status, page);
        response.reason = page.reason;
        body = page.body;
    }
    if (response.reason.empty())
        response.reason = reply.reason.empty() ? http::reason_of(response.status) : reply.reason;
    const bool bodyless = response.status < 200 || response.status == 204 || response.status == 304;
    if (!bodyless && !response.headers.find(http::Known::content_length) &&
        !reply.headers.find(http::Known::content_length))
        response.headers.add(exchange_.arena, "content-length", exchange_.arena.copy(std::to_string(body.size())));
    for (const http::HeaderList* headers : {&std::as_const(page.headers), &reply.headers})
        for (const http::Header& header : *headers) response.headers.add(exchange_.arena, header);
    told_.body_sent = body;
    exchange_.record.status = response.status;
    after_response();
}

void Walk::after_response() {
    model::RuleContext& context = exchange_.context;
    context.response = &exchange_.response;
    context.response_complete = true;
    for (const model::Proxy* proxy : {context.backend, exchange_.frontend}) {
        if (!proxy->http_after_response.empty()) {
            set_ = "http-after-response rules of '" + proxy->name + "'";
            word_ = "http-after-response ";
            std::size_t from = 0;
            model::run_rules(proxy->http_after_response, context, from);
        }
        if (context.backend == exchange_.frontend) break;
    }
    exchange_.record.status = exchange_.response.status;
    told_.status = exchange_.response.status;
    told_.response_sent = head_text(exchange_.response);
    told_.response_headers = fields_of(exchange_.response.headers);
    if (const http::Header* location = exchange_.response.headers.find(http::Known::location))
        told_.location = location->value;
}

bool Walk::response_rules() {
    model::RuleContext& context = exchange_.context;
    const model::Proxy* last = exchange_.frontend;
    for (const model::Proxy* proxy : {context.backend, last}) {
        if (!run_set(proxy->http_response, "http-response rules", *proxy)) return false;
        if (!run_set(proxy->legacy_response, "response filters (1.x)", *proxy)) return false;
        if (context.backend == last) break;
    }
    return true;
}

/// The server's answer on its way back.
void Walk::respond() {
    if (!exchange_.record.http) {
        exchange_.context.response_complete = true;
        run_set(backend().tcp_response_content, "tcp-response content rules", backend());
        return;
    }
    told_.response_assumed = !question_.response;
    if (!exchange_.read_response(question_.response ? *question_.response : "HTTP/1.1 200 OK\ncontent-length: 0")) {
        end_with('P', 'H');
        answer_status(502, "the server's answer is no HTTP response");
        return;
    }
    told_.response_received = head_text(exchange_.response);
    told_.answered_by = "the server";
    exchange_.record.response_ms = 0;
    exchange_.record.status = exchange_.response.status;
    exchange_.context.response = &exchange_.response;
    exchange_.context.response_data = exchange_.response_body;
    exchange_.context.response_complete = true;
    exchange_.context.request = nullptr;
    const model::Proxy& frontend = *exchange_.frontend;
    capture(exchange_.arena, exchange_.response.headers, frontend.response_captures,
            exchange_.context.response_captures);
    if (!run_set(backend().tcp_response_content, "tcp-response content rules", backend()) || !response_rules()) return;
    exchange_.record.set_cookie =
        capture_cookie(exchange_.arena, exchange_.response.headers, http::Known::set_cookie, frontend);
    after_response();
}

void Walk::write_log() {
    const model::Proxy& frontend = *exchange_.frontend;
    log::Record& record = exchange_.record;
    if (exchange_.context.log_level < 0) {
        told_.log_line = "(none: a rule has set the log level to silent)";
        return;
    }
    if (frontend.logs.empty()) {
        told_.log_line = "(none: " + frontend.name + " has no 'log' line)";
        return;
    }
    if (record.http && record.status < 0) record.request_ms = record.request_ms < 0 ? -1 : record.request_ms;
    std::string& line = told_.log_line;
    if (exchange_.refused() && frontend.error_log_format)
        log::render(*frontend.error_log_format, &record, exchange_.context, line);
    else if (frontend.log_format)
        log::render(*frontend.log_format, &record, exchange_.context, line);
    else
        log::append_line(frontend.options, record, line);
}

void Walk::run() {
    const model::Proxy& frontend = *exchange_.frontend;
    capture(exchange_.arena, exchange_.request.headers, frontend.request_captures, exchange_.context.request_captures);
    exchange_.record.cookie = capture_cookie(exchange_.arena, exchange_.request.headers, http::Known::cookie, frontend);
    const auto on_the_way = [&] {
        if (exchange_.refused() && exchange_.record.http) {
            note("The request breaks the protocol: " + exchange_.refusal(), frontend.place);
            end_with('P', 'R');
            exchange_.record.request_ms = -1;
            answer_status(exchange_.refused(), "before any rule");
            return false;
        }
        if (!tcp_rules(frontend, true)) return false;
        if (monitor() || !request_rules(frontend) || !choose_backend()) return false;
        if (&backend() != &frontend && (!tcp_rules(backend(), false) || !request_rules(backend()))) return false;
        prepare_request();
        return pick_server();
    }();
    if (on_the_way) {
        if (exchange_.record.http) {
            told_.request_sent = head_text(exchange_.request);
            told_.request_headers = fields_of(exchange_.request.headers);
        }
        if (exchange_.record.termination[1] == '-') exchange_.record.termination[1] = '-';
        respond();
    }
    write_log();
}

Explanation explain(const model::Config& config, const Question& question) {
    Explanation told;
    Surroundings live(config);
    told.error = live.take_down(question.down);
    if (!told.error.empty()) return told;
    Exchange exchange(config, question, live);
    told.error = exchange.error();
    if (!told.error.empty()) return told;
    told.frontend = exchange.frontend->name;
    told.frontend_place = exchange.frontend->place;
    told.reached_by = exchange.reached_by;
    told.source = exchange.context.src.text();
    told.destination = exchange.context.dst.text();
    told.request_line = question.method + " " + question.url + " " + question.version;
    Walk(config, question, exchange, live, told).run();
    return told;
}

}  // namespace cfgproxy::explain
