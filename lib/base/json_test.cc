#include "base/json.h"

#include <catch2/catch.hpp>

#include "base/json_reader.h"

using namespace cfgproxy::base;

TEST_CASE("JSON strings are UTF-8 whatever the bytes were") {
    CHECK(json_string("a\"b\\c\n\t\x01\x7f") == R"("a\"b\\c\n\t\u0001\u007f")");
    CHECK(json_string("gr\xc3\xbc\xc3\x9f") == "\"gr\xc3\xbc\xc3\x9f\"");
    CHECK(json_string("\xe9\xff") == R"("\ufffd\ufffd")");            // Latin-1
    CHECK(json_string("\xc0\xaf") == R"("\ufffd\ufffd")");            // overlong
    CHECK(json_string("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");  // half a surrogate pair
    CHECK(json_string("\xe2\x82") == R"("\ufffd\ufffd")");            // cut short
}

TEST_CASE("a JSON document is indented, empty containers stay on their line") {
    JsonWriter json;
    json.open('{');
    json.member("name", "a");
    json.key("list");
    json.open('[');
    json.value(1);
    json.value(true);
    json.open('{');
    json.close();
    json.close();
    json.key("none");
    json.null();
    json.close();
    CHECK(json.take() ==
          "{\n  \"name\": \"a\",\n  \"list\": [\n    1,\n    true,\n    {}\n  ],\n  \"none\": null\n}\n");
}

TEST_CASE("JSON is read as RFC 8259 has it") {
    auto read = parse_json(" {\"a\": [1, -2.5e1, true, false, null], \"b\": \"x\\u00fc\\ud83d\\ude00\\n\"} ");
    REQUIRE(read.ok());
    CHECK(read->items_of("a").size() == 5);
    CHECK(read->items_of("a")[1].number == -25);
    CHECK(read->items_of("a")[2].truth);
    CHECK_FALSE(read->items_of("a")[3].truth);
    CHECK(read->text_of("b") == "x\xc3\xbc\xf0\x9f\x98\x80\n");
    CHECK(read->find("c") == nullptr);
    CHECK(read->items_of("b").empty());
}

TEST_CASE("what is no JSON is refused with its place") {
    CHECK(parse_json("").error() == "a value is expected at byte 1");
    CHECK(parse_json("[1,]").error() == "a value is expected at byte 4");
    CHECK(parse_json("01").ok() == false);
    CHECK(parse_json("1 2").error() == "something stands behind the document at byte 3");
    CHECK(parse_json("\"a").error() == "a string has no end at byte 3");
    CHECK(parse_json("\"\\ud800\"").ok() == false);
    CHECK(parse_json("{\"a\" 1}").error() == "':' expected at byte 6");
    CHECK(parse_json(std::string(200, '[')).error() == "nested too deeply at byte 102");
    CHECK(parse_json("tru").ok() == false);
}
