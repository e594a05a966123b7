// Whether a cache may keep a response: what `option checkcache` and `cookie ... nocache` ask (manual 2.6 section 4.2).
#include "base/text.h"
#include "stream/steps.h"

namespace cfgproxy::stream {
namespace {

/// What caches may keep: the response, and the cookie that it sets.
struct Kept {
    bool response = true, cookie = true;
    void nothing() { response = cookie = false; }
};

bool is_kept_by_default(std::uint16_t status) {
    switch (status) {
        case 200:
        case 203:
        case 204:
        case 206:
        case 300:
        case 301:
        case 404:
        case 405:
        case 410:
        case 414:
        case 501:
            return true;
        default:
            return false;
    }
}

bool is_of(std::string_view element, std::string_view word) {
    return base::iequal(element, word) || (base::istarts_with(element, word) && element[word.size()] == '=');
}

/// What one directive of Cache-Control makes of it.
void apply(std::string_view element, Kept& kept, bool& never_fresh, bool& has_lifetime) {
    if (base::iequal(element, "public")) {
        kept.response = kept.cookie = true;
    } else if (base::iequal(element, "max-age=0")) {
        never_fresh = true;
    } else if (base::iequal(element, "no-cache=\"set-cookie\"")) {
        kept.cookie = false;
    } else if (is_of(element, "private") || is_of(element, "no-cache") || base::iequal(element, "no-store") ||
               base::iequal(element, "s-maxage=0")) {
        kept.nothing();
    } else if (base::istarts_with(element, "s-maxage")) {
        has_lifetime = true;
        never_fresh = false;
    } else if (base::istarts_with(element, "max-age")) {
        has_lifetime = true;
    }
}

Kept judge(const Stream& s) {
    Kept kept;
    const http::HeaderList& headers = s.response.headers;
    const auto method = s.record.method;
    const bool is_safe = method == http::Method::get || method == http::Method::head ||
                         method == http::Method::options || method == http::Method::trace;
    if (!is_safe || !is_kept_by_default(s.record.status)) kept.nothing();  // the server's status, not a rule's
    bool never_fresh = false, has_lifetime = headers.find("expires") != nullptr;
    for (const http::Header& header : headers) {
        if (header.name == "pragma" && base::iequal(header.value, "no-cache")) return {false, false};
        if (header.name != "cache-control") continue;
        std::string_view rest = header.value, element;
        while (http::next_element(rest, element)) apply(element, kept, never_fresh, has_lifetime);
    }
    if (never_fresh) kept.nothing();
    if (!has_lifetime && !headers.find("etag") && !headers.find("last-modified")) kept.response = false;
    return kept;
}

}  // namespace

bool may_be_cached(const Stream& s) { return judge(s).response; }

bool offers_cookie_to_caches(const Stream& s) {
    if (!s.response.headers.find(http::Known::set_cookie)) return false;
    const Kept kept = judge(s);
    return kept.response && kept.cookie;
}

}  // namespace cfgproxy::stream
