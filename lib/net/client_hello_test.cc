#include "net/client_hello.h"

#include <catch2/catch.hpp>
#include <string>

using namespace cfgproxy::net;

namespace {

std::string sized(std::size_t width, const std::string& contents) {
    std::string text;
    for (std::size_t i = width; i-- > 0;) text += static_cast<char>(contents.size() >> (8 * i));
    return text + contents;
}

std::string extension(std::uint16_t type, const std::string& contents) {
    return std::string{static_cast<char>(type >> 8), static_cast<char>(type)} + sized(2, contents);
}

std::string name_list(const std::string& name) { return sized(2, std::string(1, '\0') + sized(2, name)); }

std::string hello_with(const std::string& extensions) {
    const std::string body = "\x03\x03" + std::string(32, 'r') + sized(1, "") + sized(2, "\x13\x01\x13\x02") +
                             sized(1, std::string(1, '\0')) + sized(2, extensions);
    return "\x16\x03\x01" + sized(2, "\x01" + sized(3, body));
}

const std::string kHello = hello_with(extension(16, sized(2, sized(1, "h2") + sized(1, "http/1.1"))) +
                                      extension(0, name_list("www.example.com")) + extension(35, ""));

}  // namespace

TEST_CASE("a client hello tells its lists") {
    const ClientHello hello = ClientHello::read(kHello, true);
    REQUIRE(hello.state == ClientHello::State::whole);
    CHECK(hello.ciphers == "\x13\x01\x13\x02");
    CHECK(hello.server_name() == "www.example.com");
    REQUIRE(hello.extension(16));
    CHECK(hello.extension(16)->substr(2) == "\x02h2\x08http/1.1");
    REQUIRE(hello.extension(35));
    CHECK(hello.extension(35)->empty());
    CHECK(!hello.extension(10));
}

TEST_CASE("a hello may come byte by byte") {
    for (std::size_t size = 0; size < kHello.size(); ++size) {
        INFO(size);
        const std::string_view part = std::string_view(kHello).substr(0, size);
        CHECK(ClientHello::read(part, true).state == ClientHello::State::partial);
        CHECK(ClientHello::read(part, false).state == ClientHello::State::partial);
        std::uint8_t type = 0;
        CHECK(handshake_type(part, type) == ClientHello::State::partial);
        std::uint32_t version = 0;
        CHECK(hello_version(part, 16384, version) == ClientHello::State::partial);
    }
    std::uint8_t type = 0;
    CHECK(handshake_type(kHello, type) == ClientHello::State::whole);
    CHECK(type == 1);
    std::uint32_t version = 0;
    CHECK(hello_version(kHello, 16384, version) == ClientHello::State::whole);
    CHECK(version == 0x30003);
}

TEST_CASE("what is no hello is none") {
    std::uint8_t type = 0;
    std::uint32_t version = 0;
    for (std::string text : {"GET / HTTP/1.1\r\n\r\n", "\x16\x02\x01 not TLS", "SSH-2.0-OpenSSH_9.2\r\n"}) {
        CHECK(ClientHello::read(text, true).state == ClientHello::State::none);
        CHECK(handshake_type(text, type) == ClientHello::State::none);
        CHECK(hello_version(text, 16384, version) == ClientHello::State::none);
    }
    std::string other = kHello;
    other[5] = 2;  // ServerHello
    CHECK(ClientHello::read(other, true).state == ClientHello::State::none);
    CHECK(handshake_type(other, type) == ClientHello::State::whole);
    CHECK(type == 2);
}

TEST_CASE("broken extensions end the search") {
    const auto of = [](const std::string& extensions) {
        static std::string bytes;
        bytes = hello_with(extensions);
        const ClientHello hello = ClientHello::read(bytes, true);
        REQUIRE(hello.state == ClientHello::State::whole);
        return hello;
    };
    const std::string name = extension(0, name_list("a.example"));
    CHECK(of(name).server_name() == "a.example");
    CHECK(!of(std::string("\0\x10\0\x09", 4) + name.substr(0, 5)).server_name());
    CHECK(!of(extension(0, std::string("\0\x09\0", 3))).server_name());
    CHECK(!of(extension(0, sized(2, std::string("\0\0\xff", 3) + "x"))).server_name());
    CHECK(of(extension(0, sized(2, "\x01" + sized(2, "other"))) + name).server_name() == "a.example");
}

TEST_CASE("SSLv2's hello has a version") {
    const std::string hello =
        std::string("\x80\x1c\x01\x03\x01\x00\x03\x00\x00\x00\x10", 11) + "abc" + std::string(16, 'c');
    std::uint32_t version = 0;
    CHECK(hello_version(hello, 16384, version) == ClientHello::State::whole);
    CHECK(version == 0x30001);
    CHECK(hello_version(hello.substr(0, 29), 16384, version) == ClientHello::State::partial);
    CHECK(hello_version("\x80\x1d" + hello.substr(2), 16384, version) == ClientHello::State::none);
}
