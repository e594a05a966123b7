#include "server/check_http.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace cfgproxy::server {

constexpr std::size_t kMaxBody = 16384;

static void add_field(std::string& request, std::string_view name, std::string_view value, bool& connection) {
    const std::string lower = base::lower(name);
    if (lower == "connection") connection = true;
    request.append(lower).append(": ").append(value).append("\r\n");
}

std::string make_check_request(const model::HttpCheck& check) {
    std::string request = check.method + " " + check.uri + " " + check.version + "\r\n";
    bool connection = false;
    for (const auto& [name, value] : check.headers) add_field(request, name, value, connection);
    // The 1.x way: field lines, and perhaps a body, behind the version.
    std::string_view rest = check.extra;
    std::string_view body;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = base::trim(rest.substr(0, end));
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        const std::size_t colon = line.find(':');
        if (colon != line.npos) {
            add_field(request, base::trim(line.substr(0, colon)), base::trim(line.substr(colon + 1)), connection);
        } else if (line.empty() && !check.extra.empty() && request.size() > 0 && !rest.empty() &&
                   request.find("\r\n") + 2 < request.size()) {
            body = rest;
            break;
        }
    }
    if (!connection && check.version != "HTTP/1.0") request += "connection: close\r\n";
    if (!body.empty()) request += "content-length: " + std::to_string(body.size()) + "\r\n";
    return request.append("\r\n").append(body);
}

HttpExpectation::HttpExpectation(const model::HttpCheck& check)
    : expect_(check.expect), negated_(check.expect_negated), pattern_(check.expect_pattern) {
    if (expect_ == Expect::none) ranges_.push_back({200, 399});
    if (expect_ == Expect::status) {
        for (std::string_view piece : base::split(pattern_, ',')) {
            piece = base::trim(piece);
            const std::size_t dash = piece.find('-');
            const auto low = base::parse_uint(piece.substr(0, dash));
            const auto high = dash == piece.npos ? low : base::parse_uint(piece.substr(dash + 1));
            if (low && high) ranges_.push_back({static_cast<int>(*low), static_cast<int>(*high)});
        }
    }
    if (expect_ == Expect::rstatus || expect_ == Expect::rstring) {
        auto compiled = sample::Regex::compile(pattern_, false);
        if (compiled.ok()) regex_ = *compiled;
    }
}

bool HttpExpectation::needs_body() const { return expect_ == Expect::string || expect_ == Expect::rstring; }

bool HttpExpectation::matches_status(int status) const {
    if (expect_ == Expect::rstatus) {
        char text[12];
        const auto end = std::to_chars(text, text + sizeof text, status).ptr;
        return regex_ && regex_->matches({text, static_cast<std::size_t>(end - text)});
    }
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const auto& range) { return status >= range.first && status <= range.second; });
}

HttpExpectation::Verdict HttpExpectation::judge(int status, std::string_view reason, std::string_view body,
                                                bool complete) const {
    if (!needs_body()) {
        if (matches_status(status) != negated_) return {true, CheckStatus::l7_ok, {}};
        return {true, CheckStatus::l7_wrong_status, std::string(reason)};
    }
    if (body.empty()) return {complete, CheckStatus::l7_invalid, "HTTP content check could not find a response body"};
    const bool match = expect_ == Expect::string ? body.find(pattern_) != body.npos : regex_ && regex_->matches(body);
    if (!match && !complete) return {};
    if (match != negated_) return {true, CheckStatus::l7_ok, {}};
    return {true, CheckStatus::l7_invalid,
            negated_ ? "HTTP check matched unwanted content" : "HTTP content check did not match"};
}

void CheckResponse::reset(http::Method method) {
    buffer_.release();
    response_ = {};
    arena_.reset();
    parser_.reset(true);
    chunks_.reset();
    method_ = method;
    has_head_ = false;
    reason_.clear();
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
        reason_ = response_.reason;
        const bool interim = response_.status < 200 && response_.status != 101;
        buffer_.consume(parser_.length());
        if (interim) {
            parser_.reset(true);
            buffer_.compact();
            return advance(closed);
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
