#include "net/address.h"

#include <sys/un.h>

#include <catch2/catch.hpp>

using namespace cfgproxy::net;

TEST_CASE("addresses are read and written") {
    CHECK(Address::parse_ip("192.0.2.1")->ip_text() == "192.0.2.1");
    CHECK(Address::parse_ip("255.255.255.255")->ip_text() == "255.255.255.255");
    CHECK(Address::parse_ip("2001:DB8::1")->ip_text() == "2001:db8::1");
    CHECK(Address::parse_ip("[::1]")->ip_text() == "::1");
    CHECK(Address::parse_ip("")->is_any());
    CHECK(Address::parse_ip("*")->family() == AF_INET);
    CHECK(Address::parse_ip("::")->is_any());
    for (const char* bad : {"1.2.3", "1.2.3.4.5", "256.1.1.1", "[1.2.3.4]", "1:2", "localhost", " 1.2.3.4", "1.2.3.4 "})
        CHECK(!Address::parse_ip(bad).ok());
    CHECK(Address::parse_ip("x").error() == "'x' is not a valid IPv4 or IPv6 address");
    CHECK(!Address::parse_ip(std::string(500, '1')).ok());
}

TEST_CASE("text with port is HAProxy's, without brackets") {
    auto v6 = *Address::parse_ip("::1");
    v6.set_port(80);
    CHECK(v6.text() == "::1:80");
    CHECK(v6.length() == sizeof(sockaddr_in6));
    auto v4 = *Address::parse_ip("10.0.0.1");
    v4.set_port(65535);
    CHECK(v4.text() == "10.0.0.1:65535");
    CHECK(Address::unix_peer().text() == "unix");
    CHECK(Address().text().empty());
    CHECK(!Address().is_ip());
}

TEST_CASE("socket addresses come back as they went") {
    auto v4 = *Address::parse_ip("10.1.2.3");
    v4.set_port(8080);
    CHECK(Address::from(v4.raw(), v4.length()) == v4);
    auto other = v4;
    other.set_port(1);
    CHECK(!(other == v4));
    CHECK(other.same_ip(v4));
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    CHECK(Address::from(reinterpret_cast<sockaddr*>(&path), sizeof path).family() == AF_UNIX);
    CHECK(Address::from(v4.raw(), 3).family() == AF_UNSPEC);
    CHECK(!v4.same_ip(*Address::parse_ip("::1")));
}

TEST_CASE("networks contain what they should") {
    auto ten = *Network::parse("10.0.0.0/8");
    CHECK(ten.contains(*Address::parse_ip("10.255.255.255")));
    CHECK(!ten.contains(*Address::parse_ip("11.0.0.0")));
    CHECK(!ten.contains(*Address::parse_ip("::1")));
    CHECK(Network::parse("10.0.0.0/255.240.0.0")->bits == 12);
    CHECK(Network::parse("10.0.0.0/0.0.0.0")->bits == 0);
    CHECK(Network::parse("127.0.0.1")->bits == 32);
    auto odd = *Network::parse("10.0.0.160/27");
    CHECK(odd.contains(*Address::parse_ip("10.0.0.191")));
    CHECK(!odd.contains(*Address::parse_ip("10.0.0.192")));
    auto v6 = *Network::parse("2001:db8::/33");
    CHECK(v6.contains(*Address::parse_ip("2001:db8:7fff::1")));
    CHECK(!v6.contains(*Address::parse_ip("2001:db8:8000::1")));
    CHECK(Network::parse("::/0")->contains(*Address::parse_ip("ffff::")));
    for (const char* bad :
         {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/255.0.255.0", "/8", "*/8", "::/129", "::1/ffff::", ""})
        CHECK(!Network::parse(bad).ok());
}
