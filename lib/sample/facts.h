#pragma once
#include <cstdint>

namespace cfgproxy::sample {

/// What an exchange and the process know about themselves, beside the message: asked by Live::fact(). Times of phases
/// are -1 while they last.
enum class Fact : std::uint8_t {
    accept_us,   ///< dates: microseconds since 1970
    request_us,  ///< first byte of the request
    handshake_ms,
    idle_ms,
    request_ms,  ///< the head, from its first byte
    queue_ms,
    connect_ms,
    response_ms,  ///< the response's head
    data_ms,
    active_ms,  ///< all from the request's first byte on
    user_ms,    ///< the same and the handshake
    total_ms,
    request_bytes,  ///< received from the client
    response_bytes,
    client_timeout_ms,
    server_timeout_ms,
    tunnel_timeout_ms,
    connect_timeout_ms,
    queue_timeout_ms,
    tarpit_timeout_ms,
    retries,
    redispatched,
    server_status,  ///< what the server answered, whatever rules made of it
    backend_queue,  ///< how many were served from the queue before
    server_queue,
    server_reused,     ///< the server's connection had carried a request before
    open_connections,  ///< of the process
    status,            ///< of the answer so far
    priority_class,
    priority_offset,
    sent_to_server_bytes,
    received_from_server_bytes,
    forwarded,          ///< 1: a server's connection serves
    applet,             ///< 1: the proxy serves by itself
    troubled,           ///< 1: an error or a retry, as `option dontlog-normal` sees it
    client_http_major,  ///< 1 or 2, of an HTTP connection
    server_http_major,
    client_glitches,  ///< oddities of an HTTP connection's peer so far
    server_glitches,
    client_streams,  ///< open now on the connection
    server_streams,
    client_stream_limit,  ///< how many may be
    server_stream_limit,
    listener_connections,
    uptime_s,
    http_messages,  ///< 1: both sides exchange HTTP messages, not bytes
    client_stream,  ///< the stream's number on its connection: HTTP/2's, or how many there were before
    server_stream,
    client_reset,  ///< the code of the RST_STREAM that the client has sent; nothing if it has not
    server_reset,
    turns,             ///< how often this stream was looked at
    cpu_ns,            ///< time that took, with `profiling.tasks on`
    latency_ns,        ///< how long it had to wait for others before that
    busy_percent,      ///< of the calling thread's time
    busy_percent_all,  ///< of all threads' time
};

/// Numbers of a server.
enum class ServerFact : std::uint8_t { weight, initial_weight, user_weight, session_rate, connection_limit };

}  // namespace cfgproxy::sample
