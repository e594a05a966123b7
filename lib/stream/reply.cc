#include "stream/reply.h"

#include "base/text.h"
#include "log/format.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

/// The built-in answers: headings and bodies as HAProxy has them, since monitoring matches on them.
struct BuiltIn {
    std::uint16_t status;
    std::string_view heading;
    std::string_view sentence;
};
constexpr BuiltIn kBuiltIn[] = {
    {200, "200 OK", "Service ready."},
    {400, "400 Bad request", "Your browser sent an invalid request."},
    {401, "401 Unauthorized", "You need a valid user and password to access this content."},
    {403, "403 Forbidden", "Request forbidden by administrative rules."},
    {404, "404 Not Found", "The resource could not be found."},
    {405, "405 Method Not Allowed",
     "A request was made of a resource using a request method not supported by that resource"},
    {407, "407 Unauthorized", "You need a valid user and password to access this content."},
    {408, "408 Request Time-out", "Your browser didn't send a complete request in time."},
    {410, "410 Gone", "The resource is no longer available and will not be available again."},
    {413, "413 Payload Too Large", "The request entity exceeds the maximum allowed."},
    {414, "414 URI Too Long", "The request URI is too long."},
    {421, "421 Misdirected Request", "Request sent to a non-authoritative server."},
    {422, "422 Unprocessable Content", "The server cannot process the contained instructions."},
    {425, "425 Too Early", "Your browser sent early data."},
    {429, "429 Too Many Requests", "You have sent too many requests in a given amount of time."},
    {431, "431 Request Header Fields Too Large", "The request header fields are too large."},
    {500, "500 Internal Server Error", "An internal server error occurred."},
    {501, "501 Not Implemented", ".The server does not support the functionality required to fulfill the request."},
    {502, "502 Bad Gateway", "The server returned an invalid or incomplete response."},
    {503, "503 Service Unavailable", "No server is available to handle this request."},
    {504, "504 Gateway Time-out", "The server didn't respond in time."},
};

const BuiltIn& built_in(std::uint16_t status) {
    for (const BuiltIn& b : kBuiltIn)
        if (b.status == status) return b;
    return built_in(500);
}

const model::ErrorReply* find_error_reply(const model::Proxy& proxy, std::uint16_t status) {
    auto found = proxy.error_replies.find(status);
    return found == proxy.error_replies.end() ? nullptr : &found->second;
}

bool has_close_field(const http::HeaderList& headers) {
    const http::Header* found = headers.find(http::Known::connection);
    return found && base::iequal(found->value, "close");
}

}  // namespace

bool make_error_reply(Stream& stream, std::uint16_t status, model::Reply& reply) {
    const model::ErrorReply* custom = find_error_reply(*stream.backend, status);
    if (!custom) custom = find_error_reply(*stream.frontend, status);
    reply.status = status;
    reply.close = true;
    if (custom && custom->redirect) {
        reply.status = custom->redirect;
        reply.headers.add(stream.arena, "cache-control", "no-cache");
        reply.headers.add(stream.arena, "location", custom->location);
        return true;
    }
    if (custom && custom->raw) {
        if (custom->raw->empty()) return false;
        reply.raw = *custom->raw;
        return true;
    }
    const BuiltIn& text = built_in(status);
    reply.reason = text.heading.substr(4);
    reply.body = stream.arena.concat("<html><body><h1>", text.heading, "</h1>\n", text.sentence, "\n</body></html>\n");
    reply.headers.add(stream.arena, "cache-control", "no-cache");
    reply.headers.add(stream.arena, "content-type", "text/html");
    return true;
}

