#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

TEST_CASE("limits of compression, in the units of the words") {
    auto loaded = load(
        "global\n maxcomprate 10\n maxcompcpuusage 80\n maxzlibmem 3\n tune.comp.maxlevel 5\n tune.zlib.memlevel 2\n"
        " tune.zlib.windowsize 9\n");
    REQUIRE(loaded.config);
    const model::CompressionLimits& limits = loaded.config->global.compression;
    CHECK(limits.rate == 10240);
    CHECK(limits.least_idle == 20);
    CHECK(limits.memory == 3 * 1024 * 1024);
    CHECK(limits.level == 5);
    CHECK(limits.memory_level == 2);
    CHECK(limits.window_bits == 9);
    CHECK(messages(load("global\n tune.comp.maxlevel 10\n")).find("between 1 and 9") != std::string::npos);
}

TEST_CASE("what the process may have of the system") {
    auto loaded = load(
        "global\n fd-hard-limit 300\n no strict-limits\n set-dumpable\n tune.renice.startup -3\n mworker-max-reloads "
        "2\n"
        " cpu-map 1/2 5\n cpu-map auto:1/3-4 6-7\n");
    REQUIRE(loaded.config);
    const model::Global& global = loaded.config->global;
    CHECK(global.descriptors_limit == 300);
    CHECK_FALSE(global.strict_limits);
    CHECK(global.dumpable);
    CHECK(global.nice_at_start == -3);
    CHECK_FALSE(global.nice_later);
    CHECK(global.max_reloads == 2);
    using Processors = std::vector<std::uint16_t>;
    REQUIRE(global.thread_processors.size() >= 4);
    CHECK(global.thread_processors[0].empty());
    CHECK(global.thread_processors[1] == Processors{5});
    CHECK(global.thread_processors[2] == Processors{6});
    CHECK(global.thread_processors[3] == Processors{7});
    CHECK_FALSE(load("global\n set-dumpable\n no set-dumpable\n").config->global.dumpable);
}

TEST_CASE("which threads accept") {
    const auto threads_of = [](const std::string& option) {
        auto loaded = load(quiet("listen l\n bind :80 " + option + "\n server s 1.1.1.1:80\n"));
        REQUIRE(loaded.config);
        std::string numbers;
        for (std::uint32_t number = 1; number < 6; ++number)
            if (loaded.config->proxies.back()->binds[0].threads.contains(number)) numbers += std::to_string(number);
        return numbers;
    };
    CHECK(threads_of("") == "12345");
    CHECK(threads_of("thread all") == "12345");
    CHECK(threads_of("thread odd") == "135");
    CHECK(threads_of("thread even") == "24");
    CHECK(threads_of("thread 2") == "2");
    CHECK(threads_of("thread 4-2") == "234");
    CHECK(threads_of("thread 1/3-") == "345");
    CHECK(complaints("listen l\n bind :80 thread 0\n server s 1.1.1.1:80\n").find("not a valid number/range") !=
          std::string::npos);
    CHECK(complaints("global\n nbthread 2\nlisten l\n bind :80 thread 3\n server s 1.1.1.1:80\n") ==
          "A 10: Proxy 'l': 'thread' directive only references threads not belonging to the group in 'bind :80' at "
          "[t.cfg:10].\n");
}

TEST_CASE("tune.http.cookielen cuts what logs keep of a cookie") {
    auto loaded = load(quiet("frontend f\n bind :80\n capture cookie A len 200\n default_backend f\nbackend f\n"));
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies[0]->capture_cookie_length == 63);
    CHECK(messages(loaded) == "W 7: truncating capture length to 63 bytes for frontend 'f'.\n");
}

TEST_CASE("cc names an algorithm of TCP") {
    auto loaded = load(quiet("listen l\n bind :80 cc reno\n server s 1.1.1.1:80 cc cubic\n"));
    REQUIRE(loaded.config);
    CHECK(loaded.config->proxies[0]->binds[0].congestion == "reno");
    CHECK(loaded.config->proxies[0]->servers[0]->congestion == "cubic");
    CHECK(complaints("listen l\n bind :80 cc\n server s 1.1.1.1:80\n") ==
          "A 8: 'bind :80' in section 'listen' : 'cc' : missing TCP congestion control algorithm\n");
}
