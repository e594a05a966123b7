// What streams do with payload: it goes from one end to the other, through filters, or from socket to socket.
#include <fcntl.h>
#include <unistd.h>

#include "stream/compression.h"
#include "stream/steps.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

// Reads of one side per call: a fast peer must not starve the others of its thread.
constexpr int kReadsPerTurn = 16;
constexpr std::uint64_t kSpliceFrom = 65536;
constexpr std::uint32_t kPipeSize = 1 << 18;  // where tune.pipesize says nothing

}  // namespace

Stream::Pumped Stream::pump(End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout) {
    (&from == &client ? context.request_data : context.response_data) = {};  // what was collected moves on
    if (from.compressor) return pump_compressed(from, to, from_timeout, to_timeout);
    Pipe& pipe = &from == &client ? request_pipe_ : response_pipe_;
    for (int reads = 0;; ++reads) {
        if (to.endpoint->output_failed()) return Pumped::sink_trouble;
        if (pipe.size || (reads > 0 && reads < kReadsPerTurn && from.throttles.empty())) {
            EndH1 *source = from.endpoint->alone(), *sink = to.endpoint->alone();
            const std::uint64_t limit = source && sink ? source->spliceable_input() : 0;
            if (pipe.size || limit >= kSpliceFrom) {
                if (splice(pipe, *source, *sink, &from == &client ? request_body_bytes : body_bytes, limit)) {
                    touch(from, from_timeout);
                    touch_sink(to, to_timeout);
                    if (to.endpoint->output_failed()) return Pumped::sink_trouble;
                    if (!pipe.size) continue;
                }
                if (pipe.size) return Pumped::waiting;  // the sink is full
            }
        }
        Body body = from.endpoint->peek();
        if (body.data.empty() && !body.end) {
            if (body.trouble != Trouble::none) return Pumped::source_trouble;
            if (!to.endpoint->flush()) touch_sink(to, to_timeout);
            return Pumped::waiting;
        }
        if (!cut_to_allowance(from, body)) return wait_for_allowance(from, to, from_timeout, to_timeout);
        const std::size_t taken =
            to.endpoint->put(body.data, body.end, body.more, body.end ? trailers_of(from) : nullptr);
        if (taken) {
            if (&from == &client) keep_for_replay(body.data.substr(0, taken));
            from.endpoint->consume(taken);
            count_passed(from, false, taken);
            (&from == &client ? request_body_bytes : body_bytes) += taken;
            touch(from, from_timeout);
            touch_sink(to, to_timeout);
        }
        if (taken < body.data.size()) return to.endpoint->output_failed() ? Pumped::sink_trouble : Pumped::waiting;
        if (body.end) {
            (&from == &client ? request_body_bytes : body_bytes) += from.endpoint->end_size();
            from.input_done = true;
            return Pumped::ended;
        }
        if (reads >= kReadsPerTurn) {
            post([] {});
            return Pumped::waiting;
        }
    }
}

const http::HeaderList* Stream::trailers_of(const End& from) const {
    const bool drop =
        &from == &client ? backend->options.drop_request_trailers : frontend->options.drop_response_trailers;
    return drop ? nullptr : from.endpoint->trailers();
}

/// How many of `size` bytes may pass now, by the limits that count payload before or after it is compressed.
std::size_t Stream::allowance(End& from, bool compressed, std::size_t size) {
    for (Throttle& throttle : from.throttles) {
        if ((from.compressor && throttle.behind_compression) != compressed) continue;
        const std::size_t allowed = static_cast<std::size_t>(throttle.allowance(now_ms(), size));
        if (allowed == 0 && size > 0) wake_at = std::min(wake_at, throttle.ready_at());
        size = allowed;
    }
    return size;
}

void Stream::count_passed(End& from, bool compressed, std::size_t size) {
    for (Throttle& throttle : from.throttles)
        if ((from.compressor && throttle.behind_compression) == compressed) throttle.passed(size);
}

/// Cuts `body` to what may pass now; false if that is nothing.
bool Stream::cut_to_allowance(End& from, Body& body) {
    if (body.data.empty() || from.throttles.empty()) return true;
    const std::size_t allowed = allowance(from, false, body.data.size());
    if (allowed == 0) return false;
    if (allowed == body.data.size()) return true;
    body.data = body.data.substr(0, allowed);
    body.end = body.more = false;
    return true;
}

