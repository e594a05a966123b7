#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/log_target.h"
#include "model/proxy.h"

namespace cfgproxy::model {

/// A `log-forward` section: syslog messages come in, over datagrams or streams, and go to targets. Frozen.
struct LogForward {
    std::string name;
    std::vector<Bind> binds;           ///< streams
    std::vector<Bind> datagram_binds;  ///< `dgram-bind`
    std::vector<LogTarget> logs;
    std::uint32_t max_connections = 10;
    std::uint32_t backlog = 0;
    std::int64_t client_timeout_ms = -1;
    bool parse = true;        ///< `option dont-parse-log` leaves messages as they are
    bool line_feeds = false;  ///< streams hold no counted messages: `option assume-rfc6587-ntf`
    /// What becomes of the host name in a message (`option host`).
    enum class Host : std::uint8_t { keep, replace, fill, append } host = Host::keep;
    base::Place place;
};

}  // namespace cfgproxy::model
