#include "stream/end_h1.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace cfgproxy::stream {

using net::Io;

namespace {
// Payload up to this size is copied behind what is queued: one send of one piece is cheaper than two pieces.
constexpr std::size_t kCopyLimit = 4096;
// With less behind what has arrived, a read would bring next to nothing.
constexpr std::size_t kLittleRoom = 256;
}  // namespace

void EndH1::next_message(bool response) {
    if (head_length_) consume(0);
    parser_.reset(response);
    in_mode_ = In::head;
    left_ = 0;
    trouble_ = Trouble::none;
}

Io EndH1::receive() {
    if (!connection.can_receive()) {
        if (connection.error()) return Io::failed;
        if (eof_) return Io::closed;
        connection.watch();
        return Io::again;
    }
    if (in_.room() < kLittleRoom && in_.capacity() && !head_length_) in_.compact();
    const std::size_t before = in_.size();
    std::size_t max = ~std::size_t{0};
    if (in_mode_ == In::head) {
        if (before >= limits_.max_head) return Io::ok;
        in_.reserve();
        if (in_.room() < limits_.max_head - before) in_.compact();
        max = limits_.max_head - before;
    } else if (in_.capacity() && in_.room() == 0) {
        return Io::ok;
    }
    Io io = connection.receive(in_, max);
    bytes_in_ += in_.size() - before;
    if (counters) counters->h1_bytes_in.add(in_.size() - before);
    if (io == Io::closed) eof_ = true;
    return io;
}

/// Feeds the parser with what has arrived until the head is there; `finish` turns it into the message.
template <class Finish>
HeadState EndH1::read_head(base::Arena& arena, Finish finish) {
    for (;;) {
        if (!in_.empty()) {
            auto state = parser_.feed(in_.data(), static_cast<std::uint32_t>(in_.size()), limits_.h1, arena);
            if (state == http::ParseState::done && finish()) {
                note_glitches(parser_.forgiven());
                return HeadState::ready;
            }
            if (state != http::ParseState::more) return stop(Trouble::malformed);
            if (in_.size() >= limits_.max_head) return stop(Trouble::too_long);
        }
        Io io = receive();
        if (io == Io::again) return HeadState::more;
        if (io != Io::ok) return stop(io == Io::closed ? Trouble::closed : Trouble::reset);
    }
}

HeadState EndH1::read_request(http::Request& request, base::Arena& arena) {
    return read_head(arena, [&] {
        if (!parser_.finish(in_.data(), arena, request)) return false;
        begin_body(request);
        return true;
    });
}

HeadState EndH1::read_response(http::Response& response, base::Arena& arena, http::Method method) {
    return read_head(arena, [&] {
        if (!parser_.finish(in_.data(), arena, response, method)) return false;
        begin_body(response);
        return true;
    });
}

void EndH1::begin_body(const http::Head& head) {
    head_length_ = parser_.length();
    in_chunked_ = head.framing == http::Framing::chunked;
    switch (head.framing) {
        case http::Framing::none:
            in_mode_ = In::done;
            break;
        case http::Framing::length:
            in_mode_ = head.content_length ? In::length : In::done;
            left_ = head.content_length;
            break;
        case http::Framing::chunked:
            in_mode_ = In::chunked;
            if (!chunks_) chunks_ = std::make_unique<http::H1ChunkParser>();
            chunks_->reset(limits_.h1);
            decoded_ = 0;
            break;
        case http::Framing::until_close:
        case http::Framing::tunnel:
            in_mode_ = In::raw;
            break;
    }
}

// --- payload in ----------------------------------------------------------------------------------------------

Body EndH1::peek() {
    if (in_mode_ == In::done) return {.end = true};
    if (head_length_) {  // the head's views end here
        in_.consume(head_length_);
        head_length_ = 0;
    }
    switch (in_mode_) {
        case In::length:
            return peek_counted();
        case In::chunked:
            return peek_chunked();
        case In::raw:
            return peek_raw();
        default:
            return {};
    }
}

bool EndH1::fill() {
    if (!in_.empty()) return true;
    if (trouble_ != Trouble::none) return false;
    Io io = receive();
    if (io == Io::ok) return true;
    if (io == Io::closed) trouble_ = Trouble::closed;
    if (io == Io::failed) trouble_ = Trouble::reset;
    return false;
}

Body EndH1::peek_counted() {
    if (!fill()) return {.trouble = trouble_};
    Body body{.data = in_.view()};
    if (body.data.size() >= left_) {
        body.data = body.data.substr(0, left_);
        body.end = true;
    }
    return body;
}

/// Takes the chunks apart that are at hand, so that their data lies together at the front of in_ (behind the head,
/// while that is kept): many small chunks leave as one, as from HAProxy. One pass, each byte is moved at most twice.
///
///     in_ :  [ head ][ decoded_ bytes of data ][ gap: framing ][ not yet looked at ]
void EndH1::decode_chunks() {
    std::size_t data_end = head_length_ + decoded_, at = data_end;
    char* text = in_.data();
    while (at < in_.size() && !chunks_->complete()) {
        if (const auto left = chunks_->payload_left(); left > 0) {
            const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left, in_.size() - at));
            if (at != data_end) std::memmove(text + data_end, text + at, take);
            data_end += take;
            at += take;
            chunks_->consumed(take);
            continue;
        }
        at += chunks_->feed(in_.view().substr(at));
        if (chunks_->failed()) break;
    }
    in_.erase(data_end, at - data_end);
    decoded_ = static_cast<std::uint32_t>(data_end - head_length_);
}

