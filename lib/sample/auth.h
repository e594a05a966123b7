#pragma once
#include <string_view>

namespace cfgproxy::sample {

/// One user as whoever keeps the list sees him.
struct AuthUser {
    std::string_view name;
    std::string_view password;  ///< clear, or as crypt(3) made it
    bool insecure = false;      ///< the password is in clear
};

/// Whether `given` is the user's password. A password that crypt(3) has confirmed once is remembered by the calling
/// thread (as a digest), so that a good user costs the slow function once. Free for all threads.
bool check_password(const AuthUser& user, std::string_view given);

}  // namespace cfgproxy::sample
