// One line of a haproxy.cfg, cut into words, by today's rules and by those of HAProxy 1.5. The byte after the line
// (line feed, or the NUL behind the last one) belongs to the input, so that every word is seen to end.
#include "config/line.h"

namespace cfgproxy::config {

%%{
    machine haproxy_cfg_words;
    alphtype unsigned char;

    stop  = 0 | "\n" | "\r";
    blank = " " | "\t" | "\v" | "\f";
    # A carriage return ends the line, but not after a blank: HAProxy takes it for a blank then.
    gap   = blank ( blank | "\r" )*;

    # What both eras understand; a backslash before anything else is a backslash.
    escape_any   = "\\" ( " " | "\\" | "#" );
    escape_quote = "\\" ( "'" | '"' );
    escape_tab   = "\\t";
    escape_lf    = "\\n";
    escape_cr    = "\\r";
    escape_hex   = "\\x" xdigit{2};

    word_char    = ( alnum | "_" );
    name         = ( alpha | "_" | "." ) word_char*;
    list         = "[*]";
    fallback     = "-" ( any - ( "}" | "\n" | 0 ) )*;
}%%

%%{
    machine haproxy_cfg;
    include haproxy_cfg_words;

    action literal    { literal(ts, te); }
    action escaped    { character(ts, ts[1]); }
    action escaped_t  { character(ts, '\t'); }
    action escaped_n  { character(ts, '\n'); }
    action escaped_r  { character(ts, '\r'); }
    action escaped_x  { hex(ts); }
    action backslash  { character(ts, '\\'); }
    action expand_it  { variable(ts, te); }
    action end_word   { end_word(ts); }
    action end_line   { return finish(ts); }
    action bad_hex    { return fail(Fault::hex, ts); }
    action bad_name   { return fail(Fault::variable, te); }
    action bad_brace  { return fail(Fault::brace, ts + 1); }
    action bad_expand { return fail(Fault::expansion, te - 1); }
    action no_quote   { return fail(Fault::quote, quote_); }

    strong := |*
        ( any - ( stop | "'" ) )+            => literal;
        "'"                                  => { close_quote(); fgoto main; };
        stop                                 => no_quote;
    *|;

    weak := |*
        ( any - ( stop | '"' | "\\" | "$" ) )+ => literal;
        escape_any | escape_quote | "\\$"    => escaped;
        escape_tab                           => escaped_t;
        escape_lf                            => escaped_n;
        escape_cr                            => escaped_r;
        escape_hex                           => escaped_x;
        "\\x"                                => bad_hex;
        "\\"                                 => backslash;
        "$" name                             => expand_it;
        "${" name list? fallback? "}"       => expand_it;
        "${" name list? fallback?           => bad_brace;
        "${" name "["                        => bad_expand;
        "$" "{"?                             => bad_name;
        '"'                                  => { close_quote(); fgoto main; };
        stop                                 => no_quote;
    *|;

    main := |*
        ( any - ( stop | blank | '"' | "'" | "\\" | "#" ) )+ => literal;
        gap                                  => end_word;
        escape_any | escape_quote            => escaped;
        escape_tab                           => escaped_t;
        escape_lf                            => escaped_n;
        escape_cr                            => escaped_r;
        escape_hex                           => escaped_x;
        "\\x"                                => bad_hex;
        "\\"                                 => backslash;
        '"'                                  => { open_quote(ts); fgoto weak; };
        "'"                                  => { open_quote(ts); fgoto strong; };
        "#" | stop                           => end_line;
    *|;

    write data nofinal noerror;
}%%

Fault LineSplitter::split(const char* begin, const char* end) {
    if (split_plain(begin, end)) return Fault::none;
    const char *p = begin, *pe = end + 1, *eof = nullptr, *ts = nullptr, *te = nullptr;
    int cs = 0;
    [[maybe_unused]] int act = 0;
    start(begin);
    %% getkey static_cast<unsigned char>(*p);
    %% write init;
    %% write exec;
    return finish(end);
}

%%{
    machine haproxy_cfg_old;
    include haproxy_cfg_words;

    action literal    { literal(ts, te); }
    action escaped    { character(ts, ts[1]); }
    action escaped_t  { character(ts, '\t'); }
    action escaped_n  { character(ts, '\n'); }
    action escaped_r  { character(ts, '\r'); }
    action escaped_x  { hex(ts); }
    action backslash  { character(ts, '\\'); }
    action end_word   { end_word(ts); }
    action end_line   { return finish(ts); }
    action bad_hex    { return fail(Fault::hex, ts); }

    main := |*
        ( any - ( stop | blank | "\\" | "#" ) )+ => literal;
        gap                                  => end_word;
        escape_any                           => escaped;
        escape_tab                           => escaped_t;
        escape_lf                            => escaped_n;
        escape_cr                            => escaped_r;
        escape_hex                           => escaped_x;
        "\\x"                                => bad_hex;
        "\\"                                 => backslash;
        "#" | stop                           => end_line;
    *|;

    write data nofinal noerror;
}%%

Fault LineSplitter::split_old(const char* begin, const char* end) {
    const char *p = begin, *pe = end + 1, *eof = nullptr, *ts = nullptr, *te = nullptr;
    int cs = 0;
    [[maybe_unused]] int act = 0;
    start(begin);
    %% getkey static_cast<unsigned char>(*p);
    %% write init;
    %% write exec;
    return finish(end);
}

}  // namespace cfgproxy::config
