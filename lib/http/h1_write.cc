#include <cstring>

#include "http/h1.h"

namespace cfgproxy::http {
namespace {

constexpr std::string_view kHttp11 = "HTTP/1.1";
constexpr std::string_view kTrailers = "trailers";

/// Puts pieces behind each other into room that was made before.
class Writer {
  public:
    Writer(base::Buffer& to, std::size_t size) : to_(to) {
        to.reserve();
        if (to.room() < size) {
            to.compact();
            if (to.room() < size) to.reserve(to.size() + size);
        }
        at_ = to.tail();
    }
    ~Writer() { to_.commit(static_cast<std::size_t>(at_ - to_.tail())); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void put(std::string_view piece) {
        if (!piece.empty()) std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
    }
    void put(char c) { *at_++ = c; }

  private:
    base::Buffer& to_;
    char* at_;
};

std::string_view name_of(const Header& header, const NameCases* cases) {
    if (!cases) return header.name;
    const auto found = cases->find(header.name);
    return found == cases->end() ? header.name : std::string_view(found->second);
}

std::size_t size_of(const HeaderList& headers) {
    std::size_t size = 2;
    for (const Header& h : headers) size += h.name.size() + h.value.size() + 4;
    return size;
}

/// TE is about one connection (RFC 9110 section 10.1.4): of it, only `trailers` holds for the next one too.
bool accepts_trailers(std::string_view te) {
    const std::size_t at = te.find(kTrailers);
    if (at == std::string_view::npos) return false;
    const std::string_view rest = te.substr(at + kTrailers.size());
    return rest.empty() || rest[0] == ',';
}

void put_fields(Writer& out, const HeaderList& headers, const NameCases* cases) {
    for (const Header& h : headers) {
        const bool te = h.known == Known::te;
        if (te && !accepts_trailers(h.value)) continue;
        out.put(name_of(h, cases));
        out.put(": ");
        out.put(te ? kTrailers : h.value);
        out.put("\r\n");
    }
    out.put("\r\n");
}

std::string_view version_of(const Head& head, std::string_view received) {
    if (head.is_at_least_1_1()) return kHttp11;
    return received.empty() ? "HTTP/1.0" : received;
}

}  // namespace

void write_head(base::Buffer& to, const Request& request, const NameCases* cases) {
    const std::string_view version = version_of(request, request.version);
    const std::string_view target = request.normalized ? request.path_and_query() : request.target;
    Writer out(to, request.method_text.size() + target.size() + version.size() + 4 + size_of(request.headers));
    out.put(request.method_text);
    out.put(' ');
    out.put(target);
    out.put(' ');
    out.put(version);
    out.put("\r\n");
    put_fields(out, request.headers, cases);
}

void write_head(base::Buffer& to, const Response& response, const NameCases* cases) {
    const std::string_view version = version_of(response, response.version);
    const std::string_view reason = response.reason.empty() ? reason_of(response.status) : response.reason;
    Writer out(to, version.size() + 9 + reason.size() + size_of(response.headers));
    out.put(version);
    out.put(' ');
    if (response.status > 999) out.put(static_cast<char>('0' + response.status / 1000 % 10));
    for (int unit : {100, 10, 1}) out.put(static_cast<char>('0' + response.status / unit % 10));
    out.put(' ');
    out.put(reason);
    out.put("\r\n");
    put_fields(out, response.headers, cases);
}

void write_trailers(base::Buffer& to, const HeaderList& trailers) {
    Writer out(to, size_of(trailers));
    for (const Header& h : trailers) {
        out.put(h.name);
        out.put(": ");
        out.put(h.value);
        out.put("\r\n");
    }
    out.put("\r\n");
}

}  // namespace cfgproxy::http
