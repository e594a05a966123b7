#pragma once
#include "http/h2.h"
#include "server/protocol_counters.h"

namespace cfgproxy::server {

/// The connection of an HTTP check, and its one exchange, in the columns h1_* and h2_* of its backend: open as long as
/// this object lives. Thread-owned.
class CountedCheck {
  public:
    /// `lent`: the connection is traffic's, which has counted it.
    CountedCheck(ProtocolCounters& counters, bool h2, bool lent) : counters_(counters), h2_(h2), lent_(lent) {
        if (!lent_) (h2_ ? counters_.h2_connections : counters_.h1_connections).add();
        (h2_ ? counters_.h2_streams : counters_.h1_streams).add();
    }
    CountedCheck(const CountedCheck&) = delete;
    CountedCheck& operator=(const CountedCheck&) = delete;
    ~CountedCheck() {
        (h2_ ? counters_.h2_streams_ended : counters_.h1_streams_ended).add();
        if (!lent_) (h2_ ? counters_.h2_connections_ended : counters_.h1_connections_ended).add();
    }
    void received(std::size_t bytes) { counters_.h1_bytes_in.add(bytes); }  ///< by HTTP/1
    void sent(std::size_t bytes) { counters_.h1_bytes_out.add(bytes); }
    void note(http::H2Event event) { counters_.h2_events[static_cast<std::size_t>(event)].add(); }

  private:
    ProtocolCounters& counters_;
    bool h2_, lent_;
};

}  // namespace cfgproxy::server
