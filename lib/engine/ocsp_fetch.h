#pragma once
#include <atomic>
#include <string>

#include "base/result.h"

namespace cfgproxy::engine {

/// How the answer of an OCSP responder was: 1 and its body, or what went wrong (HAProxy's numbers).
struct OcspAnswer {
    enum Status : int { none = 0, good = 1, http_error = 2, wrong_type = 3, bad_response = 4, not_kept = 5 };
    int status = none;
    std::string body;
};

/// Asks the responder at `uri` (http://host[:port]/path) with `request` (DER), by way of `proxy` (host:port) unless
/// that is empty. Blocks for some seconds at most: for a thread of its own. `socket` tells it, so that another thread
/// can end the wait by shutdown(); -1 outside.
OcspAnswer fetch_ocsp(const std::string& uri, const std::string& request, const std::string& proxy,
                      std::atomic<int>& socket);

}  // namespace cfgproxy::engine
