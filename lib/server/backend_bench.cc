// How long pick() and leave() take: the algorithms with few and many servers, and one backend shared by threads.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

constexpr int kRounds = 300000;

double time_ns(Backend& backend, const PickRequest& request) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) backend.leave(*backend.pick(request).server);
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    return spent.count() / kRounds;
}

void run(const char* name, model::Algorithm algorithm, std::uint32_t servers, bool weights, std::uint32_t max,
         bool consistent = false) {
    std::vector<std::uint32_t> list;
    for (std::uint32_t i = 0; i < servers; ++i) list.push_back(weights ? 1 + i % 10 : 1);
    auto proxy = make_proxy(list, algorithm);
    if (consistent) proxy->balance.hash_type = model::HashType::consistent;
    for (auto& server : proxy->servers) server->max_connections = max;
    TestSink sink;
    Backend backend(*proxy, 1, sink);
    sample::Context context;
    context.src = net::Address::parse_ip("192.0.2.7").value();
    PickRequest request{.context = &context};
    fmt::print("{:<11} {:>4} servers{}{}{}: {:6.1f} ns\n", name, servers, weights ? ", weights" : "",
               max ? ", maxconn" : "", consistent ? ", consistent" : "", time_ns(backend, request));
}

void run_threads(int count) {
    auto proxy = make_proxy({1, 1, 1, 1});
    TestSink sink;
    Backend backend(*proxy, 4, sink);
    std::vector<std::thread> threads;
    std::vector<double> times(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] { times[static_cast<std::size_t>(i)] = time_ns(backend, {}); });
    for (auto& thread : threads) thread.join();
    double sum = 0;
    for (double t : times) sum += t;
    fmt::print("roundrobin, {} threads on one backend: {:6.1f} ns\n", count, sum / count);
}

}  // namespace
}  // namespace cfgproxy::server

int main() {
    using namespace cfgproxy::server;
    using cfgproxy::model::Algorithm;
    for (std::uint32_t n : {2u, 10u, 1000u}) {
        run("roundrobin", Algorithm::roundrobin, n, false, 0);
        run("roundrobin", Algorithm::roundrobin, n, true, 0);
        run("roundrobin", Algorithm::roundrobin, n, false, 10);
        run("static-rr", Algorithm::static_rr, n, true, 0);
        run("leastconn", Algorithm::leastconn, n, false, 0);
        run("leastconn", Algorithm::leastconn, n, true, 0);
        run("first", Algorithm::first, n, false, 0);
        run("random", Algorithm::random, n, false, 0);
        run("source", Algorithm::source, n, false, 0);
        run("source", Algorithm::source, n, false, 0, true);
    }
    run_threads(1);
    run_threads(2);
}
