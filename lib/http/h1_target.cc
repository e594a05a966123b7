// The four forms of a request target (RFC 9112 section 3.2) and what Host has to say about them.
#include "base/letters.h"
#include "base/text.h"
#include "http/h1.h"
#include "http/h1_fields.h"
#include "http/target.h"

namespace cfgproxy::http {
namespace {

using base::iequal;

struct HostPort {
    std::string_view host;
    std::string_view port;
    bool has_port = false;  // a colon is there, if nothing behind it
};

HostPort split_port(std::string_view authority) {
    std::size_t digits = 0;
    while (digits < authority.size() && base::is_digit(authority[authority.size() - 1 - digits])) ++digits;
    if (digits == authority.size() || authority[authority.size() - 1 - digits] != ':') return {authority, {}, false};
    return {authority.substr(0, authority.size() - 1 - digits), authority.substr(authority.size() - digits), true};
}

/// `scheme` with its "://", or empty when there is none: then both are default ports.
bool is_default_port(std::string_view scheme, std::string_view port) {
    if (port.empty()) return true;
    if (port == "80") return scheme.empty() || iequal(scheme, "http://");
    if (port == "443") return scheme.empty() || iequal(scheme, "https://");
    return false;
}

/// Not the same text, yet the same host: one of them names the scheme's default port, the other none.
bool differ_by_default_port(std::string_view scheme, std::string_view authority, std::string_view host) {
    const HostPort a = split_port(authority), b = split_port(host);
    if (!a.has_port && !b.has_port) return false;
    if (a.has_port && !is_default_port(scheme, a.port)) return false;
    if (b.has_port && !is_default_port(scheme, b.port)) return false;
    return iequal(a.host, b.host);
}

Header* find_host(HeaderList& headers) {
    for (Header& header : headers)
        if (header.known == Known::host) return &header;
    return nullptr;
}

}  // namespace

std::size_t scheme_size(std::string_view target) {
    std::size_t i = 0;
    if (target.empty() || !base::is_alpha(target[0])) return 0;
    while (i < target.size() && is_scheme_char(target[i])) ++i;
    return target.substr(i).starts_with("://") ? i + 3 : 0;
}

std::string_view authority_of(std::string_view target, std::size_t scheme_size) {
    std::string_view authority = target.substr(scheme_size);
    authority = authority.substr(0, authority.find('/'));
    const std::size_t at = authority.rfind('@');
    return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

void normalize_absolute(base::Arena& arena, Request& request, std::size_t size) {
    const std::string_view target = request.target;
    const std::string_view scheme = target.substr(0, size);
    const std::string_view authority = authority_of(target, size);
    const std::size_t before = static_cast<std::size_t>(authority.data() - target.data());
    std::string_view path = target.substr(before + authority.size());
    const HostPort parts = split_port(authority);
    const bool drop_port = parts.has_port && is_default_port(scheme, parts.port);
    const bool add_path = path.empty() && request.method != Method::options;
    if (!drop_port && !add_path) return;
    const std::string_view shortest = drop_port ? parts.host : authority;
    request.target = arena.concat(target.substr(0, before), shortest, add_path ? "/" : path);
    if (Header* host = find_host(request.headers)) host->value = request.target.substr(before, shortest.size());
}

bool H1HeadParser::check_target(const char* text, base::Arena& arena, Request& request) {
    const std::string_view target = request.target;
    if (target.empty()) {
        if (accept_invalid_ && version_end_ == 0 && target_end_ != 0) return true;
        return refuse(text, target, H1State::rqmeth, "request without a target");
    }
    switch (target[0]) {
        case '/':
            if (request.method != Method::connect) return true;
            return refuse(text, target, H1State::rqmeth, "CONNECT takes host and port");
        case '*':
            if (target.size() == 1 && (request.method == Method::options || request.method == Method::other))
                return true;
            return refuse(text, target, H1State::rqmeth, "this method takes no '*'");
        default:
            const std::size_t size = scheme_size(target);
            return size == 0 ? check_authority(text, request) : check_absolute(text, arena, request, size);
    }
}

bool H1HeadParser::check_authority(const char* text, Request& request) {
    const std::string_view target = request.target;
    if (request.method != Method::connect)
        return refuse(text, target, H1State::rqmeth, "neither a path nor an absolute target");
    if (accept_invalid_) return true;
    const std::string_view authority = authority_of(target, 0);
    if (has_forbidden_authority_byte(authority))
        return refuse(text, target, H1State::last_lf, "invalid character in the authority");
    const HostPort to = split_port(authority);
    if (to.port.empty()) return refuse(text, target, H1State::last_lf, "CONNECT without a port");
    Header* host = find_host(request.headers);
    if (!host) return true;
    const HostPort named = split_port(host->value);
    const bool same_host = iequal(named.host, to.host);
    const bool same_port = named.port.empty() ? is_default_port({}, to.port) : named.port == to.port;
    if (!same_host || !same_port) return refuse(text, host->value, H1State::last_lf, "Host differs from the target");
    if (!named.port.empty() && is_default_port({}, to.port)) host->value = named.host;
    return true;
}

bool H1HeadParser::check_absolute(const char* text, base::Arena& arena, Request& request, std::size_t size) {
    const std::string_view target = request.target;
    const std::string_view scheme = target.substr(0, size);
    const std::string_view authority = authority_of(target, size);
    if (request.method == Method::connect) return refuse(text, target, H1State::rqmeth, "CONNECT takes host and port");
    if (has_forbidden_authority_byte(authority) && !forgive())
        return refuse(text, target, H1State::last_lf, "invalid character in the authority");
    Header* host = find_host(request.headers);
    if (host && !iequal(host->value, authority) && !differ_by_default_port(scheme, authority, host->value) &&
        !forgive())
        return refuse(text, host->value, H1State::last_lf, "Host differs from the target");

    normalize_absolute(arena, request, size);
    return true;
}

}  // namespace cfgproxy::http
