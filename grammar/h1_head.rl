// RFC 9112 sections 2 to 5: request line, status line, field lines; and the trailers of section 7.1.2.
// Marks are offsets from the start of the head, so a head may arrive in any number of pieces and its buffer may move.
// Bytes that HAProxy forgives under `option accept-invalid-http-*` are part of the grammar and noted by odd().
// A blank after an end of line continues the value (obs-fold): hence a field is complete when the next line begins.
// The *_run actions look ahead over bytes that would come back to the same state; the machine judges the rest.
#include "http/h1.h"
#include "http/h1_scan.h"

namespace cfgproxy::http {
namespace {

%%{
    machine h1_head;
    include http_common "http_common.rl";
    getkey (static_cast<unsigned char>(*p));

    action begin { begin_ = at(text, p), started_ = true; }
    action method_end { method_end_ = at(text, p); }
    action target { target_ = at(text, p); }
    action target_run { p = skip_target(p + 1, pe) - 1; }
    action target_end { target_end_ = at(text, p); }
    action version { version_ = at(text, p); }
    action version_end { version_end_ = at(text, p); }
    action reason_mark { target_ = at(text, p); }
    action reason_end { target_end_ = at(text, p); }
    action status_mark { status_at_ = at(text, p); }
    action status_digit { add_status_digit(*p); }
    action line_done { line_done_ = true; fgoto fields; }
    action name { field_.name = at(text, p); }
    action name_run { p = skip_name(p, pe) - 1; }
    action colon { field_.name_end = at(text, p), field_.value = at(text, p) + 1; }
    action value_run { p = skip_value(p + 1, pe) - 1; }
    action value_end { field_.value_end = at(text, p); }
    action fold { blank_out(text, field_.value_end, at(text, p)); }
    action field { add_field(text, at(text, p), limits, arena); }
    action odd { odd(at(text, p)); }
    action odd_name { odd_name(at(text, p)); }
    action done { done_ = true; fbreak; }

    line_end = ( CR >value_end LF ) | LF >value_end;
    value = ( ( any - CR - LF - 0 ) $value_run | 0 $odd | line_end blank @fold )*;
    odd_byte = any - tchar - ":" - CR - LF;
    name_byte = tchar $name_run | odd_byte $odd_name;
    rest = name_byte* ":" @colon value line_end;
    field = ( tchar $name_run | ( odd_byte - blank ) $odd_name ) >name rest;
    blank_first = ( blank $odd_name ) >name rest;  # there is no line yet that it could continue
    fields := ( ( field | blank_first ) %field ( field %field )* )? EOL @done;

    target_byte = 0x21..0x22 | 0x24..0x7e;
    request_line = ( tchar+ >begin %method_end ) blank+
                   ( ( target_byte $target_run | ( "#" | 0x80..0xff ) $odd )+ >target %target_end )
                   ( blank+ ( ( 'A'..'Z' | '0'..'9' | "." | "/" )+ >version %version_end EOL @line_done
                            | EOL @done )  # HTTP/0.9 says no version and has no field lines
                   | EOL @done );
    request := EOL* request_line;

    status_line = ( ( 'A'..'Z' | '0'..'9' | "." | "/" )+ >begin >version %version_end ) blank+
                  ( ( '0'..'9' )+ >status_mark $status_digit )
                  ( blank+ ( ( ( any - blank - CR - LF ) ( any - CR - LF )* ) >reason_mark %reason_end )? )?
                  EOL @line_done;
    response := EOL* status_line;

    write data nofinal;
}%%

std::uint32_t at(const char* text, const char* p) { return static_cast<std::uint32_t>(p - text); }

}  // namespace

void H1HeadParser::start(Kind kind) {
    new (this) H1HeadParser(Unset{});  // nothing to destroy; an assignment would copy it all
    kind_ = kind;
    line_done_ = kind == Kind::cgi;
    cs_ = kind == Kind::request ? h1_head_en_request : kind == Kind::response ? h1_head_en_response : h1_head_en_fields;
}

ParseState H1HeadParser::feed(char* text, std::uint32_t size, const H1Limits& limits, base::Arena& arena) {
    if (error_.status != 0) return ParseState::error;
    if (done_) return ParseState::done;
    accept_invalid_ = limits.accept_invalid;
    any_payload_ = limits.any_payload;
    keeps_insecure_ = limits.keeps_insecure;
    int cs = cs_;
    char* p = text + pos_;
    char* const pe = text + size;
    %% write exec;
    cs_ = cs;
    pos_ = at(text, p);
    if (cs == h1_head_error) fail_here(text);
    if (error_.status != 0) return ParseState::error;
    return done_ ? ParseState::done : ParseState::more;
}

}  // namespace cfgproxy::http
