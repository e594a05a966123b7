#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "http/h1.h"
#include "http/h2_message.h"

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_view_literals;

namespace {

using Fields = std::vector<H2Field>;
const Fields kGet = {{":method", "GET"}, {":scheme", "http"}, {":path", "/a?b"}, {":authority", "h"}};

Fields get_with(std::string_view name, std::string_view value) {
    Fields fields = kGet;
    fields.push_back({name, value});
    return fields;
}

struct Made {
    base::Arena arena;
    Request request;
    H2Head head;
    bool good;

    explicit Made(const Fields& fields, bool end = true, const H2Head::Limits& limits = {}) : good(true) {
        for (const H2Field& field : fields) good = good && head.add(arena, field.name, field.value, limits);
        good = good && head.finish(arena, request, end);
    }
};

bool accepts(const Fields& fields, bool end = true) { return Made(fields, end).good; }

std::string head_of(const Fields& fields, bool end = true) {
    Made made(fields, end);
    if (!made.good) return "refused";
    base::Buffer out;
    write_head(out, made.request);
    return std::string(out.view());
}

bool accepts_response(const Fields& fields, Method method, bool end) {
    base::Arena arena;
    Response response;
    H2Head head;
    for (const H2Field& field : fields)
        if (!head.add(arena, field.name, field.value, {})) return false;
    return head.finish(arena, response, method, end);
}

}  // namespace

TEST_CASE("a request over HTTP/2 is one of HTTP/1 with Host") {
    CHECK(head_of(kGet).find("GET /a?b HTTP/") == 0);
    CHECK(head_of(kGet).find("host: h\r\n") != std::string::npos);
    const auto star = head_of({{":method", "OPTIONS"}, {":scheme", "http"}, {":path", "*"}, {":authority", "h"}});
    CHECK(star.find("OPTIONS * HTTP/") == 0);
    CHECK(accepts({{":method", "GET"}, {":scheme", "http"}, {":path", "*"}}));  // and answered with 400
}

TEST_CASE("cookies are one field") {
    Fields fields = get_with("cookie", "a=b");
    fields.push_back({"cookie", "c=d"});
    CHECK(head_of(fields).find("cookie: a=b; c=d\r\n") != std::string::npos);
}

TEST_CASE("names and values that would be more than one field elsewhere") {
    for (int c = 0; c < 256; ++c) {
        const std::string name{'x', static_cast<char>(c)};
        const bool token = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                           (c && "!#$%&'*+-.^_`|~"sv.find(static_cast<char>(c)) != std::string_view::npos);
        CHECK(accepts(get_with(name, "v")) == token);
        CHECK(accepts(get_with("x", name)) == (c != 0 && c != '\r' && c != '\n'));
    }
    CHECK_FALSE(accepts(get_with("", "v")));
}

TEST_CASE("bytes that break a path or an authority") {
    for (const char c : {'\0', '\r', '\n', ' ', '#', '\t', '\x7f'}) {
        const std::string path{'/', c};
        CHECK_FALSE(accepts({{":method", "GET"}, {":scheme", "http"}, {":path", path}}));
        const std::string authority{'h', c};
        CHECK_FALSE(accepts({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", authority}}));
    }
}

TEST_CASE("a length promises a payload") {
    CHECK(accepts(get_with("content-length", "5"), false));
    CHECK_FALSE(accepts(get_with("content-length", "5"), true));
    CHECK(accepts(get_with("content-length", "0"), true));
    Fields twice = get_with("content-length", "5");
    twice.push_back({"content-length", "5"});
    CHECK(accepts(twice, false));
    twice.back().value = "6";
    CHECK_FALSE(accepts(twice, false));
    CHECK_FALSE(accepts_response({{":status", "200"}, {"content-length", "5"}}, Method::get, true));
    CHECK(accepts_response({{":status", "200"}, {"content-length", "5"}}, Method::head, true));
    CHECK(accepts_response({{":status", "304"}, {"content-length", "5"}}, Method::get, true));
}

TEST_CASE("fields about one connection, and what trailers must not hold") {
    for (const auto name : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
        CHECK_FALSE(accepts(get_with(name, "x")));
    CHECK(accepts(get_with("te", "trailers")));
    CHECK_FALSE(accepts(get_with("te", "gzip")));
    for (const auto name : {"host", "content-length", "te", ":path"}) {
        base::Arena arena;
        H2Head head;
        const std::string_view value = name == "te"sv ? "trailers" : "1";
        CHECK((head.add(arena, name, value, {}) && head.finish_trailers()) == false);
    }
}

TEST_CASE("too much is the stream's error, far too much the connection's") {
    const auto error = [](const Fields& fields) { return Made(fields).head.error(); };
    CHECK(error(get_with("x", std::string(15000, 'y'))) == H2Error::no_error);
    CHECK(error(get_with("x", std::string(15400, 'y'))) == H2Error::protocol_error);
    CHECK(error(get_with("x", std::string(20000, 'y'))) == H2Error::compression_error);
    // With Host and the end there are 101. Cookies become one field.
    const auto many = [](std::string_view name, int count) {
        Fields fields = kGet;
        for (int i = 0; i < count; ++i) fields.push_back({name, "y=z"});
        return fields;
    };
    CHECK(error(many("x", 99)) == H2Error::no_error);
    CHECK(error(many("x", 100)) == H2Error::protocol_error);
    CHECK(error(many("x", 197)) == H2Error::protocol_error);
    CHECK(error(many("x", 198)) == H2Error::compression_error);
    CHECK(error(many("cookie", 197)) == H2Error::no_error);
    CHECK(error(many("cookie", 198)) == H2Error::compression_error);
}
