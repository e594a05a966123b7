#include "net/proxy_protocol.h"

#include <arpa/inet.h>
#include <algorithm>

#include <array>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"

namespace cfgproxy::net {
namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedV2 = 16, kAddressesV4 = 12, kAddressesV6 = 36;
constexpr std::uint8_t kTypeAlpn = 1, kTypeAuthority = 2, kTypeCrc32c = 3, kTypeUniqueId = 5;
constexpr std::size_t kMaxAuthority = 255, kMaxUniqueId = 128;

std::uint32_t number_at(std::string_view text, std::size_t at, int bytes) {
    std::uint32_t number = 0;
    for (int i = 0; i < bytes; ++i)
        number = number << 8 | static_cast<std::uint8_t>(text[at + static_cast<std::size_t>(i)]);
    return number;
}

void append_number(std::string& out, std::uint32_t number, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(number >> 8 * i & 0xff));
}

Address address_v4(std::string_view bytes, std::uint16_t port) {
    in_addr ip;
    std::memcpy(&ip, bytes.data(), sizeof ip);
    Address address = Address::from_v4(ip);
    address.set_port(port);
    return address;
}

Address address_v6(std::string_view bytes, std::uint16_t port) {
    in6_addr ip;
    std::memcpy(&ip, bytes.data(), sizeof ip);
    Address address = Address::from_v6(ip);
    address.set_port(port);
    return address;
}

std::uint16_t port_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint16_t>(number_at(text, at, 2));
}

/// Takes what stands before `end` off the front of `line`; nothing if there is no such character.
bool take_until(std::string_view& line, char end, std::string_view& word) {
    const auto at = line.find(end);
    if (at == line.npos) return false;
    word = line.substr(0, at);
    line.remove_prefix(at + 1);
    return true;
}

bool read_address(std::string_view ip, std::string_view port, int family, Address& address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (ip.empty() || ip.size() >= sizeof text || port.empty() || port.size() > 10) return false;
    if (port.find_first_not_of("0123456789") != port.npos) return false;
    std::memcpy(text, ip.data(), ip.size());
    const auto number = static_cast<std::uint16_t>(base::parse_uint(port).value_or(0));
    std::array<char, 16> bytes{};
    if (inet_pton(family, text, bytes.data()) != 1) return false;
    const std::string_view raw(bytes.data(), bytes.size());
    address = family == AF_INET ? address_v4(raw, number) : address_v6(raw, number);
    return true;
}

/// Behind "PROXY ".
ProxyError read_v1(std::string_view text, ProxyHeader& header) {
    std::string_view line = text.substr(6);
    if (text.size() < 9) return ProxyError::truncated;
    if (line.starts_with("UNKNOWN\r\n")) {
        header.length = 6 + 9;
        return ProxyError::none;
    }
    const bool v4 = line.starts_with("TCP4 ");
    if (!v4 && !line.starts_with("TCP6 ")) return ProxyError::bad_protocol;
    line.remove_prefix(5);
    const auto end = line.find("\r\n");
    if (end == line.npos) {
        // A line this long never ends well.
        return line.size() > 107 || line.find('\n') != line.npos ? ProxyError::invalid : ProxyError::truncated;
    }
    header.length = 6 + 5 + end + 2;
    line = line.substr(0, end);
    std::string_view source, destination, port;
    if (!take_until(line, ' ', source) || !take_until(line, ' ', destination) || !take_until(line, ' ', port))
        return ProxyError::invalid;
    const int family = v4 ? AF_INET : AF_INET6;
    if (!read_address(source, port, family, header.source) ||
        !read_address(destination, line, family, header.destination))
        return ProxyError::invalid;
    header.has_addresses = true;
    return ProxyError::none;
}

/// What stands behind the addresses: type, length, value, again and again.
ProxyError read_tlvs(std::string_view whole, std::size_t at, ProxyHeader& header) {
    header.tlvs = whole.substr(at);
    while (at < whole.size()) {
        if (at + 3 > whole.size()) return ProxyError::invalid;
        const std::size_t length = number_at(whole, at + 1, 2);
        if (at + 3 + length > whole.size()) return ProxyError::invalid;
        const std::string_view value = whole.substr(at + 3, length);
        switch (static_cast<std::uint8_t>(whole[at])) {
            case kTypeCrc32c: {
                if (length != 4) return ProxyError::invalid;
                std::string zeroed(whole);
                std::memset(zeroed.data() + at + 3, 0, 4);
                if (base::hash_crc32c(zeroed) != number_at(value, 0, 4)) return ProxyError::invalid;
                break;
            }
            case kTypeAuthority:
                if (length > kMaxAuthority) return ProxyError::invalid;
                header.authority = value;
                break;
            case kTypeUniqueId:
                if (length > kMaxUniqueId) return ProxyError::invalid;
                header.unique_id = value;
                break;
            default:
                break;
        }
        at += 3 + length;
    }
    return ProxyError::none;
}

