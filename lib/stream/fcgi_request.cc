// How a request is told to a FastCGI application, and what is made of its answer (manual 3.4 section 10).
#include "stream/fcgi_request.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>

#include "base/text.h"
#include "http/fcgi.h"
#include "log/format.h"
#include "model/fcgi.h"
#include "server/fcgi_parameters.h"
#include "stream/steps.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

bool holds(const std::unique_ptr<sample::Condition>& condition, const Stream& s) {
    return !condition || condition->test(s.context) == sample::Found::yes;
}

/// All bytes of the payload, which must be known before any of it is sent; nothing if that is not so.
std::optional<std::uint64_t> payload_length(Stream& s, const http::Request& request) {
    if (request.framing == http::Framing::none) return 0;
    if (request.framing == http::Framing::length) return request.content_length;
    if (s.client.input_done) return s.replay.body.size();
    const stream::Collected collected = s.client.endpoint->collect();
    if (!collected.complete) return std::nullopt;
    return s.replay.body.size() + collected.data.size();
}

void add_date(Stream& s) {
    if (s.response.headers.find(http::Known::date)) return;
    const auto seconds = static_cast<std::time_t>(s.loop().wall_us() / 1000000);
    std::tm t{};
    if (!gmtime_r(&seconds, &t)) return;
    char text[64];
    const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &t);
    s.response.headers.add(s.arena, "date", s.arena.copy({text, size}));
}

}  // namespace

std::uint16_t encode_fcgi_parameters(Stream& s, const http::Request& request, std::string& to) {
    const auto length = payload_length(s, request);
    if (!length) return 400;
    const std::string_view target = request.normalized ? request.path_and_query() : request.target;
    const std::string_view nowhere = request.method == http::Method::options ? "*" : "/";
    const std::string server_field = base::lower(s.backend->send_name_header);
    const server::FcgiRequest told{.method = request.method_text,
                                   .uri = request.normalized && target.empty() ? nowhere : target,
                                   .version = request.version,
                                   .fields = request.headers,
                                   .own = s.fcgi_parameters,
                                   .server_field = server_field,
                                   .server_name = s.record.server_name,
                                   .source = s.context.src,
                                   .destination = s.context.dst,
                                   .length = *length,
                                   .tls = s.session.connection().tls() != nullptr};
    if (!s.backend->fcgi_app || !server::append_fcgi_parameters(to, *s.backend->fcgi_app, told)) return 500;
    // All of it must fit into one record, and that into a buffer.
    const std::size_t most = std::min(base::Buffer::default_capacity() - 1, http::kFcgiHeader + http::kFcgiMaxContent);
    return http::kFcgiHeader + to.size() <= most ? 0 : 500;
}

void apply_fcgi_rules(Stream& s) {
    const model::FcgiApp& app = *s.backend->fcgi_app;
    s.fcgi_parameters.forget();
    std::map<std::string_view, const model::Template*> values;  // HAProxy tells them in this order
    for (const model::FcgiParameter& rule : app.parameters)
        if (holds(rule.when, s)) values[rule.name] = rule.value.get();
    for (const auto& [name, value] : values) {
        const std::string_view text = s.arena.copy(log::render(*value, &s.record, s.context));
        if (!text.empty()) s.fcgi_parameters.add(s.arena, name, text);
    }
    std::map<std::string_view, bool> fields;
    for (const model::FcgiHeader& rule : app.headers)
        if (holds(rule.when, s)) fields[rule.name] = rule.pass;
    for (const auto& [name, pass] : fields)
        if (!pass) s.request.headers.remove(name);
}

void dress_fcgi_response(Stream& s) {
    http::Response& response = s.response;
    while (response.headers.remove("status")) {
    }
    add_date(s);
    const bool open = response.framing == http::Framing::chunked || response.framing == http::Framing::none;
    if (s.head_request || !open || response.headers.find(http::Known::transfer_encoding) ||
        response.headers.find(http::Known::content_length) || !s.request.is_at_least_1_1())
        return;
    const stream::Collected collected = s.origin.endpoint->collect();
    if (!collected.complete) return;
    if (response.framing == http::Framing::chunked) response.framing = http::Framing::length;
    response.content_length = collected.data.size();
    response.headers.add(s.arena, "content-length", s.arena.copy(std::to_string(collected.data.size())));
}

}  // namespace cfgproxy::stream
