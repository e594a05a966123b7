// Cookie and Set-Cookie values as HAProxy reads them: RFC 2965 quotes, blanks around the equal sign, names with nothing
// behind them. `list` is Cookie, where commas part cookies too; `single` is the pair at the front of Set-Cookie.
#include "http/cookie.h"

namespace cfgproxy::http {
namespace {

%%{
    machine cookie;
    include http_common "http_common.rl";
    getkey (static_cast<unsigned char>(*p));

    action name { name = p; }
    action name_seen { name_end = p + 1; }
    action equal { equal = p; }
    action value { value = p; }
    action value_seen { value_end = p + 1; }
    action stop { fhold; fbreak; }

    visible = any - blank;
    delimiter = "," | ";";
    quoted = '"' @value_seen ( ( visible - '"' - "\\" ) @value_seen | blank | "\\" @value_seen ( visible @value_seen | blank ) )*
             '"' @value_seen;
    plain = ( visible - delimiter - '"' ) @value_seen;
    pair = "=" @equal blank* ( ( ( plain | quoted ) ( plain | quoted | blank )* ) >value )?;

    list_name = ( visible - delimiter - "=" ) @name_seen;
    list := blank* ( ( list_name ( list_name | blank )* ) >name )? pair? delimiter @stop;
    single_name = ( visible - ";" - "=" ) @name_seen;
    single := blank* ( ( single_name ( single_name | blank )* ) >name )? ( pair delimiter | ";" ) @stop;

    write data noerror nofinal;
}%%

/// Reads one cookie; where it stopped: at a delimiter or at the end.
std::size_t read_cookie(std::string_view text, std::size_t from, int cs, Cookie& cookie) {
    const char* const start = text.data();
    const char* p = start + from;
    const char* const pe = start + text.size();
    const char *name = nullptr, *name_end = nullptr, *equal = nullptr, *value = nullptr, *value_end = nullptr;
    %% write exec;
    if (!name) name = name_end = equal ? equal : p;
    if (!value) value = value_end = p;
    cookie.name = {name, static_cast<std::size_t>(name_end - name)};
    cookie.value = {value, static_cast<std::size_t>(value_end - value)};
    cookie.has_value = equal != nullptr;
    return static_cast<std::size_t>(p - start);
}

}  // namespace

bool CookieReader::next(Cookie& cookie) {
    if (at_ >= text_.size()) return false;
    cookie.begin = at_;
    at_ = cookie.end = read_cookie(text_, first_ ? at_ : at_ + 1, cookie_en_list, cookie);
    first_ = false;
    return true;
}

bool read_set_cookie(std::string_view text, Cookie& cookie) {
    cookie.begin = 0;
    cookie.end = read_cookie(text, 0, cookie_en_single, cookie);
    return cookie.has_value;
}

}  // namespace cfgproxy::http
