#include "log/log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <thread>

#include "log/format.h"

using namespace cfgproxy;
using namespace cfgproxy::log;

// The thread sanitizer brings its own operator new: nothing is counted there.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

namespace {
thread_local std::size_t allocations = 0;
#ifdef __SANITIZE_THREAD__
constexpr bool kCounted = false;
#else
constexpr bool kCounted = true;
#endif
}  // namespace

#ifndef __SANITIZE_THREAD__
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace {

using model::LogFormatKind;
constexpr std::uint64_t kWhen = 1791201787042137;  // 5 Oct 2026 12:03:07 GMT

/// A datagram socket that takes what is logged.
class Receiver {
  public:
    explicit Receiver(int family) : fd_(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_storage any = {};
        any.ss_family = static_cast<sa_family_t>(family);
        if (family == AF_INET) reinterpret_cast<sockaddr_in&>(any).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (family == AF_INET6) reinterpret_cast<sockaddr_in6&>(any).sin6_addr = in6addr_loopback;
        const socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&any), length) == 0);
    }
    explicit Receiver(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        ::unlink(path.c_str());
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    ~Receiver() { ::close(fd_); }

    model::Endpoint endpoint() const {
        sockaddr_storage address = {};
        socklen_t length = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
        model::Endpoint e;
        e.ip = net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
        return e;
    }
    /// The next line; empty if there is none.
    std::string next() {
        char text[70000];
        const ssize_t got = ::recv(fd_, text, sizeof text, MSG_DONTWAIT);
        return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
    }
    int count() {
        int n = 0;
        while (!next().empty()) ++n;
        return n;
    }

  private:
    int fd_;
};

struct Folder {
    std::string path;
    Folder() {
        char name[] = "/tmp/log_test.XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() {
        ::unlink(socket().c_str());
        ::rmdir(path.c_str());
    }
    std::string socket() const { return path + "/log"; }
};

model::LogTarget target(model::Endpoint endpoint, LogFormatKind format = LogFormatKind::unspecified) {
    model::LogTarget t;
    t.endpoint = std::move(endpoint);
    t.format = format;
    return t;
}
model::Endpoint unix_endpoint(const std::string& path) {
    model::Endpoint e;
    e.kind = model::Endpoint::Kind::unix_path;
    e.path = path;
    return e;
}
Identity identity(std::string hostname = {}) { return {std::move(hostname), "haproxy", 321}; }

std::string sent(model::LogTarget t, std::string_view line, Identity who = identity(), Level level = kInfo,
                 std::string_view tag = {}, std::string_view data = {}) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    Receiver receiver(AF_INET);
    t.endpoint = receiver.endpoint();
    Logger logger(std::move(who));
    logger.send({t}, level, line, tag, kWhen, data);
    CHECK(receiver.next().empty());  // nothing leaves before flush()
    logger.flush();
    return receiver.next();
}

std::string in_format(LogFormatKind format, Identity who = identity(), std::string_view data = {}) {
    return sent(target({}, format), "hello", std::move(who), kInfo, {}, data);
}

}  // namespace

TEST_CASE("formats are dressed as HAProxy's") {
    CHECK(in_format(LogFormatKind::unspecified) == "<134>Oct  5 12:03:07 haproxy[321]: hello\n");
    CHECK(in_format(LogFormatKind::unspecified, identity("web1")) == "<134>Oct  5 12:03:07 web1 haproxy[321]: hello\n");
    CHECK(in_format(LogFormatKind::local, identity("web1")) == "<134>Oct  5 12:03:07 haproxy[321]: hello\n");
    CHECK(in_format(LogFormatKind::rfc3164) == "<134>Oct  5 12:03:07 localhost haproxy[321]: hello\n");
    CHECK(in_format(LogFormatKind::rfc5424) == "<134>1 2026-10-05T12:03:07.042137+00:00 - haproxy 321 - - hello\n");
    CHECK(in_format(LogFormatKind::rfc5424, identity("web1"), "[a@1 b=\"c\"]  ") ==
          "<134>1 2026-10-05T12:03:07.042137+00:00 web1 haproxy 321 - [a@1 b=\"c\"] hello\n");
    CHECK(in_format(LogFormatKind::raw) == "hello\n");
    CHECK(in_format(LogFormatKind::priority) == "<134>hello\n");
    CHECK(in_format(LogFormatKind::short_) == "<6>hello\n");
    CHECK(in_format(LogFormatKind::timed) == "<6>2026-10-05T12:03:07.042137+00:00 hello\n");
    CHECK(in_format(LogFormatKind::iso) == "2026-10-05T12:03:07.042137+00:00 hello\n");
}

