#include "stream/glitches.h"

#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

Patience patience_with(Stream& s, Endpoint& end, std::uint64_t threshold, bool& keep) {
    const EndH1* alone = end.alone();
    if (!alone || threshold == 0 || alone->glitches() < (3 * threshold + 1) / 4) return Patience::good;
    keep = false;
    const std::uint32_t least = s.pinned.generation->config->global.glitch_kill_busy;
    const bool busy = least == 0 || s.loop().busy_percent() >= least;
    return busy && alone->glitches() >= threshold ? Patience::gone : Patience::fading;
}

}  // namespace

Patience patience_with_client(Stream& s) {
    return patience_with(s, *s.client.endpoint, s.pinned.generation->config->global.h1_front_glitches, s.keep_client);
}

Patience patience_with_server(Stream& s) {
    return patience_with(s, *s.origin.endpoint, s.pinned.generation->config->global.h1_back_glitches, s.keep_server);
}

}  // namespace cfgproxy::stream
