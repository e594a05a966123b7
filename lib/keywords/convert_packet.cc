#include "keywords/sample_support.h"

/// What stands in the headers of a captured packet: eth.*, ip.*, tcp.* (manual 3.4 section 7.3.1). Made for the SYN
/// packets of `fc_saved_syn`. Bytes that are not there yield nothing.
namespace cfgproxy::keywords {
namespace {

using Bytes = std::string_view;

std::uint8_t byte(Bytes at, std::size_t i) { return static_cast<std::uint8_t>(at[i]); }
std::uint16_t number16(Bytes at, std::size_t i) {
    return static_cast<std::uint16_t>(byte(at, i) << 8 | byte(at, i + 1));
}
std::uint32_t number32(Bytes at, std::size_t i) {
    return static_cast<std::uint32_t>(number16(at, i)) << 16 | number16(at, i + 2);
}

bool give(Value& value, std::int64_t number) {
    value.set_int(number);
    return true;
}
bool give(Value& value, Bytes bytes) {
    value.set_bytes(bytes);
    return true;
}

// --- Ethernet -----------------------------------------------------------------------------------------------------

constexpr std::uint16_t kVlanTag = 0x8100;

/// Where the type of the payload stands, behind tags of VLANs; 0: the header is not whole. `vlan`: of the last tag.
std::size_t type_offset(Bytes frame, std::uint16_t& vlan) {
    vlan = 0;
    for (std::size_t at = 12; at + 2 < frame.size(); at += 4) {
        if (number16(frame, at) != kVlanTag) return at;
        if (at + 4 > frame.size()) break;
        vlan = number16(frame, at + 2) & 0xfff;
    }
    return 0;
}

bool eth_data(const Context&, Arguments, Value& value) {
    std::uint16_t vlan;
    const std::size_t at = type_offset(value.text, vlan);
    return at && give(value, value.text.substr(at + 2));
}
bool eth_hdr(const Context&, Arguments, Value& value) {
    std::uint16_t vlan;
    const std::size_t at = type_offset(value.text, vlan);
    return at && give(value, value.text.substr(0, at + 2));
}
bool eth_proto(const Context&, Arguments, Value& value) {
    std::uint16_t vlan;
    const std::size_t at = type_offset(value.text, vlan);
    return at && give(value, number16(value.text, at));
}
bool eth_vlan(const Context&, Arguments, Value& value) {
    std::uint16_t vlan;
    return type_offset(value.text, vlan) && vlan && give(value, vlan);
}

/// A fixed part: `size` bytes from `at` on.
template <std::size_t at, std::size_t size>
bool piece(const Context&, Arguments, Value& value) {
    return value.text.size() >= at + size && give(value, value.text.substr(at, size));
}

// --- IP -----------------------------------------------------------------------------------------------------------

constexpr std::uint8_t kTcp = 6, kUdp = 17;

int version_of(Bytes packet) {
    const int version = packet.empty() ? 0 : byte(packet, 0) >> 4;
    return version == 4 || version == 6 ? version : 0;
}

/// Length of the header, for IPv6 with all extensions before TCP or UDP; 0 if it is not whole. `next`: what follows.
std::size_t header_length(Bytes packet, std::uint8_t& next) {
    std::size_t length;
    if (version_of(packet) == 4) {
        length = (byte(packet, 0) & 15U) * 4;
        if (packet.size() < length) return 0;
        next = length > 9 ? byte(packet, 9) : 0;
        return length;
    }
    if (version_of(packet) != 6 || packet.size() < 40) return 0;
    length = 40;
    next = byte(packet, 6);
    while (next != kTcp && next != kUdp) {
        if (packet.size() < length + 2) return 0;
        next = byte(packet, length);
        length += byte(packet, length + 1) * 8U + 8;
    }
    return packet.size() < length ? 0 : length;
}

bool ip_data(const Context&, Arguments, Value& value) {
    std::uint8_t next;
    const std::size_t length = header_length(value.text, next);
    return length && give(value, value.text.substr(length));
}
bool ip_hdr(const Context&, Arguments, Value& value) {
    std::uint8_t next;
    const std::size_t length = header_length(value.text, next);
    return length && give(value, value.text.substr(0, length));
}
bool ip_proto(const Context&, Arguments, Value& value) {
    if (version_of(value.text) == 4) return value.text.size() >= 10 && give(value, byte(value.text, 9));
    std::uint8_t next;
    return header_length(value.text, next) && give(value, next);
}
/// In IPv6 nobody fragments on the way.
bool ip_df(const Context&, Arguments, Value& value) {
    if (version_of(value.text) == 6) return give(value, 1);
    return version_of(value.text) == 4 && value.text.size() >= 6 && give(value, byte(value.text, 6) >> 6 & 1);
}
bool ip_tos(const Context&, Arguments, Value& value) {
    if (!version_of(value.text) || value.text.size() < 2) return false;
    return give(value, version_of(value.text) == 4 ? byte(value.text, 1) : number16(value.text, 0) >> 4 & 0xff);
}
bool ip_ttl(const Context&, Arguments, Value& value) {
    if (version_of(value.text) == 4) return value.text.size() >= 20 && give(value, byte(value.text, 8));
    return version_of(value.text) == 6 && value.text.size() >= 40 && give(value, byte(value.text, 7));
}
bool ip_ver(const Context&, Arguments, Value& value) {
    return !value.text.empty() && give(value, byte(value.text, 0) >> 4);
}

template <std::size_t in_v4, std::size_t in_v6>
bool ip_address(const Context&, Arguments, Value& value) {
    const Bytes packet = value.text;
    if (version_of(packet) == 4 && packet.size() >= 20) {
        in_addr ip;
        packet.copy(reinterpret_cast<char*>(&ip), sizeof ip, in_v4);
        value.set_ip(net::Address::from_v4(ip));
        return true;
    }
    if (version_of(packet) != 6 || packet.size() < 40) return false;
    in6_addr ip;
    packet.copy(reinterpret_cast<char*>(&ip), sizeof ip, in_v6);
    value.set_ip(net::Address::from_v6(ip));
    return true;
}

// --- TCP ----------------------------------------------------------------------------------------------------------

constexpr std::uint8_t kEnd = 0, kNop = 1, kMss = 2, kWindowScale = 3, kSackPermitted = 4, kTimestamp = 8;

/// Length of the header with its options; 0 if it is not whole.
std::size_t tcp_length(Bytes segment) {
    if (segment.size() < 20) return 0;
    const std::size_t length = (byte(segment, 12) >> 4) * 4U;
    return length < 20 || segment.size() < length ? 0 : length;
}

/// An option that begins at `at`; where the next one begins, 0 if there is none or it is broken.
std::size_t behind_option(Bytes segment, std::size_t at, std::size_t length) {
    if (byte(segment, at) == kEnd) return 0;
    if (byte(segment, at) == kNop) return at + 1;
    if (at + 1 >= length || byte(segment, at + 1) < 2) return 0;
    return at + byte(segment, at + 1);
}

/// Where the option's value of at least `size` bytes stands; 0: it is not there.
std::size_t find_option(Bytes segment, std::uint8_t kind, std::size_t size) {
    const std::size_t length = tcp_length(segment);
    for (std::size_t at = 20; at < length;) {
        const std::size_t next = behind_option(segment, at, length);
        if (next == 0 || next > length) return 0;
        if (byte(segment, at) == kind) return at + 2 + size <= length ? at + 2 : 0;
        at = next;
    }
    return 0;
}

template <std::uint8_t kind>
bool has_option(const Context&, Arguments, Value& value) {
    return tcp_length(value.text) && give(value, find_option(value.text, kind, 0) ? 1 : 0);
}
bool tcp_mss(const Context&, Arguments, Value& value) {
    const std::size_t at = find_option(value.text, kMss, 2);
    return tcp_length(value.text) && give(value, at ? number16(value.text, at) : 0);
}
bool tcp_tsval(const Context&, Arguments, Value& value) {
    const std::size_t at = find_option(value.text, kTimestamp, 4);
    return tcp_length(value.text) && give(value, at ? number32(value.text, at) : 0);
}
bool tcp_wscale(const Context&, Arguments, Value& value) {
    const std::size_t at = find_option(value.text, kWindowScale, 1);
    return tcp_length(value.text) && give(value, at ? byte(value.text, at) : 0);
}

/// One byte per option.
bool tcp_options(const Context& context, Arguments, Value& value) {
    const Bytes segment = value.text;
    const std::size_t length = tcp_length(segment);
    if (!length) return false;
    char* const kinds = context.arena->bytes(length);
    std::size_t count = 0;
    for (std::size_t at = 20; at < length;) {
        if (byte(segment, at) == kEnd) break;
        kinds[count++] = segment[at];
        at = behind_option(segment, at, length);
        if (at == 0) break;
    }
    return give(value, Bytes{kinds, count});
}

template <std::size_t at>
bool tcp_number16(const Context&, Arguments, Value& value) {
    return value.text.size() >= 20 && give(value, number16(value.text, at));
}
bool tcp_flags(const Context&, Arguments, Value& value) {
    return value.text.size() >= 20 && give(value, byte(value.text, 13));
}
bool tcp_seq(const Context&, Arguments, Value& value) {
    return value.text.size() >= 20 && give(value, number32(value.text, 4));
}

// --- fingerprint --------------------------------------------------------------------------------------------------

/// What the argument of ip.fp adds.
enum Added : std::int64_t { kTtl = 1, kOptions = 2, kSource = 4 };

struct Fingerprint {
    std::uint8_t tos, ttl;
    bool v6, df, extended;
    std::uint16_t packet_length;
    Bytes source;
};

bool read_ip(Bytes packet, Fingerprint& to) {
    to.v6 = version_of(packet) == 6;
    if (version_of(packet) == 4) {
        const std::size_t length = (byte(packet, 0) & 15U) * 4;
        if (packet.size() < length || packet.size() < 20) return false;
        to.extended = length != 20;
        to.tos = byte(packet, 1);
        to.packet_length = number16(packet, 2);
        to.df = byte(packet, 6) & 0x40;
        to.ttl = byte(packet, 8);
        to.source = packet.substr(12, 4);
        return true;
    }
    if (!to.v6 || packet.size() < 40) return false;
    to.packet_length = static_cast<std::uint16_t>(40 + number16(packet, 4));
    to.extended = byte(packet, 6) != kTcp && byte(packet, 6) != kUdp;
    to.tos = static_cast<std::uint8_t>(number16(packet, 0) >> 4);
    to.df = true;
    to.ttl = byte(packet, 7);
    to.source = packet.substr(8, 16);
    return true;
}

struct TcpOptions {
    std::uint16_t mss = 0;
    std::uint8_t scale = 0;    ///< plus 1, at most 15; 0: not there
    std::uint8_t present = 0;  ///< a bit per kind from 2 to 8, the last one for all others
};

/// `kinds` gets each option's number if it is wanted.
TcpOptions read_options(Bytes segment, std::size_t length, std::string* kinds) {
    TcpOptions found;
    for (std::size_t at = 20; at < length;) {
        const std::size_t next = behind_option(segment, at, length);
        if (next == 0 || next > length) break;
        const std::uint8_t kind = byte(segment, at);
        if (kinds) *kinds += segment[at];
        if (kind == kMss && at + 3 < length) found.mss = number16(segment, at + 2);
        if (kind == kWindowScale && at + 2 < length)
            found.scale = static_cast<std::uint8_t>(byte(segment, at + 2) > 14 ? 15 : byte(segment, at + 2) + 1);
        if (kind >= 2) found.present |= static_cast<std::uint8_t>(1 << (kind < 9 ? kind - 2 : 7));
        at = next;
    }
    return found;
}

/// Eight bytes that tell one TCP stack from another, and what the argument adds.
bool ip_fingerprint(const Context& context, Arguments args, Value& value) {
    const std::int64_t mode = has(args, 0) ? args[0].number : 0;
    Fingerprint ip;
    std::uint8_t next;
    if (!read_ip(value.text, ip)) return false;
    const std::size_t ip_length = header_length(value.text, next);
    if (!ip_length || ip_length > ip.packet_length) return false;
    const Bytes segment = value.text.substr(ip_length);
    const std::size_t length = tcp_length(segment), room = ip.packet_length - ip_length;
    if (!length || length > room) return false;
    std::string made;
    const auto put = [&](std::uint32_t number) { made += static_cast<char>(number); };
    std::string kinds;
    const TcpOptions options = read_options(segment, length, mode & kOptions ? &kinds : nullptr);
    const std::uint32_t ttl = ip.ttl > 128 ? 3 : ip.ttl > 64 ? 2 : ip.ttl > 32 ? 1 : 0;
    put(ip.tos);
    put(static_cast<std::uint32_t>(ip.v6) << 7 | static_cast<std::uint32_t>(ip.df) << 6 | ttl << 4 |
        static_cast<std::uint32_t>(ip.extended) << 3 | static_cast<std::uint32_t>(room > length) << 2 |
        byte(segment, 13) >> 6U);
    put(static_cast<std::uint32_t>(length << 2) | options.scale);
    made += segment.substr(14, 2);
    put(options.mss >> 8);
    put(options.mss & 0xff);
    put(options.present);
    if (mode & kTtl) put(ip.ttl);
    made += kinds;
    if (mode & kSource) made += ip.source;
    return give(value, context.arena->copy(made));
}

constexpr Converter row(std::string_view name, Type out, bool (*run)(const Context&, Arguments, Value&),
                        std::string_view args = {}) {
    return {
        .name = name, .args = args, .in = Type::bin, .out = out, .support = Support::done, .run = run, .since = "3.4"};
}

constexpr Converter kTable[] = {
    row("eth.data", Type::bin, eth_data),
    row("eth.dst", Type::bin, piece<0, 6>),
    row("eth.hdr", Type::bin, eth_hdr),
    row("eth.proto", Type::sint, eth_proto),
    row("eth.src", Type::bin, piece<6, 6>),
    row("eth.vlan", Type::sint, eth_vlan),
    row("ip.data", Type::bin, ip_data),
    row("ip.df", Type::sint, ip_df),
    row("ip.dst", Type::address, ip_address<16, 24>),
    row("ip.fp", Type::bin, ip_fingerprint, "[integer]"),
    row("ip.hdr", Type::bin, ip_hdr),
    row("ip.proto", Type::sint, ip_proto),
    row("ip.src", Type::address, ip_address<12, 8>),
    row("ip.tos", Type::sint, ip_tos),
    row("ip.ttl", Type::sint, ip_ttl),
    row("ip.ver", Type::sint, ip_ver),
    row("tcp.dst", Type::sint, tcp_number16<2>),
    row("tcp.flags", Type::sint, tcp_flags),
    row("tcp.options.mss", Type::sint, tcp_mss),
    row("tcp.options.sack", Type::sint, has_option<kSackPermitted>),
    row("tcp.options.tsopt", Type::sint, has_option<kTimestamp>),
    row("tcp.options.tsval", Type::sint, tcp_tsval),
    row("tcp.options.wscale", Type::sint, tcp_wscale),
    row("tcp.options.wsopt", Type::sint, has_option<kWindowScale>),
    row("tcp.options_list", Type::bin, tcp_options),
    row("tcp.seq", Type::sint, tcp_seq),
    row("tcp.src", Type::sint, tcp_number16<0>),
    row("tcp.win", Type::sint, tcp_number16<14>),
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
