#include <utility>

#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

/// One direction of a tunnel: bytes as long as there are, then the sender's end passed on as a half-close.
/// False: that side is lost, with `cause`.
bool relay(Stream& s, End& from, End& to, std::int64_t from_timeout, std::int64_t to_timeout) {
    if (!from.input_done) {
        switch (s.pump(from, to, from_timeout, to_timeout)) {
            case Stream::Pumped::ended:
            case Stream::Pumped::waiting:
                break;
            default:
                return false;
        }
    }
    if (from.input_done && !to.output_closed && to.endpoint->flush()) {
        to.endpoint->close_output();
        to.output_closed = true;
    }
    return true;
}

/// `timeout client-fin` and `timeout server-fin`: how long a half-closed side may stay silent.
void shorten_for_half_close(Stream& s) {
    const auto apply = [&](End& end, std::int64_t fin) {
        if (!end.output_closed || fin < 0) return;
        const std::uint64_t limit = s.deadline_in(fin);
        if (end.deadline > limit) end.deadline = limit;
    };
    apply(s.client, s.frontend->timeouts.client_fin);
    apply(s.origin, s.backend->timeouts.server_fin);
}

/// One of both, with what the log calls it when its time is over.
struct Side {
    End* end;
    char cause;
};

/// A side that has said nothing for as long as it may is taken to have said all: the other side learns it as an end,
/// and what that one still says goes on. One that has said all is not asked to speak.
bool end_if_silent(Stream& s, Side side, const Side& other) {
    End& end = *side.end;
    if (end.endpoint->has_unsent() || !other.end->endpoint->can_send()) return false;
    if (end.input_done) end.deadline = net::Timer::kNever;
    if (!s.expired(end.deadline)) return false;
    end.input_done = true;
    end.deadline = net::Timer::kNever;
    s.end_with(side.cause, 'D');
    return true;
}

bool end_silent_sides(Stream& s) {
    Side first{&s.client, 'c'}, second{&s.origin, 's'};
    // The side that was to speak earlier is the one that the log names.
    if (second.end->deadline < first.end->deadline) std::swap(first, second);
    const bool first_ended = end_if_silent(s, first, second);
    return end_if_silent(s, second, first) || first_ended;
}

}  // namespace

Flow tcp_content(Stream& s) {
    s.record.request_ms = 0;
    s.tunnel = false;
    s.keep_client = s.keep_server = false;
    s.client.endpoint->start_tunnel();
    s.client.endpoint->watch();
    s.log_step(model::LogOrigin::accept);
    return Flow::next;
}

Flow tcp_persistence(Stream& s) {
    if (s.context.retries >= 0) s.max_retries = s.retries_left = s.context.retries;
    apply_persist_rules(s);
    choose_persistent(s);
    return Flow::next;
}

Flow tcp_forward(Stream& s) {
    if (!s.tunnel) {
        s.tunnel = true;
        s.context.request_data = {};  // it goes now
        s.context.request = nullptr;
        s.record.response_ms = -1;
        s.origin.endpoint->start_tunnel();
        s.origin.endpoint->watch();
        s.touch(s.client, s.client_timeout());
        s.touch(s.origin, s.server_timeout());
        if (s.frontend->options.logasap) {
            s.record.unfinished = true;
            if (s.frontend->log_steps == 0) s.log_now(model::LogOrigin::connect);
        }
    }
    if (!s.response_inspected && !s.http()) {
        // What the client says goes on its way meanwhile.
        if (!relay(s, s.client, s.origin, s.client_timeout(), s.server_timeout())) return s.abort('C', 'D');
        if (const Flow flow = inspect_response(s, s.origin.endpoint->alone()); flow != Flow::next) return flow;
        store_stickiness(s);
    }
    const bool closed_before = s.client.output_closed || s.origin.output_closed;
    const std::uint64_t before = s.client.endpoint->bytes_in() + s.origin.endpoint->bytes_in();
    if (!relay(s, s.client, s.origin, s.client_timeout(), s.server_timeout()) ||
        !relay(s, s.origin, s.client, s.server_timeout(), s.client_timeout())) {
        const bool by_client = s.client.endpoint->output_failed() || s.client.endpoint->trouble() == Trouble::reset;
        return s.abort(by_client ? 'C' : 'S', 'D');
    }
    if (s.client.input_done && s.origin.input_done && !s.client.endpoint->has_unsent() &&
        !s.origin.endpoint->has_unsent()) {
        return Flow::done;
    }
    const bool moved = s.client.endpoint->bytes_in() + s.origin.endpoint->bytes_in() != before;
    if (moved || (s.client.output_closed || s.origin.output_closed) != closed_before) shorten_for_half_close(s);
    if (end_silent_sides(s)) return tcp_forward(s);
    // Who is left takes nothing of what it is sent.
    if (s.expired(s.client.deadline)) return s.abort('c', 'D');
    if (s.expired(s.origin.deadline)) return s.abort('s', 'D');
    s.client.endpoint->release_buffers();
    s.origin.endpoint->release_buffers();
    return Flow::wait;
}

}  // namespace cfgproxy::stream
