// RFC 9112 section 7.1: the lines between the pieces of a chunked body. Extensions are skipped, but their quotes must
// match, so that nobody behind us can take a different line end for the true one. Payload never comes through here.
#include "http/h1.h"

namespace cfgproxy::http {
namespace {

%%{
    machine h1_chunk;
    include http_common "http_common.rl";
    getkey (static_cast<unsigned char>(*p));

    action digit { add_digit(*p); }
    action line_done { line_done_ = true; fbreak; }
    action payload_ended { where_ = H1State::chunk_size; }

    quoted = '"' ( ( any - ctl - '"' - "\\" ) | "\\" ( any - ctl ) )* '"';
    extensions = ";" ( ( any - ctl - '"' - "\\" ) | quoted )*;
    line = xdigit+ $digit blank* extensions? CR LF @line_done;
    main := line ( CR LF @payload_ended line )*;

    write data nofinal;
}%%

}  // namespace

void H1ChunkParser::reset(const H1Limits& limits) {
    limits_ = limits;
    cs_ = h1_chunk_start;
    size_ = left_ = 0;
    state_ = State::framing;
    where_ = H1State::chunk_size;
    line_done_ = too_big_ = false;
    trailers_.forget();
    trailer_arena_.reset();
    trailer_text_.release();
}

std::uint32_t H1ChunkParser::feed_framing(std::string_view text) {
    int cs = cs_;
    const char* p = text.data();
    const char* const pe = p + text.size();
    %% write exec;
    cs_ = cs;
    if (cs == h1_chunk_error || too_big_) state_ = State::failed;
    return static_cast<std::uint32_t>(p - text.data());
}

}  // namespace cfgproxy::http
