#include "stream/endpoint.h"

namespace cfgproxy::stream {

HeadState Endpoint::read_request(http::Request&, base::Arena&) { return HeadState::trouble; }
HeadState Endpoint::read_response(http::Response&, base::Arena&, http::Method) { return HeadState::trouble; }
void Endpoint::put_head(const http::Request&) {}
void Endpoint::put_head(const http::Response&) {}

}  // namespace cfgproxy::stream
