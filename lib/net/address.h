#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cfgproxy::net {

/// An IPv4 or IPv6 address with its port, or the fact that a peer came over a UNIX socket. 28 bytes, copied freely;
/// paths of UNIX sockets are kept by whoever binds or connects (model::Endpoint).
class Address {
  public:
    Address() { any_.sa_family = AF_UNSPEC; }
    static Address unix_peer() {
        Address a;
        a.any_.sa_family = AF_UNIX;
        return a;
    }
    static Address from(const sockaddr* address, socklen_t length);
    static Address from_v4(in_addr ip);
    static Address from_v6(const in6_addr& ip);
    /// A numeric address without port: "192.0.2.1", "2001:db8::1", "[::1]", "" and "*" (any IPv4), ":::" style is the
    /// caller's.
    static base::Result<Address> parse_ip(std::string_view text);

    int family() const { return any_.sa_family; }
    bool is_ip() const { return family() == AF_INET || family() == AF_INET6; }
    bool is_any() const;  ///< 0.0.0.0 or ::
    std::uint16_t port() const {
        return is_ip() ? ntohs(v4_.sin_port) : 0;
    }  // the port stands at the same place in both
    void set_port(std::uint16_t port) { v4_.sin_port = htons(port); }
    const sockaddr* raw() const { return &any_; }
    socklen_t length() const;
    in_addr v4() const { return v4_.sin_addr; }
    const in6_addr& v6() const { return v6_.sin6_addr; }

    /// "192.0.2.1", "2001:db8::1", "unix".
    std::string ip_text() const;
    /// Writes ip_text() to `to` (at least 46 bytes) and returns its length: no allocation.
    std::size_t write_ip(char* to) const;
    /// "192.0.2.1:80", "[::1]:80" is written as HAProxy does: "::1:80".
    std::string text() const;

    bool operator==(const Address& other) const;  ///< address and port
    bool same_ip(const Address& other) const;

  private:
    union {
        sockaddr any_;
        sockaddr_in v4_;
        sockaddr_in6 v6_{};
    };
};

/// A network as `src`, `except` and patterns take it: address and prefix length.
struct Network {
    Address address;
    std::uint8_t bits = 32;
    /// "10.0.0.0/8", "10.0.0.0/255.0.0.0", "::1", "2001:db8::/32".
    static base::Result<Network> parse(std::string_view text);
    bool contains(const Address& address) const;
};

}  // namespace cfgproxy::net
