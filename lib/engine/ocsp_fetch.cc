#include "engine/ocsp_fetch.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "net/base64.h"

namespace cfgproxy::engine {
namespace {

constexpr timeval kPatience{5, 0};
// Longer ones are posted (RFC 6960, appendix A.1).
constexpr std::size_t kLongestGet = 255;
constexpr std::size_t kLargestAnswer = 64 * 1024;

/// "http://host:port/path" taken apart.
struct Uri {
    std::string host, port = "80", path = "/";
    bool valid = false;
    explicit Uri(std::string_view text) {
        constexpr std::string_view kScheme = "http://";
        if (!text.starts_with(kScheme)) return;
        text.remove_prefix(kScheme.size());
        const std::size_t slash = text.find('/');
        if (slash != text.npos) path = text.substr(slash);
        set_authority(text.substr(0, slash));
    }
    void set_authority(std::string_view authority) {
        const std::size_t bracket = authority.find(']'), colon = authority.rfind(':');
        const bool has_port = colon != authority.npos && (bracket == authority.npos || colon > bracket);
        host = authority.substr(0, has_port ? colon : authority.npos);
        if (has_port) port = authority.substr(colon + 1);
        valid = !host.empty();
    }
    std::string address() const { return host.starts_with('[') ? host.substr(1, host.size() - 2) : host; }
};

int connect_to(const Uri& to) {
    addrinfo hints{}, *all = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(to.address().c_str(), to.port.c_str(), &hints, &all) != 0) return -1;
    int fd = -1;
    for (const addrinfo* one = all; one && fd < 0; one = one->ai_next) {
        fd = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) continue;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
        if (::connect(fd, one->ai_addr, one->ai_addrlen) == 0) break;
        ::close(fd);
        fd = -1;
    }
    freeaddrinfo(all);
    return fd;
}

std::string percent_encoded(std::string_view base64) {
    std::string text;
    for (const char c : base64) {
        if (c == '+')
            text += "%2B";
        else if (c == '/')
            text += "%2F";
        else if (c == '=')
            text += "%3D";
        else
            text += c;
    }
    return text;
}

std::string request_text(const Uri& uri, const std::string& target, const std::string& request) {
    const std::string encoded = net::encode_base64(request);
    const std::string authority = uri.host + (uri.port == "80" ? "" : ":" + uri.port);
    const std::string common =
        " HTTP/1.1\r\nhost: " + authority + "\r\nuser-agent: HAProxy\r\naccept: */*\r\nconnection: close\r\n";
    if (request.size() + target.size() < kLongestGet)
        return "GET " + target + (target.ends_with('/') ? "" : "/") + percent_encoded(encoded) + common + "\r\n";
    return "POST " + target + common +
           "content-type: application/ocsp-request\r\ncontent-length: " + std::to_string(request.size()) + "\r\n\r\n" +
           request;
}

/// All that comes until the end, or until the length that the head tells.
std::string receive_all(int fd) {
    std::string text;
    char piece[4096];
    while (text.size() < kLargestAnswer) {
        const ssize_t got = ::recv(fd, piece, sizeof piece, 0);
        if (got <= 0) break;
        text.append(piece, static_cast<std::size_t>(got));
    }
    return text;
}

/// The body of a chunked message, as far as it came.
std::string unchunk(std::string_view text) {
    std::string body;
    while (!text.empty()) {
        std::size_t size = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), size, 16);
        const std::size_t line = text.find("\r\n");
        if (read.ec != std::errc{} || size == 0 || line == text.npos || line + 2 + size > text.size()) break;
        body += text.substr(line + 2, size);
        text.remove_prefix(std::min(text.size(), line + 2 + size + 2));
    }
    return body;
}

OcspAnswer read_answer(const std::string& text) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == text.npos || !text.starts_with("HTTP/1.") || text.substr(8, 5) != " 200 ")
        return {OcspAnswer::http_error, {}};
    bool typed = false, chunked = false;
    for (std::string_view line : base::split(std::string_view(text).substr(0, end), '\n')) {
        const std::size_t colon = line.find(':');
        if (colon == line.npos) continue;
        const std::string name = base::lower(line.substr(0, colon));
        const std::string value = base::lower(base::trim(line.substr(colon + 1)));
        typed |= name == "content-type" && value == "application/ocsp-response";
        chunked |= name == "transfer-encoding" && value == "chunked";
    }
    if (!typed) return {OcspAnswer::wrong_type, {}};
    const std::string_view body = std::string_view(text).substr(end + 4);
    return {OcspAnswer::good, chunked ? unchunk(body) : std::string(body)};
}

}  // namespace

OcspAnswer fetch_ocsp(const std::string& uri, const std::string& request, const std::string& proxy,
                      std::atomic<int>& socket) {
    const Uri responder(uri);
    if (!responder.valid) return {OcspAnswer::http_error, {}};
    Uri peer = responder;
    if (!proxy.empty()) peer.set_authority(proxy);
    const int fd = connect_to(peer);
    if (fd < 0) return {OcspAnswer::http_error, {}};
    socket = fd;
    const std::string text = request_text(responder, proxy.empty() ? responder.path : uri, request);
    OcspAnswer answer{OcspAnswer::http_error, {}};
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()))
        answer = read_answer(receive_all(fd));
    socket = -1;
    ::close(fd);
    return answer;
}

}  // namespace cfgproxy::engine
