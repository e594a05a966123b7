// A chunked body taken apart at once, byte by byte, and in odd pieces must give the same payload, trailers and verdict.
#include <cstdlib>
#include <string>
#include <vector>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

struct Outcome {
    bool complete = false, failed = false;
    std::size_t eaten = 0;
    std::string payload, trailers;

    bool operator==(const Outcome&) const = default;
};

void require(bool holds) {
    if (!holds) std::abort();
}

Outcome take(std::string_view input, std::size_t piece) {
    H1ChunkParser parser;
    Outcome outcome;
    while (outcome.eaten < input.size() && !parser.complete() && !parser.failed()) {
        const std::string_view part = input.substr(outcome.eaten, piece);
        const std::vector<char> exact(part.begin(), part.end());  // ASan sees a step over its end
        const std::string_view now(exact.data(), exact.size());
        const std::size_t framing = parser.feed(now);
        require(framing <= now.size());
        const auto payload =
            static_cast<std::size_t>(std::min<std::uint64_t>(parser.payload_left(), now.size() - framing));
        outcome.payload += now.substr(framing, payload);
        parser.consumed(payload);
        outcome.eaten += framing + payload;
        require(framing + payload > 0 || parser.failed());
        require(framing + payload == now.size() || parser.complete() || parser.failed() || parser.payload_left() == 0);
    }
    if (parser.failed()) return {.failed = true};
    outcome.complete = parser.complete();
    base::Buffer out;
    if (outcome.complete) write_trailers(out, parser.trailers());
    outcome.trailers = out.view();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 40000) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome whole = take(input, input.size());
    if (size < 2000) require(take(input, 1) == whole);
    require(take(input, 1 + data[0]) == whole);
    return 0;
}
