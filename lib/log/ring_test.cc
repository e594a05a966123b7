#include "log/ring.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

using namespace cfgproxy;
using log::Ring;

namespace {

std::string content(Ring& ring) {
    std::string text;
    ring.read(ring.first(), 1 << 20, '|', text);
    return text;
}

}  // namespace

TEST_CASE("a ring keeps what fits, the newest lines") {
    Ring ring("r", "d", 40);
    ring.append("one");
    ring.append("two");
    CHECK(content(ring) == "one|two|");
    ring.append("three");
    ring.append("four");
    CHECK(content(ring) == "two|three|four|");
    CHECK(ring.first() == 1);
    CHECK(ring.next() == 4);
    CHECK(ring.dropped() == 0);
    ring.append(std::string(41, 'x'));
    CHECK(content(ring) == "two|three|four|");
    CHECK(ring.dropped() == 1);
    ring.append(std::string(32, 'y'));
    CHECK(content(ring) == std::string(32, 'y') + "|");
}

TEST_CASE("a reader that is late loses lines, and they are counted") {
    Ring ring("r", "d", 33);
    ring.append("aaa");
    std::string text;
    std::uint64_t next = ring.read(0, 1, '\n', text);
    CHECK(text == "aaa\n");
    CHECK(next == 1);
    for (int i = 0; i < 5; ++i) ring.append("bbb");
    next = ring.read(next, 1000, '\n', text);
    CHECK(next == 6);
    CHECK(ring.dropped() == 2);
    CHECK(text == "aaa\nbbb\nbbb\nbbb\n");
}

TEST_CASE("a listener is told once until it asks again") {
    Ring ring("r", "d", 1000);
    int told = 0;
    ring.set_listener(&told, [&] { ++told; });
    ring.append("a");
    ring.append("b");
    CHECK(told == 1);
    ring.rearm(&told);
    ring.append("c");
    CHECK(told == 2);
    ring.set_listener(&told, nullptr);
    ring.append("d");
    CHECK(told == 2);
}

TEST_CASE("a smaller size drops the oldest lines") {
    Ring ring("r", "d", 1000);
    for (const char* line : {"aa", "bb", "cc"}) ring.append(line);
    model::LogRing section;
    section.size = 20;
    section.description = "new";
    ring.configure(section);
    CHECK(content(ring) == "bb|cc|");
    CHECK(ring.description() == "new");
}

TEST_CASE("a backing file holds the lines, the one before it is kept") {
    const std::string path = "/tmp/cfgproxy-ring-" + std::to_string(::getpid());
    std::ofstream(path) << "old";
    {
        Ring ring("r", "d", 4000);
        REQUIRE(ring.back_with(path));
        ring.append("first");
        ring.append("second");
    }
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    CHECK(text.size() == 4096);
    CHECK(text.starts_with(std::string("first\nsecond\n\0", 14)));
    std::ifstream old(path + ".bak");
    std::string before((std::istreambuf_iterator<char>(old)), {});
    CHECK(before == "old");
    ::unlink(path.c_str());
    ::unlink((path + ".bak").c_str());
    Ring broken("r", "d", 4000);
    CHECK_FALSE(broken.back_with("/nonexistent/ring"));
}
