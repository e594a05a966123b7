#include "net/socks4.h"

#include <arpa/inet.h>

#include <catch2/catch.hpp>

using namespace cfgproxy::net;

TEST_CASE("SOCKS4: the request names port and address, the answer has eight bytes") {
    in_addr ip;
    REQUIRE(inet_pton(AF_INET, "192.0.2.1", &ip) == 1);
    Address to = Address::from_v4(ip);
    to.set_port(0x1234);
    std::string out;
    REQUIRE(append_socks4_request(out, to));
    CHECK(out == std::string("\4\1\x12\x34\xc0\0\2\1HAProxy\0", 16));
    CHECK_FALSE(append_socks4_request(out, Address{}));
    const std::string granted("\0\x5a\0\0\0\0\0\0", 8), refused("\0\x5b\0\0\0\0\0\0", 8), odd("\4\x5a\0\0\0\0\0\0", 8);
    CHECK(read_socks4_answer(granted) == Socks4Answer::granted);
    CHECK(read_socks4_answer(granted.substr(0, 7)) == Socks4Answer::more);
    CHECK(read_socks4_answer(refused) == Socks4Answer::refused);
    CHECK(read_socks4_answer(odd) == Socks4Answer::refused);
}
