#pragma once
#include <string>

#include "stream/stream.h"

namespace cfgproxy::stream {

/// Whom a stream's connection to its server is for, made once for an attempt: one that is kept must have begun so, and
/// a new one does. Valid while no other expression is evaluated (its name may be a view of what one gave).
struct Opening {
    explicit Opening(Stream& stream);
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    std::string introduction;  ///< the PROXY header; empty: none
    ServerConnection::Purpose purpose;
};

/// Whether a WebSocket that the connection cannot carry (RFC 8441) may try another one on which only HTTP/1 is offered:
/// where ALPN decides what is spoken, unless `ws` does.
bool may_use_http1(const Stream& stream);

/// How the head of a response is read.
EndH1::Limits response_limits(Stream& stream);

/// Makes `stream.connection` and begins to connect it to the server that was chosen; with TLS, nothing of its handshake
/// is sent yet. `failed` with `error`, an errno, and no connection if there was no socket.
net::Io open_connection(Stream& stream, const Opening& opening, int& error);

}  // namespace cfgproxy::stream
