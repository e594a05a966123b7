#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/log_target.h"

namespace cfgproxy::log {

/// One socket or file descriptor of one thread, with the lines that wait for it. Several targets (of two generations,
/// or with different formats) share it if they name the same address.
class Sink {
  public:
    explicit Sink(const model::Endpoint& endpoint);
    ~Sink();
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    bool serves(const model::Endpoint& endpoint) const;
    /// Lines are written to a file descriptor as they are, not sent as datagrams.
    bool is_stream() const { return kind_ == model::Endpoint::Kind::fd; }

    /// Append a whole line to text(), then call end_line().
    std::string& text() { return text_; }
    void end_line() { ends_.push_back(static_cast<std::uint32_t>(text_.size())); }
    /// A batch is large enough to leave before the turn ends.
    bool full() const { return ends_.size() >= kBatch || text_.size() >= kBatchBytes; }
    bool empty() const { return ends_.empty(); }

    struct Outcome {
        std::uint32_t sent = 0, dropped = 0;
        int error = 0;  ///< errno of the last line that failed; 0 for lines that had no room
    };
    /// Sends what it can without waiting. A few lines that the system cannot take now stay.
    Outcome flush();

    std::size_t number = 0;  ///< from 1, for messages

    /// tune.sndbuf.backend: of sockets that are opened from now on; 0: the system's. Before the threads start.
    static void set_send_buffer(std::uint32_t bytes);
    /// Connects a UNIX datagram socket for all threads, from outside of a chroot.
    static void prepare(const model::Endpoint& endpoint);

  private:
    static constexpr std::size_t kBatch = 64;
    static constexpr std::size_t kBatchBytes = 65536;

    enum class Sent : std::uint8_t { all, later, failed };
    void open();
    bool connect_again();
    Sent send_datagrams(std::size_t from, std::size_t& next);
    Sent write_lines(std::size_t from, std::size_t& next);
    std::size_t begin_of(std::size_t line) const { return line == 0 ? 0 : ends_[line - 1]; }
    void forget(std::size_t lines);

    model::Endpoint::Kind kind_;
    net::Address ip_;
    std::string path_;  ///< UNIX: as given to the system, a NUL in front of abstract names
    int fd_ = -1;
    bool one_by_one_ = false;  ///< fd: a socket, where each write may be a message
    std::string text_;
    std::vector<std::uint32_t> ends_;
};

}  // namespace cfgproxy::log
