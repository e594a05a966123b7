#pragma once
#include <cstdint>
#include <string>

#include "model/endpoint.h"

namespace cfgproxy::model {

enum class LogFormatKind : std::uint8_t { unspecified, local, rfc3164, rfc5424, iso, raw, priority, short_, timed };

/// One `log` line: where a line goes and how it is dressed (manual section 3.1, `log`).
struct LogTarget {
    Endpoint endpoint;
    /// Without `format`: local, or rfc3164 when log-send-hostname is there.
    LogFormatKind format = LogFormatKind::unspecified;
    std::uint16_t max_length = 1024;
    std::uint8_t facility = 16;  ///< 0 kern ... 16 local0 ... 23 local7
    std::uint8_t level = 7;      ///< the least important severity that is sent (0 emerg ... 7 debug)
    std::uint8_t min_level = 0;  ///< severities above this are lowered to it
};

}  // namespace cfgproxy::model
