#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "model/endpoint.h"

namespace cfgproxy::model {

struct LogProfile;

enum class LogFormatKind : std::uint8_t { unspecified, local, rfc3164, rfc5424, iso, raw, priority, short_, timed };

/// What made a line be logged (%OG): a stage of a stream, or a `do-log` rule of one of the rule sets.
enum class LogOrigin : std::uint8_t {
    unspecified,
    error,   ///< the session ended before there was a stream
    killed,  ///< the same, before the connection was ready
    accept,
    request,
    connect,
    response,
    close,
    tcp_req_conn,
    tcp_req_sess,
    tcp_req_cont,
    tcp_res_cont,
    http_req,
    http_res,
    http_after_res,
    quic_init,
};
inline constexpr std::size_t kLogOrigins = 16;

/// `sample 1,3-4:6`: of each 6 lines the first, the third and the fourth.
struct LogSample {
    struct Range {
        std::uint32_t low, high;
    };
    std::vector<Range> ranges;  ///< empty: all lines
    std::uint32_t size = 0;
    /// The next line's number, from 0. The one thing of a target that changes while it is used: shared by all threads;
    /// a copy counts for itself, from the start.
    struct Position {
        std::atomic<std::uint32_t> next{0};
        Position() = default;
        Position(const Position&) {}
        Position& operator=(const Position&) { return *this; }
    };
    mutable Position position;

    bool takes_next() const;
};

/// One `log` line: where a line goes and how it is dressed (manual section 3.1, `log`).
struct LogTarget {
    Endpoint endpoint;
    /// Without `format`: local, or rfc3164 when log-send-hostname is there.
    LogFormatKind format = LogFormatKind::unspecified;
    std::uint16_t max_length = 1024;
    std::uint8_t facility = 16;  ///< 0 kern ... 16 local0 ... 23 local7
    std::uint8_t level = 7;      ///< the least important severity that is sent (0 emerg ... 7 debug)
    std::uint8_t min_level = 0;  ///< severities above this are lowered to it
    std::string ring;     ///< name of the ring that lines go to (`ring@NAME`, or our own for `tcp@...`); empty: none
    std::string backend;  ///< `backend@NAME`: lines go to one of its servers; empty: none
    LogSample sample;
    std::string profile_name;             ///< `profile`
    const LogProfile* profile = nullptr;  ///< by finalize
    /// Which line of `global` this is a copy of, from 1 (`log global`); 0: none.
    std::uint32_t global_number = 0;
    base::Place place;
};

}  // namespace cfgproxy::model
