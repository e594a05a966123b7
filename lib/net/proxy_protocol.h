#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "net/address.h"

namespace cfgproxy::net {

class Tls;

/// What a header in front of a connection tells about it: PROXY protocol 1 and 2, NetScaler's client IP.
struct ProxyHeader {
    bool has_addresses = false;  ///< else the connection speaks for itself (LOCAL, UNKNOWN)
    Address source, destination;
    std::string_view authority, unique_id;  ///< of version 2; views of the text that was read
    std::string_view tlvs;                  ///< of version 2: what stands behind the addresses; for find_tlv()
    std::size_t length = 0;                 ///< bytes that the header took
};

/// Why there is no header; named as in HAProxy's log lines by describe().
enum class ProxyError : std::uint8_t { none, empty, aborted, timeout, truncated, foreign, invalid, bad_protocol };
std::string_view describe(ProxyError error);
std::string_view describe_netscaler(ProxyError error);

/// Reads the header at the front of `text`, all that has arrived. As with HAProxy a header must come in one piece: less
/// is `truncated`.
ProxyError read_proxy_header(std::string_view text, ProxyHeader& header);
/// The same for NetScaler; `magic` is the number that begins it.
ProxyError read_netscaler_header(std::string_view text, std::uint32_t magic, ProxyHeader& header);

/// "PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n", or UNKNOWN where an address is none of IP.
void append_proxy_v1(std::string& out, const Address& source, const Address& destination);

/// What a header of version 2 tells beside the addresses.
struct ProxyOptions {
    bool local = false;  ///< the connection is our own: a health check
    bool crc32c = false;
    std::string_view alpn, authority, unique_id;
    bool with_authority = false, with_unique_id = false;
    std::string_view more;  ///< further TLVs, as append_tlv() writes them
};
void append_proxy_v2(std::string& out, const Address& source, const Address& destination, const ProxyOptions& options);
void append_tlv(std::string& out, std::uint8_t type, std::string_view value);
/// The value of the first TLV of that type in `tlvs`; without data() if there is none.
std::string_view find_tlv(std::string_view tlvs, std::uint8_t type);
constexpr std::uint8_t kTlvAuthority = 2, kTlvUniqueId = 5;

/// What of the client's TLS is told beside its version: `ssl` and the `cert-*` and `ssl-cipher` of proxy-v2-options.
struct TlsTold {
    bool on = false, common_name = false, key = false, signature = false, cipher = false;
};
/// The TLV that tells it; `tls` is null for a client that speaks in clear.
void append_tls_tlv(std::string& out, const Tls* tls, const TlsTold& told);

}  // namespace cfgproxy::net