ProxyError read_v2(std::string_view text, ProxyHeader& header) {
    if (text.size() < kFixedV2) return ProxyError::truncated;
    const auto version_command = static_cast<std::uint8_t>(text[12]);
    if (!text.starts_with(kSignature) || (version_command & 0xf0) != 0x20) return ProxyError::foreign;
    const std::size_t length = number_at(text, 14, 2);
    if (text.size() < kFixedV2 + length) return ProxyError::truncated;
    text = text.substr(0, kFixedV2 + length);
    header.length = text.size();
    if ((version_command & 0x0f) == 0) return ProxyError::none;
    if ((version_command & 0x0f) != 1) return ProxyError::invalid;
    const std::uint8_t family = static_cast<std::uint8_t>(text[13]);
    if (family == 0x11) {
        if (length < kAddressesV4) return ProxyError::invalid;
        header.source = address_v4(text.substr(16, 4), port_at(text, 24));
        header.destination = address_v4(text.substr(20, 4), port_at(text, 26));
        header.has_addresses = true;
        return read_tlvs(text, kFixedV2 + kAddressesV4, header);
    }
    if (family == 0x21) {
        if (length < kAddressesV6) return ProxyError::invalid;
        header.source = address_v6(text.substr(16, 16), port_at(text, 48));
        header.destination = address_v6(text.substr(32, 16), port_at(text, 50));
        header.has_addresses = true;
        return read_tlvs(text, kFixedV2 + kAddressesV6, header);
    }
    return ProxyError::none;  // UNIX sockets and what else there may be: the connection's own addresses
}

void append_v6(std::string& out, const Address& address) {
    if (address.family() == AF_INET6) {
        out.append(reinterpret_cast<const char*>(&address.v6()), 16);
        return;
    }
    const in_addr ip = address.v4();
    out.append(10, '\0').append(2, '\xff').append(reinterpret_cast<const char*>(&ip), 4);
}

void append_v4(std::string& out, const Address& address) {
    const in_addr ip = address.v4();
    out.append(reinterpret_cast<const char*>(&ip), 4);
}

/// As text in a header of version 1, where both must be of one family.
std::string text_as(const Address& address, bool v6) {
    if (!v6 || address.family() == AF_INET6) return address.ip_text();
    return "::ffff:" + address.ip_text();
}

}  // namespace

std::string_view describe(ProxyError error) {
    switch (error) {
        case ProxyError::none:
            return "Success";
        case ProxyError::empty:
            return "Connection closed while waiting for PROXY protocol header";
        case ProxyError::aborted:
            return "Connection error while waiting for PROXY protocol header";
        case ProxyError::timeout:
            return "Timeout while waiting for PROXY protocol header";
        case ProxyError::truncated:
            return "Truncated PROXY protocol header received";
        case ProxyError::foreign:
            return "Received something which does not look like a PROXY protocol header";
        case ProxyError::invalid:
            return "Received an invalid PROXY protocol header";
        case ProxyError::bad_protocol:
            return "Received an unhandled protocol in the PROXY protocol header";
    }
    return {};
}

std::string_view describe_netscaler(ProxyError error) {
    switch (error) {
        case ProxyError::none:
            return "Success";
        case ProxyError::empty:
            return "Connection closed while waiting for NetScaler Client IP header";
        case ProxyError::aborted:
            return "Connection error while waiting for NetScaler Client IP header";
        case ProxyError::timeout:
            return "Timeout while waiting for a NetScaler Client IP header";
        case ProxyError::truncated:
            return "Truncated NetScaler Client IP header received";
        case ProxyError::foreign:
        case ProxyError::invalid:
            return "Received an invalid NetScaler Client IP magic number";
        case ProxyError::bad_protocol:
            return "Received an unhandled protocol in the NetScaler Client IP header";
    }
    return {};
}

ProxyError read_proxy_header(std::string_view text, ProxyHeader& header) {
    header = {};
    if (text.empty()) return ProxyError::empty;
    if (text.size() < 6) return ProxyError::truncated;
    return text.starts_with("PROXY ") ? read_v1(text, header) : read_v2(text, header);
}

