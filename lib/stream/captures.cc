#include "http/cookie.h"
#include "log/format.h"
#include "stream/steps.h"

// What the log keeps of a message: captured headers and cookies, and the exchange's unique-id.

namespace cfgproxy::stream {
namespace {

// As long as HAProxy lets a unique-id get.
constexpr std::size_t kMaxUniqueId = 127;

/// A copy that is not null even if it is empty: the header was there.
std::string_view keep(base::Arena& arena, std::string_view text, std::size_t limit) {
    text = text.substr(0, limit);
    return text.empty() ? std::string_view("") : arena.copy(text);
}

/// Of several headers of one name the last one stays.
void capture_headers(Stream& s, const http::HeaderList& headers, const std::vector<model::Capture>& wanted,
                     std::string_view* slots) {
    for (const http::Header& header : headers)
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (!wanted[i].name.empty() && header.name == wanted[i].name)
                slots[i] = keep(s.arena, header.value, wanted[i].length);
}

/// "NAME=VALUE" if it begins as `capture cookie` says; blanks around the equal sign do not count.
bool capture_cookie(Stream& s, const http::Cookie& cookie, std::string_view& to) {
    if (!cookie.has_value) return false;
    const std::string_view text = s.arena.concat(cookie.name, "=", cookie.value);
    if (!text.starts_with(s.frontend->capture_cookie)) return false;
    to = text.substr(0, s.frontend->capture_cookie_length);
    return true;
}

std::string_view* make_slots(Stream& s, std::size_t count) {
    return count == 0 ? nullptr : s.arena.make_array<std::string_view>(count);
}

}  // namespace

void prepare_captures(Stream& s) {
    const model::Proxy& frontend = *s.frontend;
    s.record.request_captures = s.context.request_captures = make_slots(s, frontend.request_captures.size());
    s.record.response_captures = s.context.response_captures = make_slots(s, frontend.response_captures.size());
    s.record.request_capture_count = static_cast<std::uint32_t>(frontend.request_captures.size());
    s.record.response_capture_count = static_cast<std::uint32_t>(frontend.response_captures.size());
}

void capture_request_headers(Stream& s) {
    if (s.context.request_captures)
        capture_headers(s, s.request.headers, s.frontend->request_captures, s.context.request_captures);
}

void capture_response_headers(Stream& s) {
    if (s.context.response_captures)
        capture_headers(s, s.response.headers, s.frontend->response_captures, s.context.response_captures);
}

void capture_request_cookie(Stream& s) {
    if (s.frontend->capture_cookie.empty() || !s.record.cookie.empty()) return;
    for (const http::Header& header : s.request.headers) {
        if (header.known != http::Known::cookie) continue;
        http::CookieReader reader(header.value);
        for (http::Cookie cookie; reader.next(cookie);)
            if (!cookie.is_attribute() && capture_cookie(s, cookie, s.record.cookie)) return;
    }
}

void capture_response_cookie(Stream& s) {
    if (s.frontend->capture_cookie.empty()) return;
    for (const http::Header& header : s.response.headers) {
        http::Cookie cookie;
        if (header.known != http::Known::set_cookie || !http::read_set_cookie(header.value, cookie)) continue;
        if (capture_cookie(s, cookie, s.record.set_cookie)) return;
    }
}

std::string_view make_unique_id(Stream& s) {
    const model::Template* format = s.frontend->unique_id_format.get();
    if (!format || s.unique_id_made) return s.record.unique_id;
    s.unique_id_made = true;  // before it is rendered: the format may ask for the id itself
    s.record.unique_id = log::render(*format, &s.record, s.context).substr(0, kMaxUniqueId);
    s.context.unique_id = s.record.unique_id;
    return s.record.unique_id;
}

void add_unique_id_header(Stream& s) {
    if (!s.frontend->unique_id_format) return;
    const std::string_view id = make_unique_id(s);
    if (!s.frontend->unique_id_header.empty()) s.request.headers.add(s.arena, s.frontend->unique_id_header, id);
}

}  // namespace cfgproxy::stream
