#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "net/address.h"

namespace cfgproxy::net {

/// Asks a SOCKS4 proxy to connect to `to`, an IPv4 address; false if it is none.
bool append_socks4_request(std::string& out, const Address& to);

enum class Socks4Answer : std::uint8_t { more, granted, refused };
constexpr std::size_t kSocks4Answer = 8;  ///< bytes
Socks4Answer read_socks4_answer(std::string_view bytes);

}  // namespace cfgproxy::net
