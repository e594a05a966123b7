// Many threads at once on one backend: nothing is lost, round robin stays strict. Meant for the thread sanitizer too.
#include <catch2/catch.hpp>
#include <condition_variable>
#include <thread>

#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

/// What is posted to a thread, as to a loop: outlives those who wait.
struct Mailbox {
    std::mutex mutex;
    std::condition_variable news;
    int answers = 0;
    Server* got = nullptr;

    void put(Server* server) {
        std::lock_guard lock(mutex);
        ++answers;
        got = server;
        news.notify_one();
    }
    Server* wait() {
        std::unique_lock lock(mutex);
        news.wait(lock, [&] { return answers > 0; });
        answers = 0;
        return got;
    }
};

struct ThreadUser : ServerUser {
    Mailbox& mailbox;
    explicit ThreadUser(Mailbox& m) : mailbox(m) {}
    void on_slot(Server* server) override { mailbox.put(server); }
    void on_shutdown(char) override {}
};

/// Takes and gives back `count` slots, waiting in queues where it must. How many sessions it had.
int work(Backend& backend, int count, bool gives_up) {
    int had = 0;
    Mailbox mailbox;
    for (int i = 0; i < count; ++i) {
        ThreadUser user(mailbox);
        PickRequest request;
        request.user = &user;
        request.now_ms = static_cast<std::uint64_t>(i);
        Pick pick = backend.pick(request);
        if (pick.outcome == Pick::Outcome::none || pick.outcome == Pick::Outcome::full) continue;
        Server* server = pick.server;
        if (pick.outcome == Pick::Outcome::queued) {
            if (gives_up && i % 3 == 0 && backend.cancel(user)) continue;
            server = mailbox.wait();
            if (!server) continue;  // choose again: done
        }
        ++had;
        backend.attach(*server, user);
        if (i % 16 == 0) std::this_thread::yield();  // so that the others meet full servers
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
        for (int i = 0; i < 2000; ++i) {
            Pick pick = backend.pick({});
            counts[pick.server->config().index].fetch_add(1);
            backend.leave(*pick.server);
        }
    };
    std::thread a(run), b(run);
    a.join();
    b.join();
    CHECK(counts[0] == 2000);
    CHECK(counts[1] == 2000);
}

TEST_CASE("nobody waits for ever and no slot is lost") {
    for (auto algorithm : {model::Algorithm::roundrobin, model::Algorithm::leastconn, model::Algorithm::random}) {
        TestSink sink;
        auto proxy = make_proxy({1, 1}, algorithm);
        for (auto& server : proxy->servers) server->max_connections = 1;
        Backend backend(*proxy, 4, sink);
        std::vector<std::thread> threads;
        std::atomic<int> had{0};
        for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { had.fetch_add(work(backend, 120, i % 2 == 0)); });
        for (auto& thread : threads) thread.join();
        CHECK(had > 240);
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
    std::thread changes([&] {
        for (int i = 0; i < 600; ++i) {
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
                    (void)backend.set_weight(server, i % 4 ? "50%" : "100%");
                    break;
                case 5:
                    backend.adopt(i % 12 == 5 ? *two : *one);
                    break;
            }
            backend.check_done(server, CheckStatus::l4_ok, 0, 1, {});
            backend.tick();
            (void)server.check();
            (void)backend.find("s1")->address();
            if (i % 8 == 0) std::this_thread::yield();
        }
        backend.adopt(*one);
        for (auto& server : held) {
            backend.set_ready(*server);
            backend.set_health(*server, Health::up, {});
        }
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { work(backend, 150, false); });
    for (auto& thread : threads) thread.join();
    changes.join();
    CHECK(backend.total_queued == 0);
    for (auto& server : held) CHECK(server->sessions.get() == 0);
}

}  // namespace cfgproxy::server
