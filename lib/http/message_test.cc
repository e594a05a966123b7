#include "http/message.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <string>

#include "http/auth.h"
#include "http/cookie.h"
#include "http/token.h"

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_view_literals;

TEST_CASE("methods are case-sensitive and know their names") {
    for (int i = 1; i <= static_cast<int>(Method::connect); ++i)
        CHECK(find_method(name_of(static_cast<Method>(i))) == static_cast<Method>(i));
    CHECK(find_method("GET") == Method::get);
    CHECK(find_method("get") == Method::other);
    CHECK(find_method("PATCH") == Method::other);
    CHECK(find_method("") == Method::other);
}

TEST_CASE("tokens are made of letters, digits and RFC 9110's marks") {
    std::string marks;
    for (int c = 0; c < 256; ++c)
        if (is_tchar(static_cast<char>(c)) && !(c < 128 && std::isalnum(c))) marks += static_cast<char>(c);
    CHECK(marks == "!#$%&'*+-.^_`|~");
    CHECK(is_tchar('A'));
    CHECK(is_tchar('0'));
}

TEST_CASE("known names are found in any case") {
    constexpr std::string_view kNames[] = {"",
                                           "authorization",
                                           "connection",
                                           "content-length",
                                           "content-type",
                                           "cookie",
                                           "date",
                                           "expect",
                                           "host",
                                           "keep-alive",
                                           "location",
                                           "proxy-authorization",
                                           "proxy-connection",
                                           "server",
                                           "set-cookie",
                                           "te",
                                           "trailer",
                                           "transfer-encoding",
                                           "upgrade",
                                           "user-agent",
                                           "x-forwarded-for"};
    for (std::size_t i = 1; i < std::size(kNames); ++i) {
        std::string name(kNames[i]);
        CHECK(find_known(name) == static_cast<Known>(i));
        for (char& c : name)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        CHECK(find_known(name) == static_cast<Known>(i));
        name.back() = '!';
        CHECK(find_known(name) == Known::other);
    }
    CHECK(find_known("") == Known::other);
    CHECK(find_known("a-name-longer-than-all-of-them") == Known::other);
}

TEST_CASE("a header list keeps its order") {
    base::Arena arena;
    HeaderList list;
    for (const char* name : {"a", "b", "host", "a", "c"}) list.add(arena, name, "1");
    const auto names = [&] {
        std::string all;
        for (const Header& h : list) all += std::string(h.name) + "=" + std::string(h.value) + " ";
        return all;
    };
    CHECK(list.find(Known::host)->name == "host");
    CHECK(list.find("C")->name == "c");
    CHECK(list.find("d") == nullptr);
    CHECK(list.find(Known::cookie) == nullptr);
    list.set(arena, "a", "2");
    CHECK(names() == "b=1 host=1 c=1 a=2 ");
    list.remove(Known::host);
    CHECK(list.remove("B"));
    CHECK_FALSE(list.remove("b"));
    CHECK(names() == "c=1 a=2 ");
    list.erase(0);
    CHECK(names() == "a=2 ");
    for (int i = 0; i < 100; ++i) list.add(arena, "x", "y");
    CHECK(list.size() == 101);
    CHECK(list[0].value == "2");
}

TEST_CASE("elements of a list are trimmed, empty ones skipped, quotes respected") {
    const auto all = [](std::string_view text) {
        std::string joined;
        for (std::string_view element; next_element(text, element);) joined += "[" + std::string(element) + "]";
        return joined;
    };
    CHECK(all("a, b ,c") == "[a][b][c]");
    CHECK(all(",, a,,\t") == "[a]");
    CHECK(all("\"a,b\\\",c\",d") == "[\"a,b\\\",c\"][d]");
    CHECK(all("a\"b,c") == "[a\"b,c]");
    CHECK(all("\"a\\") == "[\"a\\]");
    CHECK(all("") == "");
}

TEST_CASE("reason phrases are HAProxy's") {
    CHECK(reason_of(200) == "OK");
    CHECK(reason_of(302) == "Found");
    CHECK(reason_of(408) == "Request Time-out");
    CHECK(reason_of(502) == "Bad Gateway or Proxy Error");
    CHECK(reason_of(299) == "Success");
    CHECK(reason_of(599) == "Server Error");
    CHECK(reason_of(600) == "Other");
    CHECK(reason_of(0) == "Other");
}