TEST_CASE("level, facility, tag, ends of lines") {
    model::LogTarget t;
    t.facility = 3, t.level = 5, t.min_level = 4;
    CHECK(sent(t, "x", identity(), kInfo).empty());
    CHECK(sent(t, "x", identity(), kNotice) == "<29>Oct  5 12:03:07 haproxy[321]: x\n");
    CHECK(sent(t, "x", identity(), kAlert) == "<28>Oct  5 12:03:07 haproxy[321]: x\n");
    CHECK(sent(t, "x\n\n", identity(), kAlert, "other") == "<28>Oct  5 12:03:07 other[321]: x\n");
    t.facility = 0, t.level = 7, t.min_level = 0;
    CHECK(sent(t, "x", identity(), kEmerg) == "<0>Oct  5 12:03:07 haproxy[321]: x\n");
    CHECK(find_facility("local0") == 16);
    CHECK(find_facility("kern") == 0);
    CHECK(find_facility("local8") == -1);
    CHECK(find_level("emerg") == 0);
    CHECK(find_level("debug") == 7);
    CHECK(find_level("Debug") == -1);
}

TEST_CASE("lines are cut to length") {
    const std::string text(3000, 'x');
    model::LogTarget t;
    CHECK(sent(t, text).size() == 1025);
    CHECK(sent(t, text).substr(0, 40) == "<134>Oct  5 12:03:07 haproxy[321]: xxxxx");
    t.max_length = 80;
    CHECK(sent(t, text) == "<134>Oct  5 12:03:07 haproxy[321]: " + std::string(45, 'x') + "\n");
    t.format = LogFormatKind::raw;
    CHECK(sent(t, text).size() == 81);
    t.max_length = 1024;
    CHECK(sent(t, text).size() == 1024);  // no text is longer than the line buffer, which holds a NUL too
    t.max_length = 2000;
    Identity who = identity();
    who.max_line = 2000;
    CHECK(sent(t, text, who).size() == 2000);
    // A header that does not fit loses its last piece whole.
    who.tag = std::string(70, 't');
    t.max_length = 80, t.format = LogFormatKind::local;
    CHECK(sent(t, text, who) == "<134>Oct  5 12:03:07 \n");
}

TEST_CASE("both families, several targets, one socket per address") {
    Receiver v4(AF_INET), v6(AF_INET6);
    Logger logger(identity());
    std::vector<model::LogTarget> targets = {target(v4.endpoint()), target(v6.endpoint(), LogFormatKind::raw),
                                             target(v4.endpoint(), LogFormatKind::short_)};
    logger.send(targets, kErr, "one", {}, kWhen);
    logger.send(targets, kErr, "two", {}, kWhen);
    logger.flush();
    CHECK(v4.next() == "<131>Oct  5 12:03:07 haproxy[321]: one\n");
    CHECK(v4.next() == "<3>one\n");
    CHECK(v4.next() == "<131>Oct  5 12:03:07 haproxy[321]: two\n");
    CHECK(v4.count() == 1);
    CHECK(v6.next() == "one\n");
    CHECK(v6.next() == "two\n");
    CHECK(logger.sent() == 6);
    CHECK(logger.dropped() == 0);
    // The next generation's targets are the same by value: no new file descriptor.
    const int before = ::dup(0);
    const std::vector<model::LogTarget> again = {target(v6.endpoint(), LogFormatKind::raw)};
    logger.send(again, kErr, "three", {}, kWhen);
    logger.flush();
    CHECK(v6.next() == "three\n");
    const int after = ::dup(0);
    CHECK(after == before + 1);
    ::close(before);
    ::close(after);
}

