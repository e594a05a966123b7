// Whatever rules do to a head, what is written reads back as what was meant.
#include "http/framing.h"

#include <catch2/catch.hpp>
#include <random>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

std::string written(const auto& head) {
    base::Buffer out;
    write_head(out, head);
    return std::string(out.view());
}

/// The head in `text` as a parser that trusts nobody sees it.
template <class Message, class... More>
bool read_back(std::string text, Message& message, base::Arena& arena, bool response, More... more) {
    H1HeadParser parser(response);
    char* bytes = const_cast<char*>(arena.copy(text).data());
    if (parser.feed(bytes, static_cast<std::uint32_t>(text.size()), {}, arena) != ParseState::done) return false;
    return parser.finish(bytes, arena, message, more...) && parser.length() == text.size();
}

Request request_with(base::Arena& arena, Framing framing, std::uint64_t length) {
    Request request;
    request.method = Method::post;
    request.method_text = "POST";
    request.target = "/";
    request.version = "HTTP/1.1";
    request.framing = framing;
    request.content_length = length;
    request.headers.add(arena, "host", "a");
    if (framing == Framing::length) request.headers.add(arena, "content-length", arena.copy(std::to_string(length)));
    if (framing == Framing::chunked) request.headers.add(arena, "transfer-encoding", "chunked");
    return request;
}

}  // namespace

TEST_CASE("an untouched head is left alone") {
    base::Arena arena;
    for (const Framing framing : {Framing::none, Framing::length, Framing::chunked}) {
        Request request = request_with(arena, framing, 0);
        request.headers[request.headers.size() - 1].value = framing == Framing::length ? "0" : "chunked";
        const std::string before = written(request);
        settle_framing(arena, request);
        CHECK(written(request) == before);
        CHECK(request.framing == framing);
    }
}

TEST_CASE("a length that was taken away becomes chunks, or is told again to old peers") {
    base::Arena arena;
    Request request = request_with(arena, Framing::length, 5);
    request.headers.remove(Known::content_length);
    settle_framing(arena, request);
    CHECK(request.framing == Framing::chunked);
    CHECK(request.headers.find("transfer-encoding")->value == "chunked");

    Request old = request_with(arena, Framing::length, 5);
    old.minor = 0;
    old.headers.remove(Known::content_length);
    settle_framing(arena, old);
    CHECK(old.framing == Framing::length);
    CHECK(old.headers.find("content-length")->value == "5");
}

TEST_CASE("random edits of a request's head cannot change where its body ends") {
    std::mt19937 random(7);
    const char* names[] = {"content-length", "transfer-encoding", "x-a", "connection-x"};
    const char* values[] = {"0", "5", "17", "chunked", "gzip, chunked", "gzip", "5, 5", "+5", "", "x"};
    for (int round = 0; round < 3000; ++round) {
        base::Arena arena;
        const Framing framing = std::array{Framing::none, Framing::length, Framing::chunked}[random() % 3];
        Request request = request_with(arena, framing, framing == Framing::length ? 5 : 0);
        for (int edits = random() % 4; edits > 0; --edits) {
            const std::string_view name = names[random() % std::size(names)];
            const std::string_view value = values[random() % std::size(values)];
            if (random() % 3 == 0)
                request.headers.remove(name);
            else if (random() % 2)
                request.headers.set(arena, name, value);
            else
                request.headers.add(arena, name, value);
        }
        settle_framing(arena, request);
        Request seen;
        const std::string text = written(request);
        INFO(text);
        if (!read_back(text, seen, arena, false)) continue;  // refused, not misread: a coding that nobody knows
        const bool ends_alike =
            seen.framing == request.framing ||
            (seen.framing == Framing::length && seen.content_length == 0 && framing == Framing::none);
        CHECK(ends_alike);
        if (seen.framing == Framing::length) CHECK(seen.content_length == request.content_length);
    }
}
