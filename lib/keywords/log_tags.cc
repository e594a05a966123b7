#include <unistd.h>

#include <algorithm>

#include "base/host.h"
#include "log/date.h"
#include "log/format.h"

namespace cfgproxy::keywords {

namespace {

using log::Record;
using log::Tag;
using Item = model::Template::Item;
using Print = void (*)(const Record&, const Item&, std::string&);
constexpr auto kDone = sample::Support::done;

// Numbers and texts: a template over the member where nothing else is to be said.

template <auto member>
void print_int(const Record& record, const Item&, std::string& out) {
    log::append_int(out, static_cast<std::int64_t>(record.*member));
}

/// +X: at least four hexadecimal digits.
template <auto member>
void print_counter(const Record& record, const Item& item, std::string& out) {
    if (item.hex)
        log::append_hex(out, record.*member, 4);
    else
        log::append_int(out, static_cast<std::int64_t>(record.*member));
}

template <auto member>
void print_text(const Record& record, const Item& item, std::string& out) {
    log::append_text(out, record.*member, item);
}

template <net::Address Record::*member>
void print_ip(const Record& record, const Item& item, std::string& out) {
    const net::Address& address = record.*member;
    if (item.hex && address.is_ip()) {
        const bool v6 = address.family() == AF_INET6;
        const in_addr v4 = address.v4();
        const auto* bytes = v6 ? address.v6().s6_addr : reinterpret_cast<const unsigned char*>(&v4.s_addr);
        for (int i = 0; i < (v6 ? 16 : 4); ++i) log::append_hex(out, bytes[i], 2);
        return;
    }
    char text[64];
    const std::size_t length = address.family() == AF_UNSPEC ? 0 : address.write_ip(text);
    log::append_text(out, {text, length}, item);
}

/// The port; the number of the bind line for UNIX sockets of the client's side.
template <net::Address Record::*member>
void print_port(const Record& record, const Item& item, std::string& out) {
    const net::Address& address = record.*member;
    if (address.family() == AF_UNSPEC)
        log::append_text(out, {}, item);
    else if (address.family() == AF_UNIX)
        log::append_int(out, record.bind_id);
    else if (item.hex)
        log::append_hex(out, address.port(), 4);
    else
        log::append_int(out, address.port());
}

constexpr std::string_view kOrigins[] = {"unspec",       "sess_error",   "sess_killed",    "txn_accept",
                                         "txn_request",  "txn_connect",  "txn_response",   "txn_close",
                                         "tcp-req-conn", "tcp-req-sess", "tcp-req-cont",   "tcp-res-cont",
                                         "http-req",     "http-res",     "http-after-res", "quic-init"};
static_assert(std::size(kOrigins) == model::kLogOrigins);

void print_origin(const Record& record, const Item& item, std::string& out) {
    log::append_text(out, kOrigins[static_cast<std::size_t>(record.origin)], item);
}

/// There is none in TCP.
void print_status(const Record& record, const Item&, std::string& out) {
    log::append_int(out, record.http ? record.status : 0);
}

void print_unique_id(const Record& record, const Item& item, std::string& out) {
    std::string_view id = record.unique_id;
    if (id.empty() && record.live) id = record.live->unique_id();
    log::append_text(out, id, item);
}

void print_hostname(const Record&, const Item& item, std::string& out) {
    log::append_text(out, base::host_name(), item);
}

// Dates.

template <auto append, std::uint64_t Record::*member>
void print_date(const Record& record, const Item&, std::string& out) {
    append(out, record.*member);
}

void print_accept_seconds(const Record& record, const Item& item, std::string& out) {
    if (item.hex)
        log::append_hex(out, record.accept_wall_us / 1000000, 4);
    else
        log::append_int(out, static_cast<std::int64_t>(record.accept_wall_us / 1000000));
}

void print_accept_milliseconds(const Record& record, const Item& item, std::string& out) {
    const std::uint64_t ms = record.accept_wall_us / 1000 % 1000;
    if (item.hex) return log::append_hex(out, ms, 2);
    const char digits[3] = {static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                            static_cast<char>('0' + ms % 10)};
    out.append(digits, 3);
}

// Times.

template <std::int64_t Record::*member>
void print_running(const Record& record, const Item&, std::string& out) {
    if (record.unfinished) out += '+';
    log::append_int(out, record.*member);
}

/// From accept to the end of the request's head.
std::int64_t until_request(const Record& record) {
    if (record.request_ms < 0) return -1;
    return record.handshake_ms + std::max<std::int64_t>(record.idle_ms, 0) + record.request_ms;
}

void print_request_end(const Record& record, const Item&, std::string& out) {
    log::append_int(out, until_request(record));
}

/// From the response's head (http) or the connection (tcp) to the end.
void print_data_time(const Record& record, const Item&, std::string& out) {
    const std::int64_t last = record.http ? record.response_ms : record.connect_ms;
    if (last < 0) return log::append_int(out, -1);
    const auto at_least_0 = [](std::int64_t ms) { return std::max<std::int64_t>(ms, 0); };
    std::int64_t rest = record.total_ms - at_least_0(until_request(record)) - at_least_0(record.queue_ms) -
                        at_least_0(record.connect_ms);
    if (record.http) rest -= record.response_ms;
    log::append_int(out, rest);
}

void print_user_time(const Record& record, const Item&, std::string& out) {
    if (record.unfinished) out += '+';
    log::append_int(out, record.total_ms - std::max<std::int64_t>(record.idle_ms, 0));
}

// What happened.

void print_bytes(const Record& record, const Item&, std::string& out) {
    if (record.unfinished) out += '+';
    log::append_int(out, static_cast<std::int64_t>(record.bytes_to_client));
}

void print_retries(const Record& record, const Item&, std::string& out) {
    if (record.redispatched) out += '+';
    log::append_int(out, record.retries);
}

template <int letters>
void print_termination(const Record& record, const Item&, std::string& out) {
    out.append(record.termination, letters);
}

void print_frontend_transport(const Record& record, const Item& item, std::string& out) {
    if (item.quote) out += '"';
    out += record.frontend_name;
    if (record.frontend_ssl) out += '~';
    if (item.quote) out += '"';
}

// Captured headers: {a|b}, and as a list.

template <auto first, auto count>
void print_capture_block(const Record& record, const Item& item, std::string& out) {
    const std::string_view* captures = record.*first;
    if (!captures || record.*count == 0) return;
    out += item.quote ? "\"{" : "{";
    for (std::uint32_t i = 0; i < record.*count; ++i) {
        if (i > 0) out += '|';
        log::append_encoded(out, captures[i], log::Encoding::capture, item);
    }
    out += item.quote ? "}\"" : "}";
}

template <auto first, auto count>
void print_capture_list(const Record& record, const Item& item, std::string& out) {
    const std::string_view* captures = record.*first;
    if (!captures) return;
    for (std::uint32_t i = 0; i < record.*count; ++i) {
        if (i > 0) out += ' ';
        if (item.quote) out += '"';
        if (captures[i].data() != nullptr)
            log::append_encoded(out, captures[i], log::Encoding::capture, item);
        else if (!item.quote)
            out += '-';
        if (item.quote) out += '"';
    }
}

constexpr Print kRequestBlock = print_capture_block<&Record::request_captures, &Record::request_capture_count>;
constexpr Print kResponseBlock = print_capture_block<&Record::response_captures, &Record::response_capture_count>;
constexpr Print kRequestList = print_capture_list<&Record::request_captures, &Record::request_capture_count>;
constexpr Print kResponseList = print_capture_list<&Record::response_captures, &Record::response_capture_count>;

// The request line and its parts, which are cut out of the line as it was logged (and maybe shortened).

constexpr std::string_view kBadRequest = "<BADREQ>";
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_word(std::string_view line, std::size_t at) {
    while (at < line.size() && !is_blank(line[at])) ++at;
    return at;
}
std::size_t skip_blanks(std::string_view line, std::size_t at) {
    while (at < line.size() && is_blank(line[at])) ++at;
    return at;
}

bool is_bad(std::string_view line) { return line.empty() || line == kBadRequest; }

/// The word behind the method; `<BADREQ>` if there is none.
std::string_view target_of(std::string_view line) {
    const std::size_t method = skip_word(line, 0);
    const std::size_t start = skip_blanks(line, method);
    if (is_bad(line) || start == method) return kBadRequest;
    return line.substr(start, skip_word(line, start) - start);
}

std::string_view whole_line(std::string_view line) { return is_bad(line) ? kBadRequest : line; }
std::string_view method_of(std::string_view line) {
    const std::size_t end = skip_word(line, 0);
    return end == line.size() ? kBadRequest : line.substr(0, end);
}
std::string_view path_of(std::string_view line) {
    std::string_view target = target_of(line);
    return target.substr(0, target.find('?'));
}
/// Without scheme and authority.
std::string_view path_only_of(std::string_view line) {
    std::string_view path = target_of(line);
    if (path == kBadRequest) return path;
    if (!path.starts_with('/')) {
        const std::size_t scheme = path.find("://");
        if (scheme == std::string_view::npos) return {};
        const std::size_t slash = path.find('/', scheme + 3);
        if (slash == std::string_view::npos) return {};
        path.remove_prefix(slash);
    }
    return path.substr(0, path.find('?'));
}
std::string_view query_of(std::string_view line) {
    if (is_bad(line)) return kBadRequest;
    const std::size_t mark = line.find('?');
    if (mark == std::string_view::npos) return {};
    return line.substr(mark, skip_word(line, mark) - mark);
}
std::string_view version_of(std::string_view line) {
    const std::size_t method = skip_word(line, 0);
    const std::size_t target = skip_blanks(line, method);
    if (is_bad(line) || target == method) return kBadRequest;
    const std::size_t version = skip_blanks(line, skip_word(line, target));
    return version == line.size() ? std::string_view("HTTP/0.9") : line.substr(version);
}

template <std::string_view (*part)(std::string_view)>
void print_request(const Record& record, const Item& item, std::string& out) {
    if (item.quote) out += '"';
    log::append_encoded(out, part(record.request_line), log::Encoding::uri, item);
    if (item.quote) out += '"';
}

template <auto first, auto count>
std::span<const std::string_view> list_of(const Record& record) {
    if (!(record.*first)) return {};
    return {record.*first, record.*count};
}

constexpr auto kNumber = Tag::Shape::number, kEncoded = Tag::Shape::encoded;
constexpr bool kHttp = true, kVanishes = true;
constexpr Print kAcceptLocal = print_date<log::append_local_ms, &Record::accept_wall_us>;
constexpr Print kAcceptGmt = print_date<log::append_gmt, &Record::accept_wall_us>;
constexpr Print kAcceptOffset = print_date<log::append_local_offset, &Record::accept_wall_us>;
constexpr Print kRequestLocal = print_date<log::append_local_ms, &Record::request_wall_us>;
constexpr Print kRequestGmt = print_date<log::append_gmt, &Record::request_wall_us>;
constexpr Print kRequestOffset = print_date<log::append_local_offset, &Record::request_wall_us>;

// clang-format off
constexpr Tag kTable[] = {
    {.name = "B", .support = kDone, .print = print_bytes, .shape = kNumber},
    {.name = "Bi", .support = kDone, .print = print_ip<&Record::backend_source>, .since = "1.5", .until = "2.4", .server_side = true},
    {.name = "Bp", .support = kDone, .print = print_port<&Record::backend_source>, .since = "1.5", .until = "2.4", .server_side = true, .shape = kNumber},
    {.name = "CC", .support = kDone, .print = print_text<&Record::cookie>, .http_only = kHttp},
    {.name = "CS", .support = kDone, .print = print_text<&Record::set_cookie>, .http_only = kHttp},
    {.name = "Ci", .support = kDone, .print = print_ip<&Record::client>, .since = "1.5", .until = "2.4"},
    {.name = "Cp", .support = kDone, .print = print_port<&Record::client>, .since = "1.5", .until = "2.4", .shape = kNumber},
    {.name = "Fi", .support = kDone, .print = print_ip<&Record::frontend_address>, .since = "1.5", .until = "2.4"},
    {.name = "Fp", .support = kDone, .print = print_port<&Record::frontend_address>, .since = "1.5", .until = "2.4", .shape = kNumber},
    {.name = "H", .support = kDone, .print = print_hostname},
    {.name = "HM", .support = kDone, .print = print_request<method_of>, .http_only = kHttp, .since = "1.6", .shape = kEncoded},
    {.name = "HP", .support = kDone, .print = print_request<path_of>, .http_only = kHttp, .since = "1.6", .shape = kEncoded},
    {.name = "HPO", .support = kDone, .print = print_request<path_only_of>, .http_only = kHttp, .since = "2.4", .shape = kEncoded},
    {.name = "HQ", .support = kDone, .print = print_request<query_of>, .http_only = kHttp, .since = "1.6", .shape = kEncoded},
    {.name = "HU", .support = kDone, .print = print_request<target_of>, .http_only = kHttp, .since = "1.6", .shape = kEncoded},
    {.name = "HV", .support = kDone, .print = print_request<version_of>, .http_only = kHttp, .since = "1.6", .shape = kEncoded},
    {.name = "ID", .support = kDone, .print = print_unique_id},
    {.name = "OG", .support = kDone, .print = print_origin, .since = "3.1"},
    {.name = "ST", .support = kDone, .print = print_status, .shape = kNumber},
    {.name = "Si", .support = kDone, .print = print_ip<&Record::server_address>, .since = "1.5", .until = "2.4"},
    {.name = "Sp", .support = kDone, .print = print_port<&Record::server_address>, .since = "1.5", .until = "2.4", .shape = kNumber},
    {.name = "T", .support = kDone, .print = kAcceptGmt},
    {.name = "TR", .support = kDone, .print = print_int<&Record::request_ms>, .http_only = kHttp, .since = "1.7", .shape = kNumber},
    {.name = "Ta", .support = kDone, .print = print_running<&Record::active_ms>, .http_only = kHttp, .since = "1.7", .shape = kNumber},
    {.name = "Tc", .support = kDone, .print = print_int<&Record::connect_ms>, .shape = kNumber},
    {.name = "Td", .support = kDone, .print = print_data_time, .since = "1.7", .shape = kNumber},
    {.name = "Th", .support = kDone, .print = print_int<&Record::handshake_ms>, .since = "1.7", .shape = kNumber},
    {.name = "Ti", .support = kDone, .print = print_int<&Record::idle_ms>, .http_only = kHttp, .since = "1.7", .shape = kNumber},
    {.name = "Tl", .support = kDone, .print = kAcceptOffset},
    {.name = "Tq", .support = kDone, .print = print_request_end, .http_only = kHttp, .shape = kNumber},
    {.name = "Tr", .support = kDone, .print = print_int<&Record::response_ms>, .http_only = kHttp, .shape = kNumber},
    {.name = "Ts", .support = kDone, .print = print_accept_seconds, .shape = kNumber},
    {.name = "Tt", .support = kDone, .print = print_running<&Record::total_ms>, .shape = kNumber},
    {.name = "Tu", .support = kDone, .print = print_user_time, .since = "2.2", .shape = kNumber},
    {.name = "Tw", .support = kDone, .print = print_int<&Record::queue_ms>, .shape = kNumber},
    {.name = "U", .support = kDone, .print = print_int<&Record::bytes_to_server>, .shape = kNumber},
    {.name = "ac", .support = kDone, .print = print_int<&Record::active_connections>, .shape = kNumber},
    {.name = "b", .support = kDone, .print = print_text<&Record::backend_name>},
    {.name = "bc", .support = kDone, .print = print_int<&Record::backend_connections>, .shape = kNumber},
    {.name = "bi", .support = kDone, .print = print_ip<&Record::backend_source>, .since = "1.5", .server_side = true},
    {.name = "bp", .support = kDone, .print = print_port<&Record::backend_source>, .since = "1.5", .server_side = true, .shape = kNumber},
    {.name = "bq", .support = kDone, .print = print_int<&Record::backend_queue>, .shape = kNumber},
    {.name = "cc", .support = kDone, .print = print_text<&Record::cookie>, .http_only = kHttp, .since = "1.5", .until = "2.4"},
    {.name = "ci", .support = kDone, .print = print_ip<&Record::client>},
    {.name = "cp", .support = kDone, .print = print_port<&Record::client>, .shape = kNumber},
    {.name = "cs", .support = kDone, .print = print_text<&Record::set_cookie>, .http_only = kHttp, .since = "1.5", .until = "2.4"},
    {.name = "f", .support = kDone, .print = print_text<&Record::frontend_name>},
    {.name = "fc", .support = kDone, .print = print_int<&Record::frontend_connections>, .shape = kNumber},
    {.name = "fi", .support = kDone, .print = print_ip<&Record::frontend_address>},
    {.name = "fp", .support = kDone, .print = print_port<&Record::frontend_address>, .shape = kNumber},
    {.name = "ft", .support = kDone, .print = print_frontend_transport, .shape = kEncoded},
    {.name = "hr", .support = kDone, .print = kRequestBlock, .vanishes = kVanishes, .shape = kEncoded},
    {.name = "hrl", .support = kDone, .print = kRequestList, .vanishes = kVanishes, .list = list_of<&Record::request_captures, &Record::request_capture_count>},
    {.name = "hs", .support = kDone, .print = kResponseBlock, .vanishes = kVanishes, .shape = kEncoded},
    {.name = "hsl", .support = kDone, .print = kResponseList, .vanishes = kVanishes, .list = list_of<&Record::response_captures, &Record::response_capture_count>},
    {.name = "lc", .support = kDone, .print = print_counter<&Record::log_count>, .since = "1.6", .shape = kNumber},
    {.name = "ms", .support = kDone, .print = print_accept_milliseconds, .shape = kNumber},
    {.name = "pid", .support = kDone, .print = print_counter<&Record::pid>, .shape = kNumber},
    {.name = "r", .support = kDone, .print = print_request<whole_line>, .http_only = kHttp, .shape = kEncoded},
    {.name = "rc", .support = kDone, .print = print_retries, .shape = kNumber},
    {.name = "rt", .support = kDone, .print = print_counter<&Record::request_counter>, .shape = kNumber},
    {.name = "s", .support = kDone, .print = print_text<&Record::server_name>},
    {.name = "sc", .support = kDone, .print = print_int<&Record::server_connections>, .shape = kNumber},
    {.name = "si", .support = kDone, .print = print_ip<&Record::server_address>},
    {.name = "sp", .support = kDone, .print = print_port<&Record::server_address>, .shape = kNumber},
    {.name = "sq", .support = kDone, .print = print_int<&Record::server_queue>, .shape = kNumber},
    {.name = "sslc", .support = kDone, .print = print_text<&Record::tls_cipher>},
    {.name = "sslv", .support = kDone, .print = print_text<&Record::tls_version>},
    {.name = "st", .support = kDone, .print = print_int<&Record::status>, .http_only = kHttp, .since = "1.5", .until = "2.4", .shape = kNumber},
    {.name = "t", .support = kDone, .print = kAcceptLocal},
    {.name = "tr", .support = kDone, .print = kRequestLocal, .http_only = kHttp, .since = "1.7"},
    {.name = "trg", .support = kDone, .print = kRequestGmt, .http_only = kHttp, .since = "1.7"},
    {.name = "trl", .support = kDone, .print = kRequestOffset, .http_only = kHttp, .since = "1.7"},
    {.name = "ts", .support = kDone, .print = print_termination<2>},
    {.name = "tsc", .support = kDone, .print = print_termination<4>},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Tag> kRegistered{kTable};

}  // namespace

}  // namespace cfgproxy::keywords
