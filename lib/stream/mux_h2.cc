#include "stream/mux_h2.h"

#include "stream/stream.h"

namespace cfgproxy::stream {

using http::H2Error;
using http::H2Stream;
using net::Io;

namespace {

// Beyond the window that SETTINGS give to every stream.
constexpr std::uint32_t kSoleWindow = 1 << 17;

EndH2& end_of(H2Stream& stream) { return static_cast<EndH2&>(stream); }

}  // namespace

MuxH2::Settings MuxH2::settings(const model::Global& global, const model::H2Tuning& tuning, const EndH1::Limits& limits,
                                std::int64_t idle_ping_ms) {
    return {
        .h2 = {.initial_window = tuning.initial_window,
               .max_streams = tuning.max_streams,
               .max_frame = std::min(tuning.max_frame, global.buffer_size),
               .header_table = tuning.header_table,
               .max_block = global.buffer_size,
               .max_glitches = tuning.max_glitches,
               .extended_connect = !global.h2_bogus_websockets},
        .head = {.max_size = limits.max_head, .max_headers = limits.h1.max_headers, .buffer_size = global.buffer_size},
        .max_total_streams = tuning.max_total_streams,
        .glitch_kill_busy = global.glitch_kill_busy,
        .idle_ping_ms = idle_ping_ms};
}

MuxH2::MuxH2(net::Connection& connection, Owner& owner, bool server, const Settings& settings,
             server::ProtocolCounters& counters)
    : FramedMux(connection),
      owner_(owner),
      counters_(counters),
      settings_(settings),
      session_(*this, server, settings.h2),
      server_(server) {
    counters_.h2_connections.add();
}

MuxH2::MuxH2(net::Connection& connection, Owner& owner, bool server, const Settings& settings,
             server::ProtocolCounters& counters, Parted&& parted)
    : FramedMux(connection),
      owner_(owner),
      counters_(counters),
      settings_(settings),
      session_(*this, std::move(parted.session)),
      glitches_told_(session_.glitches()),
      server_(server),
      asked_(parted.asked) {
    if (!parted.counted) counters_.h2_connections.add();
    if (!parted.unsent.empty()) out_.append(parted.unsent);
}

MuxH2::Parted MuxH2::part() {
    produce();
    Parted parted{.session = std::move(session_), .unsent = std::string(out_.view()), .asked = asked_};
    over_ = dead_ = true;
    counted_ = false;
    Timer::cancel();
    return parted;
}

MuxH2::~MuxH2() {
    while (EndH2* end = ends_.pop_front()) {
        if (end->counted_) counters_.h2_streams_ended.add();
        delete end;
    }
    if (counted_) counters_.h2_connections_ended.add();
}

void MuxH2::start(std::string_view received) {
    running_ = true;
    const bool sound = received.empty() || session_.feed(received);
    produce();
    running_ = false;
    schedule_flush();
    if (!sound) return fail();
    wait_for_ping();
    if (server_)
        on_io();
    else
        connection_.watch();
}

// --- in ------------------------------------------------------------------------------------------------------

void MuxH2::on_io() {
    if (running_ || over_) return;
    running_ = true;
    const bool sound = receive();
    produce();
    if (!flush() && dead_) fail();
    running_ = false;
    if (!sound || connection_.error()) fail();
    tell_glitches();
    if (!output_is_full()) wake_blocked();
    run_wakes();
    if (over_) return;
    schedule_flush();
    check_over();
}

/// False: the connection cannot go on.
bool MuxH2::receive() {
    for (int reads = 0; connection_.can_receive() && out_.size() < kDeafFrom; ++reads) {
        if (reads == kReadsPerTurn) {
            Timer::set(connection_.loop(), connection_.loop().now_ms());
            break;
        }
        const Io io = connection_.receive(in_);
        if (io == Io::again) break;
        if (io == Io::closed) {
            input_ended_ = true;
            for (EndH2* end = ends_.front(); end; end = ends_.next(*end)) {
                end->cut_input();
                wake(*end);
            }
            break;
        }
        if (io == Io::failed) return false;
        if (asked_) {
            asked_ = false;
            owner_.on_alive();
        }
        const bool sound = session_.feed(in_.view());
        in_.clear();
        if (!sound) return false;
        // What answers it must not pile up.
        produce();
    }
    in_.release();
    connection_.watch();
    return true;
}

void MuxH2::on_timer() {
    on_io();
    if (over_ || ping_at_ == net::Timer::kNever) return;
    if (connection_.loop().now_ms() >= ping_at_)
        look_if_alive();
    else
        Timer::set(connection_.loop(), ping_at_);  // it was used for something else
}

/// No stream is open: from now on the peer may be silent for so long.
void MuxH2::wait_for_ping() {
    if (settings_.idle_ping_ms <= 0 || over_) return;
    ping_at_ = connection_.loop().deadline_in(settings_.idle_ping_ms);
    Timer::set(connection_.loop(), ping_at_);
}

void MuxH2::look_if_alive() {
    ping_at_ = net::Timer::kNever;
    if (count_ > 0 || draining_ || dead_) return;
    if (asked_) {  // it has not answered
        say_goodbye(H2Error::no_error);
        return fail();
    }
    asked_ = true;
    session_.ping();
    schedule_flush();
    wait_for_ping();
}

H2Stream* MuxH2::on_begin() { return draining_ || dead_ ? nullptr : &make_end(); }

H2Error MuxH2::on_field(H2Stream& stream, std::string_view name, std::string_view value) {
    return end_of(stream).add_field(name, value, settings_.head);
}

H2Error MuxH2::on_fields_end(H2Stream& stream, bool end) {
    EndH2& told = end_of(stream);
    const H2Error error = told.end_fields(end, server_);
    if (server_ && told.has_request_ && !told.counted_) count_stream(told);
    // The only upload of a client may have more under way than one of many.
    if (server_ && !end && count_ == 1 && error == H2Error::no_error) session_.widen(stream, kSoleWindow);
    wake(end_of(stream));
    return error;
}

void MuxH2::on_payload(H2Stream& stream, std::string_view bytes) {
    EndH2& end = end_of(stream);
    wake(end);
    // More than Content-Length must not go anywhere: an HTTP/1 server would take it for the next request.
    if (end.has_promise_ && bytes.size() > end.promised_ - end.arrived_)
        return session_.reset(stream, H2Error::protocol_error);
    end.add_payload(bytes);
}

H2Error MuxH2::on_end(H2Stream& stream) {
    wake(end_of(stream));
    return end_of(stream).end_input();
}

void MuxH2::on_closed(H2Stream& stream, H2Error why) {
    end_of(stream).close(why);
    wake(end_of(stream));
}

/// Whoever asks and takes it back before anybody could look at it does so on purpose.
void MuxH2::on_reset(H2Stream& stream) {
    if (server_ && end_of(stream).has_request_) session_.note_glitch();
}

void MuxH2::on_window(H2Stream* stream) {
    if (stream) {
        if (end_of(*stream).blocked_ || end_of(*stream).has_unsent()) wake(end_of(*stream));
        return;
    }
    for (EndH2* end = ends_.front(); end; end = ends_.next(*end))
        if (end->blocked_ || end->has_unsent()) wake(*end);
}

void MuxH2::on_go_away(std::int32_t) { draining_ = true; }

void MuxH2::on_event(http::H2Event event) { counters_.h2_events[static_cast<std::size_t>(event)].add(); }

bool MuxH2::minds_glitches() {
    return settings_.glitch_kill_busy == 0 || connection_.loop().busy_percent() >= settings_.glitch_kill_busy;
}

/// A peer that is on its way to the limit is asked to come again by another connection before it is thrown out.
void MuxH2::tell_glitches() {
    const std::uint32_t now = session_.glitches();
    if (now == glitches_told_) return;
    owner_.on_glitches(now - glitches_told_);
    glitches_told_ = now;
    if (settings_.h2.max_glitches == 0 || now < (settings_.h2.max_glitches * 3ull + 1) / 4) return;
    if (dead_) return;
    if (server_) return drain();
    if (!draining_) session_.go_away(H2Error::no_error);
    draining_ = true;
}

/// Tells streams what has happened to them; which may end them, make new ones, and end this connection.
void MuxH2::run_wakes() {
    while (EndH2* end = wakes_.pop_front()) {
        if (end->stream) {
            end->stream->resume();
        } else if (server_ && (end->malformed_ ? end->closed_ : end->has_request_ && !end->closed_)) {
            owner_.on_request(*end);  // if only to be logged
        } else if (end->closed_) {
            release(*end);  // it never became an exchange
        }
        if (over_) return;
    }
}

// --- out -----------------------------------------------------------------------------------------------------

http::H2Session::Piece MuxH2::next_payload(H2Stream& stream, std::size_t max) {
    return end_of(stream).next_payload(max);
}

void MuxH2::on_sent(H2Stream& stream, std::size_t bytes, bool end) { end_of(stream).on_sent(bytes, end); }

void MuxH2::produce() { session_.produce(out_, kOutLimit); }

/// Frames what `end` offers, as much as the windows and the socket take.
void MuxH2::send(EndH2& end) {
    for (;;) {
        if (dead_) return end.close(H2Error::internal_error);
        const std::size_t before = end.offered_.size();
        session_.resume(end);
        produce();
        if (end.offered_.empty() || !output_is_full()) break;
        if (!flush() || (end.offered_.size() == before && before > 0 && session_.window(end) == 0)) break;
    }
    schedule_flush();
}

void MuxH2::on_turn_end() {
    if (over_) return;
    produce();
    if (!flush() && dead_) fail();
    if (over_) return;
    run_wakes();
    if (!over_) check_over();
}

// --- the end -------------------------------------------------------------------------------------------------

void MuxH2::drain() {
    if (draining_ || ending_) return;
    ending_ = true;
    session_.announce_end();
    schedule_flush();
}

void MuxH2::abandon() {
    say_goodbye(H2Error::no_error);
    over_ = dead_ = true;
    Timer::cancel();
}

void MuxH2::say_goodbye(H2Error why) {
    if (dead_) return;
    if (!draining_) session_.go_away(why);
    draining_ = true;
    produce();
    flush();
}

/// Nothing goes any more: every stream hears of it.
void MuxH2::fail() {
    produce();
    flush();
    tell_glitches();
    close_all();
    if (!running_) run_wakes();
    if (!over_) check_over();
}

void MuxH2::close_all() {
    dead_ = true;
    for (EndH2* end = ends_.front(); end; end = ends_.next(*end)) {
        if (!end->closed_) end->close(H2Error::internal_error);
        wake(*end);
    }
}

void MuxH2::check_over() {
    if (over_ || running_) return;
    if (!dead_ && session_.is_over() && out_.empty()) {
        close_all();
        run_wakes();
        if (over_) return;
    }
    const bool finished = dead_ || (input_ended_ && out_.empty()) || (draining_ && out_.empty());
    if (count_ > 0 || !finished) return;
    over_ = true;
    Timer::cancel();
    owner_.on_mux_over();
}

Endpoint& MuxH2::open_end(Stream& stream) {
    EndH2& end = make_end();
    end.stream = &stream;
    return end;
}

EndH2& MuxH2::make_end() {
    auto* end = new EndH2(*this);
    ends_.push_back(*end);
    ++count_;
    ++total_;
    if (!server_) count_stream(*end);
    return *end;
}

void MuxH2::count_stream(EndH2& end) {
    end.counted_ = true;
    counters_.h2_streams.add();
}

std::size_t MuxH2::stream_limit() const {
    return server_ ? settings_.h2.max_streams : std::min<std::size_t>(session_.room(), settings_.h2.max_streams);
}

std::size_t MuxH2::room() const {
    if (draining_ || dead_ || input_ended_) return 0;
    const std::size_t most = std::min<std::size_t>(session_.room(), settings_.h2.max_streams);
    return most > count_ ? most - count_ : 0;
}

void MuxH2::release(EndH2& end) {
    if (!end.closed_ && end.id()) {
        // Before any word of an answer the client may ask again; behind the whole of it the rest of its request is not
        // wanted (RFC 9113 section 8.1).
        const H2Error why = !server_          ? H2Error::cancel
                            : !end.head_sent_ ? H2Error::refused_stream
                            : !end.out_ended_ ? H2Error::cancel
                                              : H2Error::no_error;
        if (!end.out_ended_ || !end.in_ended_) session_.reset(end, why);
        session_.forget(end);
        schedule_flush();
    }
    if (end.counted_) counters_.h2_streams_ended.add();
    delete &end;
    if (--count_ > 0) return;
    if (server_ && settings_.max_total_streams && total_ >= settings_.max_total_streams) drain();
    wait_for_ping();
    owner_.on_streams_gone();
}

}  // namespace cfgproxy::stream
