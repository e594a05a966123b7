// What a client's frames tell before libnghttp2 has seen them whole: it lets pass some that are against the protocol,
// and some of which an endless number costs more than it should.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <chrono>

#include "http/h2.h"

namespace cfgproxy::http {
namespace {

constexpr std::uint32_t kResetByUs = 1u << 31;
constexpr std::size_t kPieceOfIdleFrame = 256;
// HAProxy counts CONTINUATION frames as a sign of something wrong when they are this many and this small.
constexpr std::uint32_t kFewFrames = 4, kSmallFrame = 1024, kFramesPerGlitch = 16;

}  // namespace

bool H2Session::Budget::spend(const Allowance& allowance, std::uint32_t count) {
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
    const std::int64_t most = allowance.burst / allowance.per_second + 1;
    if (now != since) give(allowance, static_cast<std::uint32_t>(std::min(now - since, most)) * allowance.per_second);
    since = now;
    left -= std::min(left, count);
    return left > 0;
}

/// nghttp2 ignores what comes on streams that are no more, so the heads of frames are looked at on their way.
bool H2Session::feed(std::string_view bytes) {
    if (broken_) return false;
    if (preface_left_ > 0 && !take_preface(bytes)) return fail(H2Error::protocol_error);
    std::size_t given = 0;
    for (std::size_t seen = 0; server_ && seen < bytes.size();) {
        if (skip_ > 0) {
            const std::size_t now = std::min<std::size_t>(skip_, bytes.size() - seen);
            skip_ -= static_cast<std::uint32_t>(now);
            seen += now;
            continue;
        }
        head_[head_size_++] = static_cast<std::uint8_t>(bytes[seen++]);
        if (head_size_ < head_.size()) continue;
        head_size_ = 0;
        skip_ = static_cast<std::uint32_t>(head_[0] << 16 | head_[1] << 8 | head_[2]);
        if (const H2Error error = look_at_frame(); error != H2Error::no_error) return fail(error);
        if (head_[3] != NGHTTP2_DATA && head_[3] != NGHTTP2_HEADERS) continue;
        // What came before it decides what it means.
        if (!give(bytes.substr(given, seen - given))) return false;
        given = seen;
        if (const H2Error error = judge_frame(); error != H2Error::no_error) return fail(error);
    }
    return give(bytes.substr(given));
}

/// What is there of the preface goes. False: it is none.
bool H2Session::take_preface(std::string_view& bytes) {
    const std::string_view awaited = kPreface.substr(kPreface.size() - preface_left_);
    const std::size_t size = std::min(awaited.size(), bytes.size());
    if (bytes.substr(0, size) != awaited.substr(0, size)) return false;
    preface_left_ -= static_cast<std::uint32_t>(size);
    bytes.remove_prefix(size);
    return true;
}

/// Frames that say nothing, or make us answer without end.
bool H2Session::is_idle_frame() const {
    switch (head_[3]) {
        case NGHTTP2_DATA:
            return skip_ == 0 && !(head_[4] & NGHTTP2_FLAG_END_STREAM);
        case NGHTTP2_HEADERS:
        case NGHTTP2_CONTINUATION:
        case NGHTTP2_RST_STREAM:
        case NGHTTP2_WINDOW_UPDATE:
            return false;
        default:
            return true;
    }
}

/// The head of a frame is there. The connection's error, or none: it is too much of something.
H2Error H2Session::look_at_frame() {
    const bool is_head = head_[3] == NGHTTP2_HEADERS, is_data = head_[3] == NGHTTP2_DATA;
    if (skip_ > max_frame_) return H2Error::frame_size_error;
    // Streams that are begun to be reset at once cost more than they look (CVE-2023-44487).
    if (head_[3] == NGHTTP2_RST_STREAM && !resets_.spend(kResets, 1)) return H2Error::enhance_your_calm;
    if ((is_head || is_data) && resets_.left == 0) return H2Error::enhance_your_calm;
    if (is_idle_frame()) {
        const std::uint32_t cost = 1 + skip_ / kPieceOfIdleFrame;
        if (!idle_frames_.spend(kIdleFrames, cost)) return H2Error::enhance_your_calm;
    } else if (is_head || is_data) {
        // Clients that do something may also ask how far away we are, and set priorities.
        idle_frames_.give(kIdleFrames, is_head ? 10 : 1);
    }
    if (is_head || head_[3] == NGHTTP2_CONTINUATION) return look_at_block(is_head, head_[4] & NGHTTP2_FLAG_END_HEADERS);
    return H2Error::no_error;
}

/// A head in pieces: as large as a buffer at most, as in HAProxy.
H2Error H2Session::look_at_block(bool begins, bool ends) {
    if (begins) block_size_ = block_frames_ = 0;
    block_size_ += skip_;
    if (!begins) ++block_frames_;
    if (block_size_ > max_block_) return H2Error::internal_error;
    if (ends && block_frames_ > kFewFrames && block_frames_ > block_size_ / kSmallFrame)
        note_glitch((block_frames_ + kFramesPerGlitch - 1) / kFramesPerGlitch);
    return H2Error::no_error;
}

/// What GOAWAY names: a request whose head is not complete may be made again.
std::int32_t H2Session::last_request() const {
    const std::int32_t last = nghttp2_session_get_last_proc_stream_id(session_.get());
    const bool is_block = head_[3] == NGHTTP2_HEADERS || head_[3] == NGHTTP2_CONTINUATION;
    const bool open = is_block && (skip_ > 0 || !(head_[4] & NGHTTP2_FLAG_END_HEADERS));
    return open && last == last_opened_ ? opened_before_ : last;
}

/// Windows that become smaller are no error, but a way to keep answers here.
void H2Session::note_window(std::uint32_t initial) {
    if (initial < window_of_streams_) note_glitch();
    window_of_streams_ = initial;
}

/// GOAWAY was sent.
void H2Session::note_end(H2Error why) {
    if (why == H2Error::no_error || why == H2Error::enhance_your_calm) return;
    handler_->on_event(H2Event::go_away_sent);
    if (why == H2Error::protocol_error || why == H2Error::frame_size_error)
        handler_->on_event(H2Event::connection_error);
    if (why != H2Error::internal_error) note_glitch();
}

/// RST_STREAM was sent. Ends that are nobody's fault have other codes.
void H2Session::note_reset(H2Error why) {
    const bool malformed = why == H2Error::protocol_error || why == H2Error::flow_control_error;
    if (!malformed && why != H2Error::stream_closed) return;
    handler_->on_event(H2Event::reset_sent);
    if (malformed) handler_->on_event(H2Event::stream_error);
    note_glitch();
    // What the peer has made us do counts like what it does.
    if (server_) resets_.spend(kResets, 1);
}

void H2Session::remember_closed(std::int32_t id, bool reset_by_us) {
    if (!server_) return;
    const auto entry = static_cast<std::uint32_t>(id);
    // A reset is told of twice: when it is sent, and when that has closed the stream.
    if ((closed_[(closed_at_ + closed_.size() - 1) % closed_.size()] & ~kResetByUs) == entry) return;
    closed_[closed_at_] = entry | (reset_by_us ? kResetByUs : 0);
    closed_at_ = (closed_at_ + 1) % closed_.size();
}

/// The connection's error, or none, for a head of DATA or HEADERS.
H2Error H2Session::judge_frame() {
    const bool is_head = head_[3] == NGHTTP2_HEADERS;
    const std::int32_t id = (head_[5] & 0x7f) << 24 | head_[6] << 16 | head_[7] << 8 | head_[8];
    if (id == 0 || id % 2 == 0) return H2Error::no_error;
    if (id > last_opened_) {
        if (is_head) {
            opened_before_ = last_opened_;
            last_opened_ = id;
        }
        return H2Error::no_error;
    }
    nghttp2_stream* alive = nghttp2_session_find_stream(session_.get(), id);
    if (alive && nghttp2_stream_get_state(alive) != NGHTTP2_STREAM_STATE_IDLE) return H2Error::no_error;
    const auto entry = static_cast<std::uint32_t>(id);
    const auto known =
        std::find_if(closed_.begin(), closed_.end(), [&](std::uint32_t one) { return (one & ~kResetByUs) == entry; });
    // One that was skipped, or is long gone.
    if (known == closed_.end()) return is_head ? H2Error::protocol_error : H2Error::no_error;
    return *known & kResetByUs ? H2Error::no_error : H2Error::stream_closed;
}

}  // namespace cfgproxy::http
