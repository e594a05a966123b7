#include "stream/mux_fcgi.h"

#include "base/text.h"
#include "stream/stream.h"

namespace cfgproxy::stream {

using http::FcgiEnd;
using http::FcgiType;
using net::Io;

namespace {

// HAProxy's ids are odd and no greater.
constexpr std::uint16_t kLastId = 0x7fff;

}  // namespace

MuxFcgi::MuxFcgi(net::Connection& connection, ServerMuxOwner& owner, const model::FcgiApp& app,
                 const EndH1::Limits& limits)
    : FramedMux(connection),
      owner_(owner),
      limits_(limits),
      reader_(*this, base::Buffer::default_capacity()),
      limit_(app.max_requests),
      keep_(app.keep_connection),
      multiplexed_(app.multiplexed),
      asks_values_(app.get_values) {}

MuxFcgi::~MuxFcgi() {
    while (EndFcgi* end = ends_.pop_front()) delete end;
}

void MuxFcgi::start() {
    if (asks_values_) {
        reader_.expect_values();
        http::append_fcgi_get_values(out_);
        schedule_flush();
    } else {
        settled_ = true;
    }
    connection_.watch();
}

// --- in ------------------------------------------------------------------------------------------------------

void MuxFcgi::on_io() {
    if (running_ || over_) return;
    running_ = true;
    const bool sound = receive();
    if (!flush() && dead_) fail();
    running_ = false;
    if (!sound || connection_.error()) fail();
    if (!output_is_full()) wake_blocked();
    run_wakes();
    if (over_) return;
    schedule_flush();
    check_over();
}

/// False: the connection cannot go on.
bool MuxFcgi::receive() {
    for (int reads = 0; connection_.can_receive(); ++reads) {
        if (input_is_full()) {
            paused_ = true;
            break;
        }
        if (reads == kReadsPerTurn) {
            Timer::set(connection_.loop(), connection_.loop().now_ms());
            break;
        }
        const Io io = connection_.receive(in_);
        if (io == Io::again) break;
        if (io == Io::closed) {
            input_ended_ = settled_ = true;
            for (EndFcgi* end = ends_.front(); end; end = ends_.next(*end)) {
                if (!end->finished_) end->lose(false);
                wake(*end);
            }
            break;
        }
        if (io == Io::failed) return false;
        const bool sound = reader_.feed(in_.view());
        in_.clear();
        if (!sound) return false;
    }
    in_.release();
    connection_.watch();
    return true;
}

EndFcgi* MuxFcgi::find(std::uint16_t id) {
    for (EndFcgi* end = ends_.front(); end; end = ends_.next(*end))
        if (end->id_ == id && id != 0) return end->finished_ ? nullptr : end;
    return nullptr;
}

void MuxFcgi::on_value(std::string_view name, std::string_view value) {
    if (base::iequal(name, "FCGI_MPXS_CONNS")) {
        multiplexed_ = value == "1";
    } else if (base::iequal(name, "FCGI_MAX_REQS")) {
        limit_ = 0;
        for (const char c : value) {
            if (!base::is_digit(c) || limit_ > kLastId) break;
            limit_ = limit_ * 10 + static_cast<std::size_t>(c - '0');
        }
    }
}

/// What cannot be shared takes one request at a time, whatever it says.
void MuxFcgi::on_values_end() {
    if (!multiplexed_) limit_ = 1;
    settled_ = true;
}

void MuxFcgi::on_output(std::uint16_t id, std::string_view bytes) {
    EndFcgi* end = find(id);
    if (!end || end->in_ended_) return;  // given up, or more than it announced
    if (bytes.empty())
        end->end_output();
    else
        end->add_output(bytes);
    wake(*end);
}

void MuxFcgi::on_error_text(std::uint16_t id, std::string_view text) {
    const EndFcgi* end = find(id);
    if (!end) return;
    const model::FcgiApp* app = end->stream->backend->fcgi_app;
    if (!app || app->logs.empty()) return;
    text = text.substr(0, text.find('\0'));
    while (text.ends_with('\n')) text.remove_suffix(1);
    end->stream->env().logger.send(app->logs, log::kErr, text, app->name, connection_.loop().wall_us());
}

void MuxFcgi::on_end(std::uint16_t id, FcgiEnd how) {
    EndFcgi* end = find(id);
    if (!end) return;
    end->end_output();
    end->finished_ = true;
    if (how == FcgiEnd::cannot_multiplex) {
        multiplexed_ = false;
        limit_ = 1;
    } else if (how == FcgiEnd::overloaded || how == FcgiEnd::unknown_role) {
        closing_ = true;
    }
    wake(*end);
}

/// As much as a buffer of an answer waits to be taken.
bool MuxFcgi::input_is_full() {
    for (EndFcgi* end = ends_.front(); end; end = ends_.next(*end))
        if (end->in_.size() >= base::Buffer::default_capacity()) return true;
    return false;
}

void MuxFcgi::note_consumed() {
    if (!paused_ || input_is_full()) return;
    paused_ = false;
    Timer::set(connection_.loop(), connection_.loop().now_ms());
}

// --- out -----------------------------------------------------------------------------------------------------

/// BEGIN_REQUEST and all of PARAMS.
void MuxFcgi::begin(EndFcgi& end) {
    last_id_ = static_cast<std::uint16_t>((total_ == 0 ? 0 : last_id_ + 1) | 1);
    ++total_;
    end.id_ = last_id_;
    http::append_fcgi_begin(out_, end.id_, keep_);
    http::append_fcgi_header(out_, FcgiType::params, end.id_, end.parameters_.size());
    out_.append(end.parameters_);
    http::append_fcgi_header(out_, FcgiType::params, end.id_, 0);
    end.parameters_ = {};
    schedule_flush();
}

/// Makes records of `data` as long as there is room; returns how much went.
std::size_t MuxFcgi::put_input(EndFcgi& end, std::string_view data) {
    const std::size_t most = base::Buffer::default_capacity() - http::kFcgiHeader;
    std::size_t taken = 0;
    while (taken < data.size()) {
        if (output_is_full() && (!flush() || dead_)) break;
        const std::string_view piece = data.substr(taken, std::min(most, http::kFcgiMaxContent));
        http::append_fcgi_header(out_, FcgiType::input, end.id_, piece.size());
        out_.append(piece);
        taken += piece.size();
    }
    schedule_flush();
    return dead_ ? data.size() : taken;
}

void MuxFcgi::end_input(EndFcgi& end) {
    http::append_fcgi_header(out_, FcgiType::input, end.id_, 0);
    end.out_ended_ = true;
    schedule_flush();
}

void MuxFcgi::on_turn_end() {
    if (over_) return;
    if (!flush() && dead_) fail();
    if (over_) return;
    run_wakes();
    if (!over_) check_over();
}

/// Tells streams what has happened to them; which may end them, and this connection.
void MuxFcgi::run_wakes() {
    while (EndFcgi* end = wakes_.pop_front()) {
        end->stream->resume();
        if (over_) return;
    }
}

// --- requests ------------------------------------------------------------------------------------------------

std::size_t MuxFcgi::room() const {
    if (closing_ || dead_ || input_ended_) return 0;
    if (!keep_) return total_ + count_ == 0 ? 1 : 0;
    // Those that have not begun will have ids too.
    const std::size_t ids = (kLastId - last_id_) / 2u;
    const std::size_t most = std::min(limit_, ids);
    return most > count_ ? most - count_ : 0;
}

Endpoint& MuxFcgi::open_end(Stream& stream) {
    auto* end = new EndFcgi(*this, stream);
    ends_.push_back(*end);
    ++count_;
    if (dead_ || input_ended_) end->lose(false);
    return *end;
}

void MuxFcgi::close_end(Endpoint& endpoint) {
    auto& end = static_cast<EndFcgi&>(endpoint);
    const bool under_way = end.id_ != 0 && !end.finished_ && !dead_;
    if (under_way && !end.out_ended_) {
        http::append_fcgi_header(out_, FcgiType::abort_request, end.id_, 0);
        schedule_flush();
    }
    // What takes one request at a time would make the next one wait for an answer that nobody wants any more.
    if (under_way && !multiplexed_ && !end.input_complete()) closing_ = true;
    delete &end;
    if (--count_ > 0) return note_consumed();
    if (!keep_ || input_ended_) closing_ = true;
    owner_.on_streams_gone();
}

// --- the end -------------------------------------------------------------------------------------------------

void MuxFcgi::abandon() {
    if (!dead_) flush();
    over_ = dead_ = true;
    Timer::cancel();
}

/// Nothing goes any more: every stream hears of it.
void MuxFcgi::fail() {
    dead_ = true;
    for (EndFcgi* end = ends_.front(); end; end = ends_.next(*end)) {
        if (!end->finished_) end->lose(connection_.error() != 0);
        wake(*end);
    }
    if (!running_) run_wakes();
    if (!over_) check_over();
}

void MuxFcgi::check_over() {
    if (over_ || running_ || count_ > 0) return;
    // An application that goes when it is asked about itself: it is the request that fails, not the connection.
    if (asks_values_ && total_ == 0 && !dead_) return;
    if (!dead_ && !input_ended_) return;
    over_ = true;
    Timer::cancel();
    owner_.on_mux_over();
}

}  // namespace cfgproxy::stream
