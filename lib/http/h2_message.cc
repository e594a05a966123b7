#include "http/h2_message.h"

#include <algorithm>

#include "base/letters.h"
#include "base/text.h"
#include "http/h1_fields.h"
#include "http/target.h"
#include "http/token.h"

namespace cfgproxy::http {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// What would break a request line apart, or is no part of a request.
bool is_sound_path(std::string_view path) {
    if (path.empty() || (path[0] != '/' && path != "*")) return false;
    return std::none_of(path.begin(), path.end(), [](char c) { return is_control(c) || c == ' ' || c == '#'; });
}

bool is_scheme(std::string_view scheme) {
    return !scheme.empty() && base::is_alpha(scheme[0]) && std::all_of(scheme.begin(), scheme.end(), is_scheme_char);
}

bool is_sound_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) { return c == '\0' || c == '\r' || c == '\n'; });
}

/// Tokens in lower case (RFC 9113 section 8.2.1).
bool is_sound_name(std::string_view name) {
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_tchar(c) && !(c >= 'A' && c <= 'Z'); });
}

/// Fields about one HTTP/1 connection: they have no place in HTTP/2 (RFC 9113 section 8.2.2).
bool is_about_connection(Known known) {
    switch (known) {
        case Known::connection:
        case Known::keep_alive:
        case Known::proxy_connection:
        case Known::transfer_encoding:
        case Known::upgrade:
            return true;
        default:
            return false;
    }
}

}  // namespace

/// HAProxy's bounds: of what is decoded, and of what becomes the message, where cookies are one field, Host is another,
/// and each field costs 8 bytes. False: refused, or not to be kept.
bool H2Head::fits(std::string_view name, std::string_view value, const Limits& limits) {
    constexpr std::uint32_t kPerField = 8;
    ++fields_;
    size_ +=
        static_cast<std::uint32_t>(std::min<std::size_t>(name.size() + value.size(), limits.buffer_size) + kPerField);
    if (fields_ >= 2 * limits.max_headers || size_ > limits.buffer_size + kPerField * fields_)
        return refuse(H2Error::compression_error);
    const bool merged = name.starts_with(':') || (cookies_.size() > 0 && name == "cookie");
    const std::size_t kept = headers_.size() + (cookies_.size() > 0) + !authority_.empty() + !merged;
    too_large_ |= size_ > limits.max_size || kept >= limits.max_headers;
    return !too_large_;
}

bool H2Head::add(base::Arena& arena, std::string_view name, std::string_view value, const Limits& limits) {
    if (!fits(name, value, limits)) return error_ == H2Error::no_error;
    if (!is_sound_value(value)) return refuse();
    value = arena.copy(value);
    if (name.starts_with(':')) return add_pseudo(name, value);
    if (!is_sound_name(name)) return refuse();
    const Known known = known_of_lower(name);
    switch (known) {
        case Known::host:
            if (!authority_.empty() || has_host_) return true;  // :authority is the one that counts
            has_host_ = true;
            if (has_forbidden_authority_byte(value)) return refuse();
            break;
        case Known::content_length: {
            const bool seen = has_length_;
            if (!parse_content_length(value, seen, length_)) return refuse();
            has_length_ = true;
            if (seen) return true;
            break;
        }
        case Known::cookie:
            cookies_.add(arena, {"cookie", value, known});
            return true;
        case Known::te:
            if (value != "trailers") return refuse();
            break;
        default:
            if (is_about_connection(known)) return refuse();
            break;
    }
    headers_.add(arena, {arena.copy(name), base::trim(value), known});
    return true;
}

/// Each pseudo field comes once, and before all others.
bool H2Head::take(std::string_view& field, std::string_view value, bool& seen) {
    if (seen || headers_.size() || cookies_.size()) return refuse();
    seen = pseudo_seen_ = true;
    field = value;
    return true;
}

