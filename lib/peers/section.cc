// The life of a section: configurations, connections that come and go. What it does in time is in section_sync.cc.
#include "peers/section.h"

#include <unistd.h>

#include <algorithm>
#include <random>

#include "base/hash.h"
#include "net/tls.h"

namespace cfgproxy::peers {
namespace {

// So many connections may come: a peer may call anew before it is seen that its last call has ended.
constexpr std::size_t kLinksPerPeer = 3;

/// A reload leaves a connection alone if it would lead to the same place.
bool is_same_place(const model::Server& a, const model::Server& b) {
    const net::TlsSettings &s = a.tls->settings, &t = b.tls->settings;
    return a.endpoint.text == b.endpoint.text && a.tls->on == b.tls->on && a.tls->ca_file == b.tls->ca_file &&
           a.tls->crl_file == b.tls->crl_file && a.tls->certificate == b.tls->certificate && s.verify == t.verify &&
           s.verify_host == t.verify_host;
}

}  // namespace

/// What tables hold on to, from any thread, while the section may go.
struct Section::Wake {
    explicit Wake(Section* section) : section(section) {}
    Section* section;
    std::atomic<bool> posted{false};
};

Section::Section(net::Loop& loop, Process process, const model::Peers& config)
    : loop_(loop),
      process_(std::move(process)),
      name_(config.name),
      wake_(std::make_shared<Wake>(this)),
      since_wall_us_(loop.wall_us()) {}

Section::~Section() {
    closing_ = true;
    wake_->section = nullptr;
    follow({});
    for (Link* link : links_) delete link;
}

// --- configuration -----------------------------------------------------------------------------------------------

void Section::adopt(std::shared_ptr<const model::Config> config, const model::Peers& section,
                    const std::vector<std::shared_ptr<server::StickTable>>& tables) {
    config_ = std::move(config);
    section_ = &section;
    std::vector<std::unique_ptr<Entry>> kept;
    for (auto peer = section.peers.rbegin(); peer != section.peers.rend(); ++peer) {
        const std::shared_ptr<const model::Server> server(config_, &peer->server);
        const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
            return entry && entry->peer.name == peer->name && entry->peer.is_local == peer->is_local;
        });
        if (known != entries_.end()) {
            kept.push_back(std::move(*known));
        } else {
            kept.push_back(std::make_unique<Entry>());
            kept.back()->peer.name = peer->name;
            kept.back()->peer.is_local = peer->is_local;
        }
        Entry& entry = *kept.back();
        entry.peer.shard = server->shard;
        if (entry.server && !is_same_place(*entry.server, *server)) {
            leave(entry.peer);
            entry.peer.status = kNone;
        }
        entry.server = server;
    }
    for (auto& entry : entries_)
        if (entry) leave(entry->peer);
    // What a link that ends looks at must be there until it has gone.
    std::vector<std::unique_ptr<Entry>> gone = std::move(entries_);
    entries_ = std::move(kept);
    for (auto& entry : gone) {
        if (!entry) continue;
        for (Link* link : std::vector<Link*>(links_))
            if (link->session().peer() == &entry->peer) link->close();
    }
    take_tables(tables);
    wake();
}

/// Tables of the section come first, the last one before the others; then those of proxies. As HAProxy numbers them.
void Section::take_tables(const std::vector<std::shared_ptr<server::StickTable>>& tables) {
    std::vector<const model::StickTable*> wanted;
    for (auto table = config_->tables.rbegin(); table != config_->tables.rend(); ++table)
        if (!is_disabled() && !(*table)->proxy && (*table)->peers == name_) wanted.push_back(table->get());
    for (const auto& table : config_->tables)
        if (!is_disabled() && table->proxy && table->peers == name_ && !table->proxy->disabled)
            wanted.push_back(table.get());
    std::vector<std::shared_ptr<const SectionTable>> taken;
    for (const model::StickTable* table : wanted) {
        auto made = std::make_shared<SectionTable>();
        made->table = tables[table->index];
        made->wire_name = table->proxy ? table->name : table->name.substr(table->name.find('/'));
        made->receive_only = table->receive_only;
        made->shard_seed = base::hash_xxh64(table->name, 0);
        if (!table->write_to.empty())
            if (const model::StickTable* to = config_->find_table(table->write_to)) made->write_to = tables[to->index];
        for (const auto& known : tables_)
            if (known->table == made->table) made->local_id = known->local_id;
        if (made->local_id == 0) made->local_id = next_table_id_++;
        taken.push_back(std::move(made));
    }
    follow(taken);
    for (auto& entry : entries_) {
        Peer& peer = entry->peer;
        std::vector<std::unique_ptr<SharedTable>> shared;
        for (auto table = taken.rbegin(); table != taken.rend(); ++table) {
            for (auto& known : peer.tables)
                if (known && known->shared->table == (*table)->table) shared.push_back(std::move(known));
            if (shared.empty() || shared.back()->shared->table != (*table)->table)
                shared.push_back(std::make_unique<SharedTable>(*table));
            shared.back()->shared = *table;
        }
        const auto is_gone = [&](const SharedTable* table) {
            return std::none_of(shared.begin(), shared.end(), [&](const auto& kept) { return kept.get() == table; });
        };
        if (is_gone(peer.remote_table)) peer.remote_table = nullptr;
        if (is_gone(peer.local_table)) peer.local_table = nullptr;
        peer.tables = std::move(shared);
        peer.next_table = 0;
    }
}