TEST_CASE("a batch larger than one call leaves whole") {
    Receiver receiver(AF_INET);
    Logger logger(identity());
    const std::vector<model::LogTarget> targets = {target(receiver.endpoint(), LogFormatKind::raw)};
    for (int i = 0; i < 200; ++i) logger.send(targets, kInfo, std::to_string(i), {}, kWhen);
    logger.flush();
    for (int i = 0; i < 200; ++i) CHECK(receiver.next() == std::to_string(i) + "\n");
}

TEST_CASE("a steady flow of lines allocates nothing") {
    Receiver receiver(AF_INET);
    Folder folder;
    Receiver local(folder.socket());
    Logger logger(identity("web1"));
    const std::vector<model::LogTarget> targets = {target(receiver.endpoint()),
                                                   target(receiver.endpoint(), LogFormatKind::rfc5424),
                                                   target(unix_endpoint(folder.socket()), LogFormatKind::rfc3164)};
    const std::string_view captures[] = {"a{b", "plain"};
    Record record;
    record.client = *net::Address::parse_ip("192.0.2.1");
    record.frontend_name = "web", record.backend_name = "b", record.server_name = "s1";
    record.request_line = "GET /some/path?with=query&and=\"more\" HTTP/1.1";
    record.request_captures = captures, record.request_capture_count = 2;
    auto format = compile("%ci:%cp [%tr] %ft %b/%s %ST %hr %hs %{+Q}r %T %Tl", {}, Use::line);
    REQUIRE(format.ok());
    std::string text;
    std::uint64_t when = kWhen;
    std::size_t spent = 0;
    auto turn = [&] {
        const std::size_t before = allocations;
        for (int i = 0; i < 3; ++i) {
            record.accept_wall_us = record.request_wall_us = when += 400000;
            text.clear();
            append_http_line(record, text);
            logger.send(targets, kInfo, text, {}, when);
            text.clear();
            append_clf_line(record, text);
            append_tcp_line(record, text);
            render(**format, &record, sample::Context{}, text);
            logger.send(targets, kInfo, text, {}, when);
        }
        logger.flush();
        spent += allocations - before;
        receiver.count();
        local.count();
    };
    for (int i = 0; i < 3; ++i) turn();
    CHECK((spent > 0) == kCounted);  // buffers grow at first
    spent = 0;
    for (int i = 0; i < 10; ++i) turn();
    CHECK(spent == 0);
    CHECK(logger.dropped() == 0);
}

TEST_CASE("a UNIX socket is connected again when its daemon comes back") {
    Folder folder;
    const std::vector<model::LogTarget> targets = {target(unix_endpoint(folder.socket()), LogFormatKind::raw)};
    Logger logger(identity());
    auto say = [&](std::string_view line) {
        logger.send(targets, kInfo, line, {}, kWhen);
        logger.flush();
    };
    say("nobody there");
    CHECK(logger.dropped() == 1);
    CHECK(logger.problem() == "sendmsg()/writev() failed in logger #1: No such file or directory (errno=2)");
    {
        Receiver daemon(folder.socket());
        say("first");
        CHECK(daemon.next() == "first\n");
    }
    say("gone");
    CHECK(logger.dropped() == 2);
    Receiver daemon(folder.socket());
    say("again");
    CHECK(daemon.next() == "again\n");
    CHECK(logger.sent() == 2);
}

TEST_CASE("a prepared UNIX socket outlives its path, as in a chroot") {
    Folder folder;
    Receiver daemon(folder.socket());
    const std::vector<model::LogTarget> targets = {target(unix_endpoint(folder.socket()), LogFormatKind::raw)};
    Logger::prepare(targets);
    Logger::prepare(targets);
    ::unlink(folder.socket().c_str());
    Logger logger(identity());
    logger.send(targets, kInfo, "from inside", {}, kWhen);
    logger.flush();
    CHECK(daemon.next() == "from inside\n");
}

