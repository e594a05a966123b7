#include <unistd.h>

#include <algorithm>

#include "log/date.h"
#include "log/format.h"

namespace cfgproxy::keywords {

namespace {

using log::Record;
using log::Tag;
using Item = model::Template::Item;
using Print = void (*)(const Record&, const Item&, std::string&);
constexpr auto kDone = sample::Support::done;
constexpr auto kPending = sample::Support::pending;

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

void print_hostname(const Record&, const Item& item, std::string& out) {
    static const std::string name = [] {
        char text[65] = {};
        ::gethostname(text, sizeof text - 1);
        return std::string(text);
    }();
    log::append_text(out, name, item);
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

constexpr bool kHttp = true, kVanishes = true;
constexpr Print kAcceptLocal = print_date<log::append_local_ms, &Record::accept_wall_us>;
constexpr Print kAcceptGmt = print_date<log::append_gmt, &Record::accept_wall_us>;
constexpr Print kAcceptOffset = print_date<log::append_local_offset, &Record::accept_wall_us>;
constexpr Print kRequestLocal = print_date<log::append_local_ms, &Record::request_wall_us>;
constexpr Print kRequestGmt = print_date<log::append_gmt, &Record::request_wall_us>;
constexpr Print kRequestOffset = print_date<log::append_local_offset, &Record::request_wall_us>;

constexpr Tag kTable[] = {
    {"B", kDone, print_bytes},
    {"Bi", kDone, print_ip<&Record::backend_source>, {}, {}, "1.5", "2.4"},
    {"Bp", kDone, print_port<&Record::backend_source>, {}, {}, "1.5", "2.4"},
    {"CC", kDone, print_text<&Record::cookie>, kHttp},
    {"CS", kDone, print_text<&Record::set_cookie>, kHttp},
    {"Ci", kDone, print_ip<&Record::client>, {}, {}, "1.5", "2.4"},
    {"Cp", kDone, print_port<&Record::client>, {}, {}, "1.5", "2.4"},
    {"Fi", kDone, print_ip<&Record::frontend_address>, {}, {}, "1.5", "2.4"},
    {"Fp", kDone, print_port<&Record::frontend_address>, {}, {}, "1.5", "2.4"},
    {"H", kDone, print_hostname},
    {"HM", kDone, print_request<method_of>, kHttp, {}, "1.6"},
    {"HP", kDone, print_request<path_of>, kHttp, {}, "1.6"},
    {"HPO", kDone, print_request<path_only_of>, kHttp, {}, "2.4"},
    {"HQ", kDone, print_request<query_of>, kHttp, {}, "1.6"},
    {"HU", kDone, print_request<target_of>, kHttp, {}, "1.6"},
    {"HV", kDone, print_request<version_of>, kHttp, {}, "1.6"},
    {"ID", kDone, print_text<&Record::unique_id>},
    {"OG", kPending, nullptr, {}, {}, "3.1"},
    {"ST", kDone, print_int<&Record::status>},
    {"Si", kDone, print_ip<&Record::server_address>, {}, {}, "1.5", "2.4"},
    {"Sp", kDone, print_port<&Record::server_address>, {}, {}, "1.5", "2.4"},
    {"T", kDone, kAcceptGmt},
    {"TR", kDone, print_int<&Record::request_ms>, kHttp, {}, "1.7"},
    {"Ta", kDone, print_running<&Record::active_ms>, kHttp, {}, "1.7"},
    {"Tc", kDone, print_int<&Record::connect_ms>},
    {"Td", kDone, print_data_time, {}, {}, "1.7"},
    {"Th", kDone, print_int<&Record::handshake_ms>, {}, {}, "1.7"},
    {"Ti", kDone, print_int<&Record::idle_ms>, kHttp, {}, "1.7"},
    {"Tl", kDone, kAcceptOffset},
    {"Tq", kDone, print_request_end, kHttp},
    {"Tr", kDone, print_int<&Record::response_ms>, kHttp},
    {"Ts", kDone, print_accept_seconds},
    {"Tt", kDone, print_running<&Record::total_ms>},
    {"Tu", kDone, print_user_time, {}, {}, "2.2"},
    {"Tw", kDone, print_int<&Record::queue_ms>},
    {"U", kDone, print_int<&Record::bytes_to_server>},
    {"ac", kDone, print_int<&Record::active_connections>},
    {"b", kDone, print_text<&Record::backend_name>},
    {"bc", kDone, print_int<&Record::backend_connections>},
    {"bi", kDone, print_ip<&Record::backend_source>},
    {"bp", kDone, print_port<&Record::backend_source>},
    {"bq", kDone, print_int<&Record::backend_queue>},
    {"cc", kDone, print_text<&Record::cookie>, kHttp, {}, "1.5", "2.4"},
    {"ci", kDone, print_ip<&Record::client>},
    {"cp", kDone, print_port<&Record::client>},
    {"cs", kDone, print_text<&Record::set_cookie>, kHttp, {}, "1.5", "2.4"},
    {"f", kDone, print_text<&Record::frontend_name>},
    {"fc", kDone, print_int<&Record::frontend_connections>},
    {"fi", kDone, print_ip<&Record::frontend_address>},
    {"fp", kDone, print_port<&Record::frontend_address>},
    {"ft", kDone, print_frontend_transport},
    {"hr", kDone, kRequestBlock, {}, kVanishes},
    {"hrl", kDone, kRequestList, {}, kVanishes},
    {"hs", kDone, kResponseBlock, {}, kVanishes},
    {"hsl", kDone, kResponseList, {}, kVanishes},
    {"lc", kDone, print_counter<&Record::log_count>, {}, {}, "1.6"},
    {"ms", kDone, print_accept_milliseconds},
    {"pid", kDone, print_counter<&Record::pid>},
    {"r", kDone, print_request<whole_line>, kHttp},
    {"rc", kDone, print_retries},
    {"rt", kDone, print_counter<&Record::request_counter>},
    {"s", kDone, print_text<&Record::server_name>},
    {"sc", kDone, print_int<&Record::server_connections>},
    {"si", kDone, print_ip<&Record::server_address>},
    {"sp", kDone, print_port<&Record::server_address>},
    {"sq", kDone, print_int<&Record::server_queue>},
    {"sslc", kDone, print_text<&Record::tls_cipher>},
    {"sslv", kDone, print_text<&Record::tls_version>},
    {"st", kDone, print_int<&Record::status>, kHttp, {}, "1.5", "2.4"},
    {"t", kDone, kAcceptLocal},
    {"tr", kDone, kRequestLocal, kHttp, {}, "1.7"},
    {"trg", kDone, kRequestGmt, kHttp, {}, "1.7"},
    {"trl", kDone, kRequestOffset, kHttp, {}, "1.7"},
    {"ts", kDone, print_termination<2>},
    {"tsc", kDone, print_termination<4>},
};
static_assert(base::well_formed(kTable));
const base::Table<Tag> kRegistered{kTable};

}  // namespace

}  // namespace cfgproxy::keywords
