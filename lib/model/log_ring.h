#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "model/log_target.h"
#include "model/tls.h"

namespace cfgproxy::model {

/// A server that a ring's lines are brought to.
struct LogServer {
    std::string name;
    Endpoint endpoint;
    bool octet_count = false;  ///< `log-proto octet-count`: lines are counted; else each ends at a line feed
    base::Sparse<TlsOptions> tls;
    base::Place place;
};

/// A `ring` section. Frozen.
struct LogRing {
    std::string name, description;
    std::size_t size = 16384;      ///< bytes
    std::uint32_t max_length = 0;  ///< of a line; 0: not said
    LogFormatKind format = LogFormatKind::raw;
    std::string backing_file;
    std::int64_t connect_timeout_ms = -1, server_timeout_ms = -1;
    std::vector<LogServer> servers;
    base::Place place;
};

}  // namespace cfgproxy::model
