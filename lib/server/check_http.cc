#include "server/check_http.h"

#include <algorithm>

#include "base/text.h"
#include "log/format.h"

namespace cfgproxy::server {

constexpr std::size_t kMaxBody = 16384;

CheckMessage make_check_request(const model::CheckRequest& check, const sample::Context& context,
                                std::string_view state) {
    auto text_of = [&](const model::CheckRequest::Format& format, std::string_view plain, std::string_view standard) {
        std::string out(plain);
        if (format) log::render(*format, nullptr, context, out);
        return out.empty() ? std::string(standard) : out;
    };
    CheckMessage message{.method = check.method.empty() ? "OPTIONS" : check.method,
                         .uri = text_of(check.uri_format, check.uri, "/"),
                         .version = check.version.empty() ? "HTTP/1.0" : check.version,
                         .headers = {},
                         .body = text_of(check.body_format, check.body, {})};
    for (const auto& [name, format] : check.headers) {
        std::string value;
        log::render(*format, nullptr, context, value);
        if (!value.empty()) message.headers.emplace_back(base::lower(name), std::move(value));
    }
    if (!state.empty()) message.headers.emplace_back("x-haproxy-server-state", state);
    return message;
}

bool has_length(const CheckMessage& message) {
    using http::Method;
    const Method method = http::find_method(message.method);
    return !message.body.empty() ||
           (method != Method::options && method != Method::get && method != Method::head && method != Method::delete_);
}

std::string to_h1(const CheckMessage& message) {
    std::string request = message.method + " " + message.uri + " " + message.version + "\r\n";
    bool connection = false;
    for (const auto& [name, value] : message.headers) {
        connection = connection || name == "connection";
        request.append(name).append(": ").append(value).append("\r\n");
    }
    if (!connection && message.version != "HTTP/1.0") request += "connection: close\r\n";
    if (has_length(message)) request += "content-length: " + std::to_string(message.body.size()) + "\r\n";
    return request.append("\r\n").append(message.body);
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

CheckResponse::State CheckResponse::add_body(std::string_view bytes) {
    body_.append(bytes.substr(0, kMaxBody - body_.size()));
    return body_.size() == kMaxBody ? State::complete : State::head;
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
