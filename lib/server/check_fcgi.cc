#include "server/check_fcgi.h"

#include <sys/socket.h>

#include <algorithm>

#include "http/head_copy.h"
#include "server/fcgi_parameters.h"

namespace cfgproxy::server {

namespace {

constexpr std::uint16_t kId = 1;

net::Address peer_of(int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    return net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
}

}  // namespace

CheckFcgi::CheckFcgi(CheckResponse& response, const CheckMessage& message, const model::FcgiApp& app, int fd)
    : CheckMux(response),
      body_(message.body),
      reader_(*this, base::Buffer::default_capacity()),
      keep_(app.keep_connection) {
    parser_.reset_cgi();
    base::Arena arena;
    FcgiRequest request{.method = message.method,
                        .uri = message.uri,
                        .version = message.version,
                        .fields = {},
                        .own = {},
                        .server_field = {},
                        .server_name = {},
                        .source = {},
                        .destination = peer_of(fd),
                        .length = body_.size()};
    for (const auto& [name, value] : message.headers) request.fields.add(arena, name, value);
    if (!request.fields.find(http::Known::connection)) request.fields.add(arena, "connection", "close");
    if (has_length(message)) request.fields.add(arena, "content-length", arena.copy(std::to_string(body_.size())));
    impossible_ = !append_fcgi_parameters(parameters_, app, request) || parameters_.size() > http::kFcgiMaxContent;
    if (app.get_values) {
        reader_.expect_values();
        http::append_fcgi_get_values(out_);
    } else {
        ask();
    }
}

void CheckFcgi::ask() {
    if (impossible_) return end_answer();
    http::append_fcgi_begin(out_, kId, keep_);
    http::append_fcgi_header(out_, http::FcgiType::params, kId, parameters_.size());
    out_.append(parameters_);
    http::append_fcgi_header(out_, http::FcgiType::params, kId, 0);
    for (std::string_view rest = body_; !rest.empty();) {
        const std::string_view piece = rest.substr(0, http::kFcgiMaxContent);
        http::append_fcgi_header(out_, http::FcgiType::input, kId, piece.size());
        out_.append(piece);
        rest.remove_prefix(piece.size());
    }
    http::append_fcgi_header(out_, http::FcgiType::input, kId, 0);
}

void CheckFcgi::on_output(std::uint16_t id, std::string_view bytes) {
    if (id != kId || closed_ || state_ == State::complete) return;
    if (bytes.empty()) return end_answer();
    if (state_ == State::head) {
        state_ = response_.add_body(bytes);
        return;
    }
    head_.append(bytes);
    const auto size = static_cast<std::uint32_t>(head_.size());
    const auto read = parser_.feed(head_.data(), size, {}, response_.arena());
    if (read == http::ParseState::more) return;
    char* text = http::copy_to_parse(response_.arena(), head_.view().substr(0, parser_.length()));
    http::Response answer;
    if (read == http::ParseState::error ||
        !parser_.finish_cgi(text, response_.arena(), answer, response_.method(), true)) {
        closed_ = true;
        return;
    }
    response_.set_head(answer);
    state_ = State::head;
    const std::string_view rest = head_.view().substr(parser_.length());
    if (!rest.empty()) state_ = response_.add_body(rest);
    head_.release();
}

void CheckFcgi::on_end(std::uint16_t id, http::FcgiEnd) {
    if (id == kId) end_answer();
}

}  // namespace cfgproxy::server