Collected EndH1::collect() {
    Collected all;
    for (;;) {
        if (in_mode_ == In::chunked && !chunks_->complete() && !chunks_->failed()) decode_chunks();
        all.data = in_.view().substr(std::min<std::size_t>(head_length_, in_.size()));
        if (in_mode_ == In::done) all.data = {}, all.complete = true;
        if (in_mode_ == In::length && all.data.size() >= left_)
            all.data = all.data.substr(0, left_), all.complete = true;
        if (in_mode_ == In::chunked) {
            all.data = all.data.substr(0, decoded_);
            all.complete = chunks_->complete();
            if (chunks_->failed()) all.trouble = bad_chunk();
        }
        if (in_mode_ == In::raw && trouble_ == Trouble::closed) all.complete = true;
        all.full = in_.room() == 0;
        if (all.complete || all.full || all.trouble != Trouble::none) return all;
        const Io io = receive();
        if (io == Io::again) return all;
        if (io == Io::closed) trouble_ = Trouble::closed;
        if (io == Io::failed) trouble_ = Trouble::reset;
        if (io != Io::ok && in_mode_ != In::raw) all.trouble = trouble_;
    }
}

Trouble EndH1::bad_chunk() {
    if (trouble_ != Trouble::malformed) note_glitches(1);
    return trouble_ = Trouble::malformed;
}

Body EndH1::peek_chunked() {
    for (;;) {
        if (!chunks_->complete() && !chunks_->failed()) decode_chunks();
        if (decoded_ > 0 || chunks_->complete()) {
            if (decoded_ == 0) in_mode_ = In::done;
            return {.data = in_.view().substr(0, decoded_), .end = chunks_->complete()};
        }
        if (chunks_->failed()) return {.trouble = bad_chunk()};
        if (!fill()) return {.trouble = trouble_};
    }
}

Body EndH1::peek_raw() {
    if (fill()) return {.data = in_.view()};
    if (trouble_ == Trouble::closed) return {.end = true};
    return {.trouble = trouble_};
}

void EndH1::consume(std::size_t count) {
    if (head_length_) {
        count += head_length_;
        head_length_ = 0;
    } else if (in_mode_ == In::length) {
        left_ -= count;
        if (left_ == 0) in_mode_ = In::done;
    } else if (in_mode_ == In::chunked) {
        decoded_ -= static_cast<std::uint32_t>(count);
        if (decoded_ == 0 && chunks_->complete()) in_mode_ = In::done;
    }
    in_.consume(count);
}

const http::HeaderList* EndH1::trailers() const {
    return in_chunked_ && chunks_->complete() && chunks_->trailers().size() ? &chunks_->trailers() : nullptr;
}

std::uint64_t EndH1::end_size() const {
    if (!in_chunked_ || !chunks_->complete()) return 0;
    std::uint64_t size = 1;
    for (const http::Header& trailer : chunks_->trailers()) size += trailer.name.size() + trailer.value.size();
    return size;
}

bool EndH1::buffered_body_is_sound() const {
    if (in_mode_ != In::chunked || in_.size() <= head_length_) return true;
    http::H1ChunkParser parser;
    parser.reset(limits_.h1);
    std::string_view rest = in_.view().substr(head_length_);
    while (!rest.empty() && !parser.complete()) {
        if (parser.payload_left() > 0) {
            const auto payload = std::min<std::uint64_t>(parser.payload_left(), rest.size());
            parser.consumed(payload);
            rest.remove_prefix(payload);
            continue;
        }
        const std::uint32_t used = parser.feed(rest);
        if (parser.failed()) return false;
        rest.remove_prefix(used);
    }
    return true;
}

void EndH1::discard_some() {
    if (!connection.is_open() || connection.error() || !connection.can_receive()) return;
    in_.clear();
    connection.receive(in_);
    in_.clear();
    connection.shutdown_write();
}

void EndH1::discard_input() {
    while (connection.can_receive()) {
        in_.clear();
        in_.reserve();
        if (connection.receive(in_) != Io::ok) break;
    }
    in_.clear();
}

std::uint64_t EndH1::spliceable_input() const {
    if (connection.tls()) return 0;
    if (!in_.empty() || head_length_ || trouble_ != Trouble::none || !connection.can_receive()) return 0;
    if (in_mode_ == In::length) return left_;
    if (in_mode_ == In::chunked) return decoded_ == 0 ? chunks_->payload_left() : 0;
    return in_mode_ == In::raw ? ~std::uint64_t{0} : 0;
}

