#pragma once
#include <cstdint>
#include <string_view>

#include "http/message.h"
#include "model/log_target.h"
#include "net/address.h"

namespace cfgproxy::sample {
class Live;
}

namespace cfgproxy::log {

/// All that a log line can say about one stream, filled while it lives, printed at its end (or at its start with
/// logasap). Times in ms, -1 where the phase was not reached; views live as long as the stream. Thread-owned.
struct Record {
    net::Address client, frontend_address, backend_source, server_address;
    std::uint64_t accept_wall_us = 0;                           ///< wall clock at accept, microseconds since 1970
    std::uint64_t request_wall_us = 0;                          ///< first byte of the request
    std::string_view frontend_name, backend_name, server_name;  ///< server "<NOSRV>", "<STATS>" as HAProxy
    std::string_view bind_name;                                 ///< `name` of the bind line; empty: bind_id is printed
    std::uint32_t bind_id = 0;                                  ///< its number in the frontend, from 1
    std::string_view error;  ///< of append_error_line: what went wrong before there was a stream
    bool frontend_ssl = false, backend_ssl = false;
    bool http = false;
    std::string_view tls_cipher, tls_version;  ///< sslc sslv: of the client's connection; empty without TLS

    std::int64_t handshake_ms = 0;  ///< Th
    std::int64_t idle_ms = -1;      ///< Ti
    std::int64_t request_ms = -1;   ///< TR
    std::int64_t queue_ms = -1;     ///< Tw
    std::int64_t connect_ms = -1;   ///< Tc
    std::int64_t response_ms = -1;  ///< Tr
    std::int64_t active_ms = -1;    ///< Ta
    std::int64_t total_ms = -1;     ///< Tt
    bool unfinished = false;        ///< logasap: '+' before times and bytes

    std::int32_t status = -1;
    std::uint64_t bytes_to_client = 0;           ///< B
    std::uint64_t bytes_to_server = 0;           ///< U
    char termination[4] = {'-', '-', '-', '-'};  ///< ts: cause, state, persistence cookie, its response side
    std::uint32_t active_connections = 0, frontend_connections = 0, backend_connections = 0,
                  server_connections = 0;  ///< ac fc bc sc
    std::uint32_t retries = 0;
    bool redispatched = false;                          ///< '+' before rc
    std::uint32_t server_queue = 0, backend_queue = 0;  ///< sq bq

    http::Method method = http::Method::other;
    std::string_view method_text, target, version;
    std::string_view request_line;        ///< r: "GET / HTTP/1.1", "<BADREQ>"
    std::string_view cookie, set_cookie;  ///< CC CS
    std::string_view unique_id;           ///< once it is made
    const sample::Live* live = nullptr;   ///< makes it when it is asked for; may be null
    std::uint64_t request_counter = 0;    ///< rt
    std::uint32_t pid = 0;
    model::LogOrigin origin = model::LogOrigin::unspecified;  ///< OG
    std::uint32_t log_count = 0;                              ///< lc: lines that the frontend has logged before
    /// hr, in order of declaration; a view without data() was not captured. Null if the frontend captures nothing.
    const std::string_view* request_captures = nullptr;
    const std::string_view* response_captures = nullptr;  ///< hs
    std::uint32_t request_capture_count = 0, response_capture_count = 0;
};

}  // namespace cfgproxy::log
