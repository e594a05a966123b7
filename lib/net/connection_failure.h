#pragma once
#include <cstdint>
#include <string_view>

namespace cfgproxy::net {

/// Why a connection failed, in the words of `fc_err_str` and of the log; with number and name as `fc_err` and
/// `fc_err_name` of HAProxy 3.4 have them.
struct ConnectionFailure {
    std::uint8_t number;
    std::string_view name, text;
};

/// By its text; the one of "Success" for texts that are unknown.
const ConnectionFailure& find_failure(std::string_view text);
/// What the system said. 0 and numbers that have no word of their own: "General socket error".
const ConnectionFailure& failure_of_errno(int error);

}  // namespace cfgproxy::net
