#pragma once
#include <sys/socket.h>

#include "model/endpoint.h"

namespace cfgproxy::model {

/// Whether it is a UNIX socket by its path or its name.
inline bool is_unix(const Endpoint& endpoint) {
    return endpoint.kind == Endpoint::Kind::unix_path || endpoint.kind == Endpoint::Kind::abstract_unix;
}

/// Where such a socket is, as the kernel takes it: an abstract name has zeros behind it up to the end, as in HAProxy,
/// unless it was written as abnsz@. Returns the length; 0: the path is too long.
socklen_t write_unix_address(const Endpoint& endpoint, sockaddr_storage& to);

/// The same of any endpoint with an address of its own: 0 also if there is none. An IP address that has no port gets
/// the endpoint's.
socklen_t write_address(const Endpoint& endpoint, sockaddr_storage& to);

}  // namespace cfgproxy::model
