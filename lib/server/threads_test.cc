// Many threads at once on one backend: nothing is lost, round robin stays strict. Meant for the thread sanitizer too.
#include <catch2/catch.hpp>
#include <thread>

#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

/// A stream that waits on its own thread for what others post.
struct ThreadUser : ServerUser {
    std::atomic<int> answers{0};
    std::atomic<Server*> got{nullptr};
    void on_slot(Server* server) override {
        got.store(server);
        answers.fetch_add(1);
    }
    void on_shutdown(char) override {}
};

/// Takes and gives back `count` slots, waiting in queues where it must. How many sessions it had.
int work(Backend& backend, int count, bool gives_up) {
    int had = 0;
    for (int i = 0; i < count; ++i) {
        ThreadUser user;
        PickRequest request;
        request.user = &user;
        request.now_ms = static_cast<std::uint64_t>(i);
        Pick pick = backend.pick(request);
        if (pick.outcome == Pick::Outcome::none || pick.outcome == Pick::Outcome::full) {
            std::this_thread::yield();
            continue;
        }
        Server* server = pick.server;
        if (pick.outcome == Pick::Outcome::queued) {
            if (gives_up && i % 3 == 0 && backend.cancel(user)) continue;
            while (user.answers.load() == 0) std::this_thread::yield();
            server = user.got.load();
            if (!server) continue;  // choose again: done
        }
        ++had;
        backend.attach(*server, user);
        if (i % 7 == 0) std::this_thread::yield();
        backend.detach(*server, user);
        backend.leave(*server);
    }
    return had;
}

}  // namespace

TEST_CASE("two requests in a row go to two servers, whatever thread they are on") {
    TestSink sink;
    auto proxy = make_proxy({1, 1});
    Backend backend(*proxy, 2, sink);
    std::atomic<int> counts[2] = {};
    auto run = [&] {
        for (int i = 0; i < 5000; ++i) {
            Pick pick = backend.pick({});
            counts[pick.server->config().index].fetch_add(1);
            backend.leave(*pick.server);
        }
    };
    std::thread a(run), b(run);
    a.join();
    b.join();
    CHECK(counts[0] == 5000);
    CHECK(counts[1] == 5000);
}

TEST_CASE("nobody waits for ever and no slot is lost") {
    for (auto algorithm : {model::Algorithm::roundrobin, model::Algorithm::leastconn, model::Algorithm::random}) {
        TestSink sink;
        auto proxy = make_proxy({1, 1}, algorithm);
        for (auto& server : proxy->servers) server->max_connections = 1;
        Backend backend(*proxy, 4, sink);
        std::vector<std::thread> threads;
        std::atomic<int> had{0};
        for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { had.fetch_add(work(backend, 3000, i % 2 == 0)); });
        for (auto& thread : threads) thread.join();
        CHECK(had > 6000);
        CHECK(backend.total_queued == 0);
        CHECK(backend.queue.get() == 0);
        for (auto& server : backend.servers()) {
            CHECK(server->sessions.get() == 0);
            CHECK(server->sessions.max() == 1);
        }
    }
}

TEST_CASE("states, weights and configurations change under load") {
    TestSink sink;
    auto one = make_proxy({1, 2, 3});
    auto two = make_proxy({3, 1});
    for (auto* proxy : {one.get(), two.get()}) {
        proxy->options.redispatch = true;
        for (auto& server : proxy->servers) server->max_connections = 2;
    }
    Backend backend(*one, 4, sink);
    auto held = backend.servers();  // as a generation does
    std::atomic<bool> stop{false};
    std::thread changes([&] {
        for (int i = 0; !stop.load(); ++i) {
            Server& server = *held[static_cast<std::size_t>(i) % 2];
            switch (i % 6) {
                case 0:
                    backend.set_health(server, Health::down, {});
                    break;
                case 1:
                    backend.set_health(server, Health::up, {});
                    break;
                case 2:
                    backend.set_maintenance(server);
                    break;
                case 3:
                    backend.set_ready(server);
                    break;
                case 4:
                    CHECK(backend.set_weight(server, i % 4 ? "50%" : "100%").ok());
                    break;
                case 5:
                    backend.adopt(i % 12 == 5 ? *two : *one);
                    break;
            }
            backend.check_done(server, CheckStatus::l4_ok, 0, 1, {});
            backend.tick();
            (void)server.check();
            (void)backend.find("s1")->address();
            std::this_thread::yield();
        }
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { work(backend, 3000, false); });
    for (auto& thread : threads) thread.join();
    stop.store(true);
    changes.join();
    CHECK(backend.total_queued == 0);
    for (auto& server : held) CHECK(server->sessions.get() == 0);
}

}  // namespace cfgproxy::server