TEST_CASE("basic credentials") {
    base::Arena arena;
    Credentials c;
    CHECK(parse_basic("Basic YWRtaW46c2VjcmV0", arena, c));
    CHECK((c.user == "admin" && c.password == "secret"));
    CHECK(parse_basic("bAsIc   YTpiOmM=", arena, c));
    CHECK((c.user == "a" && c.password == "b:c"));
    CHECK(parse_basic("Basic Og==", arena, c));
    CHECK((c.user.empty() && c.password.empty()));
    for (const char* bad : {"", "Basic", "Basic ", "Basic YWRtaW4=", "Basic YTpi OmM=", "Basic YTpiOmM", "Basic YTp!",
                            "Digest YTpi", "Basic Y===", "Basic AGE6Yg==", " Basic YTpi", "Basic YTpi="})
        CHECK_FALSE(parse_basic(bad, arena, c));
}

TEST_CASE("base64") {
    base::Arena arena;
    std::string_view bytes;
    CHECK((decode_base64("", arena, bytes) && bytes.empty()));
    CHECK((decode_base64("AP+/", arena, bytes) && bytes == "\0\xff\xbf"sv));
    CHECK_FALSE(decode_base64("AB=C", arena, bytes));
    CHECK_FALSE(decode_base64("====", arena, bytes));
}

TEST_CASE("cookies of a request") {
    const auto all = [](std::string_view text) {
        std::string joined;
        CookieReader reader(text);
        for (Cookie c; reader.next(c);)
            joined += "[" + std::string(c.name) + (c.has_value ? "=" : "") + std::string(c.value) + "]";
        return joined;
    };
    CHECK(all("a=1; b=2") == "[a=1][b=2]");
    CHECK(all(" a = 1 x ;b;c=,d=") == "[a=1 x][b][c=][d=]");
    CHECK(all("a=\"1;\\\",2\" ; b=x\"y;z\"") == "[a=\"1;\\\",2\"][b=x\"y;z\"]");
    CHECK(all("a b = 1=2") == "[a b=1=2]");
    CHECK(all("$Version=1; a=1; $Path=/") == "[$Version=1][a=1][$Path=/]");
    CHECK(all(";;=x;") == "[][][=x][]");
    CHECK(all("a=\"1; b") == "[a=\"1; b]");
    CHECK(all("a=\"1\\") == "[a=\"1\\]");
    CHECK(all("") == "");
    CHECK(all("a=  ;b") == "[a=][b]");
}

TEST_CASE("a cookie is found by its exact name") {
    CHECK(find_cookie("a=1; SRV=x; SRV=y", "SRV") == "x");
    CHECK(find_cookie("srv=1; SRVX=2; $SRV=3; SRV", "SRV").data() == nullptr);
    CHECK(find_cookie("SRV=", "SRV").data() != nullptr);
}

TEST_CASE("Set-Cookie") {
    Cookie c;
    REQUIRE(read_set_cookie(" a = 1 ; Expires=Thu, 01-Jan-1970; Path=/", c));
    CHECK((c.name == "a" && c.value == "1" && c.end == 7));
    REQUIRE(read_set_cookie("a,b=\"1;2\"", c));
    CHECK((c.name == "a,b" && c.value == "\"1;2\""));
    REQUIRE(read_set_cookie("a=1,2", c));
    CHECK(c.value == "1");
    CHECK_FALSE(read_set_cookie("a; b=1", c));
    CHECK_FALSE(read_set_cookie("", c));
}

TEST_CASE("cookies are removed and shortened as HAProxy does it") {
    base::Arena arena;
    const auto without = [&](std::string_view text) {
        return std::string(edit_cookies(arena, text, [](const Cookie& c) {
            return CookieEdit{c.name == "S" ? CookieEdit::remove : CookieEdit::keep};
        }));
    };
    CHECK(without("S=1") == "");
    CHECK(without("S=1; a=2") == "a=2");
    CHECK(without("a=1; S=1") == "a=1");
    CHECK(without("a=1; S=1; b=2") == "a=1; b=2");
    CHECK(without("a=1 ;S=1;  b=2") == "a=1; b=2");
    CHECK(without("a=1; S=1; S=2; b=2; S=3") == "a=1; b=2");
    CHECK(without("a=1,S=1,b=2") == "a=1, b=2");
    CHECK(without("S=1; $Path=/; a") == "a");
    CHECK(without("$Version=1; S=1; $Path=/") == "");
    CHECK(without("a = 1;  b =2") == "a=1;  b=2");
    CHECK(without("a=  ; b") == "a=; b");
    const std::string_view shortened = edit_cookies(arena, "x=1; S=srv~ab; y=2", [](const Cookie& c) {
        return c.name == "S" ? CookieEdit{CookieEdit::drop_prefix, 4} : CookieEdit{};
    });
    CHECK(shortened == "x=1; S=ab; y=2");
}
