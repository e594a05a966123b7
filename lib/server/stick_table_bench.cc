// How long a look-up and an update of a stick table take: run it alone.
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "server/stick_table.h"

using namespace cfgproxy;
using model::StickData;

namespace {

double nanoseconds_each(std::uint32_t threads, std::uint32_t keys, std::uint32_t size) {
    model::StickTable config;
    config.size = size;
    config.expire_ms = 60000;
    config.counts[static_cast<std::size_t>(StickData::http_req_rate)] = 1;
    config.periods[static_cast<std::size_t>(StickData::http_req_rate)] = 10000;
    server::StickTable table(config);
    constexpr std::uint32_t kRounds = 1000000;
    const auto work = [&](std::uint32_t seed) {
        for (std::uint32_t i = 0; i < kRounds; ++i) {
            seed = seed * 1664525u + 1013904223u;
            const std::uint32_t number = (seed >> 4) % keys;
            auto* entry = table.get({reinterpret_cast<const char*>(&number), sizeof number});
            if (!entry) continue;
            table.add(*entry, StickData::http_req_rate);
            table.touch_and_release(*entry);
        }
    };
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> all;
    for (std::uint32_t n = 0; n < threads; ++n) all.emplace_back(work, n + 1);
    for (auto& thread : all) thread.join();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    return spent.count() / kRounds / threads;
}

}  // namespace

int main() {
    for (std::uint32_t threads : {1u, 2u, 4u}) {
        std::printf("%u thread(s): 1000 keys %.0f ns, a million keys %.0f ns, a million in a table of 100000 %.0f ns\n",
                    threads, nanoseconds_each(threads, 1000, 1000000), nanoseconds_each(threads, 1000000, 1000000),
                    nanoseconds_each(threads, 1000000, 100000));
    }
}
