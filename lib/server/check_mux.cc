#include "server/check_mux.h"

namespace cfgproxy::server {

using net::Io;

Io CheckMux::send_queued(net::Connection& connection) {
    while (!out_.empty()) {
        iovec piece{out_.data(), out_.size()};
        std::size_t moved = 0;
        const Io io = connection.send(&piece, 1, moved);
        out_.consume(moved);
        if (io != Io::ok) return io;
    }
    out_.release();
    return Io::ok;
}

Io CheckMux::receive(net::Connection& connection) {
    while (state_ != State::complete && !closed_) {
        in_.reserve();
        const Io io = connection.receive(in_);
        if (io == Io::again) break;
        // Whoever speaks something else needs not be told so.
        if (io != Io::ok || !feed(in_.view()) || send(connection) == Io::failed || is_over()) end_answer();
        in_.clear();
    }
    in_.release();
    if (state_ == State::complete || !closed_) return Io::ok;
    return Io::failed;
}

void CheckMux::end_answer() {
    closed_ = true;
    if (response_.head()) state_ = State::complete;
}

}  // namespace cfgproxy::server
