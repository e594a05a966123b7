#include <algorithm>

#include "base/text.h"
#include "http/h1.h"

namespace cfgproxy::http {

void H1ChunkParser::add_digit(char digit) {
    // 52 bits as in HAProxy: programs that keep numbers as floating point read larger ones as something else.
    constexpr std::uint64_t kTooBig = std::uint64_t{1} << 52;
    size_ = size_ * 16 + static_cast<std::uint64_t>(base::hex_digit(digit));
    if (size_ >= kTooBig) too_big_ = true, size_ = 0;
}

std::uint32_t H1ChunkParser::feed(std::string_view text) {
    std::uint32_t eaten = 0;
    if (state_ == State::framing && left_ == 0 && !text.empty()) {
        eaten = feed_framing(text);
        if (state_ == State::failed || !line_done_) return eaten;
        line_done_ = false;
        left_ = size_;
        size_ = 0;
        where_ = left_ > 0 ? H1State::chunk_crlf : H1State::trailers;
        if (left_ > 0) return eaten;
        state_ = State::trailers;
        trailer_parser_.reset_trailers();
    }
    if (state_ == State::trailers && eaten < text.size()) eaten += feed_trailers(text.substr(eaten));
    return eaten;
}

/// Trailers are rare: what has arrived of them is kept aside until the blank line, so that the caller need not.
std::uint32_t H1ChunkParser::feed_trailers(std::string_view text) {
    const std::size_t before = trailer_text_.size();
    if (before == 0 && (text.starts_with("\r\n") || text[0] == '\n')) {  // none, nearly always
        state_ = State::complete;
        return text[0] == '\n' ? 1 : 2;
    }
    const std::size_t room = base::Buffer::default_capacity() - before;
    const std::string_view taken = text.substr(0, room);
    trailer_text_.append(taken);
    char* const block = trailer_text_.data();
    const auto size = static_cast<std::uint32_t>(trailer_text_.size());
    switch (trailer_parser_.feed(block, size, limits_, trailer_arena_)) {
        case ParseState::done:
            state_ =
                trailer_parser_.finish_trailers(block, trailer_arena_, trailers_) ? State::complete : State::failed;
            return static_cast<std::uint32_t>(trailer_parser_.length() - before);
        case ParseState::error:
            state_ = State::failed;
            return static_cast<std::uint32_t>(std::max<std::size_t>(trailer_parser_.error().position, before) - before);
        case ParseState::more:
            if (taken.size() == room) state_ = State::failed;
            break;
    }
    return static_cast<std::uint32_t>(taken.size());
}

}  // namespace cfgproxy::http
