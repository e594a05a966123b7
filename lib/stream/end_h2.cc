#include "stream/end_h2.h"

#include <cerrno>

#include "http/head_copy.h"
#include "stream/mux_h2.h"

namespace cfgproxy::stream {

using http::H2Error;

// --- heads in ------------------------------------------------------------------------------------------------

H2Error EndH2::add_field(std::string_view name, std::string_view value, const http::H2Head::Limits& limits) {
    if (!head_) head_.emplace();
    bytes_in_ += name.size() + value.size();
    if (head_->add(arena_, name, value, limits)) return H2Error::no_error;
    malformed_ = !head_read_;
    return head_->error();
}

/// Turns the fields into what they are: the request, a response, or trailers.
H2Error EndH2::end_fields(bool end, bool from_client) {
    if (!head_) return H2Error::protocol_error;
    H2Error error = H2Error::no_error;
    if (!head_->has_start()) {
        if (head_read_ && end && head_->finish_trailers())
            trailers_ = head_->fields();
        else
            error = H2Error::protocol_error;
    } else if (head_read_) {
        error = H2Error::protocol_error;
    } else if (from_client) {
        if (head_->finish(arena_, request_, end)) {
            has_request_ = head_read_ = true;
            promise(request_);
            extended_connect_ = !head_->protocol().empty();
            method_ = request_.method;
        } else {
            error = head_->error() == H2Error::no_error ? H2Error::protocol_error : head_->error();
        }
    } else {
        auto* answer = new (arena_.allocate(sizeof(Answer), alignof(Answer))) Answer;
        if (head_->finish(arena_, answer->response, method_, end)) {
            if (extended_connect_ && answer->response.status == 200) answer->response.status = 101;
            if (answer->response.status == 101) answer->response.framing = http::Framing::tunnel;
            Answer** last = &responses_;
            while (*last) last = &(*last)->next;
            *last = answer;
            head_read_ = answer->response.status >= 200 || answer->response.status == 101;
            if (method_ != http::Method::head) promise(answer->response);
        } else {
            malformed_ = true;
            error = H2Error::protocol_error;
        }
    }
    head_.reset();
    if (error != H2Error::no_error && !head_read_) malformed_ = true;
    return error;
}

/// Content-Length must be what comes (RFC 9113 section 8.1.1).
void EndH2::promise(const http::Head& head) {
    has_promise_ = head.framing == http::Framing::length || (mux_.server_ && head.framing == http::Framing::none &&
                                                             head.headers.find(http::Known::content_length));
    promised_ = head.content_length;
}

H2Error EndH2::end_input() {
    if (has_promise_ && arrived_ != promised_) return H2Error::protocol_error;
    in_ended_ = true;
    return H2Error::no_error;
}

HeadState EndH2::read_request(http::Request& request, base::Arena&) {
    if (malformed_) {
        trouble_ = Trouble::malformed;
        return HeadState::trouble;
    }
    if (!has_request_) {
        trouble_ = closed_ ? Trouble::reset : Trouble::none;
        return closed_ ? HeadState::trouble : HeadState::more;
    }
    request = request_;
    has_request_ = false;
    if (!request.bad) return HeadState::ready;
    trouble_ = Trouble::malformed;
    return HeadState::trouble;
}

HeadState EndH2::read_response(http::Response& response, base::Arena&, http::Method) {
    if (responses_) {
        response = responses_->response;
        responses_ = responses_->next;
        return HeadState::ready;
    }
    if (malformed_) {
        trouble_ = Trouble::malformed;
        return HeadState::trouble;
    }
    if (!closed_ && !in_ended_ && !cut_) return HeadState::more;
    trouble_ = why_ == H2Error::no_error ? Trouble::closed : Trouble::reset;
    return HeadState::trouble;
}

const http::ParseError* EndH2::parse_error() const {
    static constexpr http::ParseError kOfClient{.status = 400, .reason = "malformed HTTP/2 request"};
    static constexpr http::ParseError kOfServer{.status = 502, .reason = "malformed HTTP/2 response"};
    return mux_.server_ ? &kOfClient : &kOfServer;
}

// --- payload in ----------------------------------------------------------------------------------------------

void EndH2::add_payload(std::string_view bytes) {
    in_.append(bytes);
    bytes_in_ += bytes.size();
    arrived_ += bytes.size();
}

Body EndH2::peek() {
    if (!in_.empty()) return {.data = in_.view(), .end = in_ended_};
    if (in_ended_) return {.end = true};
    if (cut_) trouble_ = Trouble::closed;
    if (closed_) trouble_ = Trouble::reset;
    return {.trouble = trouble_};
}

void EndH2::consume(std::size_t count) {
    in_.consume(count);
    if (closed_) return;
    mux_.session_.consumed(*this, count);
    mux_.schedule_flush();
}

Collected EndH2::collect() {
    Collected all{.data = in_.view(), .complete = in_ended_, .full = in_.size() >= base::Buffer::default_capacity()};
    if (!all.complete && (closed_ || cut_)) all.trouble = trouble_ = closed_ ? Trouble::reset : Trouble::closed;
    return all;
}

std::uint64_t EndH2::end_size() const {
    std::uint64_t size = trailers_.size() ? 1 : 0;
    for (const http::Header& trailer : trailers_) size += trailer.name.size() + trailer.value.size();
    return size;
}

// --- out -----------------------------------------------------------------------------------------------------

void EndH2::send_fields(const std::vector<http::H2Field>& fields, bool interim, bool end) {
    for (const http::H2Field& field : fields) bytes_out_ += field.name.size() + field.value.size();
    if (interim) {
        mux_.session_.answer(*this, fields, true, false);
    } else {
        head_sent_ = true;
        out_ended_ = end_wanted_ = end;
        if (mux_.server_)
            mux_.session_.answer(*this, fields, false, end);
        else if (!mux_.session_.open(*this, fields, end))
            close(H2Error::refused_stream);
    }
    mux_.produce();
    mux_.schedule_flush();
}

void EndH2::put_head(const http::Response& response) {
    if (closed_) return;
    thread_local std::vector<http::H2Field> fields;
    http::to_h2_fields(response, extended_connect_, arena_, fields);
    const bool interim = response.status < 200 && response.status != 101;
    bodyless_ = response.framing == http::Framing::none;
    send_fields(fields, interim, bodyless_ && !interim);
}

/// An upgrade cannot bring payload along, and not every server knows what is asked of it (RFC 8441).
bool EndH2::takes_upgrade(const http::Request& request) const {
    return request.framing == http::Framing::none && mux_.session_.knows_connect();
}

/// HAProxy resets the stream that it would have been, for which strict servers end the connection: others must not
/// suffer from it.
std::uint16_t EndH2::refuse_request(const http::Request& request) {
    if (!(request.connection & http::kUpgrade) || takes_upgrade(request)) return 0;
    if (mux_.streams() == 1) mux_.session_.give_up_next(H2Error::internal_error);
    mux_.schedule_flush();
    return 502;
}

void EndH2::put_head(const http::Request& request) {
    if (closed_) return;
    thread_local std::vector<http::H2Field> fields;
    method_ = request.method;
    extended_connect_ = (request.connection & http::kUpgrade) != 0;
    http::to_h2_fields(request, arena_, fields);
    const bool tunnel = extended_connect_ || method_ == http::Method::connect;
    send_fields(fields, false, request.framing == http::Framing::none && !tunnel);
}

void EndH2::put_raw(std::string_view bytes) {
    http::Response response;
    http::H1HeadParser parser(true);
    char* text = http::copy_to_parse(arena_, bytes);
    if (parser.feed(text, static_cast<std::uint32_t>(bytes.size()), {}, arena_) != http::ParseState::done ||
        !parser.finish(text, arena_, response, method_)) {
        if (!closed_) mux_.session_.reset(*this, H2Error::internal_error);
        return;
    }
    put_head(response);
    put(std::string_view(text, bytes.size()).substr(parser.length()), true, false, nullptr);
}

std::size_t EndH2::put(std::string_view data, bool end, bool, const http::HeaderList* trailers) {
    if (closed_ || out_ended_) return data.size();
    if (bodyless_) {
        if (!end) return data.size();
        offered_ = {};
    } else {
        offered_ = data;
    }
    const std::size_t size = offered_.size();
    end_wanted_ = end;
    offered_trailers_ = trailers;
    mux_.send(*this);
    const std::size_t left = offered_.size();
    offered_ = {};
    if (left > 0) end_wanted_ = false;
    blocked_ = left > 0;
    return bodyless_ ? data.size() : size - left;
}

http::H2Session::Piece EndH2::next_payload(std::size_t max) {
    const auto data = offered_.substr(0, max);
    const bool end = end_wanted_ && data.size() == offered_.size() && !out_ended_;
    if (end) out_ended_ = true;
    return {data, end, end ? offered_trailers_ : nullptr};
}

void EndH2::on_sent(std::size_t bytes, bool) {
    offered_.remove_prefix(std::min(bytes, offered_.size()));
    bytes_out_ += bytes;
}

bool EndH2::flush() {
    if (closed_) return true;
    mux_.schedule_flush();
    return !has_unsent();
}

bool EndH2::can_send() const { return !blocked_ || (mux_.session_.window(*this) > 0 && !mux_.output_is_full()); }

int EndH2::error() const {
    if (closed_ && (!in_ended_ || output_failed())) return ECONNRESET;
    return 0;
}

bool EndH2::peer_left() const { return closed_ || mux_.connection_.peer_closed(); }

void EndH2::close(H2Error why) {
    closed_ = true;
    why_ = why;
}

}  // namespace cfgproxy::stream