void EndH1::spliced_in(std::size_t count) {
    bytes_in_ += count;
    if (counters) counters->h1_spliced_in.add(count);
    if (in_mode_ == In::chunked) chunks_->consumed(count);
    if (in_mode_ != In::length) return;
    left_ -= count;
    if (left_ == 0) in_mode_ = In::done;
}

void EndH1::spliced_out(std::size_t count) {
    bytes_out_ += count;
    if (counters) counters->h1_spliced_out.add(count);
    if (!out_chunked_) return;
    chunk_promised_ -= count;
    if (chunk_promised_ == 0) out_.append("\r\n");
}

void EndH1::begin_splice(std::size_t count) {
    if (out_chunked_) promise_chunk(count);
}

void EndH1::release_buffers() {
    in_.release_if_empty();
    out_.release_if_empty();
}

// --- payload out ---------------------------------------------------------------------------------------------

void EndH1::put_head(const http::Request& request) {
    out_chunked_ = request.framing == http::Framing::chunked;
    out_bodyless_ = false;
    chunk_promised_ = 0;
    http::write_head(out_, request, name_cases);
}

void EndH1::put_head(const http::Response& response) {
    out_chunked_ = response.framing == http::Framing::chunked;
    out_bodyless_ = response.framing == http::Framing::none;
    chunk_promised_ = 0;
    http::write_head(out_, response, name_cases);
}

std::size_t EndH1::put(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) {
    if (output_failed_) return data.size();  // swallowed: the stream learns from output_failed()
    if (out_bodyless_) {
        send_with({}, hold && !end);
        return data.size();
    }
    if (out_chunked_) return put_chunk(data, end, hold, trailers);
    return send_with(data, hold && !end);
}

/// Sends what is queued and `data` behind it; returns how much of `data` was taken.
std::size_t EndH1::send_with(std::string_view data, bool hold) {
    if (data.empty()) {
        if (!hold) flush();
        return 0;
    }
    if (data.size() <= kCopyLimit && out_.capacity() && out_.room() >= data.size()) {
        out_.append(data);
        if (!hold) flush();
        return data.size();
    }
    if (!connection.can_send()) {
        if (is_dead()) return data.size();
        connection.watch();
        return 0;
    }
    iovec pieces[2];
    int count = 0;
    if (!out_.empty()) pieces[count++] = {out_.data(), out_.size()};
    pieces[count++] = {const_cast<char*>(data.data()), data.size()};
    std::size_t sent = 0;
    if (connection.send(pieces, count, sent, hold) == Io::failed) {
        output_failed_ = true;
        out_.clear();
        return data.size();
    }
    this->sent(sent);
    const std::size_t queued = std::min(sent, out_.size());
    out_.consume(queued);
    return sent - queued;
}

void EndH1::sent(std::size_t count) {
    bytes_out_ += count;
    if (counters) counters->h1_bytes_out.add(count);
}

/// A chunk is announced when its data is at hand; if the socket takes less, the rest must follow before anything
/// else does (chunk_promised_).
void EndH1::promise_chunk(std::size_t size) {
    char line[18];
    auto tail = std::to_chars(line, line + 16, size, 16).ptr;
    for (char* digit = line; digit != tail; ++digit)
        if (*digit >= 'a') *digit = static_cast<char>(*digit - 'a' + 'A');
    *tail++ = '\r';
    *tail++ = '\n';
    out_.append({line, static_cast<std::size_t>(tail - line)});
    chunk_promised_ = size;
}

std::size_t EndH1::put_chunk(std::string_view data, bool end, bool hold, const http::HeaderList* trailers) {
    if (!data.empty() && chunk_promised_ == 0) promise_chunk(data.size());
    const auto offered = data.substr(0, chunk_promised_);
    const std::size_t taken = offered.empty() ? 0 : send_with(offered, true);
    chunk_promised_ -= taken;
    if (taken && chunk_promised_ == 0) out_.append("\r\n");
    if (end && taken == data.size() && chunk_promised_ == 0) append_end(trailers);
    if (!hold || end) flush();
    return taken;
}

void EndH1::append_end(const http::HeaderList* trailers) {
    out_.append("0\r\n");
    if (trailers)
        http::write_trailers(out_, *trailers);
    else
        out_.append("\r\n");
    out_chunked_ = false;
}

/// A reset that was met while reading ends writing too: nothing would ever wake us up.
bool EndH1::is_dead() {
    if (!connection.error()) return false;
    output_failed_ = true;
    out_.clear();
    return true;
}

bool EndH1::flush(bool more_follows) {
    while (!out_.empty()) {
        if (output_failed_) {
            out_.clear();
            return true;
        }
        if (!connection.can_send()) {
            if (is_dead()) return true;
            connection.watch();
            return false;
        }
        iovec piece{out_.data(), out_.size()};
        std::size_t sent = 0;
        if (connection.send(&piece, 1, sent, more_follows) == Io::failed) {
            output_failed_ = true;
            out_.clear();
            return true;
        }
        this->sent(sent);
        out_.consume(sent);
    }
    return output_failed_ || connection.flush();
}

}  // namespace cfgproxy::stream
