#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/arena.h"

namespace cfgproxy::http {

/// One piece of a Cookie value, or the front of a Set-Cookie value. Blanks around name and value do not belong to
/// them, quotes belong to the value.
///
///     a=1 ;  name  =  value  ; b=2
///         |                  |
///       begin               end           each at a delimiter (begin: or at the start; end: or behind the last byte)
struct Cookie {
    std::string_view name;
    std::string_view value;
    std::size_t begin = 0, end = 0;
    bool has_value = false;  ///< there is an equal sign; a piece without one is no cookie for HAProxy

    /// RFC 2965 `$Path` and the like: belongs to the cookie before it.
    bool is_attribute() const { return name.starts_with('$'); }
};

/// Walks the pieces of a Cookie value in order, attributes and pieces without a value included. Pieces end at `;` or
/// `,` outside of quotes. The machine is grammar/cookie.rl.
class CookieReader {
  public:
    explicit CookieReader(std::string_view text) : text_(text) {}
    bool next(Cookie& cookie);

  private:
    std::string_view text_;
    std::size_t at_ = 0;
    bool first_ = true;
};

/// Name and value at the front of a Set-Cookie value; its attributes begin at `cookie.end`. False without an equal
/// sign.
bool read_set_cookie(std::string_view text, Cookie& cookie);

/// The value of the first cookie called `name` (case counts) in a Cookie value; its data() is null if there is none.
std::string_view find_cookie(std::string_view text, std::string_view name);

/// What is to become of a cookie in a Cookie value.
struct CookieEdit {
    enum Kind : std::uint8_t { keep, remove, drop_prefix } what = keep;
    std::size_t prefix = 0;  ///< drop_prefix: so many bytes at the value's front go (`cookie ... prefix`)
};

/// Puts a Cookie value together again, byte for byte as HAProxy does when `cookie` is in use: blanks around equal signs
/// go, a removed cookie takes its attributes along, what follows it comes behind the delimiter and one space.
class CookieWriter {
  public:
    /// `text` must live as long as the writer; memory for the result is taken from `arena`.
    CookieWriter(base::Arena& arena, std::string_view text) : text_(text), start_(arena.bytes(text.size() + 1)) {}
    /// Each piece that CookieReader gives, in order; attributes and pieces without a value are always kept by
    /// themselves.
    void add(const Cookie& cookie, CookieEdit edit);
    /// The new value, in the arena. Empty: remove the whole field.
    std::string_view finish();

  private:
    void put(std::string_view piece) {
        if (!piece.empty()) std::memcpy(start_ + size_, piece.data(), piece.size());
        size_ += piece.size();
    }
    void put_gap(const Cookie& cookie);

    std::string_view text_;
    char* start_;
    std::size_t size_ = 0;
    bool removing_ = false;  // the cookie before goes, and its attributes with it
    bool keeps_ = false;     // something other than attributes stays
};

/// edit_cookies(arena, text, decide): `decide(const Cookie&)` returns a CookieEdit for each cookie that has a value.
template <class Decide>
std::string_view edit_cookies(base::Arena& arena, std::string_view text, Decide decide) {
    CookieReader reader(text);
    CookieWriter writer(arena, text);
    for (Cookie cookie; reader.next(cookie);)
        writer.add(cookie, cookie.has_value && !cookie.is_attribute() ? decide(cookie) : CookieEdit{});
    return writer.finish();
}

}  // namespace cfgproxy::http
