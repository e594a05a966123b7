#include "net/loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "net/connection.h"
#include "net/turn_clock.h"

using namespace cfgproxy;
using namespace cfgproxy::net;

TEST_CASE("timers fire in order, and one moved later fires once, later") {
    Loop loop;
    std::vector<int> fired;
    CallbackTimer a([&] { fired.push_back(1); }), b([&] { fired.push_back(2); }), c([&] { fired.push_back(3); });
    const auto now = loop.now_ms();
    a.set(loop, now + 30);
    b.set(loop, now + 10);
    c.set(loop, now + 5);
    c.set(loop, now + 50);
    while (fired.size() < 3 && loop.now_ms() < now + 2000) loop.turn(100);
    CHECK(fired == std::vector<int>{2, 1, 3});
    CHECK(loop.now_ms() >= now + 50);
}

TEST_CASE("a thousand timers, half of them cancelled") {
    Loop loop;
    int fired = 0;
    std::vector<std::unique_ptr<CallbackTimer>> timers;
    const auto now = loop.now_ms();
    for (int i = 0; i < 1000; ++i) {
        timers.push_back(std::make_unique<CallbackTimer>([&] { ++fired; }));
        timers.back()->set(loop, now + static_cast<std::uint64_t>((i * 7919) % 40));
    }
    for (int i = 0; i < 1000; i += 2) timers[i].reset();
    while (loop.now_ms() < now + 60) loop.turn(20);
    CHECK(fired == 500);
}

TEST_CASE("tasks posted by other threads run on the loop's thread in order") {
    Loop loop;
    std::vector<int> seen;
    std::thread other([&] {
        for (int i = 0; i < 100; ++i) loop.post([&, i] { seen.push_back(i); });
        loop.post([&] { loop.stop(); });
    });
    loop.run();
    other.join();
    REQUIRE(seen.size() == 100);
    for (int i = 0; i < 100; ++i) CHECK(seen[i] == i);
}

namespace {
struct Counter : Retired {
    explicit Counter(int& n) : gone(n) {}
    ~Counter() override { ++gone; }
    int& gone;
};
struct Owner : ConnectionOwner {
    int calls = 0;
    void on_io(Connection&) override { ++calls; }
};
}  // namespace

TEST_CASE("the retired are destroyed at the end of the turn") {
    Loop loop;
    int gone = 0;
    auto* object = new Counter(gone);
    loop.post([&] {
        loop.retire(*object);
        CHECK(gone == 0);
    });
    loop.turn(100);
    CHECK(gone == 1);
}

TEST_CASE("a short read means drained, and the peer's close is still seen") {
    Loop loop;
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    Owner owner;
    Connection connection(loop, pair[0]);
    connection.set_owner(&owner);
    base::Buffer buffer;
    CHECK(connection.receive(buffer) == Io::again);
    REQUIRE(write(pair[1], "abc", 3) == 3);
    ::close(pair[1]);  // data and close are there at once: one edge
    loop.turn(100);
    CHECK(owner.calls >= 1);
    CHECK(connection.receive(buffer) == Io::ok);
    CHECK(buffer.view() == "abc");
    CHECK(connection.can_receive());
    CHECK(connection.receive(buffer) == Io::closed);
}

TEST_CASE("the first turn has a clock of its own, not the one of the preparations") {
    Loop loop;
    const auto before = loop.now_us();
    ::usleep(20000);
    std::uint64_t seen = 0;
    loop.post([&] { seen = loop.now_us(); });
    loop.turn(1000);
    CHECK(seen >= before + 20000);
}

TEST_CASE("within a turn the thread's clock is the turn's") {
    CHECK(TurnClock::now_ms() == 0);
    Loop loop, other;
    loop.now_ms();
    CHECK(TurnClock::now_ms() == 0);
    std::uint64_t asleep = 0, read = 0, foreign = 0;
    loop.post([&] {
        asleep = TurnClock::now_ms();
        read = loop.now_ms();
        ::usleep(5000);
        other.refresh();
        foreign = TurnClock::now_ms();
    });
    loop.turn(1000);
    CHECK(asleep == 0);
    CHECK(read != 0);
    CHECK(foreign == read);
    CHECK(TurnClock::now_ms() == 0);
}

TEST_CASE("a loop knows how busy it is") {
    Loop loop;
    int turns = 0;
    CallbackTimer work([&] {
        ::usleep(60000);  // asleep or not: nobody else has the thread
        if (++turns == 10) return loop.stop();
        work.set(loop, loop.now_ms() + 1);
    });
    work.set(loop, loop.now_ms());
    loop.run();
    CHECK(loop.busy_percent() >= 50);
    CHECK(loop.busy_percent() <= 100);
}
