#include "http/framing.h"

#include <charconv>

namespace cfgproxy::http {
namespace {

/// What the fields say.
struct Told {
    int lengths = 0, codings = 0;
    bool right_length = false, ends_chunked = false;
};

Told look(const Head& head) {
    Told told;
    for (const Header& header : head.headers) {
        if (header.known == Known::content_length) {
            std::uint64_t value = 0;
            const char* end = header.value.data() + header.value.size();
            const auto read = std::from_chars(header.value.data(), end, value);
            ++told.lengths;
            told.right_length =
                !header.value.empty() && read.ec == std::errc{} && read.ptr == end && value == head.content_length;
        } else if (header.known == Known::transfer_encoding) {
            ++told.codings;
            told.ends_chunked = header.value.ends_with("chunked");
        }
    }
    return told;
}

void tell_length(base::Arena& arena, Head& head) {
    head.headers.remove(Known::content_length);
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, head.content_length).ptr;
    head.headers.add(arena, "content-length", arena.copy({digits, static_cast<std::size_t>(end - digits)}));
}

void tell_chunked(base::Arena& arena, Head& head) {
    head.framing = Framing::chunked;
    head.headers.add(arena, "transfer-encoding", "chunked");
}

void settle(base::Arena& arena, Head& head, bool may_chunk) {
    const Told told = look(head);
    switch (head.framing) {
        case Framing::length:
            if (told.codings) head.headers.remove(Known::transfer_encoding);
            if (told.lengths == 1 && told.right_length) return;
            if (told.lengths == 0 && may_chunk && head.content_length > 0) return tell_chunked(arena, head);
            return tell_length(arena, head);
        case Framing::chunked:
            if (told.lengths) head.headers.remove(Known::content_length);
            if (!told.ends_chunked) tell_chunked(arena, head);
            return;
        case Framing::until_close:
            if (told.lengths) head.headers.remove(Known::content_length);
            if (told.codings) head.headers.remove(Known::transfer_encoding);
            return;
        case Framing::none:
        case Framing::tunnel:
            return;
    }
}

}  // namespace

void settle_framing(base::Arena& arena, Request& request) {
    if (request.framing == Framing::none) {
        // A length that is not 0, or any coding, would promise a body.
        const Told told = look(request);
        if (told.codings) request.headers.remove(Known::transfer_encoding);
        if (told.lengths > 1 || (told.lengths == 1 && !(told.right_length && request.content_length == 0)))
            request.headers.remove(Known::content_length);
        return;
    }
    settle(arena, request, request.is_at_least_1_1());
}

void settle_framing(base::Arena& arena, Response& response, bool client_is_1_1) {
    settle(arena, response, client_is_1_1 && response.is_at_least_1_1());
}

}  // namespace cfgproxy::http
