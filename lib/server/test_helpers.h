#pragma once
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/backend.h"

namespace cfgproxy::server {

/// Keeps what was logged.
struct TestSink : EventSink {
    struct Line {
        int level;
        std::string text, console;
        int mail_level = -1;
    };
    std::mutex mutex;
    std::vector<Line> lines;
    void on_server_event(const model::Proxy&, const Event& event) override {
        std::lock_guard lock(mutex);
        lines.push_back({event.level, std::string(event.text), std::string(event.console), event.mail_level});
    }
    /// The texts since the last call, one per line.
    std::string take() {
        std::lock_guard lock(mutex);
        std::string all;
        for (const Line& line : lines) all += (all.empty() ? "" : "\n") + line.text;
        lines.clear();
        return all;
    }
};

/// A waiting stream.
struct TestUser : ServerUser {
    int slots = 0;
    Server* got = nullptr;
    std::string shutdowns;
    void on_slot(Server* server) override { ++slots, got = server; }
    void on_shutdown(char cause) override { shutdowns.push_back(cause); }
};

/// A backend called "b" with servers "s1", "s2"... of the given weights.
inline std::unique_ptr<model::Proxy> make_proxy(const std::vector<std::uint32_t>& weights,
                                                model::Algorithm algorithm = model::Algorithm::roundrobin) {
    auto proxy = std::make_unique<model::Proxy>();
    proxy->name = "b";
    proxy->capabilities = model::kBackend;
    proxy->balance.algorithm = algorithm;
    for (std::uint32_t weight : weights) {
        auto server = std::make_unique<model::Server>();
        server->id = static_cast<std::uint32_t>(proxy->servers.size()) + 1;
        server->index = server->id - 1;
        server->name = "s" + std::to_string(server->id);
        server->weight = weight;
        server->proxy = proxy.get();
        proxy->servers.push_back(std::move(server));
    }
    return proxy;
}

/// The numbers of the servers that `count` requests in a row get, each ending before the next one.
inline std::string sequence(Backend& backend, int count, PickRequest request = {}) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        Pick pick = backend.pick(request);
        if (!pick.server) {
            text += "-";
            continue;
        }
        text += pick.server->name().substr(1);
        if (pick.outcome == Pick::Outcome::assigned) backend.leave(*pick.server);
    }
    return text;
}

}  // namespace cfgproxy::server
