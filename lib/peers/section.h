#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/config.h"
#include "net/loop.h"
#include "peers/link.h"
#include "peers/peer.h"
#include "server/stick_table.h"

namespace cfgproxy::peers {

/// A running `peers` section: its peers, the tables that they share, the connections between them, and who teaches
/// whom. Lives on through reloads, found by name. Thread 0, as all that is of peers.
class Section final : private LinkOwner, private net::Timer {
  public:
    /// What the section is told of the process.
    struct Process {
        std::uint32_t pid = 0;
        bool has_old_ones = false;   ///< -sf or -st: an old process will teach this one
        std::function<void()> tell;  ///< connections may have come or gone
    };
    Section(net::Loop& loop, Process process, const model::Peers& config);
    ~Section() override;

    /// What was resynchronized, by HAProxy's bits.
    enum Flags : std::uint32_t {
        kLocalFinished = 1,   ///< the old process has taught us, or will not
        kRemoteFinished = 2,  ///< so has a remote peer
        kAssigned = 4,        ///< a peer is about to teach us
        // What has happened at least once:
        kLocalTimeout = 0x00100000,
        kRemoteTimeout = 0x00200000,
        kLocalAbort = 0x00400000,
        kRemoteAbort = 0x00800000,
        kLocalTaughtAll = 0x01000000,
        kRemoteTaughtAll = 0x02000000,
        kLocalTaughtPart = 0x04000000,
        kRemoteTaughtPart = 0x08000000,
        kLocalAssigned = 0x10000000,
        kRemoteAssigned = 0x20000000,
    };

    /// Takes over a configuration: peers and tables of the same names go on. `tables[i]` runs config.tables[i].
    void adopt(std::shared_ptr<const model::Config> config, const model::Peers& section,
               const std::vector<std::shared_ptr<server::StickTable>>& tables);
    /// A connection has come.
    void accept(int fd, const net::Address& from, const net::Address& to, std::unique_ptr<net::Tls> tls);
    /// The process stops: remote peers are left, and a new process is taught.
    void begin_stop();
    /// The process may leave, as far as this section goes.
    bool is_done() const { return !holds_process_; }

    const std::string& name() const { return name_; }
    std::uint32_t count_active() const;     ///< peers with whom a connection is there, or is made
    std::uint32_t count_connected() const;  ///< those whose handshake has succeeded

    struct Entry {
        Peer peer;
        std::shared_ptr<const model::Server> server;  ///< where it is; its configuration is kept alive
    };
    // For `show peers`.
    const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }
    std::uint32_t flags() const { return flags_; }
    Time resync_timeout() const { return resync_timeout_; }
    std::uint64_t turns() const { return turns_; }
    bool is_disabled() const { return section_->disabled; }
    std::uint64_t since_wall_us() const { return since_wall_us_; }
    const Link* link_of(const Peer& peer) const;
    Time now() override { return loop_.now_ms(); }

  private:
    struct Wake;
    // SessionHost, LinkOwner
    const std::string& local_name() const override { return section_->local_name; }
    std::uint32_t pid() const override { return process_.pid; }
    std::uint32_t shards() const override { return section_->shards; }
    std::uint32_t max_updates() const override { return config_->global.peers_max_updates; }
    Peer* find(std::string_view name) override;
    void replace(Peer& peer, Session& session) override;
    void on_started(Peer& peer) override;
    void wake() override;
    bool is_up_to_date() const override { return (flags_ & kFinished) == kFinished; }
    bool is_stopping() const override { return stopping_; }
    void on_closed(Link& link) override;

    static constexpr std::uint32_t kFinished = kLocalFinished | kRemoteFinished;
    bool wants_local() const { return (flags_ & kFinished) == 0; }
    bool wants_remote() const { return (flags_ & kFinished) == kLocalFinished; }
    bool is_past(Time time) { return time != kNoTime && time <= now(); }
    Time soon(Time ms) { return now() + ms; }
    Time random_soon();

    void on_timer() override;
    void on_updates();
    void take_tables(const std::vector<std::shared_ptr<server::StickTable>>& tables);
    void follow(std::vector<std::shared_ptr<const SectionTable>> tables);
    void call(Entry& entry);
    void leave(Peer& peer);
    void say(Peer& peer);
    // What the timer does.
    void run();
    void run_stopping();
    void tend(Entry& entry);
    void tend_connected(Peer& peer);
    void assign(Peer& peer);
    void settle(Peer& peer);
    void settle_lesson(Peer& peer);
    bool finish_shard(Peer& peer);
    void forget_lesson(Peer& peer);
    void teach_new_process();
    void look_again_at(Time time);
    bool has_news(const Peer& peer) const;

    net::Loop& loop_;
    Process process_;
    std::string name_;
    std::shared_ptr<const model::Config> config_;
    const model::Peers* section_ = nullptr;
    std::vector<std::unique_ptr<Entry>> entries_;  ///< the one that was declared last comes first
    std::vector<std::shared_ptr<const SectionTable>> tables_;
    std::vector<Link*> links_;
    std::shared_ptr<Wake> wake_;
    std::uint32_t flags_ = 0;
    std::uint32_t next_table_id_ = 1;
    Time resync_timeout_ = kNoTime, look_again_ = kNoTime;
    std::uint64_t turns_ = 0, since_wall_us_ = 0;
    bool stopping_ = false, holds_process_ = false, closing_ = false;
};

}  // namespace cfgproxy::peers
