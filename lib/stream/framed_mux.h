#pragma once
#include "base/buffer.h"
#include "base/list.h"
#include "net/connection.h"
#include "net/loop.h"
#include "stream/server_mux.h"

namespace cfgproxy::stream {

/// What those have in common that carry many exchanges in frames, whatever their frames look like: what one turn of the
/// loop has made leaves together, and a stream is told its news once all that has arrived is taken in. `End` is one
/// exchange's end here; it has links for both lists and knows whether it is blocked. Thread-owned.
template <class End>
class FramedMux : public ServerMux, protected net::TurnEnd, protected net::Timer {
  public:
    std::size_t streams() const final { return count_; }

  protected:
    /// Payload is framed until so much waits to be sent.
    static constexpr std::size_t kOutLimit = 65536;
    /// A fast peer must not starve the others of its thread.
    static constexpr int kReadsPerTurn = 16;

    explicit FramedMux(net::Connection& connection) : connection_(connection) {}

    bool output_is_full() const { return out_.size() >= kOutLimit; }
    void schedule_flush() { connection_.loop().at_this_turns_end(*this); }

    /// True when nothing is left unsent. False with `dead_`: nothing ever will be sent.
    bool flush() {
        while (!out_.empty()) {
            if (!connection_.can_send()) {
                if (connection_.error()) dead_ = true;
                connection_.watch();
                return false;
            }
            iovec piece{out_.data(), out_.size()};
            std::size_t sent = 0;
            const net::Io io = connection_.send(&piece, 1, sent);
            if (io == net::Io::failed) {
                dead_ = true;
                return false;
            }
            out_.consume(sent);
            if (io == net::Io::again) return false;
        }
        out_.release();
        return connection_.flush();
    }

    /// `end` has news: its stream is told soon.
    void wake(End& end) {
        if (!end.wake_link_.linked()) wakes_.push_back(end);
    }
    /// There is room again for those who could not put all that they have.
    void wake_blocked() {
        for (End* end = ends_.front(); end; end = ends_.next(*end))
            if (end->blocked_) wake(*end);
    }

    net::Connection& connection_;
    base::Buffer in_, out_;
    base::List<End, &End::mux_link_> ends_;
    base::List<End, &End::wake_link_> wakes_;
    std::size_t count_ = 0;  ///< of ends
    bool running_ = false;   ///< what the connection has brought is being taken in
    bool input_ended_ = false;
    bool dead_ = false;  ///< nothing can be sent or received
    bool over_ = false;  ///< the owner was told
};

}  // namespace cfgproxy::stream
