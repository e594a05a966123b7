#pragma once
#include <cstdint>
#include <string_view>

#include "base/arena.h"

namespace cfgproxy::http {

enum class Method : std::uint8_t { other, options, get, head, post, put, delete_, trace, connect };
Method find_method(std::string_view name);
std::string_view name_of(Method method);  ///< "" for other

/// Names that the proxy itself looks at: found once while parsing, compared as a number afterwards.
enum class Known : std::uint8_t {
    other,
    authorization,
    connection,
    content_length,
    content_type,
    cookie,
    date,
    expect,
    host,
    keep_alive,
    location,
    proxy_authorization,
    proxy_connection,
    server,
    set_cookie,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    user_agent,
    x_forwarded_for,
};
Known find_known(std::string_view name);  ///< any case

/// One field line. The name is lower case (it was made so while parsing), the value has no blanks at its ends.
/// Views into the connection's buffer, the stream's arena, or the configuration.
struct Header {
    std::string_view name;
    std::string_view value;
    Known known = Known::other;
};

/// The field lines of a head, in order. Storage is in the arena given to each growing call, so that a list costs
/// nothing to drop. Removing keeps the order.
class HeaderList {
  public:
    Header* begin() { return data_; }
    Header* end() { return data_ + size_; }
    const Header* begin() const { return data_; }
    const Header* end() const { return data_ + size_; }
    std::uint32_t size() const { return size_; }
    Header& operator[](std::uint32_t i) { return data_[i]; }
    const Header& operator[](std::uint32_t i) const { return data_[i]; }

    /// `name` must be lower case.
    void add(base::Arena& arena, std::string_view name, std::string_view value) {
        add(arena, {name, value, find_known(name)});
    }
    void add(base::Arena& arena, Header header) {
        if (size_ == capacity_) reserve(arena, capacity_ < 8 ? 16 : 2 * capacity_);
        data_[size_++] = header;
    }
    /// Makes room for `count` of them altogether.
    void reserve(base::Arena& arena, std::uint32_t count);
    void erase(std::uint32_t index);
    void remove(Known known);
    /// All of that name, any case; says whether there was one.
    bool remove(std::string_view name);
    /// All of that name replaced by one at the end (`http-request set-header`).
    void set(base::Arena& arena, std::string_view name, std::string_view value);
    const Header* find(Known known) const;
    const Header* find(std::string_view name) const;  ///< any case; the first one
    void clear() { size_ = 0; }
    void forget() { data_ = nullptr, size_ = capacity_ = 0; }  ///< when the arena was reset

  private:
    Header* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

/// How the body that follows a head ends (RFC 9112 section 6.3).
enum class Framing : std::uint8_t {
    none,         ///< no body
    length,       ///< Content-Length bytes
    chunked,      ///< chunks
    until_close,  ///< responses only: everything until the server closes
    tunnel,       ///< after 101 or a 2xx to CONNECT: raw bytes both ways
};

/// Answers of these statuses never have a body (RFC 9110 section 6.4.1).
constexpr bool is_bodyless(std::uint16_t status) { return status < 200 || status == 204 || status == 304; }

/// What stands in Connection, as bits of Head::connection. `kUpgrade` of a request implies that Upgrade is there too;
/// of a response it is just the token, whatever the status.
enum ConnectionToken : std::uint8_t { kClose = 1, kKeepAlive = 2, kUpgrade = 4 };

/// What is common to a request's and a response's head: parsed, checked, ready to be edited and sent on.
struct Head {
    std::uint8_t major = 1, minor = 1;
    Framing framing = Framing::none;
    std::uint8_t connection = 0;       ///< ConnectionToken bits; Proxy-Connection counts for nothing, as in HAProxy
    bool expect_continue = false;      ///< requests: Expect: 100-continue
    std::uint64_t content_length = 0;  ///< of Framing::length
    HeaderList headers;

    bool is_at_least_1_1() const { return major > 1 || (major == 1 && minor >= 1); }
};

struct Request : Head {
    Method method = Method::other;
    std::string_view method_text;
    std::string_view target;   ///< as in the request line: origin, absolute, authority or asterisk form
    std::string_view version;  ///< as received, "HTTP/1.1"
    /// HTTP/2: scheme and authority stand in the target because they always do there; servers get path and query.
    bool normalized = false;
    /// HTTP/2: sound as a message, but no request that may be passed on; it is answered with 400.
    bool bad = false;

    /// Target without scheme and authority: path and query. Empty for authority form; "*" for that.
    std::string_view path_and_query() const;
    std::string_view path() const;   ///< without the query
    std::string_view query() const;  ///< behind the '?', without it
    std::string_view host() const;   ///< value of Host, or the authority of an absolute target
};

struct Response : Head {
    std::uint16_t status = 0;
    std::string_view reason;
    std::string_view version;
};

/// The standard reason phrase of `status` as HAProxy 3.4 writes it; for unknown ones that of their class, or "Other".
std::string_view reason_of(int status);

/// Walks the comma-separated elements of a field value (quotes respected, blanks trimmed, empty ones skipped):
/// takes the next one off `rest`. False at the end.
bool next_element(std::string_view& rest, std::string_view& element);
/// As next_element(), but empty elements are reported too, a last one behind a comma included; `rest` is null at the
/// end.
bool take_element(std::string_view& rest, std::string_view& element);

}  // namespace cfgproxy::http
