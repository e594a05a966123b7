// A client connection over HTTP/2: how it is told from HTTP/1, its requests, its idleness.
#include "net/tls.h"
#include "stream/session.h"
#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

// How long a client that was told to go may have requests under way.
constexpr std::int64_t kPartingMs = 1000;

}  // namespace

void Session::start_h2() {
    Timer::cancel();
    end_h1();
    MuxH2::Owner& owner = *this;
    const model::Global& global = binding_.pinned->generation->config->global;
    const auto settings = MuxH2::settings(global, global.h2_front, env_.limits, binding_.bind->idle_ping_ms);
    h2_ = std::make_unique<MuxH2>(end_.connection, owner, true, settings, protocol_counters());
    on_streams_gone();
    const std::string received(end_.raw_head());
    end_.drop_input();
    h2_->start(received);
}

/// Whether the client begins as HTTP/2 does, without having asked (RFC 9113 section 3.3). For its first bytes. `wait`:
/// it may yet be so.
bool Session::is_h2_preface(bool& wait) const {
    if (binding_.frontend->options.disable_h2_upgrade || binding_.bind->proto == model::Proto::h1) return false;
    const auto text = end_.raw_head().substr(0, http::kPreface.size());
    if (!http::kPreface.starts_with(text)) return false;
    wait = text.size() < http::kPreface.size();
    return true;
}

bool Session::begins_h2(model::Proto wanted) const {
    const net::Tls* tls = end_.connection.tls();
    if (wanted == model::Proto::negotiated) wanted = binding_.bind->proto;
    if (wanted != model::Proto::negotiated) return wanted == model::Proto::h2;
    if (tls && tls->protocol() == "h2") return true;
    return !binding_.frontend->options.disable_h2_upgrade && end_.raw_head().starts_with(http::kPreface);
}

void Session::on_request(EndH2& end) {
    Timer::set(env_.loop, kNever);
    ++requests;
    auto* stream = new Stream(*this, end);
    end.stream = stream;
    last_us = env_.loop.now_us();
    stream->resume();
}

void Session::on_glitches(std::uint32_t count) {
    server::count_all(tracked, nullptr, model::StickData::glitch_cnt, model::StickData::glitch_rate, count);
}

/// The answer to a ping is as good as a request where it is the client's patience alone that counts.
void Session::on_alive() {
    const model::Timeouts& t = binding_.frontend->timeouts;
    if (t.http_request < 0 && t.http_keep_alive < 0 && idle()) Timer::set(env_.loop, env_.loop.deadline_in(t.client));
}

/// No exchange is running: the client may stay for a while.
void Session::on_streams_gone() {
    Timer::set(env_.loop, env_.loop.deadline_in(patience_for_request()));
    if (requests > 0 && (binding_.gone || env_.process.stopping.load(std::memory_order_relaxed))) h2_->drain();
    if (h2_->ending()) Timer::set(env_.loop, std::min(Timer::deadline(), env_.loop.deadline_in(kPartingMs)));
}

}  // namespace cfgproxy::stream