ProxyError read_netscaler_header(std::string_view text, std::uint32_t magic, ProxyHeader& header) {
    header = {};
    if (text.empty()) return ProxyError::empty;
    if (text.size() < 12) return ProxyError::truncated;
    if (number_at(text, 0, 4) != magic) return ProxyError::foreign;
    // The old form has the length of the headers that follow; the newer one a type and their length behind it.
    const bool old = (static_cast<std::uint8_t>(text[8]) & 0xd0) == 0x40;
    if (!old && text[8] != 0) return ProxyError::bad_protocol;
    const std::size_t start = old ? 8 : 12, length = old ? number_at(text, 4, 4) : number_at(text, 10, 2);
    if (text.size() < 20) return ProxyError::truncated;
    const std::string_view ip = text.substr(start);
    const bool v4 = (ip[0] & 0xf0) == 0x40;
    if (!v4 && (ip[0] & 0xf0) != 0x60) return ProxyError::bad_protocol;
    const std::size_t head = v4 ? 4u * (static_cast<std::uint8_t>(ip[0]) & 0x0f) : 40;
    if (ip.size() < length || ip.size() < head + 4 || length < head + 4) return ProxyError::truncated;
    if (ip[v4 ? 9 : 6] != IPPROTO_TCP) return ProxyError::bad_protocol;
    const std::uint16_t source = port_at(ip, head), destination = port_at(ip, head + 2);
    header.source = v4 ? address_v4(ip.substr(12, 4), source) : address_v6(ip.substr(8, 16), source);
    header.destination = v4 ? address_v4(ip.substr(16, 4), destination) : address_v6(ip.substr(24, 16), destination);
    header.has_addresses = true;
    header.length = start + length;
    return ProxyError::none;
}

void append_proxy_v1(std::string& out, const Address& source, const Address& destination) {
    if (!source.is_ip() || !destination.is_ip()) {
        out += "PROXY UNKNOWN\r\n";
        return;
    }
    const bool v6 = source.family() == AF_INET6 || destination.family() == AF_INET6;
    out += v6 ? "PROXY TCP6 " : "PROXY TCP4 ";
    out.append(text_as(source, v6)).append(" ").append(text_as(destination, v6)).append(" ");
    out.append(std::to_string(source.port())).append(" ").append(std::to_string(destination.port())).append("\r\n");
}

void append_tlv(std::string& out, std::uint8_t type, std::string_view value) {
    out.push_back(static_cast<char>(type));
    append_number(out, static_cast<std::uint32_t>(value.size()), 2);
    out.append(value);
}

std::string_view find_tlv(std::string_view tlvs, std::uint8_t type) {
    while (tlvs.size() >= 3) {
        const std::size_t length = number_at(tlvs, 1, 2);
        if (static_cast<std::uint8_t>(tlvs[0]) == type) return tlvs.substr(3, length);
        tlvs.remove_prefix(std::min(3 + length, tlvs.size()));
    }
    return {};
}

void append_proxy_v2(std::string& out, const Address& source, const Address& destination, const ProxyOptions& options) {
    const std::size_t start = out.size();
    out.append(kSignature);
    const bool local = options.local || !source.is_ip() || !destination.is_ip();
    const bool v6 = source.family() == AF_INET6 || destination.family() == AF_INET6;
    out.push_back(local ? '\x20' : '\x21');
    out.push_back(local ? '\0' : v6 ? '\x21' : '\x11');
    const std::size_t length_at = out.size();
    out.append(2, '\0');
    if (!local) {
        (v6 ? append_v6 : append_v4)(out, source);
        (v6 ? append_v6 : append_v4)(out, destination);
        append_number(out, source.port(), 2);
        append_number(out, destination.port(), 2);
    }
    std::size_t crc_at = 0;
    if (options.crc32c) {
        append_tlv(out, kTypeCrc32c, std::string_view("\0\0\0\0", 4));
        crc_at = out.size() - 4;
    }
    if (!options.alpn.empty()) append_tlv(out, kTypeAlpn, options.alpn);
    if (options.with_authority) append_tlv(out, kTypeAuthority, options.authority);
    if (options.with_unique_id) append_tlv(out, kTypeUniqueId, options.unique_id);
    out.append(options.more);
    const auto length = static_cast<std::uint32_t>(out.size() - start - kFixedV2);
    out[length_at] = static_cast<char>(length >> 8);
    out[length_at + 1] = static_cast<char>(length & 0xff);
    if (!crc_at) return;
    std::string sum;
    append_number(sum, base::hash_crc32c(std::string_view(out).substr(start)), 4);
    out.replace(crc_at, 4, sum);
}

}  // namespace cfgproxy::net
