#include "sample/value.h"

#include <catch2/catch.hpp>
#include <string>

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

base::Arena arena;

std::string as_text(Value value) { return cast(value, Type::str, arena) ? std::string(value.text) : "(not)"; }

std::string through(Value value, Type type) {
    if (!cast(value, type, arena)) return "(not)";
    return as_text(value);
}

Value ip(std::string_view text) { return Value::of_ip(*net::Address::parse_ip(text)); }

}  // namespace

TEST_CASE("numbers become what the manual's table says") {
    CHECK(as_text(Value::of_int(INT64_MIN)) == "-9223372036854775808");
    CHECK(through(Value::of_int(0x01020304), Type::ipv4) == "1.2.3.4");
    CHECK(through(Value::of_int(0x01020304), Type::address) == "1.2.3.4");
    CHECK(through(Value::of_int(-1), Type::ipv6) == "::ffff:255.255.255.255");
    Value v = Value::of_int(258);
    CHECK(cast(v, Type::bin, arena));
    CHECK(v.text == std::string_view("\0\0\0\0\0\0\1\2", 8));
    CHECK(!cast(v = Value::of_int(1), Type::method, arena));
    CHECK(!cast(v = Value::of_bool(true), Type::ipv4, arena));
    CHECK(as_text(Value::of_bool(true)) == "1");
}

TEST_CASE("texts become numbers from their front, clamped") {
    CHECK(through(Value::of_text("12abc"), Type::sint) == "12");
    CHECK(through(Value::of_text("abc"), Type::sint) == "0");
    CHECK(through(Value::of_text("-5"), Type::sint) == "-5");
    CHECK(through(Value::of_text("+5"), Type::sint) == "5");
    CHECK(through(Value::of_text(""), Type::sint) == "(not)");
    CHECK(through(Value::of_text("99999999999999999999"), Type::sint) == "9223372036854775807");
    CHECK(through(Value::of_text("-99999999999999999999"), Type::sint) == "-9223372036854775808");
    CHECK(through(Value::of_text("9223372036854775808"), Type::sint) == "9223372036854775807");
    CHECK(through(Value::of_text("-9223372036854775808"), Type::sint) == "-9223372036854775808");
}

TEST_CASE("texts become addresses: IPv4 from the front, IPv6 as a whole") {
    CHECK(through(Value::of_text("1.2.3.4:80"), Type::address) == "1.2.3.4");
    CHECK(through(Value::of_text("1.2.3"), Type::address) == "(not)");
    CHECK(through(Value::of_text("1.2.3.4."), Type::ipv4) == "(not)");
    CHECK(through(Value::of_text("1..2.3"), Type::ipv4) == "(not)");
    CHECK(through(Value::of_text("256.2.3.4"), Type::ipv4) == "(not)");
    CHECK(through(Value::of_text("::1"), Type::address) == "::1");
    CHECK(through(Value::of_text("[::1]"), Type::address) == "(not)");
    CHECK(through(Value::of_text(""), Type::address) == "(not)");
    CHECK(through(Value::of_text("*"), Type::address) == "(not)");
    CHECK(through(Value::of_text("::1x"), Type::ipv6) == "(not)");
}

TEST_CASE("addresses become each other where they carry one another") {
    CHECK(through(ip("1.2.3.4"), Type::ipv6) == "::ffff:1.2.3.4");
    CHECK(through(ip("::ffff:1.2.3.4"), Type::ipv4) == "1.2.3.4");
    CHECK(through(ip("::1"), Type::ipv4) == "(not)");
    CHECK(through(ip("1.2.3.4"), Type::sint) == "16909060");
    Value v = ip("::1");
    CHECK(!cast(v, Type::sint, arena));
    CHECK((cast(v = ip("1.2.3.4"), Type::bin, arena) && v.text == "\1\2\3\4"));
    CHECK((cast(v = ip("::1"), Type::bin, arena) && v.text.size() == 16));
}

TEST_CASE("methods and bytes") {
    CHECK(as_text(Value::of_method(http::Method::get, "")) == "GET");
    CHECK(as_text(Value::of_method(http::Method::other, "FOO")) == "FOO");
    CHECK(as_text(Value::of_bytes(std::string_view("ab\0c", 4))) == "ab");
    Value v = Value::of_text("POST");
    CHECK((cast(v, Type::method, arena) && v.method == http::Method::post));
    CHECK(!cast(v = Value::of_bytes("1"), Type::sint, arena));
    CHECK(!can_cast(Type::bin, Type::sint));
    CHECK(can_cast(Type::any, Type::method));
    CHECK(can_cast(Type::address, Type::sint));
    CHECK(!can_cast(Type::method, Type::boolean));
    CHECK(name_of(Type::method) == "meth");
    CHECK(name_of(Type::address) == "addr");
}

TEST_CASE("what can be cast to nothing at run time is not claimed castable") {
    const Value samples[] = {Value::of_bool(true),
                             Value::of_int(5),
                             ip("1.2.3.4"),
                             ip("::ffff:1.2.3.4"),
                             Value::of_text("1.2.3.4"),
                             Value::of_bytes("1"),
                             Value::of_method(http::Method::get, "")};
    for (const Value& sample : samples)
        for (int to = 1; to < 9; ++to) {
            Value v = sample;
            if (!can_cast(sample.type, static_cast<Type>(to))) CHECK(!cast(v, static_cast<Type>(to), arena));
        }
}
