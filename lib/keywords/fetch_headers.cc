#include <algorithm>

#include "base/text.h"
#include "keywords/sample_support.h"

/// Header fields of requests and responses (manual 7.3.6). Without "f" in front a value is one element of a
/// comma-separated list, with it a whole line.
namespace cfgproxy::keywords {
namespace {

constexpr std::int64_t kMaxFromEnd = 10;

/// Lower case and the number of a known name: compared once per header line.
base::Result<void> prepare_name(std::vector<Argument>& args) {
    args[0].text = base::lower(args[0].text);
    args[0].number = static_cast<std::int64_t>(http::find_known(args[0].text));
    return {};
}

base::Result<void> prepare_header(std::vector<Argument>& args) {
    if (args.size() > 1 && args[1].number < -kMaxFromEnd)
        return base::Error{"header occurrence must be >= -" + std::to_string(kMaxFromEnd)};
    return prepare_name(args);
}

/// No name and an empty one stand for any header.
bool is_wanted(const http::Header& header, Arguments args) {
    if (args.empty() || args[0].text.empty()) return true;
    const auto known = static_cast<http::Known>(args[0].number);
    return known == http::Known::other ? header.name == args[0].text : header.known == known;
}

/// Walks the values of a header; `cursor` keeps the place.
template <bool whole>
bool next_value(const http::HeaderList& headers, Arguments args, Cursor& cursor, std::string_view& value) {
    if (!whole && http::take_element(cursor.rest, value)) return true;
    while (cursor.index < headers.size()) {
        const http::Header& header = headers[cursor.index++];
        if (!is_wanted(header, args)) continue;
        value = base::trim(header.value);  // a rule may have set it with blanks
        if (whole) return true;
        cursor.rest = value.data() ? value : std::string_view("");
        if (http::take_element(cursor.rest, value)) return true;
    }
    return false;
}

/// The last value of all, found from the end.
template <bool whole>
bool last_value(const http::HeaderList& headers, Arguments args, std::string_view& value) {
    for (std::uint32_t i = headers.size(); i-- > 0;) {
        const http::Header& header = headers[i];
        if (!is_wanted(header, args)) continue;
        value = base::trim(header.value);
        if (whole) return true;
        std::string_view rest = value.data() ? value : std::string_view("");
        while (http::take_element(rest, value)) {
        }
        return true;
    }
    return false;
}

/// The n-th value from the front (n > 0) or from the end (n < 0).
template <bool whole>
bool nth_value(const http::HeaderList& headers, Arguments args, std::int64_t n, std::string_view& value) {
    if (n == -1) return last_value<whole>(headers, args, value);
    Cursor cursor;
    std::string_view last[kMaxFromEnd];
    std::int64_t count = 0;
    for (std::string_view v; next_value<whole>(headers, args, cursor, v); ++count) {
        if (count + 1 == n) {
            value = v;
            return true;
        }
        last[count % kMaxFromEnd] = v;
    }
    if (n >= 0 || -n > count) return false;
    value = last[(count + n) % kMaxFromEnd];
    return true;
}

/// The value asked for: each in turn for conditions, else the one with the number given, else the last.
template <Side side, bool whole>
Found fetch_header(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    Found absent;
    if (!has(args, 0)) return Found::no;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    const std::int64_t number = has(args, 1) ? args[1].number : 0;
    std::string_view value;
    if (number != 0 || !cursor.iterate) {
        if (!nth_value<whole>(head->headers, args, number == 0 ? -1 : number, value)) return Found::no;
    } else {
        if (!next_value<whole>(head->headers, args, cursor, value)) return Found::no;
        cursor.more = true;
    }
    return found_text(out, value);
}

template <Side side, bool whole>
Found fetch_count(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    Cursor cursor;
    std::int64_t count = 0;
    for (std::string_view value; next_value<whole>(head->headers, args, cursor, value);) ++count;
    return found_int(out, count);
}

template <Side side>
Found fetch_header_number(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const Found result = fetch_header<side, false>(context, args, cursor, out);
    if (result == Found::yes) out.set_int(lenient_number(out.text));
    return result;
}

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]".
bool read_address(std::string_view text, Value& out) {
    in_addr v4;
    const std::size_t size = sample::leading_ipv4(text, v4);
    if (size > 0) {
        bool good = size == text.size();
        if (!good && text[size] == ':') {
            auto port = base::parse_uint(text.substr(size + 1));
            good = port && *port <= 65535;
        }
        if (good) out.set_ip(net::Address::from_v4(v4));
        return good;
    }
    auto ip = net::Address::parse_ip(text);
    if (!ip || ip->family() != AF_INET6) return false;
    out.set_ip(*ip);
    return true;
}

template <Side side>
Found fetch_header_ip(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    for (;;) {
        cursor.more = false;
        const Found result = fetch_header<side, false>(context, args, cursor, out);
        if (result != Found::yes || read_address(out.text, out)) return result;
        if (!cursor.more) return Found::no;
    }
}

template <Side side>
Found fetch_names(const Context& context, Arguments args, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    const char delimiter = has(args, 0) ? args[0].text.c_str()[0] : ',';
    std::size_t size = 0;
    for (const auto& header : head->headers) size += header.name.size() + 1;
    char* const start = context.arena->bytes(size);
    char* at = start;
    for (const auto& header : head->headers) {
        if (at != start) *at++ = delimiter;
        at = std::copy(header.name.begin(), header.name.end(), at);
    }
    return found_text(out, {start, static_cast<std::size_t>(at - start)});
}

/// All lines as they would be sent, the empty one included.
template <Side side>
Found fetch_lines(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    std::size_t size = 2;
    for (const auto& header : head->headers) size += header.name.size() + header.value.size() + 4;
    char* const start = context.arena->bytes(size);
    char* at = start;
    auto put = [&](std::string_view text) { at = std::copy(text.begin(), text.end(), at); };
    for (const auto& header : head->headers) put(header.name), put(": "), put(header.value), put("\r\n");
    put("\r\n");
    return found_text(out, {start, size});
}

/// The variable-length numbers of SPOE: 4 bits in the first byte once it is full, 7 in each that follows.
char* put_varint(char* at, std::uint64_t number) {
    if (number < 240) {
        *at++ = static_cast<char>(number);
        return at;
    }
    *at++ = static_cast<char>(number | 240);
    number = (number - 240) >> 4;
    while (number >= 128) {
        *at++ = static_cast<char>(number | 128);
        number = (number - 128) >> 7;
    }
    *at++ = static_cast<char>(number);
    return at;
}

/// Name and value, each behind its length; two zero lengths at the end.
template <Side side>
Found fetch_lines_encoded(const Context& context, Arguments, Cursor&, Value& out) {
    Found absent;
    const auto* head = head_of<side>(context, absent);
    if (!head) return absent;
    std::size_t room = 2;
    for (const auto& header : head->headers) room += header.name.size() + header.value.size() + 20;
    char* const start = context.arena->bytes(room);
    char* at = start;
    auto put = [&](std::string_view text) {
        at = put_varint(at, text.size());
        at = std::copy(text.begin(), text.end(), at);
    };
    for (const auto& header : head->headers) put(header.name), put(header.value);
    put({}), put({});
    return found_bytes(out, {start, static_cast<std::size_t>(at - start)});
}

constexpr auto kDone = Support::done;
using sample::kRequestHead, sample::kResponseHead;
constexpr std::uint16_t kEitherHead = kRequestHead | kResponseHead;
constexpr auto kReq = Side::request, kRes = Side::response;
constexpr std::string_view kNth = "[string,integer]", kName = "[string]";

constexpr Fetch kTable[] = {
    {.name = "hdr",
     .args = kNth,
     .needs = kEitherHead,
     .support = kDone,
     .run = fetch_header<Side::either, false>,
     .prepare = prepare_header},
    {.name = "hdr_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_count<kReq, false>,
     .prepare = prepare_name},
    {.name = "hdr_ip",
     .args = kNth,
     .out = Type::address,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_header_ip<kReq>,
     .prepare = prepare_header},
    {.name = "hdr_val",
     .args = kNth,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_header_number<kReq>,
     .prepare = prepare_header},
    {.name = "req.fhdr",
     .args = kNth,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_header<kReq, true>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "req.fhdr_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_count<kReq, true>,
     .prepare = prepare_name,
     .since = "1.5"},
    {.name = "req.hdr",
     .args = kNth,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_header<kReq, false>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "req.hdr_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_count<kReq, false>,
     .prepare = prepare_name,
     .since = "1.5"},
    {.name = "req.hdr_ip",
     .args = kNth,
     .out = Type::address,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_header_ip<kReq>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "req.hdr_names",
     .args = kName,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_names<kReq>,
     .since = "1.6"},
    {.name = "req.hdr_val",
     .args = kNth,
     .out = Type::sint,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_header_number<kReq>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "req.hdrs",
     .out = Type::bin,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_lines<kReq>,
     .since = "1.8"},
    {.name = "req.hdrs_bin",
     .out = Type::bin,
     .needs = kRequestHead,
     .support = kDone,
     .run = fetch_lines_encoded<kReq>,
     .since = "1.8"},
    {.name = "res.fhdr",
     .args = kNth,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header<kRes, true>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "res.fhdr_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_count<kRes, true>,
     .prepare = prepare_name,
     .since = "1.5"},
    {.name = "res.hdr",
     .args = kNth,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header<kRes, false>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "res.hdr_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_count<kRes, false>,
     .prepare = prepare_name,
     .since = "1.5"},
    {.name = "res.hdr_ip",
     .args = kNth,
     .out = Type::address,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header_ip<kRes>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "res.hdr_names",
     .args = kName,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_names<kRes>,
     .since = "1.6"},
    {.name = "res.hdr_val",
     .args = kNth,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header_number<kRes>,
     .prepare = prepare_header,
     .since = "1.5"},
    {.name = "res.hdrs",
     .out = Type::bin,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_lines<kRes>,
     .since = "2.2"},
    {.name = "res.hdrs_bin",
     .out = Type::bin,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_lines_encoded<kRes>,
     .since = "2.2"},
    {.name = "shdr",
     .args = kNth,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header<kRes, false>,
     .prepare = prepare_header},
    {.name = "shdr_cnt",
     .args = kName,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_count<kRes, false>,
     .prepare = prepare_name},
    {.name = "shdr_ip",
     .args = kNth,
     .out = Type::address,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header_ip<kRes>,
     .prepare = prepare_header},
    {.name = "shdr_val",
     .args = kNth,
     .out = Type::sint,
     .needs = kResponseHead,
     .support = kDone,
     .run = fetch_header_number<kRes>,
     .prepare = prepare_header},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
