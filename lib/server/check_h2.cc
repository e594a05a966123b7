#include "server/check_h2.h"

#include <utility>
#include <vector>

namespace cfgproxy::server {

using http::H2Error;
using net::Io;

namespace {
constexpr std::size_t kOutLimit = 65536;

bool is_about_connection(std::string_view name) {
    return name == "connection" || name == "keep-alive" || name == "proxy-connection" || name == "transfer-encoding" ||
           name == "upgrade";
}
}  // namespace

CheckH2::CheckH2(CheckResponse& response, const CheckMessage& message, CountedCheck& counted)
    : CheckMux(response), counted_(counted), body_(message.body), session_(*this, false, {}) {
    ask(message);
}

/// As HAProxy has it: the scheme https and no :authority, unless the URI tells them.
void CheckH2::ask(const CheckMessage& message) {
    http::Request request;
    request.method_text = message.method;
    request.method = response_.method();
    request.target = message.uri;
    base::Arena arena;
    for (const auto& [name, value] : message.headers)
        if (!is_about_connection(name)) request.headers.add(arena, name, value);
    if (has_length(message)) request.headers.add(arena, "content-length", arena.copy(std::to_string(body_.size())));
    std::vector<http::H2Field> fields;
    http::to_h2_fields(request, arena, fields);
    closed_ = !session_.open(stream_, fields, body_.empty());
    session_.produce(out_, kOutLimit);  // before the texts of the fields go
}

Io CheckH2::send(net::Connection& connection) {
    for (;;) {
        if (sent_ < body_.size()) session_.resume(stream_);
        session_.produce(out_, kOutLimit);
        if (out_.empty()) return Io::ok;
        if (const Io io = send_queued(connection); io != Io::ok) return io;
    }
}

H2Error CheckH2::on_field(http::H2Stream&, std::string_view name, std::string_view value) {
    if (!head_) head_.emplace();
    return head_->add(response_.arena(), name, value, {}) ? H2Error::no_error : head_->error();
}

H2Error CheckH2::on_fields_end(http::H2Stream&, bool end) {
    if (!head_) return H2Error::protocol_error;
    http::H2Head head = std::move(*head_);
    head_.reset();
    if (response_.head()) return H2Error::no_error;  // trailers
    http::Response response;
    if (head.finish(response_.arena(), response, response_.method(), end)) {
        if (response.status < 200 && response.status != 101) return H2Error::no_error;
        response_.set_head(response);
        if (state_ == State::more) state_ = State::head;
        return H2Error::no_error;
    }
    return H2Error::protocol_error;
}

void CheckH2::on_payload(http::H2Stream& stream, std::string_view bytes) {
    if (state_ != State::head) return;
    state_ = response_.add_body(bytes);
    session_.consumed(stream, bytes.size());
}

H2Error CheckH2::on_end(http::H2Stream&) {
    end_answer();
    return H2Error::no_error;
}

http::H2Session::Piece CheckH2::next_payload(http::H2Stream&, std::size_t max) {
    const std::string_view rest = std::string_view(body_).substr(sent_);
    return {rest.substr(0, max), rest.size() <= max};
}

}  // namespace cfgproxy::server
