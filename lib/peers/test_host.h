#pragma once
#include <memory>
#include <string>
#include <vector>

#include "peers/session.h"

namespace cfgproxy::peers {

/// A section without sockets: one table, one or two peers. For tests and fuzzers.
class TestHost final : public SessionHost {
  public:
    explicit TestHost(std::string name, const model::StickTable& layout, std::vector<std::string> others = {"B"})
        : name_(std::move(name)), table(std::make_shared<server::StickTable>(layout)) {
        table->follow_updates(this, [] {});
        auto shared = std::make_shared<SectionTable>();
        shared->table = table;
        shared->wire_name = "t";
        shared->local_id = 1;
        section_table = shared;
        others.push_back(name_);
        for (const std::string& other : others) {
            peers.push_back(std::make_unique<Peer>());
            peers.back()->name = other;
            peers.back()->is_local = other == name_;
            peers.back()->tables.push_back(std::make_unique<SharedTable>(shared));
        }
    }
    ~TestHost() { table->follow_updates(this, nullptr); }

    Time now() override { return time; }
    const std::string& local_name() const override { return name_; }
    std::uint32_t pid() const override { return 7; }
    std::uint32_t shards() const override { return shard_count; }
    std::uint32_t max_updates() const override { return most; }
    Peer* find(std::string_view name) override {
        for (auto& peer : peers)
            if (peer->name == name) return peer.get();
        return nullptr;
    }
    void replace(Peer& peer, Session&) override {
        peer.session->end();
        peer.forget_session();
    }
    void on_started(Peer& peer) override { peer.state = LinkState::running; }
    void wake() override { ++woken; }
    bool is_up_to_date() const override { return up_to_date; }
    bool is_stopping() const override { return stopping; }

    Peer& peer() { return *peers.front(); }
    Peer& local() { return *peers.back(); }
    SharedTable& shared() { return *peer().tables.front(); }

  private:
    std::string name_;

  public:
    std::shared_ptr<server::StickTable> table;
    std::shared_ptr<SectionTable> section_table;
    std::vector<std::unique_ptr<Peer>> peers;
    Time time = 1000;
    std::uint32_t most = 200, shard_count = 0, woken = 0;
    bool up_to_date = true, stopping = false;
};

}  // namespace cfgproxy::peers
