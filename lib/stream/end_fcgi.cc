#include "stream/end_fcgi.h"

#include <cerrno>

#include "http/head_copy.h"
#include "stream/fcgi_request.h"
#include "stream/mux_fcgi.h"
#include "stream/stream.h"

namespace cfgproxy::stream {

// --- in ------------------------------------------------------------------------------------------------------

HeadState EndFcgi::read_response(http::Response& response, base::Arena& arena, http::Method method) {
    if (!in_.empty()) {
        const auto state = parser_.feed(in_.data(), static_cast<std::uint32_t>(in_.size()), mux_.limits_.h1, arena);
        if (state == http::ParseState::done) {
            // More may come while the head is looked at, for others on the connection: it must not move.
            char* text = http::copy_to_parse(arena, in_.view().substr(0, parser_.length()));
            if (!parser_.finish_cgi(text, arena, response, method, is_1_1_)) return stop(Trouble::malformed);
            in_.consume(parser_.length());
            begin_body(response);
            // A program has one answer only, as HAProxy sees it: none can follow one that announces another.
            if (response.status < 200 && has_excess()) return stop(Trouble::malformed);
            return HeadState::ready;
        }
        if (state == http::ParseState::error) return stop(Trouble::malformed);
        if (in_.size() >= mux_.limits_.max_head) return stop(Trouble::too_long);
    }
    if (gone_ || in_ended_) return stop(gone_ && reset_ ? Trouble::reset : Trouble::closed);
    return HeadState::more;
}

void EndFcgi::next_message(bool) {
    parser_.reset_cgi();
    ending_ = Ending::head;
    trouble_ = Trouble::none;
}

void EndFcgi::begin_body(const http::Response& response) {
    switch (response.framing) {
        case http::Framing::none:
            ending_ = Ending::done;
            return;
        case http::Framing::length:
            left_ = response.content_length;
            ending_ = left_ > 0 ? Ending::length : Ending::done;
            return;
        case http::Framing::chunked:
            if (!response.headers.find(http::Known::transfer_encoding)) break;
            ending_ = Ending::chunked;
            chunks_ = std::make_unique<http::H1ChunkParser>();
            chunks_->reset(mux_.limits_.h1);
            {
                const std::string coded(in_.view());
                in_.clear();
                decode(coded);
            }
            return;
        default:
            break;
    }
    ending_ = Ending::until_end;
}

void EndFcgi::add_output(std::string_view bytes) {
    bytes_in_ += bytes.size();
    if (ending_ == Ending::done) return;  // more than was announced, and the rest is on its way already
    if (ending_ == Ending::chunked) return decode(bytes);
    in_.append(bytes);
}

/// Programs that put their answer in chunks are told by nobody to do so, but HAProxy takes it.
void EndFcgi::decode(std::string_view bytes) {
    while (!bytes.empty() && !chunks_->complete() && !chunks_->failed()) {
        if (const auto left = chunks_->payload_left(); left > 0) {
            const std::string_view payload = bytes.substr(0, left);
            in_.append(payload);
            chunks_->consumed(payload.size());
            bytes.remove_prefix(payload.size());
        } else {
            bytes.remove_prefix(chunks_->feed(bytes));
        }
    }
    excess_ = excess_ || !bytes.empty();
}

/// Whether all of the payload that is to come is in in_.
bool EndFcgi::is_whole() const {
    switch (ending_) {
        case Ending::length:
            return in_.size() >= left_;
        case Ending::chunked:
            return chunks_->complete();
        case Ending::until_end:
            return in_ended_;
        default:
            return ending_ == Ending::done;
    }
}

/// The application has said more than its head announced: who knows what of it is true.
bool EndFcgi::has_excess() const {
    if (ending_ == Ending::chunked) return excess_ || chunks_->failed();
    if (ending_ == Ending::length) return in_.size() > left_;
    return ending_ == Ending::done && !in_.empty();
}

bool EndFcgi::buffered_body_is_sound() const { return !has_excess(); }

Body EndFcgi::peek() {
    if (ending_ == Ending::done) return {.end = true};
    if (has_excess()) {
        trouble_ = Trouble::malformed;
        return {.trouble = trouble_};
    }
    if (is_whole()) {
        if (in_.empty()) ending_ = Ending::done;
        return {.data = in_.view(), .end = true};
    }
    if (!in_.empty()) return {.data = in_.view()};
    if (in_ended_ || gone_) trouble_ = gone_ && reset_ ? Trouble::reset : Trouble::closed;
    return {.trouble = trouble_};
}

void EndFcgi::consume(std::size_t count) {
    const bool whole = is_whole();
    in_.consume(count);
    if (ending_ == Ending::length) left_ -= count;
    if (whole && in_.empty()) ending_ = Ending::done;
    mux_.note_consumed();
}

Collected EndFcgi::collect() {
    Collected all{.data = in_.view(), .complete = is_whole(), .full = in_.size() >= base::Buffer::default_capacity()};
    if (has_excess()) all.trouble = trouble_ = Trouble::malformed;
    if (!all.complete && (in_ended_ || gone_)) all.trouble = trouble_ = Trouble::closed;
    return all;
}

const http::HeaderList* EndFcgi::trailers() const {
    return chunks_ && chunks_->complete() && chunks_->trailers().size() ? &chunks_->trailers() : nullptr;
}

// --- out -----------------------------------------------------------------------------------------------------

std::uint16_t EndFcgi::refuse_request(const http::Request& request) {
    parameters_.clear();
    return encode_fcgi_parameters(*stream, request, parameters_);
}

void EndFcgi::put_head(const http::Request& request) {
    if (gone_) return;
    is_1_1_ = request.is_at_least_1_1();
    bytes_out_ += parameters_.size();
    mux_.begin(*this);
    if (request.framing == http::Framing::none) mux_.end_input(*this);
}

std::size_t EndFcgi::put(std::string_view data, bool end, bool, const http::HeaderList*) {
    if (gone_ || finished_ || out_ended_) return data.size();  // nobody reads it any more
    const std::size_t taken = mux_.put_input(*this, data);
    bytes_out_ += taken;
    blocked_ = taken < data.size();
    if (end && !blocked_) mux_.end_input(*this);
    return taken;
}

bool EndFcgi::flush() {
    if (!gone_) mux_.schedule_flush();
    return !has_unsent();
}

void EndFcgi::close_output() { put({}, true, false, nullptr); }

bool EndFcgi::can_send() const { return !blocked_ || !mux_.output_is_full(); }

int EndFcgi::error() const { return gone_ && reset_ ? ECONNRESET : 0; }

bool EndFcgi::peer_left() const { return gone_ || mux_.connection_.peer_closed(); }

}  // namespace cfgproxy::stream
