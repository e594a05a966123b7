#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "net/address.h"
#include "net/connection.h"

namespace cfgproxy::net {

/// Asks a SOCKS4 proxy to connect to `to`, an IPv4 address; false if it is none.
bool append_socks4_request(std::string& out, const Address& to);

enum class Socks4Answer : std::uint8_t { more, granted, refused };
constexpr std::size_t kSocks4Answer = 8;  ///< bytes
Socks4Answer read_socks4_answer(std::string_view bytes);

/// How far a connection is with its proxy.
enum class Socks4 : std::uint8_t {
    granted,  ///< what follows is the server's
    waiting,  ///< the connection's owner is told when the proxy has answered
    unsent,   ///< the proxy could not be asked
    unread,   ///< it has closed, or is lost
    refused,
};
/// Asks the proxy at the other end of `connection` for `to`, unless it was `asked`, and looks for its answer.
Socks4 pass_socks4(Connection& connection, const Address& to, bool& asked);

}  // namespace cfgproxy::net
