#include "http/forwarded.h"

#include <catch2/catch.hpp>

#include <string>

using namespace cfgproxy::http;

namespace {

/// "for|by|host|proto" of an element, "bad" if it is none.
std::string parts(std::string_view text) {
    ForwardedElement e;
    if (!parse_forwarded(text, e)) return "bad";
    const auto part = [](std::string_view p) { return p.data() ? std::string(p) : std::string("-"); };
    return part(e.for_) + "|" + part(e.by) + "|" + part(e.host) + "|" + part(e.proto);
}

}  // namespace

TEST_CASE("elements of Forwarded") {
    CHECK(parts("for=192.0.2.1") == "192.0.2.1|-|-|-");
    CHECK(parts("for=\"[2001:db8::1]:80\";proto=https") == "[2001:db8::1]:80|-|-|https");
    CHECK(parts("by=_a;host=example.com;for=unknown;proto=http") == "unknown|_a|example.com|http");
    CHECK(parts("host=\"[::1]:8080\"") == "-|-|[::1]:8080|-");
    CHECK(parts("host=\"a.b:1\"") == "-|-|a.b:1|-");
}

TEST_CASE("what is no element of Forwarded") {
    for (const char* text :
         {"", "for=", "for=192.0.2", "for=192.0.2.1:80", "for=[::1]", "for=\"[::1]", "for=\"[::1]\"x", "For=192.0.2.1",
          "proto=ftp", "proto=\"http\"", "host=a:80", "host=\"a:0\"", "host=\"a:70000\"", "for=_", "for=192.0.2.1;",
          "for=192.0.2.1;;proto=http", "for=192.0.2.1;for=192.0.2.2", "secret=1", "by=\"_a:_\""}) {
        INFO(text);
        CHECK(parts(text) == "bad");
    }
}

TEST_CASE("the rest behind all four is not looked at") {
    CHECK(parts("for=_a;by=_b;host=c;proto=http;x=y") == "_a|_b|c|http");
}
