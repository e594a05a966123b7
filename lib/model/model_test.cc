#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstddef>

#include "model/limits.h"
#include "model/server_path.h"
#include "model/socket_address.h"

using namespace cfgproxy::model;

TEST_CASE("a server is named with its backend or without; of several slashes files take the last, commands the first") {
    CHECK_FALSE(ServerPath("s1").backend);
    CHECK(ServerPath("s1").server == "s1");
    CHECK(ServerPath("b/s1").backend == "b");
    CHECK(ServerPath("b/s1").server == "s1");
    CHECK(ServerPath("/s1").backend == "");
    CHECK(ServerPath("b/").server.empty());
    CHECK(ServerPath("a/b/c").backend == "a/b");
    CHECK(ServerPath::of_command("a/b/c").backend == "a");
    CHECK(ServerPath::of_command("a/b/c").server == "b/c");
}

TEST_CASE("the address of a UNIX socket ends where the kernel expects it") {
    sockaddr_storage to;
    const auto* un = reinterpret_cast<const sockaddr_un*>(&to);
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::unix_path;
    endpoint.path = "/run/x";
    CHECK(write_address(endpoint, to) == offsetof(sockaddr_un, sun_path) + 7);
    CHECK(un->sun_family == AF_UNIX);
    CHECK(un->sun_path == std::string("/run/x"));

    endpoint.kind = Endpoint::Kind::abstract_unix;
    endpoint.path = "name";
    CHECK(write_address(endpoint, to) == sizeof(sockaddr_un));
    CHECK(std::string(un->sun_path, 6) == std::string("\0name\0", 6));
    endpoint.unpadded = true;
    CHECK(write_address(endpoint, to) == offsetof(sockaddr_un, sun_path) + 5);

    endpoint.path.assign(sizeof un->sun_path - 1, 'x');
    CHECK(write_address(endpoint, to) == sizeof(sockaddr_un));
    endpoint.path += 'x';
    CHECK(write_address(endpoint, to) == 0);
}

TEST_CASE("an IP address without a port gets the endpoint's") {
    sockaddr_storage to;
    Endpoint endpoint;
    CHECK(write_address(endpoint, to) == 0);
    endpoint.ip = *cfgproxy::net::Address::parse_ip("192.0.2.1");
    endpoint.port_low = 80;
    REQUIRE(write_address(endpoint, to) == sizeof(sockaddr_in));
    const auto written = cfgproxy::net::Address::from(reinterpret_cast<const sockaddr*>(&to), sizeof(sockaddr_in));
    CHECK(written.text() == "192.0.2.1:80");
    endpoint.ip.set_port(81);
    write_address(endpoint, to);
    CHECK(reinterpret_cast<const sockaddr_in&>(to).sin_port == htons(81));
}

TEST_CASE("fullconn is a tenth of what the frontends before a backend let in") {
    Config config;
    Proxy backend;
    CHECK(full_connections(backend, config, 1000) == 1);
    for (const std::uint32_t limit : {0u, 205u}) {
        auto& frontend = *config.proxies.emplace_back(std::make_unique<Proxy>());
        frontend.capabilities = kFrontend;
        frontend.max_connections = limit;
        frontend.default_backend_proxy = &backend;
    }
    CHECK(full_connections(backend, config, 1000) == 121);
    backend.full_connections = 7;
    CHECK(full_connections(backend, config, 1000) == 7);
}
