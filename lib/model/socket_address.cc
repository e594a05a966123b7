#include "model/socket_address.h"

#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace cfgproxy::model {

socklen_t write_unix_address(const Endpoint& endpoint, sockaddr_storage& to) {
    auto* un = reinterpret_cast<sockaddr_un*>(&to);
    const bool abstract = endpoint.kind == Endpoint::Kind::abstract_unix;
    // One byte more: the zero in front of a name, or behind a path.
    const std::size_t size = endpoint.path.size() + 1;
    if (size > sizeof un->sun_path) return 0;
    *un = {};
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path + abstract, endpoint.path.data(), endpoint.path.size());
    if (abstract && !endpoint.unpadded) return sizeof(sockaddr_un);
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
}

socklen_t write_address(const Endpoint& endpoint, sockaddr_storage& to) {
    if (is_unix(endpoint)) return write_unix_address(endpoint, to);
    net::Address address = endpoint.ip;
    if (!address.is_ip()) return 0;
    if (address.port() == 0) address.set_port(endpoint.port_low);
    std::memcpy(&to, address.raw(), address.length());
    return address.length();
}

}  // namespace cfgproxy::model