void send_reply(Stream& stream, const model::Reply& reply) {
    Endpoint& client = *stream.client.endpoint;
    stream.response_started = true;
    if (!reply.raw.empty()) {
        stream.keep_client = false;
        client.put_raw(stream.head_request ? reply.raw.substr(0, reply.raw.find("\r\n\r\n") + 4) : reply.raw);
        client.flush();
        return;
    }
    http::Response& response = stream.response;
    response = {};
    response.status = reply.status;
    response.reason = reply.reason;
    response.version = "HTTP/1.1";
    response.framing = http::Framing::length;
    response.content_length = reply.body.size();
    response.headers.reserve(stream.arena, reply.headers.size() + 3);
    const bool bodyless = reply.status < 200 || reply.status == 204 || reply.status == 304;
    if (!bodyless && !reply.headers.find(http::Known::content_length)) {
        std::string length;
        base::append_uint(length, reply.body.size());
        response.headers.add(stream.arena, "content-length", stream.arena.copy(length));
    }
    for (const http::Header& header : reply.headers) response.headers.add(stream.arena, header);
    if (!stream.keep_client) {
        if (!has_close_field(response.headers)) response.headers.add(stream.arena, "connection", "close");
    } else if (!stream.request.is_at_least_1_1()) {
        response.headers.add(stream.arena, "connection", "keep-alive");
    }
    run_after_response(stream);
    client.put_head(response);
    if (!stream.head_request && !bodyless) client.put(reply.body, true, false, nullptr);
    client.flush();
}

void run_after_response(Stream& stream) {
    for (const model::Proxy* proxy : {stream.backend, stream.frontend}) {
        if (proxy == stream.frontend && stream.backend != stream.frontend &&
            &proxy->http_after_response == &stream.backend->http_after_response)
            continue;
        if (!proxy->http_after_response.empty()) {
            stream.context.response = &stream.response;
            std::size_t from = 0;
            model::run_rules(proxy->http_after_response, stream.context, from);
        }
        if (stream.backend == stream.frontend) break;
    }
}

namespace {

/// The line by the frontend's format; `option httplog` and its kin choose among the built-in ones.
void append_line(Stream& stream, std::string& line) {
    const model::Proxy& frontend = *stream.frontend;
    const log::Record& record = stream.record;
    if (frontend.log_format)
        log::render(*frontend.log_format, &record, stream.context, line);
    else if (frontend.options.clf_log && record.http)
        log::append_clf_line(record, line);
    else if (frontend.options.httplog && record.http)
        log::append_http_line(record, line);
    else if (frontend.options.httplog || frontend.options.tcplog)
        log::append_tcp_line(record, line);
    else
        log::append_connect_line(record, line);
}

bool nothing_was_said(Stream& stream) {
    const Endpoint& client = *stream.client.endpoint;
    if (stream.http()) return stream.record.request_ms < 0 && client.bytes_in() == 0;
    return client.bytes_in() == 0 && client.bytes_out() == 0;
}

}  // namespace

void write_log(Stream& stream) {
    const model::Proxy& frontend = *stream.frontend;
    const log::Record& record = stream.record;
    const auto& global_targets = stream.pinned.generation->config->global.logs;
    const bool to_global = frontend.log_global && !global_targets.empty();
    if ((!to_global && frontend.logs.empty()) || stream.context.log_level < 0) return;
    const bool clean = record.termination[0] == '-' && !record.redispatched && record.retries == 0 && (!record.http || record.status < 500);
    if (frontend.options.dontlog_normal && clean) return;
    if (frontend.options.dontlognull && stream.first_request() && nothing_was_said(stream)) return;

    thread_local std::string line;
    line.clear();
    append_line(stream, line);
    log::Level level = log::kInfo;
    if (frontend.options.log_separate_errors && !clean) level = log::kErr;
    if (stream.context.log_level > 0) level = static_cast<log::Level>(stream.context.log_level - 1);
    log::Logger& logger = stream.env().logger;
    const std::uint64_t now = stream.loop().wall_us();
    if (to_global) logger.send(global_targets, level, line, frontend.log_tag, now);
    if (!frontend.logs.empty()) logger.send(frontend.logs, level, line, frontend.log_tag, now);
}

}  // namespace cfgproxy::stream
