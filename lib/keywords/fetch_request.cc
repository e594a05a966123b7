#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "http/target.h"
#include "keywords/sample_support.h"
#include "sample/checkpoint.h"

/// What the request line and the body say (manual 7.3.6), and hashes of it.
namespace cfgproxy::keywords {
namespace {

Found fetch_method(const Context& context, Arguments, Cursor&, Value& out) {
    if (context.method == http::Method::other && context.method_text.empty()) return Found::not_yet;
    return found_method(out, context.method, context.method_text);
}

Found fetch_url(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    return request ? found_text(out, request->target) : absent;
}

/// Path and query; empty where the target has no path ("*" is none either).
std::string_view path_of(const http::Request& request) {
    return request.target == "*" ? std::string_view{} : request.path_and_query();
}

std::string_view without_query(std::string_view path) { return path.substr(0, path.find('?')); }

template <bool with_query>
Found fetch_path(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    const std::string_view path = path_of(*request);
    if (path.empty()) return Found::no;
    return found_text(out, with_query ? path : without_query(path));
}

Found fetch_query(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    const std::size_t mark = request->target.find('?');
    if (mark == std::string_view::npos) return Found::no;
    const bool keep_mark = has(args, 0) && args[0].number && mark + 1 < request->target.size();
    return found_text(out, request->target.substr(keep_mark ? mark : mark + 1));
}

base::Result<void> prepare_query(std::vector<Argument>& args) {
    if (args[0].text.empty()) return {};
    if (args[0].text != "with_qm") return base::Error{"supported options are: 'with_qm'"};
    args[0].number = 1;
    return {};
}

/// The first element of Host; null data if there is none.
std::string_view first_host(const http::Request& request) {
    const auto* host = request.headers.find(http::Known::host);
    std::string_view rest = host ? host->value : std::string_view{}, element;
    return host && http::take_element(rest, element) ? element : std::string_view{};
}

template <bool with_query>
Found fetch_base(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    const std::string_view host = first_host(*request);
    if (host.empty()) return fetch_path<with_query>(context, args, cursor, out);
    std::string_view path = path_of(*request);
    if (!with_query) path = without_query(path);
    return found_text(out, path.starts_with('/') ? context.arena->concat(host, path) : host);
}

template <bool with_query>
bool hash_of_base(const Context& context, std::uint32_t& hash, Found& absent) {
    const auto* request = request_of(context, absent);
    if (!request) return false;
    const auto* whole_host = request->headers.find(http::Known::host);
    const std::string_view host = !with_query ? first_host(*request) : whole_host ? whole_host->value : "";
    std::string_view path = path_of(*request);
    if (!with_query) path = without_query(path);
    hash = 0;
    for (char c : host) hash = base::extend_sdbm_signed(hash, c);
    if (path.starts_with('/'))
        for (char c : path) hash = base::extend_sdbm_signed(hash, c);
    hash = base::full_hash(hash);
    return true;
}

template <bool with_query>
Found fetch_base32(const Context& context, Arguments, Cursor&, Value& out) {
    std::uint32_t hash;
    Found absent;
    return hash_of_base<with_query>(context, hash, absent) ? found_int(out, hash) : absent;
}

/// The hash, then the client's address: 8 or 20 bytes.
template <bool with_query>
Found fetch_base32_src(const Context& context, Arguments, Cursor&, Value& out) {
    std::uint32_t hash;
    Found absent;
    if (!context.src.is_ip()) return Found::no;
    if (!hash_of_base<with_query>(context, hash, absent)) return absent;
    Value src = Value::of_ip(context.src);
    sample::cast(src, Type::bin, *context.arena);
    char* bytes = context.arena->bytes(4 + src.text.size());
    hash = htonl(hash);
    std::memcpy(bytes, &hash, 4);
    std::memcpy(bytes + 4, src.text.data(), src.text.size());
    return found_bytes(out, {bytes, 4 + src.text.size()});
}

/// "http://192.0.2.1:8080/": only an IPv4 address right behind http:// or https:// counts.
bool find_url_address(std::string_view url, in_addr& ip, std::int64_t& port) {
    const std::size_t scheme = http::scheme_size(url);
    const bool secure = base::iequal(url.substr(0, scheme), "https://");
    if (!secure && !base::iequal(url.substr(0, scheme), "http://")) return false;
    url.remove_prefix(scheme);
    const std::size_t size = sample::leading_ipv4(url, ip);
    port = secure ? 443 : 80;
    if (url.substr(size).starts_with(':')) port = sample::leading_number(url.substr(size + 1)) & 0xffff;
    return size > 0;
}

template <bool is_port>
Found fetch_url_address(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    in_addr ip;
    std::int64_t port;
    if (!find_url_address(request->target, ip, port)) return Found::no;
    return is_port ? found_int(out, port) : found_ip(out, net::Address::from_v4(ip));
}

/// Takes the next parameter for a cursor that begins at `all`.
Found fetch_parameter(std::string_view all, Arguments args, char delimiter, bool ignore_case, Cursor& cursor,
                      Value& out) {
    if (cursor.index++ == 0) cursor.rest = all;
    std::string_view value;
    if (!next_parameter(cursor.rest, has(args, 0) ? args[0].text : "", delimiter, ignore_case, value)) return Found::no;
    cursor.more = cursor.iterate && !cursor.rest.empty();
    return found_text(out, value);
}

Found fetch_url_param(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    if (!request) return absent;
    const char delimiter = has(args, 1) && !args[1].text.empty() ? args[1].text[0] : '?';
    const std::size_t begin = request->target.find(delimiter);
    if (begin == std::string_view::npos) return Found::no;
    const bool ignore_case = has(args, 2) && args[2].text.starts_with('i');
    return fetch_parameter(request->target.substr(begin + 1), args, delimiter, ignore_case, cursor, out);
}

Found fetch_url_param_val(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const Found result = fetch_url_param(context, args, cursor, out);
    if (result == Found::yes) out.set_int(lenient_number(out.text));
    return result;
}

Found fetch_body_param(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    Found absent;
    if (!request_of(context, absent)) return absent;
    const bool ignore_case = has(args, 1) && args[1].text.starts_with('i');
    const Found result = fetch_parameter(context.request_data, args, '&', ignore_case, cursor, out);
    if (result == Found::yes) out.type = Type::bin;
    return result;
}

/// "1.1" of "HTTP/1.1".
Found version_number(std::string_view version, Value& out) {
    const std::size_t slash = version.find('/');
    if (slash == version.npos || slash + 1 >= version.size()) return Found::no;
    return found_text(out, version.substr(slash + 1));
}

Found fetch_request_version(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* request = request_of(context, absent);
    return request ? version_number(request->version, out) : absent;
}

Found fetch_response_version(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* response = response_of(context, absent);
    if (response) return version_number(response->version, out);
    return context.response_version.empty() ? absent : version_number(context.response_version, out);
}

/// What the server answered: log lines still know when the response is gone.
Found fetch_status(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    if (const auto* response = response_of(context, absent)) return found_int(out, response->status);
    std::int64_t status = 0;
    const bool known = context.live && context.live->fact(sample::Fact::server_status, status);
    return known ? found_int(out, status) : absent;
}

/// Whether bytes of a TCP connection cannot be the beginning of a request any more.
bool is_no_request(std::string_view data) {
    if (data.empty()) return false;
    const std::size_t line = data.find('\n');
    return static_cast<unsigned char>(data[0]) < ' ' ||
           (line != data.npos && line > 1 && data.substr(0, line).find(" HTTP/") == data.npos);
}

/// In TCP rules a whole head must have come, or what HTTP/2 clients begin with.
Found fetch_is_http(const Context& context, Arguments, Cursor&, Value& out) {
    constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    Found absent;
    if (request_of(context, absent)) return found_bool(out, true);
    if (context.is_response_side()) return absent;
    if (context.request_data.starts_with(kPreface)) return found_bool(out, true);
    return is_no_request(context.request_data) ? Found::no : absent;
}

Found fetch_is_first(const Context& context, Arguments, Cursor&, Value& out) {
    return found_bool(out, context.first_request);
}

Found fetch_unique_id(const Context& context, Arguments, Cursor&, Value& out) {
    std::string_view id = context.unique_id;
    if (id.empty() && context.live) id = context.live->unique_id();
    return id.empty() ? Found::no : found_text(out, id);
}

template <Side side>
std::string_view body_of(const Context& context) {
    return side == Side::request ? context.request_data : context.response_data;
}

template <Side side>
Found fetch_body(const Context& context, Arguments, Cursor& cursor, Value& out) {
    Found absent;
    if (!head_of<side>(context, absent)) return absent;
    cursor.may_change = true;
    return found_bytes(out, body_of<side>(context));
}

template <Side side>
Found fetch_body_length(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    if (!head_of<side>(context, absent)) return absent;
    return found_int(out, static_cast<std::int64_t>(body_of<side>(context).size()));
}

/// What Content-Length announces, else what is there.
template <Side side>
Found fetch_body_size(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    const auto size = head->framing == http::Framing::length ? head->content_length : body_of<side>(context).size();
    return found_int(out, static_cast<std::int64_t>(size));
}

constexpr auto kDone = Support::done;
using sample::kNothing, sample::kRequestHead, sample::kRequestBody, sample::kResponseBody, sample::kTransaction;
constexpr auto kReq = Side::request, kRes = Side::response;

constexpr Fetch kTable[] = {
    {.name = "base", .needs = kRequestHead, .support = kDone, .run = fetch_base<false>, .since = "1.5"},
    {.name = "base32",
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_base32<false>,
     .since = "1.5"},
    {.name = "base32+src",
     .out = Type::bin,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_base32_src<false>,
     .since = "1.5"},
    {.name = "baseq", .needs = kRequestHead, .support = kDone, .run = fetch_base<true>, .since = "2.4"},
    {.name = "http_first_req",
     .out = Type::boolean,
     .needs = kTransaction,
     .support = kDone,
     .run = fetch_is_first,
     .since = "1.4"},
    {.name = "method", .out = Type::method, .needs = kTransaction, .support = kDone, .run = fetch_method},
    {.name = "path", .needs = kRequestHead, .support = kDone, .run = fetch_path<false>},
    {.name = "pathq", .needs = kRequestHead, .support = kDone, .run = fetch_path<true>, .since = "2.3"},
    {.name = "query",
     .args = "[string]",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_query,
     .prepare = prepare_query,
     .since = "1.6"},
    {.name = "req.body",
     .out = Type::bin,
     .needs = kRequestBody,
     .support = kDone,
     .run = fetch_body<kReq>,
     .since = "1.6"},
    {.name = "req.body_len",
     .out = Type::sint,
     .needs = kRequestBody,
     .support = kDone,
     .run = fetch_body_length<kReq>,
     .since = "1.6"},
    {.name = "req.body_param",
     .args = "[string,string]",
     .out = Type::bin,
     .needs = kRequestBody,
     .support = kDone,
     .run = fetch_body_param,
     .since = "1.6"},
    {.name = "req.body_size",
     .out = Type::sint,
     .needs = kRequestBody,
     .support = kDone,
     .run = fetch_body_size<kReq>,
     .since = "1.6"},
    {.name = "req.proto_http",
     .out = Type::boolean,
     .needs = kTransaction,
     .support = kDone,
     .run = fetch_is_http,
     .since = "1.5"},
    {.name = "req.ver", .needs = kTransaction, .support = kDone, .run = fetch_request_version, .since = "1.5"},
    {.name = "req_proto_http",
     .out = Type::boolean,
     .needs = kTransaction,
     .support = kDone,
     .run = fetch_is_http,
     .since = "1.4"},
    {.name = "req_ver", .needs = kTransaction, .support = kDone, .run = fetch_request_version},
    {.name = "res.body",
     .out = Type::bin,
     .needs = kResponseBody,
     .support = kDone,
     .run = fetch_body<kRes>,
     .since = "2.2"},
    {.name = "res.body_len",
     .out = Type::sint,
     .needs = kResponseBody,
     .support = kDone,
     .run = fetch_body_length<kRes>,
     .since = "2.2"},
    {.name = "res.body_size",
     .out = Type::sint,
     .needs = kResponseBody,
     .support = kDone,
     .run = fetch_body_size<kRes>,
     .since = "2.2"},
    {.name = "res.ver",
     .needs = sample::kResponseFacts,
     .support = kDone,
     .run = fetch_response_version,
     .since = "1.5"},
    {.name = "resp_ver", .needs = sample::kResponseFacts, .support = kDone, .run = fetch_response_version},
    {.name = "status", .out = Type::sint, .needs = sample::kResponseFacts, .support = kDone, .run = fetch_status},
    {.name = "unique-id", .needs = kNothing, .support = kDone, .run = fetch_unique_id, .since = "1.7"},
    {.name = "url", .needs = kRequestHead, .support = kDone, .run = fetch_url},
    {.name = "url32",
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_base32<true>,
     .since = "1.5"},
    {.name = "url32+src",
     .out = Type::bin,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_base32_src<true>,
     .since = "1.5"},
    {.name = "url_ip", .out = Type::ipv4, .needs = kRequestHead, .support = kDone, .run = fetch_url_address<false>},
    {.name = "url_param",
     .args = "[string,string,string]",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_url_param,
     .since = "1.5"},
    {.name = "url_port", .out = Type::sint, .needs = kRequestHead, .support = kDone, .run = fetch_url_address<true>},
    {.name = "urlp",
     .args = "[string,string,string]",
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_url_param,
     .since = "1.5"},
    {.name = "urlp_val",
     .args = "[string,string,string]",
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_url_param_val,
     .since = "1.5"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
