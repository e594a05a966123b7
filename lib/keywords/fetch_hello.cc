#include <algorithm>

#include "base/text.h"
#include "keywords/sample_support.h"
#include "model/config.h"
#include "net/client_hello.h"
#include "sample/checkpoint.h"

/// What the first bytes of a TCP connection say: TLS without decrypting it, RDP, distcc, messages that tell their
/// length (manual 7.3.5). None of it in HTTP mode, where bytes are a body.
namespace cfgproxy::keywords {
namespace {

using net::ClientHello;
using State = ClientHello::State;

bool is_raw(const Context& context) {
    std::int64_t messages = 0;
    if (context.live && context.live->fact(sample::Fact::http_messages, messages)) return messages == 0;
    return !context.frontend || context.frontend->mode != model::Mode::http;
}

/// Bytes of the wanted direction, null if there never will be any.
template <Side side>
std::string_view data_of(const Context& context) {
    if (side == Side::request) return context.request_data;
    if (side == Side::response) return context.response_data;
    return context.is_response_side() ? context.response_data : context.request_data;
}

/// More than this never stands in a buffer at once.
constexpr std::size_t kRoom = 16384;

template <Side side>
Found fetch_hello_type(const Context& context, Arguments, Cursor&, Value& out) {
    if (!is_raw(context)) return Found::no;
    std::uint8_t type = 0;
    const State state = net::handshake_type(data_of<side>(context), type);
    if (state == State::whole) return found_int(out, type);
    return state == State::partial ? Found::not_yet : Found::no;
}

Found fetch_hello_version(const Context& context, Arguments, Cursor&, Value& out) {
    if (!is_raw(context)) return Found::no;
    std::uint32_t version = 0;
    const State state = net::hello_version(context.request_data, kRoom, version);
    if (state == State::whole) return found_int(out, version);
    return state == State::partial ? Found::not_yet : Found::no;
}

/// Reads the hello; false with what to answer if there is none.
bool read_hello(const Context& context, bool whole_record, ClientHello& hello, Found& absent) {
    absent = Found::no;
    if (!is_raw(context)) return false;
    hello = ClientHello::read(context.request_data, whole_record);
    if (hello.state == State::partial) absent = Found::not_yet;
    return hello.state == State::whole;
}

Found fetch_server_name(const Context& context, Arguments, Cursor&, Value& out) {
    ClientHello hello;
    Found absent;
    if (!read_hello(context, false, hello, absent)) return absent;
    const auto name = hello.server_name();
    return name ? found_text(out, *name) : Found::no;
}

/// One protocol after the other.
Found fetch_alpn(const Context& context, Arguments, Cursor& cursor, Value& out) {
    ClientHello hello;
    Found absent;
    if (!read_hello(context, false, hello, absent)) return absent;
    const auto contents = hello.extension(16);
    if (!contents || contents->size() < 3) return Found::no;
    const std::size_t at = std::max<std::size_t>(cursor.index, 2);
    if (at >= contents->size()) return Found::no;
    const std::size_t size = static_cast<std::uint8_t>((*contents)[at]);
    if (size > contents->size() - at - 1) return Found::no;
    cursor.index = static_cast<std::uint32_t>(at + 1 + size);
    cursor.more = cursor.index < contents->size();
    return found_text(out, contents->substr(at + 1, size));
}

Found fetch_cipher_list(const Context& context, Arguments, Cursor&, Value& out) {
    ClientHello hello;
    Found absent;
    if (!read_hello(context, true, hello, absent)) return absent;
    return found_bytes(out, hello.ciphers);
}

/// Contents of an extension that is a list with its length, at least `least` bytes, in front.
bool list_of(const ClientHello& hello, std::uint16_t type, std::size_t least, std::string_view& list) {
    const auto contents = hello.extension(type);
    if (!contents || contents->size() < 2) return false;
    const std::size_t size = static_cast<std::uint8_t>((*contents)[0]) << 8 | static_cast<std::uint8_t>((*contents)[1]);
    if (size < least || size > contents->size() - 2) return false;
    list = contents->substr(2, size);
    return true;
}

template <std::uint16_t type>
Found fetch_extension_list(const Context& context, Arguments, Cursor&, Value& out) {
    ClientHello hello;
    Found absent;
    std::string_view list;
    if (!read_hello(context, true, hello, absent)) return absent;
    return list_of(hello, type, 2, list) ? found_bytes(out, list) : Found::no;
}

/// Only the groups of the key shares, without the keys.
Found fetch_key_share_groups(const Context& context, Arguments, Cursor&, Value& out) {
    ClientHello hello;
    Found absent;
    std::string_view list;
    if (!read_hello(context, true, hello, absent)) return absent;
    if (!list_of(hello, 51, 4, list)) return Found::no;
    char* const to = context.arena->bytes(list.size() / 2 + 1);
    std::size_t size = 0;
    while (list.size() >= 4) {
        to[size++] = list[0], to[size++] = list[1];
        const std::size_t key = static_cast<std::uint8_t>(list[2]) << 8 | static_cast<std::uint8_t>(list[3]);
        list.remove_prefix(std::min(list.size(), 4 + key));
    }
    return found_bytes(out, {to, size});
}

/// 0: no extension of session tickets, 1: an empty one, 2: one with a ticket.
Found fetch_ticket_extension(const Context& context, Arguments, Cursor&, Value& out) {
    ClientHello hello;
    Found absent;
    if (!read_hello(context, true, hello, absent)) return absent;
    const auto ticket = hello.extension(35);
    return found_int(out, !ticket ? 0 : ticket->empty() ? 1 : 2);
}

/// Whether elliptic curves are offered; nothing rather than "false" if not.
Found fetch_curves_extension(const Context& context, Arguments, Cursor&, Value& out) {
    ClientHello hello;
    Found absent;
    if (!read_hello(context, true, hello, absent)) return absent;
    return hello.extension(10) ? found_bool(out, true) : Found::no;
}

/// Offset and size of a number of bytes that says how long the wanted text is; where the text begins: behind that
/// number, at the third argument, or relative to the number's end if that has a sign.
template <Side side>
Found fetch_payload_lv(const Context& context, Arguments args, Cursor&, Value& out) {
    if (!is_raw(context)) return Found::no;
    const std::string_view data = data_of<side>(context);
    const auto at = static_cast<std::uint32_t>(args[0].number), width = static_cast<std::uint32_t>(args[1].number);
    const std::uint32_t behind = at + width;
    if (behind > data.size()) return Found::not_yet;
    std::uint32_t size = 0;
    for (std::uint32_t i = 0; i < width; ++i) size = size << 8 | static_cast<std::uint8_t>(data[at + i]);
    std::uint32_t begin = behind;
    if (has(args, 2) && args[2].kind == Argument::Kind::sint) {
        const bool relative = args[2].text.starts_with('+') || args[2].text.starts_with('-');
        begin = static_cast<std::uint32_t>(args[2].number) + (relative ? behind : 0);
    }
    const std::uint64_t end = std::uint64_t{begin} + size;
    if (size == 0 || end > kRoom) return Found::no;
    return end > data.size() ? Found::not_yet : found_bytes(out, data.substr(begin, size));
}

base::Result<void> prepare_payload_lv(std::vector<Argument>& args) {
    if (args[0].number < 0) return base::Error{"payload offset1 must be positive"};
    if (args[1].number == 0) return base::Error{"payload length must be > 0"};
    if (args.size() < 3 || args[2].text.empty()) return {};
    std::size_t used = 0;
    std::string_view text = args[2].text;
    if (text.starts_with('+')) text.remove_prefix(1);
    args[2].number = sample::leading_number(text, &used);
    if (used != text.size()) return base::Error{"payload offset2 is not a number"};
    if (args[0].number + args[1].number + args[2].number < 0) return base::Error{"payload offset2 too negative"};
    args[2].kind = Argument::Kind::sint;
    return {};
}

/// The value of the cookie in a connection request of the Remote Desktop Protocol: "Cookie: NAME=VALUE\r\n" behind 11
/// bytes.
Found rdp_cookie(const Context& context, std::string_view name, std::string_view& value) {
    if (!is_raw(context)) return Found::no;
    std::string_view rest = context.request_data;
    constexpr std::string_view kWord = "Cookie:";
    if (rest.size() <= 11 + kWord.size()) return Found::not_yet;
    rest.remove_prefix(11);
    if (!base::iequal(rest.substr(0, kWord.size()), kWord)) return Found::no;
    rest.remove_prefix(kWord.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (!name.empty()) {
        if (rest.size() <= name.size()) return Found::not_yet;
        if (rest[name.size()] != '=' || !base::iequal(rest.substr(0, name.size()), name)) return Found::no;
        rest.remove_prefix(name.size() + 1);
    } else {
        const std::size_t equal = rest.find_first_of("=\r\n");
        if (equal == rest.npos) return Found::not_yet;
        if (rest[equal] != '=') return Found::no;
        rest.remove_prefix(equal + 1);
    }
    const std::size_t end = rest.find('\r');
    if (end == rest.npos || end + 1 >= rest.size()) return Found::not_yet;
    if (rest[end + 1] != '\n') return Found::no;
    value = rest.substr(0, end);
    return Found::yes;
}

std::string_view first_text(Arguments args) { return has(args, 0) ? std::string_view(args[0].text) : ""; }

Found fetch_rdp_cookie(const Context& context, Arguments args, Cursor&, Value& out) {
    std::string_view value;
    const Found found = rdp_cookie(context, first_text(args), value);
    return found == Found::yes ? found_text(out, value) : found;
}

Found fetch_rdp_cookie_count(const Context& context, Arguments args, Cursor&, Value& out) {
    std::string_view value;
    const Found found = rdp_cookie(context, first_text(args), value);
    return found == Found::not_yet ? found : found_int(out, found == Found::yes);
}

struct DistccToken {
    std::uint32_t parameter = 0;
    std::string_view body;
};

/// A distcc message is a list of tokens: four letters, eight hexadecimal digits, and for most as many bytes.
Found find_distcc(const Context& context, Arguments args, DistccToken& token) {
    if (!is_raw(context)) return Found::no;
    const std::string_view data = data_of<Side::either>(context);
    std::int64_t occurrence = 0;
    for (std::size_t at = 0;;) {
        if (at + 12 > data.size()) return at + 12 <= kRoom ? Found::not_yet : Found::no;
        const std::string_view word = data.substr(at, 4);
        token.parameter = 0;
        for (char c : data.substr(at + 4, 8)) {
            const int digit = base::hex_digit(c);
            if (digit < 0) return Found::no;
            token.parameter = token.parameter << 4 | static_cast<std::uint32_t>(digit);
        }
        at += 12;
        const bool bare = word == "ARGC" || word == "DIST" || word == "NFIL" || word == "STAT" || word == "DONE";
        const std::size_t size = bare ? 0 : token.parameter;
        token.body = data.substr(at, size);
        if (word == args[0].text && (!has(args, 1) || args[1].number == 0 || args[1].number == ++occurrence))
            return Found::yes;
        if (size > data.size() - at) return Found::no;
        at += size;
    }
}

Found fetch_distcc_parameter(const Context& context, Arguments args, Cursor&, Value& out) {
    DistccToken token;
    const Found found = find_distcc(context, args, token);
    return found == Found::yes ? found_int(out, token.parameter) : found;
}

/// As much of the body as is there.
Found fetch_distcc_body(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    DistccToken token;
    const Found found = find_distcc(context, args, token);
    cursor.may_change = found == Found::yes && token.body.size() < token.parameter;
    return found == Found::yes ? found_bytes(out, token.body) : found;
}

base::Result<void> prepare_distcc(std::vector<Argument>& args) {
    if (args[0].text.size() != 4)
        return base::Error{"a token of 4 characters is expected (got '" + args[0].text + "')"};
    return {};
}

using sample::kRequestData, sample::kResponseData;
constexpr auto kDone = Support::done;
constexpr auto kReq = Side::request, kRes = Side::response;
constexpr auto kInt = Type::sint, kBin = Type::bin, kBool = Type::boolean;
constexpr std::uint16_t kEither = kRequestData | kResponseData;
/// A QUIC client's hello is there with its connection.
constexpr std::uint16_t kHelloSources = sample::kFrontend | sample::kClient | sample::kSession | kRequestData;
constexpr std::string_view kDistcc = "string[,integer]", kLength = "integer,integer[,string]", kName = "[string]";

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "distcc_body", .args = kDistcc, .out = kBin, .needs = kEither, .support = kDone, .run = fetch_distcc_body, .prepare = prepare_distcc, .since = "1.8"},
    {.name = "distcc_param", .args = kDistcc, .out = kInt, .needs = kEither, .support = kDone, .run = fetch_distcc_parameter, .prepare = prepare_distcc, .since = "1.8"},
    {.name = "payload_lv", .args = kLength, .out = kBin, .needs = kEither, .support = kDone, .run = fetch_payload_lv<Side::either>, .prepare = prepare_payload_lv, .since = "1.5"},
    {.name = "rdp_cookie", .args = kName, .needs = kRequestData, .support = kDone, .run = fetch_rdp_cookie, .since = "1.5"},
    {.name = "rdp_cookie_cnt", .args = kName, .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_rdp_cookie_count, .since = "1.5"},
    {.name = "rep_ssl_hello_type", .out = kInt, .needs = kResponseData, .support = kDone, .run = fetch_hello_type<kRes>, .since = "1.5"},
    {.name = "req.payload_lv", .args = kLength, .out = kBin, .needs = kRequestData, .support = kDone, .run = fetch_payload_lv<kReq>, .prepare = prepare_payload_lv, .since = "1.5"},
    {.name = "req.rdp_cookie", .args = kName, .needs = kRequestData, .support = kDone, .run = fetch_rdp_cookie, .since = "1.5"},
    {.name = "req.rdp_cookie_cnt", .args = kName, .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_rdp_cookie_count, .since = "1.5"},
    {.name = "req.ssl_alpn", .needs = kRequestData, .support = kDone, .run = fetch_alpn, .since = "2.0"},
    {.name = "req.ssl_cipherlist", .out = kBin, .needs = kHelloSources, .support = kDone, .run = fetch_cipher_list, .since = "3.2"},
    {.name = "req.ssl_ec_ext", .out = kBool, .needs = kRequestData, .support = kDone, .run = fetch_curves_extension, .since = "1.6"},
    {.name = "req.ssl_hello_type", .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_hello_type<kReq>, .since = "1.5"},
    {.name = "req.ssl_keyshare_groups", .out = kBin, .needs = kHelloSources, .support = kDone, .run = fetch_key_share_groups, .since = "3.2"},
    {.name = "req.ssl_sigalgs", .out = kBin, .needs = kHelloSources, .support = kDone, .run = fetch_extension_list<13>, .since = "3.2"},
    {.name = "req.ssl_sni", .needs = kRequestData, .support = kDone, .run = fetch_server_name, .since = "1.5"},
    {.name = "req.ssl_st_ext", .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_ticket_extension, .since = "1.6"},
    {.name = "req.ssl_supported_groups", .out = kBin, .needs = kHelloSources, .support = kDone, .run = fetch_extension_list<10>, .since = "3.2"},
    {.name = "req.ssl_ver", .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_hello_version, .since = "1.5"},
    {.name = "req_ssl_hello_type", .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_hello_type<kReq>, .since = "1.5"},
    {.name = "req_ssl_sni", .needs = kRequestData, .support = kDone, .run = fetch_server_name, .since = "1.5"},
    {.name = "req_ssl_ver", .out = kInt, .needs = kRequestData, .support = kDone, .run = fetch_hello_version, .since = "1.5"},
    {.name = "res.payload_lv", .args = kLength, .out = kBin, .needs = kResponseData, .support = kDone, .run = fetch_payload_lv<kRes>, .prepare = prepare_payload_lv, .since = "1.5"},
    {.name = "res.ssl_hello_type", .out = kInt, .needs = kResponseData, .support = kDone, .run = fetch_hello_type<kRes>, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
