#include "http/fcgi.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace cfgproxy;
using namespace cfgproxy::http;
using namespace std::string_literals;

namespace {

/// Writes down what it is told, pieces of output joined.
struct Log final : FcgiReader::Handler {
    std::string text, last_output;

    void tell(std::string event) {
        last_output.clear();
        text += (text.empty() ? "" : " ") + event;
    }
    void on_value(std::string_view name, std::string_view value) override {
        tell(std::string(name) + "=" + std::string(value));
    }
    void on_values_end() override { tell("values"); }
    void on_output(std::uint16_t id, std::string_view bytes) override {
        const std::string who = "out" + std::to_string(id) + ":";
        if (who != last_output || bytes.empty()) tell(who);
        last_output = bytes.empty() ? "" : who;
        text += bytes;
    }
    void on_error_text(std::uint16_t id, std::string_view bytes) override {
        tell("err" + std::to_string(id) + ":" + std::string(bytes));
    }
    void on_end(std::uint16_t id, FcgiEnd end) override {
        tell("end" + std::to_string(id) + ":" + std::to_string(static_cast<int>(end)));
    }
};

std::string record(int type, int id, std::string_view content, int padding = 0) {
    std::string bytes{1,
                      static_cast<char>(type),
                      static_cast<char>(id >> 8),
                      static_cast<char>(id),
                      static_cast<char>(content.size() >> 8),
                      static_cast<char>(content.size()),
                      static_cast<char>(padding),
                      0};
    return bytes.append(content) + std::string(static_cast<std::size_t>(padding), 'p');
}

std::string end_request(int id, char status) { return record(3, id, "\0\0\0\7"s + status + "\0\0\0"s, 3); }

/// What becomes of `bytes`, in one piece and byte by byte.
std::string read(std::string_view bytes, bool expect = false, std::size_t max = 100) {
    Log whole, slow;
    FcgiReader at_once(whole, max), in_bits(slow, max);
    if (expect) at_once.expect_values(), in_bits.expect_values();
    if (!at_once.feed(bytes)) whole.tell("failed");
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (!in_bits.feed(bytes.substr(i, 1))) {
            slow.tell("failed");
            break;
        }
    CHECK(slow.text == whole.text);
    return whole.text;
}

std::string parameter(std::string_view name, std::string_view value) {
    std::string text;
    append_fcgi_parameter(text, name, value);
    return text;
}

}  // namespace

TEST_CASE("what a FastCGI application sends") {
    CHECK(read(record(6, 1, "abc") + record(6, 1, "def", 5) + record(6, 1, "") + end_request(1, 0)) ==
          "out1:abcdef out1: end1:0");
    CHECK(read(record(6, 1, "a") + record(6, 3, "b") + record(6, 1, "c") + end_request(3, 2)) ==
          "out1:a out3:b out1:c end3:2");
    CHECK(read(record(7, 1, "oh") + record(7, 1, "") + record(7, 0x201, "no", 255)) == "err1:oh err513:no");
    CHECK(read(record(7, 1, "abcdefg"), false, 3) == "err1:abc err1:def err1:g");
    CHECK(read(record(6, 1, "", 9) + record(6, 1, "x")) == "out1: out1:x");
    // Types that we have no use for.
    CHECK(read(record(8, 1, "data") + record(99, 1, "?", 1) + record(6, 1, "x")) == "out1:x");
    CHECK(read(record(11, 0, std::string(8, 0)) + record(6, 1, "x")) == "out1:x");
    CHECK(read("") == "");
}

TEST_CASE("records that end a FastCGI connection") {
    CHECK(read(record(6, 0, "x")) == "failed");
    CHECK(read(record(3, 1, "short")) == "failed");
    CHECK(read(record(3, 1, std::string(101, 0))) == "failed");
    CHECK(read(record(10, 0, std::string(101, 0))) == "failed");
    CHECK(read(record(10, 0, "\5\1abc")) == "failed");
    CHECK(read(record(10, 0, "\377\377\377\377\1abc")) == "failed");
}

TEST_CASE("what a FastCGI application says of itself") {
    const std::string values = parameter("FCGI_MAX_REQS", "20") + parameter("FCGI_MPXS_CONNS", "1");
    CHECK(read(record(10, 0, values, 1) + record(6, 1, "x"), true) ==
          "FCGI_MAX_REQS=20 FCGI_MPXS_CONNS=1 values out1:x");
    CHECK(read(record(10, 0, ""), true) == "values");
    CHECK(read(record(11, 0, std::string(8, 0)), true) == "values");
    CHECK(read(record(6, 1, "x"), true) == "failed");
    CHECK(read(record(10, 1, values), true) == "failed");
    CHECK(read(record(10, 0, values)) == "FCGI_MAX_REQS=20 FCGI_MPXS_CONNS=1");
}

TEST_CASE("what a FastCGI application is sent") {
    base::Buffer out;
    append_fcgi_begin(out, 0x103, true);
    append_fcgi_begin(out, 1, false);
    append_fcgi_header(out, FcgiType::input, 0xabcd, 0x1234);
    CHECK(out.view() == "\1\1\1\3\0\10\0\0\0\1\1\0\0\0\0\0\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\5\xab\xcd\x12\x34\0\0"s);
    out.clear();
    append_fcgi_get_values(out);
    CHECK(out.view() == "\1\11\0\0\0\40\0\0\15\0FCGI_MAX_REQS\17\0FCGI_MPXS_CONNS"s);
}

TEST_CASE("FastCGI parameters") {
    CHECK(parameter("http_x-Forwarded.for", "a") == "\24\1HTTP_X_FORWARDED_FORa");
    CHECK(parameter("", "") == "\0\0"s);
    CHECK(parameter("a", std::string(127, 'v')) == "\1\177A" + std::string(127, 'v'));
    CHECK(parameter("a", std::string(128, 'v')) == "\1\200\0\0\200A"s + std::string(128, 'v'));
    CHECK(parameter("\xe9t\xe9", "\xe9") == "\3\1_T_\xe9");

    const std::string long_value(70000, 'v');
    const std::string text = parameter("one", "1") + parameter("two", long_value) + parameter("", "");
    std::string_view rest = text, name, value;
    REQUIRE(take_fcgi_parameter(rest, name, value));
    CHECK((name == "ONE" && value == "1"));
    REQUIRE(take_fcgi_parameter(rest, name, value));
    CHECK((name == "TWO" && value == long_value));
    REQUIRE(take_fcgi_parameter(rest, name, value));
    CHECK((name.empty() && value.empty() && rest.empty()));
    CHECK_FALSE(take_fcgi_parameter(rest, name, value));
    // Not all there, wherever it stops.
    const std::string one = parameter("name", std::string(200, 'v'));
    for (std::size_t size = 0; size < one.size(); ++size) {
        rest = std::string_view(one).substr(0, size);
        CHECK_FALSE(take_fcgi_parameter(rest, name, value));
    }
}
