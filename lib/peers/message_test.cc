#include "peers/message.h"

#include <catch2/catch.hpp>

namespace cfgproxy::peers {
namespace {

std::string encoded(std::uint64_t value) {
    std::string text;
    append_integer(text, value);
    return text;
}

}  // namespace

TEST_CASE("integers take as few bytes as the protocol has for them") {
    CHECK(encoded(0) == std::string(1, '\0'));
    CHECK(encoded(0xef) == "\xef");
    CHECK(encoded(0xf0) == std::string("\xf0\0", 2));
    CHECK(encoded(0x1234) == "\xf4\x94\x01");
    struct {
        std::uint64_t least;
        std::size_t bytes;
    } const kSteps[] = {
        {0xf0, 2},         {0x8f0, 3},          {0x408f0, 4},          {0x20408f0, 5},          {0x1020408f0, 6},
        {0x81020408f0, 7}, {0x4081020408f0, 8}, {0x204081020408f0, 9}, {0x10204081020408f0, 10}};
    for (const auto& step : kSteps) {
        CHECK(encoded(step.least - 1).size() == step.bytes - 1);
        CHECK(encoded(step.least).size() == step.bytes);
    }
    for (const std::uint64_t value :
         {0ull, 239ull, 240ull, 2287ull, 2288ull, 264432ull, 4328786160ull, ~0ull, ~0ull - 7}) {
        const std::string text = encoded(value);
        FieldReader reader(text);
        CHECK(reader.integer() == value);
        CHECK(reader.good());
        CHECK(reader.empty());
        for (std::size_t cut = 0; cut < text.size(); ++cut) {
            FieldReader part(std::string_view(text).substr(0, cut));
            CHECK(part.integer() == 0);
            CHECK_FALSE(part.good());
        }
    }
    FieldReader endless(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12));
    endless.integer();
    CHECK_FALSE(endless.good());
}

TEST_CASE("fields are taken until one is not whole") {
    FieldReader reader(
        std::string_view("\x01\x02\x03\x04"
                         "ab\x05",
                         7));
    CHECK(reader.word() == 0x01020304);
    CHECK(reader.bytes(2) == "ab");
    CHECK(reader.integer() == 5);
    CHECK(reader.good());
    CHECK(reader.bytes(~0ull).empty());
    CHECK_FALSE(reader.good());
    CHECK(reader.word() == 0);
}

TEST_CASE("frames are taken apart at any cut") {
    std::string input;
    append_short_frame(input, kControl, kHeartbeat);
    append_frame(input, kAck, "content");
    Frame frame;
    REQUIRE(read_frame(input, frame) == Framing::whole);
    CHECK(frame.message_class == kControl);
    CHECK(frame.type == kHeartbeat);
    CHECK(frame.size == 2);
    const std::string_view second = std::string_view(input).substr(2);
    for (std::size_t cut = 0; cut < second.size(); ++cut)
        CHECK(read_frame(second.substr(0, cut), frame) == Framing::incomplete);
    REQUIRE(read_frame(second, frame) == Framing::whole);
    CHECK(frame.message_class == kTable);
    CHECK(frame.type == kAck);
    CHECK(frame.content == "content");
    CHECK(frame.size == second.size());
}

TEST_CASE("a length that is none and one that is too great are told apart") {
    Frame frame;
    CHECK(read_frame("\x0a\x80\xff\xff\xff\xff", frame) == Framing::incomplete);
    CHECK(read_frame("\x0a\x80\xff\xff\xff\xff\xff", frame) == Framing::malformed);
    CHECK(read_frame("\x0a\x80" + encoded(kMaxContent + 1), frame) == Framing::oversized);
    CHECK(read_frame("\x0a\x80" + encoded(kMaxContent), frame) == Framing::incomplete);
}

}  // namespace cfgproxy::peers
