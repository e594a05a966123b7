// Cookie values are walked, edited, and walked again: what was kept is still there, what was removed is gone.
#include <cstdlib>
#include <string>
#include <vector>

#include "http/auth.h"
#include "http/cookie.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::vector<std::string> cookies(std::string_view text, std::string_view but = {}) {
    std::vector<std::string> all;
    CookieReader reader(text);
    std::size_t end = 0;
    for (Cookie c; reader.next(c);) {
        require(c.begin == end && c.end >= c.begin && c.end <= text.size());
        require(c.name.data() >= text.data() && c.value.data() + c.value.size() <= text.data() + text.size());
        end = c.end;
        if (!c.has_value || c.is_attribute() || (but.data() && c.name == but)) continue;
        all.push_back(std::string(c.name) + "=" + std::string(c.value));
    }
    require(end == text.size());
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> exact(data, data + size);  // ASan sees a step over its end
    const std::string_view text(exact.data(), exact.size());
    base::Arena arena;
    const std::string_view kept = edit_cookies(arena, text, [](const Cookie&) { return CookieEdit{}; });
    require(kept.size() <= text.size() && cookies(kept) == cookies(text));
    const std::string_view name = "S";
    const std::string_view rest = edit_cookies(arena, text, [&](const Cookie& c) {
        return CookieEdit{c.name == name ? CookieEdit::remove : CookieEdit::keep};
    });
    require(rest.size() <= text.size() && cookies(rest) == cookies(text, name));
    require(find_cookie(rest, name).data() == nullptr);
    Cookie cookie;
    read_set_cookie(text, cookie);
    Credentials credentials;
    parse_basic(text, arena, credentials);
    return 0;
}
