#pragma once
#include <string>

struct evp_pkey_st;

namespace cfgproxy::net {

/// The first private key in a PEM text; null (and OpenSSL's error queue says why) if there is none, or if it is
/// encrypted: a service that starts without a terminal has nobody to ask. The caller owns it.
evp_pkey_st* read_private_key(const std::string& pem);

}  // namespace cfgproxy::net