bool H2Head::add_pseudo(std::string_view name, std::string_view value) {
    if (name == ":method") return take(method_, value, has_method_);
    if (name == ":scheme") return take(scheme_, value, has_scheme_);
    if (name == ":authority") return take(authority_, value, has_authority_);
    if (name == ":path") return take(path_, value, has_path_);
    if (name == ":protocol") return take(protocol_, value, has_protocol_);
    if (name == ":status") return take(status_, value, has_status_);
    return refuse();
}

/// The target as a proxy gets it from an HTTP/1 client, with scheme and authority, if those are known.
bool H2Head::make_target(base::Arena& arena, Request& request) {
    if (has_forbidden_authority_byte(authority_)) return refuse();
    if (!has_scheme_) {  // CONNECT
        request.target = authority_;
        return request.method == Method::connect && !authority_.empty();
    }
    if (!is_sound_path(path_)) return refuse();
    request.bad = !is_scheme(scheme_) || (path_ == "*" && request.method != Method::options);
    if (authority_.empty() || path_ == "*") {
        request.target = path_;
        return true;
    }
    request.target = arena.concat(scheme_, "://", authority_, path_);
    request.normalized = base::iequal(scheme_, "http") || base::iequal(scheme_, "https");
    return true;
}

void H2Head::add_cookie(base::Arena& arena) {
    if (cookies_.size() == 0) return;
    std::size_t size = 0;
    for (const Header& cookie : cookies_) size += cookie.value.size() + 2;
    char* text = arena.bytes(size);
    std::size_t used = 0;
    for (const Header& cookie : cookies_) {
        if (used) text[used++] = ';', text[used++] = ' ';
        std::copy(cookie.value.begin(), cookie.value.end(), text + used);
        used += cookie.value.size();
    }
    headers_.add(arena, {"cookie", {text, used}, Known::cookie});
}

bool H2Head::finish(base::Arena& arena, Request& request, bool end) {
    if (too_large_ || method_.empty() || has_status_) return refuse();
    request.major = 2;
    request.minor = 0;
    request.version = "HTTP/2.0";
    request.method_text = method_;
    request.method = find_method(method_);
    const bool plain_connect = request.method == Method::connect && !has_protocol_;
    if (plain_connect ? has_scheme_ || has_path_ : !has_scheme_ || !has_path_) return refuse();
    if (has_protocol_ && (request.method != Method::connect || protocol_.empty() || authority_.empty()))
        return refuse();
    if (!make_target(arena, request)) return refuse();
    request.bad |= method_ == "PRI" || !std::all_of(method_.begin(), method_.end(), is_tchar);
    if (end && length_ > 0) return refuse();  // an HTTP/1 server would wait for it, or take the next request for it
    request.headers.reserve(arena, headers_.size() + 4);
    if (!authority_.empty()) request.headers.add(arena, {"host", authority_, Known::host});
    for (const Header& header : headers_) request.headers.add(arena, header);
    headers_.clear();
    add_cookie(arena);
    for (const Header& header : headers_) request.headers.add(arena, header);
    if (const std::size_t size = scheme_size(request.target)) normalize_absolute(arena, request, size);
    request.framing = end ? Framing::none : has_length_ ? Framing::length : Framing::chunked;
    request.content_length = has_length_ ? length_ : 0;
    if (request.framing == Framing::length && length_ == 0) request.framing = Framing::none;
    for (const Header& header : request.headers)
        if (header.known == Known::expect && base::iequal(header.value, "100-continue")) request.expect_continue = true;
    if (request.method != Method::connect) return true;
    request.framing = Framing::none;
    if (protocol_.empty()) return true;
    if (base::iequal(protocol_, "h2") || base::iequal(protocol_, "h2c")) return refuse();
    request.method = Method::get;
    request.method_text = "GET";
    request.connection |= kUpgrade;
    request.headers.add(arena, {"upgrade", protocol_, Known::upgrade});
    request.headers.add(arena, {"connection", "upgrade", Known::connection});
    return true;
}

