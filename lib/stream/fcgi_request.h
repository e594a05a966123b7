#pragma once
#include <cstdint>
#include <string>

#include "http/message.h"

namespace cfgproxy::stream {

class Stream;

/// What a FastCGI application is told of `request`, encoded as the content of PARAMS (manual 3.4 section 10.2): its
/// fields, what apply_fcgi_rules() has found, and the parameters that every CGI program gets. 0, or the status of the
/// answer for a request that cannot be told: the length of its payload is not known, its path is none, or it is too
/// long.
std::uint16_t encode_fcgi_parameters(Stream& stream, const http::Request& request, std::string& to);

}  // namespace cfgproxy::stream
