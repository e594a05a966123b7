#include "stream/applet.h"

namespace cfgproxy::stream {

HeadState AppletEnd::read_response(http::Response& response, base::Arena& arena, http::Method method) {
    if (applet_->wants_body() && !request_complete_) return HeadState::more;
    response.version = "HTTP/1.1";
    applet_->start(body_, response, arena);
    bodyless_ = method == http::Method::head;
    if (response.framing == http::Framing::length) {
        last_ = response.content_length == 0;
        return HeadState::ready;
    }
    if (bodyless_)
        response.framing = http::Framing::none;
    else
        response.framing = http_1_1_ ? http::Framing::chunked : http::Framing::until_close;
    if (http_1_1_ && !bodyless_) response.headers.add(arena, "transfer-encoding", "chunked");
    last_ = bodyless_;
    return HeadState::ready;
}

Body AppletEnd::peek() {
    if (used_ == piece_.size()) {
        piece_.clear();
        used_ = 0;
        while (!last_ && piece_.empty()) last_ = !applet_->produce(piece_);
    }
    return {.data = std::string_view(piece_).substr(used_), .end = last_};
}

void AppletEnd::consume(std::size_t count) { used_ += count; }

std::size_t AppletEnd::put(std::string_view data, bool end, bool, const http::HeaderList*) {
    if (body_.size() < kMaxBody) body_.append(data.substr(0, kMaxBody - body_.size()));
    if (end) request_complete_ = true;
    return data.size();
}

}  // namespace cfgproxy::stream
