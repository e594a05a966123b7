#include "log/syslog_message.h"

#include <catch2/catch.hpp>

using cfgproxy::log::parse_syslog;

TEST_CASE("RFC 5424 is taken apart") {
    const auto m =
        parse_syslog("<165>1 2026-10-11T22:14:15.003Z host.example app 123 ID47 [x@1 a=\"\\]\"][y] some text");
    CHECK(m.facility == 20);
    CHECK(m.level == 5);
    CHECK(m.time == "2026-10-11T22:14:15.003Z");
    CHECK(m.host == "host.example");
    CHECK(m.tag == "app");
    CHECK(m.pid == "123");
    CHECK(m.message_id == "ID47");
    CHECK(m.structured_data == "[x@1 a=\"\\]\"][y]");
    CHECK(m.text == "some text");
    const auto nil = parse_syslog("<1>1 - - - - - - x");
    CHECK(nil.time == "-");
    CHECK(nil.host.empty());
    CHECK(nil.structured_data.empty());
    CHECK(nil.text == "x");
}

TEST_CASE("RFC 3164 is taken apart, with and without tag") {
    const auto m = parse_syslog("<34>Oct 11 22:14:15 mymachine su[77]: failed");
    CHECK(m.time == "Oct 11 22:14:15");
    CHECK(m.host == "mymachine");
    CHECK(m.tag == "su");
    CHECK(m.pid == "77");
    CHECK(m.text == "failed");
    CHECK(parse_syslog("<34>Oct  1 22:14:15 h cron: x").tag == "cron");
    CHECK(parse_syslog("<34>Oct  1 22:14:15 h no tag here").text == "no tag here");
}

TEST_CASE("what is no header stays text, the priority counts all the same") {
    CHECK(parse_syslog("hello").text == "hello");
    CHECK(parse_syslog("hello").level == -1);
    CHECK(parse_syslog("<9").text == "<9");
    CHECK(parse_syslog("<9x>a").text == "<9x>a");
    CHECK(parse_syslog("<9>").text.empty());
    const auto m = parse_syslog("<14>Foo  1 22:14:15 h x");
    CHECK(m.level == 6);
    CHECK(m.host.empty());
    CHECK(m.text == "Foo  1 22:14:15 h x");
    CHECK(parse_syslog("<14>1 2026-10-11T22:14:15Z h a p m [open").text == "1 2026-10-11T22:14:15Z h a p m [open");
    CHECK(parse_syslog("<14>1 2026-10-11T22:14:15.Z h a p m - x").text == "x");
    CHECK(parse_syslog("<99999999999999>x").level == -1);
}
