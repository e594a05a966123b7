#pragma once
#include <cstdint>
#include <string_view>

namespace cfgproxy::server {

/// What traffic with a server came to, as far as `observe` wants to know (manual 5.2).
enum class Observed : std::uint8_t {
    connected,
    connect_failed,
    good_response,
    wrong_status,  ///< 5xx, but for 501 and 505, which clients can provoke
    bad_head,
    bad_response,
    read_error,
    read_timeout,
    closed,
};
std::string_view describe(Observed what);  ///< as HAProxy words it: "Wrong http response"

}  // namespace cfgproxy::server
