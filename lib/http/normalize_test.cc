#include "http/normalize.h"

#include <catch2/catch.hpp>

using namespace cfgproxy::http;

namespace {
template <class Function, class... More>
std::string made(Function function, std::string_view text, More... more) {
    std::string to = "x";  // what stands before is left alone
    function(text, more..., to);
    return to.substr(1);
}
std::string checked(bool (*function)(std::string_view, bool, std::string&), std::string_view text, bool strict) {
    std::string to;
    return function(text, strict, to) ? to : "refused";
}
}  // namespace

TEST_CASE("slashes and dots") {
    CHECK(made(merge_slashes, "//") == "/");
    CHECK(made(merge_slashes, "/foo//bar///") == "/foo/bar/");
    CHECK(made(merge_slashes, "") == "");
    CHECK(made(strip_dots, "/.") == "/");
    CHECK(made(strip_dots, "/./bar/") == "/bar/");
    CHECK(made(strip_dots, "/a/./a") == "/a/a");
    CHECK(made(strip_dots, "/.well-known/") == "/.well-known/");
}

TEST_CASE("parent folders") {
    const auto plain = [](std::string_view path) { return made(strip_dotdots, path, false); };
    const auto full = [](std::string_view path) { return made(strip_dotdots, path, true); };
    CHECK(plain("/foo/../") == "/");
    CHECK(plain("/foo/../bar/") == "/bar/");
    CHECK(plain("/foo/bar/../") == "/foo/");
    CHECK(plain("/foo/bar/..") == "/foo/");
    CHECK(plain("/foo/..") == "/");
    CHECK(plain("/..") == "/../");
    CHECK(plain("/../bar/") == "/../bar/");
    CHECK(plain("/bar/../../") == "/../");
    CHECK(plain("/../../a/../b") == "/../../b");
    CHECK(plain("/foo//../") == "/foo/");
    CHECK(plain("/foo/%2E%2E/") == "/foo/%2E%2E/");
    CHECK(plain("/a/...") == "/a/...");
    CHECK(plain("/") == "/");
    CHECK(full("/../bar/") == "/bar/");
    CHECK(full("/bar/../../") == "/");
    CHECK(full("/..") == "/");
    CHECK(full("/foo/../../../x/y/../z") == "/x/z");
}

TEST_CASE("escapes, queries, fragments") {
    CHECK(checked(upper_escapes, "/%6f%zz%", false) == "/%6F%zz%");
    CHECK(checked(upper_escapes, "/%6f", true) == "/%6F");
    CHECK(checked(upper_escapes, "/%6", true) == "refused");
    CHECK(checked(decode_unreserved, "/%61dmin%3f", false) == "/admin%3f");
    CHECK(checked(decode_unreserved, "/%%36%36", false) == "/%66");
    CHECK(checked(decode_unreserved, "/%%36%36", true) == "refused");
    CHECK(made(sort_query, "?c=3&a=3&b=2&a=1") == "?a=3&a=1&b=2&c=3");
    CHECK(made(sort_query, "?b&a&") == "?a&b");
    CHECK(made(sort_query, "") == "");
    CHECK(made(strip_fragment, "/a#b?c") == "/a");
    CHECK(made(encode_fragment, "/#foo#") == "/%23foo%23");
}
