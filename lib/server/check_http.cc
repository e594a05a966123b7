#include "server/check_http.h"

#include <algorithm>

#include "base/text.h"
#include "log/format.h"

namespace cfgproxy::server {

constexpr std::size_t kMaxBody = 16384;

std::string make_check_request(const model::CheckRequest& check, const sample::Context& context,
                               std::string_view state) {
    auto text_of = [&](const model::CheckRequest::Format& format, std::string_view plain, std::string_view standard) {
        std::string out(plain);
        if (format) log::render(*format, nullptr, context, out);
        return out.empty() ? std::string(standard) : out;
    };
    const std::string version = check.version.empty() ? "HTTP/1.0" : check.version;
    std::string request = check.method.empty() ? "OPTIONS" : check.method;
    request.append(" ").append(text_of(check.uri_format, check.uri, "/")).append(" ").append(version).append("\r\n");
    bool connection = false;
    for (const auto& [name, format] : check.headers) {
        std::string value;
        log::render(*format, nullptr, context, value);
        if (value.empty()) continue;
        const std::string lower = base::lower(name);
        connection = connection || lower == "connection";
        request.append(lower).append(": ").append(value).append("\r\n");
    }
    if (!state.empty()) request.append("x-haproxy-server-state: ").append(state).append("\r\n");
    if (!connection && version != "HTTP/1.0") request += "connection: close\r\n";
    const std::string body = text_of(check.body_format, check.body, {});
    if (!body.empty()) request += "content-length: " + std::to_string(body.size()) + "\r\n";
    return request.append("\r\n").append(body);
}

void CheckResponse::reset(http::Method method) {
    buffer_.release();
    response_ = {};
    arena_.reset();
    parser_.reset(true);
    chunks_.reset();
    method_ = method;
    has_head_ = false;
    body_.clear();
}

CheckResponse::State CheckResponse::advance(bool closed) {
    if (!has_head_) {
        const http::H1Limits limits;
        const auto size = static_cast<std::uint32_t>(buffer_.size());
        const auto state = size ? parser_.feed(buffer_.data(), size, limits, arena_) : http::ParseState::more;
        if (state == http::ParseState::more) return closed || size >= kMaxBody ? State::invalid : State::more;
        if (state == http::ParseState::error || !parser_.finish(buffer_.data(), arena_, response_, method_))
            return State::invalid;
        const bool interim = response_.status < 200 && response_.status != 101;
        buffer_.consume(parser_.length());
        if (interim) {
            parser_.reset(true);
            buffer_.compact();
            return advance(closed);
        }
        // The buffer moves on; the head stays.
        response_.reason = arena_.copy(response_.reason);
        for (http::Header& header : response_.headers) {
            header.name = arena_.copy(header.name);
            header.value = arena_.copy(header.value);
        }
        has_head_ = true;
    }
    return advance_body(closed);
}

CheckResponse::State CheckResponse::advance_body(bool closed) {
    if (response_.framing == http::Framing::chunked) {
        if (!read_chunks()) return State::invalid;
        if (chunks_.complete()) return State::complete;
    } else if (response_.framing != http::Framing::none) {
        body_.append(buffer_.view());
        buffer_.consume(buffer_.size());
        if (response_.framing == http::Framing::length && body_.size() >= response_.content_length) {
            body_.resize(response_.content_length);
            return State::complete;
        }
    } else {
        return State::complete;
    }
    return closed || body_.size() >= kMaxBody ? State::complete : State::head;
}

bool CheckResponse::read_chunks() {
    while (!buffer_.empty() && !chunks_.complete()) {
        const std::uint64_t payload = std::min<std::uint64_t>(chunks_.payload_left(), buffer_.size());
        if (payload > 0) {
            body_.append(buffer_.view().substr(0, payload));
            chunks_.consumed(payload);
            buffer_.consume(payload);
            continue;
        }
        buffer_.consume(chunks_.feed(buffer_.view()));
        if (chunks_.failed()) return false;
    }
    return true;
}

}  // namespace cfgproxy::server
