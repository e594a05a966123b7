#include "http/cookie.h"

#include <utility>

#include "stream/steps.h"

// Persistence by cookie (manual 4.2, "cookie"). The third and fourth letters of the termination state say what was
// found in the request and what was done in the response.

namespace cfgproxy::stream {
namespace {

using Kind = model::CookieSettings::Kind;

/// Dates in inserted cookies ("!<last>!<first>"): 5 characters of 6 bits each count units of 4 seconds.
constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kDateSeparator = '|';

std::string_view encode_date(base::Arena& arena, std::uint64_t seconds) {
    std::uint64_t date = seconds >> 2;
    char* text = arena.bytes(5);
    for (int i = 4; i >= 0; --i) {
        text[i] = kDigits[date & 63];
        date >>= 6;
    }
    return {text, 5};
}

/// Seconds since 1970 of a date of 5 characters; 0 if it is none.
std::uint64_t decode_date(std::string_view text) {
    if (text.size() < 5) return 0;
    std::uint64_t date = 0;
    for (char c : text.substr(0, 5)) {
        const auto at = std::string_view(kDigits).find(c);
        if (at == std::string_view::npos) return 0;
        date = (date << 6) | at;
    }
    return date << 2;
}

struct CookieDates {
    std::uint64_t last = 0, first = 0;
};

/// Takes "|last|first" off the value.
CookieDates take_dates(std::string_view& value) {
    CookieDates dates;
    const auto bar = value.find(kDateSeparator);
    if (bar == std::string_view::npos) return dates;
    std::string_view rest = value.substr(bar + 1);
    value = value.substr(0, bar);
    dates.last = decode_date(rest);
    const auto second = rest.find(kDateSeparator);
    if (second != std::string_view::npos) dates.first = decode_date(rest.substr(second + 1));
    return dates;
}

bool out_of_date(const model::CookieSettings& cookie, const CookieDates& dates, std::uint64_t now_s, char& letter) {
    if (cookie.max_idle_s > 0 && dates.last != 0 &&
        dates.last + static_cast<std::uint64_t>(cookie.max_idle_s) < now_s) {
        letter = 'E';
        return true;
    }
    if (cookie.max_life_s > 0 && dates.first != 0 &&
        dates.first + static_cast<std::uint64_t>(cookie.max_life_s) < now_s) {
        letter = 'O';
        return true;
    }
    return false;
}

/// What the cookie's value says: the server, and the letter for the log.
void judge(Stream& s, std::string_view value) {
    const model::CookieSettings& cookie = s.backend->cookie;
    char& letter = s.record.termination[2];
    const std::uint64_t now_s = s.loop().wall_us() / 1000000;
    CookieDates dates;
    if (cookie.max_idle_s > 0 || cookie.max_life_s > 0) {
        dates = take_dates(value);
        // A date of the future (more than a day) is somebody's clock gone wrong: as if it was not there.
        if (dates.last > now_s + 86400) dates.last = 0;
        if (dates.first > now_s + 86400) dates.first = 0;
        if (out_of_date(cookie, dates, now_s, letter)) return;
        s.cookie_first_s = dates.first;
        s.cookie_last_s = dates.last;
        if (dates.first == 0 && cookie.max_life_s > 0) s.cookie_first_s = now_s;
    }
    letter = 'I';
    server::Server* wanted = s.be->find_by_cookie(value);
    if (!wanted) return;
    const bool usable = wanted->running() || s.backend->options.persist || s.force_persist;
    letter = usable ? 'V' : 'D';
    if (cookie.kind != Kind::none && usable && !s.ignore_persist) s.persistent = wanted;
}

}  // namespace

void read_request_cookie(Stream& s) {
    const model::CookieSettings& cookie = s.backend->cookie;
    s.record.termination[2] = s.record.termination[3] = 'N';
    bool found = false;
    for (std::uint32_t i = 0; i < s.request.headers.size(); ++i) {
        http::Header& header = s.request.headers[i];
        if (header.known != http::Known::cookie) continue;
        bool changed = false;
        const auto edited =
            http::edit_cookies(s.arena, header.value, [&](const http::Cookie& piece) -> http::CookieEdit {
                if (piece.name != cookie.name || piece.value.empty()) return {};
                const bool again = std::exchange(found, true);
                std::string_view value = piece.value;
                std::size_t prefix = 0;
                if (cookie.kind == Kind::prefix) {
                    const auto end = value.find('~');
                    if (end == std::string_view::npos) {  // not ours: no server in front
                        if (!again) s.record.termination[2] = 'N';
                        return {};
                    }
                    prefix = end + 1;
                    value = value.substr(0, end);
                }
                if (!s.persistent) judge(s, s.arena.copy(value));  // the first one that names a server
                changed = true;
                if (cookie.kind == Kind::prefix) return {http::CookieEdit::drop_prefix, prefix};
                if (cookie.kind == Kind::insert && cookie.indirect) return {http::CookieEdit::remove};
                return {};
            });
        if (!changed) continue;
        if (edited.empty())
            s.request.headers.erase(i--);
        else
            header.value = edited;
    }
}

namespace {

std::string_view cookie_of_server(const Stream& s) { return s.server ? s.server->cookie() : std::string_view{}; }

std::string_view with_dates(Stream& s, std::string_view value) {
    const model::CookieSettings& cookie = s.backend->cookie;
    if (cookie.max_idle_s <= 0 && cookie.max_life_s <= 0) return value;
    const std::uint64_t now_s = s.loop().wall_us() / 1000000;
    const std::string_view last = encode_date(s.arena, now_s);
    if (cookie.max_life_s <= 0) return s.arena.concat(value, "|", last);
    return s.arena.concat(value, "|", last, "|", encode_date(s.arena, s.cookie_first_s ? s.cookie_first_s : now_s));
}

void insert_cookie(Stream& s) {
    const model::CookieSettings& cookie = s.backend->cookie;
    std::string_view line;
    if (const std::string_view value = cookie_of_server(s); !value.empty())
        line = s.arena.concat(cookie.name, "=", with_dates(s, value));
    else  // a server without a cookie: the client must forget the one it has
        line = s.arena.concat(cookie.name, "=; Expires=Thu, 01-Jan-1970 00:00:01 GMT");
    line = s.arena.concat(line, "; path=/");
    if (!cookie.domains.empty())
        for (const std::string& domain : cookie.domains) line = s.arena.concat(line, "; domain=", domain);
    if (cookie.httponly) line = s.arena.concat(line, "; HttpOnly");
    if (cookie.secure) line = s.arena.concat(line, "; Secure");
    for (const std::string& attribute : cookie.attributes) line = s.arena.concat(line, "; ", attribute);
    const bool hide = cookie.nocache && may_be_cached(s);
    s.response.headers.add(s.arena, "set-cookie", line);
    s.record.termination[3] = 'I';
    if (hide) s.response.headers.add(s.arena, "cache-control", "private");
}

/// Whether the client already has what an insertion would tell it.
bool client_knows(Stream& s) {
    const char found = s.record.termination[2];
    if (found != 'V' || !s.persistent || s.server != s.persistent) return false;
    const model::CookieSettings& cookie = s.backend->cookie;
    // With maxidle the date must move on, but not with each response: a minute's grain is enough.
    const std::uint64_t now_s = s.loop().wall_us() / 1000000;
    return cookie.max_idle_s <= 0 || (s.cookie_last_s != 0 && s.cookie_last_s + 60 > now_s && s.cookie_last_s <= now_s);
}

/// Rewrites or prefixes the server's own Set-Cookie; notes that there was one.
bool edit_server_cookie(Stream& s) {
    const model::CookieSettings& cookie = s.backend->cookie;
    const std::string_view value = cookie_of_server(s);
    bool present = false;
    for (std::uint32_t i = 0; i < s.response.headers.size(); ++i) {
        http::Header& header = s.response.headers[i];
        if (header.known != http::Known::set_cookie) continue;
        http::Cookie piece;
        if (!http::read_set_cookie(header.value, piece) || piece.name != cookie.name) continue;
        present = true;
        s.record.termination[3] = 'P';
        if (value.empty()) continue;
        const std::string_view before =
            header.value.substr(0, static_cast<std::size_t>(piece.value.data() - header.value.data()));
        const std::string_view after = header.value.substr(before.size() + piece.value.size());
        switch (cookie.kind) {
            case Kind::insert:
                if (cookie.preserve) break;  // the server's own word stands
                s.response.headers.erase(i--);
                s.record.termination[3] = 'D';
                present = false;
                break;
            case Kind::rewrite:
                header.value = s.arena.concat(before, value, after);
                s.record.termination[3] = 'R';
                break;
            case Kind::prefix:
                header.value = s.arena.concat(before, value, "~", piece.value, after);
                s.record.termination[3] = 'R';
                break;
            default:
                break;
        }
    }
    return present;
}

}  // namespace

void write_response_cookie(Stream& s) {
    const model::CookieSettings& cookie = s.backend->cookie;
    const bool present = edit_server_cookie(s);
    if (cookie.kind == Kind::insert) {
        const bool skip = (cookie.postonly && s.request.method != http::Method::post) || s.ignore_persist ||
                          client_knows(s) || (present && cookie.preserve);
        if (!skip) {
            const char found = s.record.termination[2];
            if (!cookie_of_server(s).empty() || (found != 'N' && found != '-')) {
                insert_cookie(s);
                if (found == 'V' && s.server == s.persistent) s.record.termination[3] = 'U';
            }
        }
    } else if (cookie.nocache && present) {
        s.response.headers.add(s.arena, "cache-control", "private");
    }
}

}  // namespace cfgproxy::stream