/// Nothing may pass before `wake_at`: nobody's silence counts meanwhile.
Stream::Pumped Stream::wait_for_allowance(End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout) {
    to.endpoint->flush();
    touch(from, from_timeout);
    touch_sink(to, to_timeout);
    return Pumped::waiting;
}

/// What is sent again if the server fails must be kept; what does not fit into a buffer is not sent again.
void Stream::keep_for_replay(std::string_view data) {
    if (!replay.possible) return;
    if (replay.body.size() + data.size() > base::Buffer::default_capacity()) {
        replay.possible = false;
        replay.body.clear();
        return;
    }
    replay.body.append(data);
    replay.sent = replay.body.size();
}

/// As pump(), with the payload compressed between the two ends.
Stream::Pumped Stream::pump_compressed(End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout) {
    http::Compressor& compressor = *from.compressor;
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        if (to.endpoint->output_failed()) return Pumped::sink_trouble;
        const std::string_view all = compressor.output();
        if (!all.empty() || compressor.ended()) {
            const std::string_view out = all.substr(0, allowance(from, true, all.size()));
            const bool end = compressor.ended() && out.size() == all.size();
            if (out.empty() && !end) return wait_for_allowance(from, to, from_timeout, to_timeout);
            const std::size_t taken = to.endpoint->put(out, end, false, end ? trailers_of(from) : nullptr);
            compressor.consume(taken);
            count_passed(from, true, taken);
            if (taken) touch(to, to_timeout);
            if (taken < out.size()) return to.endpoint->output_failed() ? Pumped::sink_trouble : Pumped::waiting;
            if (end) {
                if (&from == &origin) end_compression(*this);
                from.input_done = true;
                return Pumped::ended;
            }
            if (out.size() < all.size()) continue;  // until the limits say how long to wait
        }
        Body body = from.endpoint->peek();
        if (body.data.empty() && !body.end) {
            if (body.trouble != Trouble::none) return Pumped::source_trouble;
            if (!to.endpoint->flush()) touch(to, to_timeout);
            return Pumped::waiting;
        }
        if (!cut_to_allowance(from, body)) return wait_for_allowance(from, to, from_timeout, to_timeout);
        if (!compressor.add(body.data, !body.more, body.end)) return Pumped::source_trouble;
        count_compressed(*this, &from == &origin, body.data.size(), compressor.output().size());
        count_passed(from, false, body.data.size());
        from.endpoint->consume(body.data.size());
        (&from == &client ? request_body_bytes : body_bytes) += body.data.size();
        touch(from, from_timeout);
    }
    post([] {});
    return Pumped::waiting;
}

/// Moves payload through a pipe inside the kernel, chunk by chunk if it comes in chunks; the lines between these go
/// through buffers. True when something moved.
bool Stream::splice(Pipe& pipe, EndH1& source, EndH1& sink, std::uint64_t& counted, std::uint64_t limit) {
    if (!pipe.size && !sink.spliceable_output()) return false;
    const model::Global& global = pinned.generation->config->global;
    const std::uint32_t capacity = global.pipe_size ? global.pipe_size : kPipeSize;
    if (pipe.ends[0] < 0) {
        if (global.no_splice) return false;
        if (pipe2(pipe.ends, O_NONBLOCK | O_CLOEXEC) != 0) return false;
        fcntl(pipe.ends[0], F_SETPIPE_SZ, static_cast<int>(capacity));
    }
    bool moved_any = false;
    if (!pipe.size) {
        std::size_t moved = 0;
        const auto io = source.connection.splice_in(
            pipe.ends[1], static_cast<std::size_t>(std::min<std::uint64_t>(limit, capacity)), moved);
        if (io == net::Io::closed) source.note_eof(Trouble::closed);
        if (io == net::Io::failed) source.note_eof(Trouble::reset);
        source.spliced_in(moved);
        counted += moved;
        pipe.size = moved;
        moved_any = moved > 0;
        if (moved) sink.begin_splice(moved);
        if (moved && &source == client.endpoint) replay.possible = false;  // nobody keeps a copy of these bytes
    }
    while (pipe.size && sink.flush_before_splice()) {
        std::size_t moved = 0;
        const auto io =
            sink.output_failed() ? net::Io::failed : sink.connection.splice_out(pipe.ends[0], pipe.size, moved, false);
        if (io == net::Io::failed) {
            pipe.size = 0;
            sink.fail_output();
            return true;
        }
        if (io != net::Io::ok) break;
        pipe.size -= moved;
        sink.spliced_out(moved);
        moved_any = true;
    }
    return moved_any;
}

}  // namespace cfgproxy::stream
