#include "stream/reply.h"

#include <charconv>

#include "http/framing.h"
#include "http/h1.h"
#include "http/head_copy.h"
#include "stream/steps.h"

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

}  // namespace

void make_built_in_reply(base::Arena& arena, std::uint16_t status, model::Reply& reply) {
    reply.close = status == 400 || status == 408;
    const BuiltIn& text = built_in(status);
    reply.reason = text.heading.substr(4);
    reply.body = arena.concat("<html><body><h1>", text.heading, "</h1>\n", text.sentence, "\n</body></html>\n");
    reply.headers.add(arena, "cache-control", "no-cache");
    reply.headers.add(arena, "content-type", "text/html");
}

bool make_error_reply(Stream& stream, std::uint16_t status, model::Reply& reply) {
    const model::ErrorReply* custom = find_error_reply(*stream.backend, status);
    if (!custom) custom = find_error_reply(*stream.frontend, status);
    reply.status = status;
    reply.close = false;
    if (custom && custom->redirect) {
        reply.status = custom->redirect;
        reply.headers.add(stream.arena, "cache-control", "no-cache");
        reply.headers.add(stream.arena, "location", custom->location);
        return true;
    }
    if (custom && custom->made) {
        custom->made->make(stream.context, reply);
        if (!reply.error_page) return true;
        reply = {};
        reply.status = status;
    }
    if (custom && custom->raw) {
        if (custom->raw->empty()) return false;
        reply.raw = *custom->raw;
        return true;
    }
    make_built_in_reply(stream.arena, status, reply);
    return true;
}

Flow answer_page(Stream& stream, const model::Reply& wanted, char cause, char state) {
    model::Reply reply;
    stream.record.status = wanted.status ? wanted.status : 403;
    if (!make_error_reply(stream, static_cast<std::uint16_t>(stream.record.status), reply))
        return stream.abort(cause, state);
    for (const http::Header& header : wanted.headers) reply.headers.add(stream.arena, header);
    return stream.answer(reply, cause, state);
}

namespace {

/// An error file as a message: it is sent like any other, with our Connection field, and ends by its length if it tells
/// a true one. False: it is no HTTP message (it was checked when the configuration was read).
bool read_raw(Stream& stream, std::string_view raw, http::Response& response, std::string_view& body) {
    char* text = http::copy_to_parse(stream.arena, raw);
    http::H1HeadParser parser(true);
    if (parser.feed(text, static_cast<std::uint32_t>(raw.size()), {}, stream.arena) != http::ParseState::done)
        return false;
    if (!parser.finish(text, stream.arena, response, http::Method::get)) return false;
    body = std::string_view(text, raw.size()).substr(parser.length());
    const bool told = response.framing == http::Framing::length && response.content_length == body.size();
    if (!told && !(response.framing == http::Framing::none && body.empty()))
        response.framing = http::Framing::until_close;
    return true;
}

void build_response(Stream& stream, const model::Reply& reply, http::Response& response) {
    response.status = reply.status;
    response.reason = reply.reason.empty() ? http::reason_of(reply.status) : reply.reason;
    response.version = "HTTP/1.1";
    response.framing = http::Framing::length;
    response.content_length = reply.body.size();
    response.headers.reserve(stream.arena, reply.headers.size() + 3);
    const bool bodyless = http::is_bodyless(reply.status);
    if (!bodyless && !reply.headers.find(http::Known::content_length)) {
        char digits[20];
        const auto end = std::to_chars(digits, digits + sizeof digits, reply.body.size()).ptr;
        response.headers.add(stream.arena, "content-length",
                             stream.arena.copy({digits, static_cast<std::size_t>(end - digits)}));
    }
    for (const http::Header& header : reply.headers) response.headers.add(stream.arena, header);
}

}  // namespace

void send_reply(Stream& stream, const model::Reply& reply) {
    Endpoint& client = *stream.client.endpoint;
    http::Response& response = stream.response;
    stream.response_started = true;
    response = {};
    std::string_view body = reply.body;
    if (!reply.raw.empty()) {
        if (!read_raw(stream, reply.raw, response, body)) {
            stream.keep_client = false;
            client.put_raw(reply.raw);
            client.flush();
            return;
        }
    } else {
        build_response(stream, reply, response);
    }
    // These rules cannot refuse what is an answer to a refusal, perhaps to their own.
    stream.context.lenient = true;
    stream.context.rewrite_room = static_cast<std::int64_t>(base::Buffer::default_capacity() - content_size(response));
    run_after_response(stream);
    if (http::is_bodyless(response.status)) response.framing = http::Framing::none;
    http::settle_framing(stream.arena, response, stream.request.is_at_least_1_1());
    stream.head_bytes += content_size(response);
    if (reply.close) stream.keep_client = false;
    set_reply_connection(stream);
    const bool bodyless = stream.head_request || http::is_bodyless(response.status);
    if (bodyless) response.framing = http::Framing::none;
    client.put_head(response);
    if (!bodyless) {
        client.put(body, true, false, nullptr);
        stream.body_bytes += body.size();
    }
    client.flush();
}

void send_refusal(Stream& stream, std::uint16_t status) {
    const model::ErrorReply* custom = find_error_reply(*stream.frontend, status);
    stream.keep_client = false;
    stream.response_started = stream.replied = true;
    if (custom && custom->raw) {
        stream.client.endpoint->put_raw(*custom->raw);
    } else {
        const BuiltIn& text = built_in(status);
        const auto body =
            stream.arena.concat("<html><body><h1>", text.heading, "</h1>\n", text.sentence, "\n</body></html>\n");
        // Pages that came late to HAProxy do not say that the connection ends.
        const bool silent = status == 414 || status == 422 || status == 431;
        stream.client.endpoint->put_raw(
            stream.arena.concat("HTTP/1.1 ", text.heading, "\r\nContent-length: ", std::to_string(body.size()),
                                "\r\nCache-Control: no-cache\r\n", silent ? "" : "Connection: close\r\n",
                                "Content-Type: text/html\r\n\r\n", body));
    }
    stream.client.endpoint->flush();
}

namespace {
std::uint64_t fields_size(const http::HeaderList& headers) {
    std::uint64_t size = 21;
    for (const http::Header& header : headers) size += header.name.size() + header.value.size();
    return size;
}
}  // namespace

std::uint64_t content_size(const http::Request& head) {
    return fields_size(head.headers) + head.method_text.size() + head.target.size() + head.version.size();
}

std::uint64_t content_size(const http::Response& head) {
    return fields_size(head.headers) + head.version.size() + 3 + head.reason.size();
}

bool run_after_response(Stream& stream) {
    stream.context.response = &stream.response;
    for (const model::Proxy* proxy : {stream.backend, stream.frontend}) {
        std::size_t from = 0;
        if (!proxy->http_after_response.empty() &&
            model::run_rules(proxy->http_after_response, stream.context, from) == model::Verdict::error)
            return false;
        if (stream.backend == stream.frontend) break;
    }
    return true;
}

}  // namespace cfgproxy::stream
