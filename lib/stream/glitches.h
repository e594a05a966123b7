#pragma once
#include <cstdint>

namespace cfgproxy::stream {

class Stream;

/// How much longer the peer of a connection of HTTP/1 is put up with, after what it did wrong and what was forgiven
/// (`tune.h1.fe.glitches-threshold`, `tune.h1.be.glitches-threshold`).
enum class Patience : std::uint8_t {
    good,
    fading,  ///< at three quarters of the threshold: this exchange is the connection's last one
    gone,    ///< at the threshold, if the thread is as busy as tune.glitches.kill.cpu-usage asks: no byte more
};

/// Looks at the client of a stream whose request has been read; says that its connection is not to be kept.
Patience patience_with_client(Stream& s);
/// The same of its server.
Patience patience_with_server(Stream& s);

}  // namespace cfgproxy::stream
