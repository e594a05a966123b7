#include "http/cookie.h"

namespace cfgproxy::http {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view find_cookie(std::string_view text, std::string_view name) {
    CookieReader reader(text);
    for (Cookie cookie; reader.next(cookie);)
        if (cookie.has_value && !cookie.is_attribute() && cookie.name == name) return cookie.value;
    return {};
}

/// What stands between the last thing written and a cookie that follows removed ones: nothing at the front, else the
/// delimiter and a space.
void CookieWriter::put_gap(const Cookie& cookie) {
    removing_ = false;
    if (size_ == 0) return;
    while (size_ > 0 && is_blank(start_[size_ - 1])) --size_;
    start_[size_++] = text_[cookie.begin];
    start_[size_++] = ' ';
}

void CookieWriter::add(const Cookie& cookie, CookieEdit edit) {
    if (cookie.is_attribute()) {
        if (!removing_) put(text_.substr(cookie.begin, cookie.end - cookie.begin));
        return;
    }
    if (edit.what == CookieEdit::remove) {
        removing_ = true;
        return;
    }
    keeps_ = true;
    const auto name = static_cast<std::size_t>(cookie.name.data() - text_.data());
    if (removing_)
        put_gap(cookie);
    else
        put(text_.substr(cookie.begin, name - cookie.begin));
    if (!cookie.has_value) {
        put(text_.substr(name, cookie.end - name));
        return;
    }
    const auto value_end = static_cast<std::size_t>(cookie.value.data() + cookie.value.size() - text_.data());
    put(cookie.name);
    put("=");
    put(edit.what == CookieEdit::drop_prefix ? cookie.value.substr(edit.prefix) : cookie.value);
    put(text_.substr(value_end, cookie.end - value_end));
}

std::string_view CookieWriter::finish() {
    if (removing_ && !keeps_) return {};
    return {start_, size_};
}

}  // namespace cfgproxy::http
