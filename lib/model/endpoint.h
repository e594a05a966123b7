#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/diagnostics.h"
#include "net/address.h"

namespace cfgproxy::model {

/// `proto`: what is spoken on HTTP connections.
enum class Proto : std::uint8_t {
    negotiated,  ///< by ALPN, or as the client begins; HTTP/1 else
    h1,
    h2,
    fcgi,  ///< of servers
    none,  ///< of a TCP listener: bytes, whatever rules and backends say
};

/// An address as written in the file (manual 2.6 section 11): where to listen, to connect, to send logs.
struct Endpoint {
    enum class Kind : std::uint8_t {
        ip,
        unix_path,
        abstract_unix,
        fd,
        host,
        sockpair,
        rhttp,  ///< servers: connections come by themselves (attach-srv); `bind`: from the server that `path` names
    };
    Kind kind = Kind::ip;
    net::Address ip;             ///< kind ip; of kind host once it is resolved
    std::uint16_t port_low = 0;  ///< of a range; equal to port_high for one port; 0: none given
    std::uint16_t port_high = 0;
    std::int32_t port_offset = 0;  ///< servers: "+n"/"-n" relative to the port the client used
    bool port_mapped = false;      ///< servers: port missing or relative, taken from the client's
    bool datagram = false;         ///< udp@, unixgram...
    bool unpadded = false;         ///< abnsz@: an abstract name ends where it is written (abns@: with zeros behind it)
    int fd = -1;                   ///< kind fd: fd@N; kind sockpair: a socket by which connections come as descriptors
    std::string path;              ///< unix path or name; host name of kind host; BACKEND/SERVER of kind rhttp
    std::string text;              ///< as written
    base::Place place;
};

/// Owner and mode of a UNIX socket.
struct SocketOwner {
    std::optional<std::uint32_t> mode;
    std::int64_t uid = -1, gid = -1;
};

}  // namespace cfgproxy::model
