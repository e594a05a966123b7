#pragma once

namespace cfgproxy::stream {

class Stream;

// Compression of payload by the proxy (manual 4.2, "compression").

/// Behind the request rules: which algorithm the client would take; with `offload` the server is not told that it
/// would. Also begins compressing the request's own payload, with `direction request`.
void choose_compression(Stream& stream);
/// Behind the response rules: compresses the response if it is one that can be.
void start_compression(Stream& stream);

}  // namespace cfgproxy::stream