bool H2Head::finish(base::Arena& arena, Response& response, Method method, bool end) {
    if (too_large_ || status_.size() != 3 || has_method_ || has_path_ || has_scheme_ || has_authority_) return refuse();
    for (const char c : status_)
        if (!base::is_digit(c)) return refuse();
    response.major = 2;
    response.minor = 0;
    response.version = "HTTP/2.0";
    response.status = static_cast<std::uint16_t>((status_[0] - '0') * 100 + (status_[1] - '0') * 10 + status_[2] - '0');
    if (response.status < 100) return refuse();
    if (end && length_ > 0 && !is_bodyless(response.status) && method != Method::head) return refuse();
    for (const Header& cookie : cookies_) headers_.add(arena, cookie);
    response.headers = headers_;
    if (end || is_bodyless(response.status) || method == Method::head)
        response.framing = Framing::none;
    else
        response.framing = has_length_ ? Framing::length : Framing::chunked;
    response.content_length = length_;
    return true;
}

bool H2Head::finish_trailers() {
    if (pseudo_seen_ || too_large_) return refuse();
    for (const Header& header : headers_)
        if (header.known == Known::host || header.known == Known::content_length || header.known == Known::te)
            return refuse();
    return true;
}

namespace {

void add_fields(const HeaderList& headers, base::Arena& arena, bool leave_host, std::vector<H2Field>& fields) {
    for (const Header& header : headers) {
        if (is_about_connection(header.known)) continue;
        if (leave_host && header.known == Known::host) continue;
        if (header.known == Known::te && header.value != "trailers") continue;
        const bool lower =
            std::none_of(header.name.begin(), header.name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        std::string_view name = header.name;
        if (!lower) {
            char* text = arena.bytes(name.size());
            std::transform(name.begin(), name.end(), text, base::to_lower);
            name = {text, name.size()};
        }
        fields.push_back({name, header.value});
    }
}

}  // namespace

void to_h2_fields(const Request& request, base::Arena& arena, std::vector<H2Field>& fields) {
    fields.clear();
    const bool upgrade = (request.connection & kUpgrade) != 0;
    const std::size_t scheme = scheme_size(request.target);
    const Header* host = request.headers.find(Known::host);
    std::string_view authority = scheme ? authority_of(request.target, scheme) : std::string_view();
    // Rules may have changed Host since.
    if (host && (scheme || upgrade)) authority = host->value;
    fields.push_back({":method", upgrade ? std::string_view("CONNECT") : request.method_text});
    if (request.method == Method::connect) {
        fields.push_back({":authority", request.target});
    } else {
        const std::string_view path = request.path_and_query();
        const std::string_view nothing = request.method == Method::options ? "*" : "/";
        fields.push_back({":scheme", scheme ? request.target.substr(0, scheme - 3) : std::string_view("https")});
        if (!authority.empty()) fields.push_back({":authority", authority});
        fields.push_back({":path", path.empty() ? nothing : path});
    }
    if (upgrade)
        if (const Header* to = request.headers.find(Known::upgrade)) fields.push_back({":protocol", to->value});
    add_fields(request.headers, arena, !authority.empty(), fields);
    if (upgrade) std::erase_if(fields, [](const H2Field& field) { return field.name == "sec-websocket-key"; });
}

void to_h2_fields(const Response& response, bool extended_connect, base::Arena& arena, std::vector<H2Field>& fields) {
    fields.clear();
    const bool accepted = extended_connect && response.status == 101;
    char* digits = arena.bytes(3);
    const int status = accepted ? 200 : std::min<int>(response.status, 999);
    digits[0] = static_cast<char>('0' + status / 100);
    digits[1] = static_cast<char>('0' + status / 10 % 10);
    digits[2] = static_cast<char>('0' + status % 10);
    fields.push_back({":status", {digits, 3}});
    add_fields(response.headers, arena, false, fields);
    if (accepted) std::erase_if(fields, [](const H2Field& field) { return field.name == "sec-websocket-accept"; });
}

}  // namespace cfgproxy::http
