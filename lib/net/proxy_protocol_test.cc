#include "net/proxy_protocol.h"

#include <catch2/catch.hpp>

namespace cfgproxy::net {
namespace {

Address address(std::string_view ip, std::uint16_t port) {
    Address result = *Address::parse_ip(ip);
    result.set_port(port);
    return result;
}

/// Source and destination as text, or why there are none.
std::string read(std::string_view text, std::size_t* length = nullptr) {
    ProxyHeader header;
    const ProxyError error = read_proxy_header(text, header);
    if (length) *length = header.length;
    if (error != ProxyError::none) return std::string(describe(error));
    return header.has_addresses ? header.source.text() + " " + header.destination.text() : "local";
}

constexpr std::string_view kTruncated = "Truncated PROXY protocol header received";
constexpr std::string_view kInvalid = "Received an invalid PROXY protocol header";

}  // namespace

TEST_CASE("PROXY protocol 1 is read") {
    std::size_t length = 0;
    const std::string_view line = "PROXY TCP4 192.0.2.1 198.51.100.2 1234 80\r\n";
    CHECK(read(std::string(line) + "GET /", &length) == "192.0.2.1:1234 198.51.100.2:80");
    CHECK(length == line.size());
    CHECK(read("PROXY TCP6 2001:db8::1 ::1 65535 1\r\n") == "2001:db8::1:65535 ::1:1");
    CHECK(read("PROXY UNKNOWN\r\nx", &length) == "local");
    CHECK(length == 15);
    for (std::size_t n = 1; n < line.size(); ++n)
        if (n != 9 && n != 10) CHECK(read(line.substr(0, n)) == kTruncated);  // "PROXY TCP" could be anything
    CHECK(read("") == "Connection closed while waiting for PROXY protocol header");
    CHECK(read("GET / HTTP/1.1\r\n\r\n") == "Received something which does not look like a PROXY protocol header");
    CHECK(read("PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n") == "Received an unhandled protocol in the PROXY protocol header");
    for (const char* wrong : {"PROXY TCP4 192.0.2.1 198.51.100.2 1234\r\n", "PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n",
                              "PROXY TCP4 ::1 ::2 1 2\r\n", "PROXY TCP6 1.2.3.4 ::2 1 2\r\n",
                              "PROXY TCP4 1.2.3.4 1.2.3.5 x 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.5 1 2 3\r\n",
                              "PROXY TCP4 1.2.3.4 1.2.3.5 1 \r\n", "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\n\n"}) {
        INFO(wrong);
        CHECK(read(wrong) == kInvalid);
    }
}

TEST_CASE("PROXY protocol 2 is read as it is written") {
    std::string header;
    append_proxy_v2(header, address("192.0.2.1", 1234), address("198.51.100.2", 80),
                    {.crc32c = true, .unique_id = "abc", .with_unique_id = true});
    CHECK(header.size() == 16 + 12 + 7 + 6);
    std::size_t length = 0;
    CHECK(read(header + "GET", &length) == "192.0.2.1:1234 198.51.100.2:80");
    CHECK(length == header.size());
    ProxyHeader facts;
    CHECK(read_proxy_header(header, facts) == ProxyError::none);
    CHECK(facts.unique_id == "abc");
    CHECK(find_tlv(facts.tlvs, kTlvUniqueId) == "abc");
    CHECK(find_tlv(facts.tlvs, 0xe1).data() == nullptr);
    CHECK(find_tlv(std::string_view("\1\0", 2), 1).data() == nullptr);
    for (std::size_t n = 1; n < header.size(); ++n) CHECK(read(std::string_view(header).substr(0, n)) == kTruncated);
    for (std::size_t i = 16; i < header.size(); ++i) {
        if (i == 28) continue;  // the type of what holds the sum
        std::string broken = header;
        broken[i] ^= 1;
        CHECK(read(broken) == kInvalid);  // the sum tells
    }
    std::string v6;
    append_proxy_v2(v6, address("192.0.2.1", 1), address("2001:db8::1", 2), {});
    CHECK(v6.size() == 16 + 36);
    CHECK(read(v6) == "::ffff:192.0.2.1:1 2001:db8::1:2");
    std::string own;
    append_proxy_v2(own, address("192.0.2.1", 1), address("192.0.2.2", 2), {.local = true});
    CHECK(own == std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16));
    CHECK(read(own) == "local");
    CHECK(read(std::string("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0", 16)) ==
          "Received something which does not look like a PROXY protocol header");
    CHECK(read(std::string("\r\n\r\n\0\r\nQUIT\n\x22\x11\0\0", 16)) == kInvalid);
    CHECK(read(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x02xx", 18)) == kInvalid);
    CHECK(read(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x31\0\x02xx", 18)) == "local");  // a UNIX socket
    CHECK(read(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0e", 16) + std::string(14, 'a')) == kInvalid);
}

TEST_CASE("PROXY protocol 1 is written") {
    auto line = [](const Address& source, const Address& destination) {
        std::string out;
        append_proxy_v1(out, source, destination);
        return out;
    };
    CHECK(line(address("192.0.2.1", 1234), address("198.51.100.2", 80)) ==
          "PROXY TCP4 192.0.2.1 198.51.100.2 1234 80\r\n");
    CHECK(line(address("192.0.2.1", 1234), address("::1", 80)) == "PROXY TCP6 ::ffff:192.0.2.1 ::1 1234 80\r\n");
    CHECK(line(Address::unix_peer(), address("::1", 80)) == "PROXY UNKNOWN\r\n");
}

TEST_CASE("NetScaler's client IP is read") {
    auto number = [](std::uint32_t value) {
        std::string out;
        for (int i = 3; i >= 0; --i) out.push_back(static_cast<char>(value >> 8 * i & 0xff));
        return out;
    };
    std::string ip(40, '\0');
    ip[0] = 0x45;
    ip[9] = IPPROTO_TCP;
    ip.replace(12, 8, std::string("\xc0\0\2\1\xc0\0\2\2", 8));
    ip.replace(20, 4, std::string("\x04\xd2\0\x50", 4));
    const std::string old = number(0x04030201) + number(40) + ip;
    ProxyHeader header;
    REQUIRE(read_netscaler_header(old + "GET", 0x04030201, header) == ProxyError::none);
    CHECK(header.source.text() == "192.0.2.1:1234");
    CHECK(header.destination.text() == "192.0.2.2:80");
    CHECK(header.length == old.size());
    CHECK(read_netscaler_header(old, 1, header) == ProxyError::foreign);
    for (std::size_t n = 1; n < old.size(); ++n)
        CHECK(read_netscaler_header(std::string_view(old).substr(0, n), 0x04030201, header) == ProxyError::truncated);
    std::string fresh = number(7) + number(52) + std::string("\0\0\0\x28", 4) + ip;
    REQUIRE(read_netscaler_header(fresh, 7, header) == ProxyError::none);
    CHECK(header.length == 52);
    fresh[12 + 9] = IPPROTO_UDP;
    CHECK(read_netscaler_header(fresh, 7, header) == ProxyError::bad_protocol);
}

}  // namespace cfgproxy::net