TEST_CASE("what a full socket refuses waits, and is dropped in the end") {
    Folder folder;
    Receiver daemon(folder.socket());
    const std::vector<model::LogTarget> targets = {target(unix_endpoint(folder.socket()), LogFormatKind::raw)};
    Logger logger(identity());
    const std::string text(900, 'x');
    std::uint64_t lines = 0;
    auto expected = [&](std::uint64_t i) { return std::to_string(i) + text + "\n"; };
    while (!logger.waiting() && lines < 100000) {
        for (int i = 0; i < 7; ++i) logger.send(targets, kInfo, std::to_string(lines++) + text, {}, kWhen);
        logger.flush();
    }
    REQUIRE(logger.waiting());
    CHECK(logger.dropped() == 0);
    CHECK(logger.sent() < lines);
    const std::uint64_t there = logger.sent();
    for (std::uint64_t i = 0; i < there; ++i) CHECK(daemon.next() == expected(i));
    CHECK(daemon.next().empty());
    logger.flush();
    CHECK_FALSE(logger.waiting());
    for (std::uint64_t i = there; i < lines; ++i) CHECK(daemon.next() == expected(i));
    CHECK(logger.sent() == lines);
    for (std::uint64_t i = 0; i < lines + 200; ++i) logger.send(targets, kInfo, text, {}, kWhen);
    logger.flush();
    CHECK(logger.dropped() > 0);
    CHECK(logger.sent() + logger.dropped() <= lines + lines + 200);
    CHECK(logger.problem().empty());
}

TEST_CASE("file descriptors get whole lines") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    model::Endpoint e;
    e.kind = model::Endpoint::Kind::fd;
    e.fd = ends[1];
    std::vector<model::LogTarget> targets = {target(e, LogFormatKind::raw)};
    Logger logger(identity());
    const std::string text(3000, 'x');
    for (int i = 0; i < 3; ++i) logger.send(targets, kInfo, text, {}, kWhen);
    logger.send(targets, kInfo, "short", {}, kWhen);
    logger.flush();
    char got[8192];
    const ssize_t length = ::read(ends[0], got, sizeof got);
    const std::string cut = std::string(1023, 'x') + "\n";
    CHECK(std::string(got, static_cast<std::size_t>(length)) == cut + cut + cut + "short\n");
    targets[0].max_length = 100;  // counts the newline here
    targets[0].format = LogFormatKind::short_;
    logger.send(targets, kInfo, text, {}, kWhen);
    logger.flush();
    CHECK(::read(ends[0], got, sizeof got) == 100);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("each thread has its Logger, and a child goes on after fork") {
    Receiver receiver(AF_INET);
    Folder folder;
    Receiver daemon(folder.socket());
    const std::vector<model::LogTarget> targets = {target(receiver.endpoint(), LogFormatKind::raw),
                                                   target(unix_endpoint(folder.socket()), LogFormatKind::raw)};
    Logger::prepare(targets);
    std::atomic<int> local = 0;
    auto work = [&] {
        Logger logger(identity());
        for (int i = 0; i < 50; ++i) {
            logger.send(targets, kInfo, "thread", {}, kWhen);
            logger.flush();
            while (!daemon.next().empty()) ++local;
        }
    };
    std::thread a(work), b(work);
    a.join();
    b.join();
    local += daemon.count();
    CHECK(receiver.count() == 100);
    CHECK(local == 100);
    Logger logger(identity());
    logger.send(targets, kInfo, "before", {}, kWhen);
    logger.flush();
    const pid_t child = ::fork();
    if (child == 0) {
        logger.set_identity({"", "child", 7});
        logger.send({target(receiver.endpoint(), LogFormatKind::local)}, kInfo, "after", {}, kWhen);
        logger.flush();
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(receiver.next() == "before\n");
    CHECK(receiver.next() == "<134>Oct  5 12:03:07 child[7]: after\n");
}
