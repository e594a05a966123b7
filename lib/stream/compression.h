#pragma once
#include <cstddef>

namespace cfgproxy::stream {

class Stream;

// Compression of payload by the proxy (manual 4.2, "compression").

/// Behind the request rules: which algorithm the client would take; with `offload` the server is not told that it
/// would. Also begins compressing the request's own payload, with `direction request`.
void choose_compression(Stream& stream);
/// Behind the response rules: compresses the response if it is one that can be.
void start_compression(Stream& stream);
/// Counts what compression was given and what it made of it, and makes less of an effort while that is too much for
/// `maxcomprate` or `maxcompcpuusage`.
void count_compressed(Stream& stream, bool response, std::size_t given, std::size_t made);
/// A response has been compressed to its end.
void end_compression(Stream& stream);

}  // namespace cfgproxy::stream
