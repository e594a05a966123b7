// Whatever comes: the parser must not read or write outside, and must say the same of a head that arrives at once and
// of one that arrives in pieces while its buffer moves. What it accepts and writes, it must accept again and write
// alike.
#include <cstdlib>
#include <memory>
#include <string>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

struct Outcome {
    ParseState state = ParseState::more;
    std::uint32_t length = 0;
    std::uint16_t status = 0;
    std::uint32_t position = 0;
    std::string sent;

    bool operator==(const Outcome&) const = default;
};

void require(bool holds) {
    if (!holds) std::abort();
}

struct Mode {
    bool response;
    Method method;
    H1Limits limits;
};

/// A copy of exactly `size` bytes on the heap, so that ASan sees a step over its end.
std::unique_ptr<char[]> copy_of(const char* text, std::size_t size) {
    auto copy = std::make_unique<char[]>(size);
    std::copy(text, text + size, copy.get());
    return copy;
}

void conclude(const Mode& mode, H1HeadParser& parser, char* text, base::Arena& arena, Outcome& outcome) {
    base::Buffer out;
    bool good = false;
    if (outcome.state == ParseState::done && mode.response) {
        Response response;
        good = parser.finish(text, arena, response, mode.method);
        if (good) write_head(out, response);
    } else if (outcome.state == ParseState::done) {
        Request request;
        good = parser.finish(text, arena, request);
        if (good) {
            write_head(out, request);
            require(request.path().size() <= request.target.size());
            (void)request.host();
        }
    }
    if (good) {
        outcome.length = parser.length();
        outcome.sent = out.view();
    } else if (outcome.state != ParseState::more) {
        outcome.state = ParseState::error;
        outcome.status = parser.error().status;
        outcome.position = parser.error().position;
        require(outcome.status >= 400 && !parser.error().reason.empty());
    }
}

Outcome parse(const Mode& mode, std::string_view input, std::size_t piece) {
    H1HeadParser parser(mode.response);
    base::Arena arena;
    Outcome outcome;
    std::unique_ptr<char[]> text = copy_of(input.data(), 0);
    for (std::size_t have = 0; outcome.state == ParseState::more && have < input.size();) {
        const std::size_t more = std::min(piece, input.size() - have);
        auto longer = std::make_unique<char[]>(have + more);
        std::copy(text.get(), text.get() + have, longer.get());
        std::copy(input.data() + have, input.data() + have + more, longer.get() + have);
        text = std::move(longer);
        have += more;
        outcome.state = parser.feed(text.get(), static_cast<std::uint32_t>(have), mode.limits, arena);
        require(parser.length() <= have);
    }
    conclude(mode, parser, text.get(), arena, outcome);
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 20000) return 0;
    Mode mode{.response = (data[0] & 1) != 0,
              .method = data[0] & 2   ? Method::connect
                        : data[0] & 4 ? Method::head
                                      : Method::get,
              .limits = {.accept_invalid = (data[0] & 8) != 0}};
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome whole = parse(mode, input, input.size());
    if (size < 2000) require(parse(mode, input, 1) == whole);
    require(parse(mode, input, 1 + (data[0] >> 4)) == whole);
    if (whole.state != ParseState::done || mode.limits.accept_invalid) return 0;
    const Outcome again = parse(mode, whole.sent, whole.sent.size());
    require(again.state == ParseState::done && again.length == whole.sent.size() && again.sent == whole.sent);
    return 0;
}
