#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::config {

/// The family in front of an address that HAProxy knows and cfgproxy does not execute yet: "quic4@". Empty: there is
/// none.
std::string_view pending_family(std::string_view address);
/// The same address in the family that is parsed alike: "quic4@192.0.2.1:443" as "ipv4@192.0.2.1:443".
std::string in_known_family(std::string_view address);

}  // namespace cfgproxy::config