/// Is told of updates of these tables from now on, and no longer of others.
void Section::follow(std::vector<std::shared_ptr<const SectionTable>> tables) {
    for (const auto& known : tables_) {
        const bool stays =
            std::any_of(tables.begin(), tables.end(), [&](const auto& table) { return table->table == known->table; });
        if (!stays) known->table->follow_updates(this, nullptr);
    }
    for (const auto& table : tables)
        table->table->follow_updates(this, [wake = wake_, loop = &loop_] {
            if (wake->posted.exchange(true)) return;
            loop->post([wake] {
                wake->posted.store(false);
                if (wake->section) wake->section->on_updates();
            });
        });
    tables_ = std::move(tables);
}

void Section::on_updates() {
    for (const auto& table : tables_) table->table->list_updates();
    run();
}

// --- connections -------------------------------------------------------------------------------------------------

Peer* Section::find(std::string_view name) {
    for (auto& entry : entries_)
        if (entry->peer.name == name) return &entry->peer;
    return nullptr;
}

const Link* Section::link_of(const Peer& peer) const {
    for (const Link* link : links_)
        if (&link->session() == peer.session) return link;
    return nullptr;
}

std::uint32_t Section::count_active() const {
    return static_cast<std::uint32_t>(std::count_if(entries_.begin(), entries_.end(),
                                                    [](const auto& entry) { return entry->peer.session != nullptr; }));
}

std::uint32_t Section::count_connected() const {
    return static_cast<std::uint32_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
        return entry->peer.session && entry->peer.session->is_connected();
    }));
}

void Section::accept(int fd, const net::Address& from, const net::Address& to, std::unique_ptr<net::Tls> tls) {
    const auto came = std::count_if(links_.begin(), links_.end(), [](Link* link) { return !link->session().calls(); });
    if (static_cast<std::size_t>(came) >= kLinksPerPeer * entries_.size()) {
        ::close(fd);
        return;
    }
    links_.push_back(new Link(*this, loop_, fd, from, to, std::move(tls)));
    links_.back()->start();
}

void Section::call(Entry& entry) {
    Peer& peer = entry.peer;
    ++peer.connects;
    peer.reconnect = soon(stopping_ ? kLocalReconnectTimeout : kReconnectTimeout);
    peer.heartbeat = kNoTime;
    peer.status = kConnecting;
    peer.last_handshake = now();
    auto* link = new Link(*this, loop_, peer, entry.server, stopping_);
    links_.push_back(link);
    peer.session = &link->session();
    link->start();
}

/// Ends the peer's connection.
void Section::leave(Peer& peer) {
    Session* session = peer.session;
    if (!session) return;
    peer.forget_session();
    session->end();
    for (Link* link : links_)
        if (&link->session() == session) return link->wake();
}

void Section::on_closed(Link& link) {
    std::erase(links_, &link);
    link.session().forget_peer();
    loop_.retire(link);
    if (process_.tell) process_.tell();
}

/// Both ends call at the same time: the call that came counts. We wait a while before the next one, or both would end
/// the other's for ever.
void Section::replace(Peer& peer, Session&) {
    peer.reconnect = random_soon();
    leave(peer);
    peer.heartbeat = kNoTime;
    ++peer.collisions;
}

void Section::on_started(Peer& peer) {
    settle(peer);  // before anything is heard: it may be a lesson
    wake();
}

void Section::say(Peer& peer) {
    for (Link* link : links_)
        if (&link->session() == peer.session) return link->wake();
}

Time Section::random_soon() {
    static thread_local std::minstd_rand random{std::random_device{}()};
    return soon(50 + random() % 2000);
}

}  // namespace cfgproxy::peers
