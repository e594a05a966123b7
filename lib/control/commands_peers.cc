// `show peers` (management.txt 9.3), in HAProxy's layout. Pointers are those of our objects.
#include <fmt/format.h>

#include <ctime>

#include "base/text.h"
#include "control/cli_command.h"
#include "control/text.h"
#include "engine/peer_sections.h"

namespace cfgproxy::control {
namespace {

using peers::kNoTime;
using peers::Lesson;
using peers::Peer;
using peers::Section;
using peers::Session;
using peers::SharedTable;

// Since then the states of peers are shown, and flags have other numbers.
constexpr base::Release kShowsStates{3, 0};
// Until then a table had a number of the last update that was pushed.
constexpr base::Release kNoCommits{3, 2};

std::string time_until(Section& section, peers::Time time) {
    if (time == kNoTime) return "<NEVER>";
    const peers::Time now = section.now();
    return time <= now ? "<PAST>" : human_time(static_cast<std::int64_t>((time - now) / 1000));
}

std::string time_since(Section& section, peers::Time time) {
    return time == kNoTime ? "<NEVER>" : human_time(static_cast<std::int64_t>((section.now() - time) / 1000));
}

std::string_view name_of_status(std::uint32_t status) {
    switch (status) {
        case peers::kConnecting:
            return "CONN";
        case peers::kConnected:
            return "HSHK";
        case peers::kSuccess:
            return "ESTA";
        case peers::kTryAgain:
            return "RETR";
        case peers::kBadProtocol:
            return "PROT";
        case peers::kBadVersion:
            return "VERS";
        case peers::kWrongName:
            return "NAME";
        case peers::kUnknownPeer:
            return "UNKN";
        default:
            return "NONE";
    }
}

constexpr std::string_view kStates[] = {"STOPPED", "STARTING", "RUNNING", "STOPPING"};
constexpr std::string_view kLessons[] = {"NOTASSIGNED", "ASSIGNED", "PROCESSING", "FINISHED"};

/// As 2.x numbered them.
std::uint32_t old_flags(const Section& section) { return (section.flags() & 7) | section.flags() >> 16; }

std::uint32_t old_flags(const Peer& peer) {
    constexpr std::pair<std::uint32_t, std::uint32_t> kBits[] = {
        {Peer::kInLesson, 1},          {Peer::kTaught, 8},         {Peer::kLocalTaught, 16},
        {Peer::kPartial, 512},         {Peer::kAlive, 0x20000000}, {Peer::kHeartbeatDue, 0x40000000},
        {Peer::kSpeaksOld, 0x80000000}};
    std::uint32_t flags = peer.lesson == Lesson::none ? 0 : 256;
    for (const auto& [ours, theirs] : kBits)
        if (peer.flags & ours) flags |= theirs;
    return flags;
}

std::string date(std::uint64_t wall_us) {
    const auto seconds = static_cast<std::time_t>(wall_us / 1000000);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S", &parts)};
}

std::pair<std::string, int> address_of(const model::Endpoint& endpoint) {
    if (!endpoint.ip.is_ip()) return {"unix", 0};
    return {endpoint.ip.ip_text(), endpoint.ip.port() ? endpoint.ip.port() : endpoint.port_low};
}

/// Writes one section.
class Report {
  public:
    Report(std::string& to, Section& section, base::Release era, bool with_texts)
        : to_(to),
          section_(section),
          with_states_(era >= kShowsStates),
          with_commits_(era < kNoCommits),
          with_texts_(with_texts) {}

    void write() {
        put("{}: [{}] id={} disabled={} flags={:#x} resync_timeout={} task_calls={}\n", fmt::ptr(&section_),
            date(section_.since_wall_us()), section_.name(), section_.is_disabled() ? 1 : 0,
            with_states_ ? section_.flags() : old_flags(section_), time_until(section_, section_.resync_timeout()),
            section_.turns());
        for (const auto& entry : section_.entries()) write_peer(*entry);
    }

  private:
    template <class... Args>
    void put(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(to_), format, std::forward<Args>(args)...);
    }

    void write_peer(const Section::Entry& entry) {
        const Peer& peer = entry.peer;
        const auto [address, port] = address_of(entry.server->endpoint);
        put("  {}: id={}({},{}) addr={}:{}", fmt::ptr(&peer), peer.name, peer.is_local ? "local" : "remote",
            peer.session ? "active" : "inactive", address, port);
        if (with_states_)
            put(" app_state={} learn_state={}", kStates[static_cast<std::size_t>(peer.state)],
                kLessons[static_cast<std::size_t>(peer.lesson)]);
        put(" last_status={} last_hdshk={}\n", name_of_status(peer.status), time_since(section_, peer.last_handshake));
        put("        reconnect={} heartbeat={} confirm={} tx_hbt={} rx_hbt={} no_hbt={} new_conn={} proto_err={} "
            "coll={}\n",
            time_until(section_, peer.reconnect), time_until(section_, peer.heartbeat), peer.confirm,
            peer.heartbeats_sent, peer.heartbeats_received, peer.heartbeats_missed, peer.connects, peer.protocol_errors,
            peer.collisions);
        put("        flags={:#x}", with_states_ ? peer.flags : old_flags(peer));
        if (const peers::Link* link = section_.link_of(peer)) write_link(*link);
        write_current("remote_table", peer.remote_table);
        write_current("last_local_table", peer.local_table);
        if (!peer.tables.empty()) to_ += "\n        shared tables:";
        for (const auto& shared : peer.tables) write_table(peer, *shared);
        to_ += '\n';
    }

    void write_link(const peers::Link& link) {
        const Session& session = link.session();
        put(" appctx:{} st0={} st1={} task_calls={} state={}", fmt::ptr(&link), static_cast<int>(session.state()),
            session.status(), session.turns,
            link.is_established() ? "EST"
            : link.is_resting()   ? "TAR"
                                  : "CON");
        if (session.calls()) return;
        put("\n        xprt={}", link.is_secure() ? "SSL" : "RAW");
        if (link.from().is_ip()) put(" src={}:{}", link.from().ip_text(), link.from().port());
        if (link.to().is_ip()) put(" addr={}:{}", link.to().ip_text(), link.to().port());
    }

    void write_current(std::string_view name, const SharedTable* shared) {
        if (shared)
            put("\n        {}:{} id={} local_id={} remote_id={}", name, fmt::ptr(shared), shared->table().name(),
                shared->shared->local_id, shared->remote_id);
    }

    void write_table(const Peer& peer, const SharedTable& shared) {
        const server::StickTable& table = shared.table();
        put("\n          {} local_id={} remote_id={} flags={:#x} remote_data={:#x}", fmt::ptr(&shared),
            shared.shared->local_id, shared.remote_id, shared.flags, shared.remote_data);
        put("\n              last_acked={} last_pushed={} last_get={} teaching_origin={} update={}", shared.last_acked,
            shared.last_pushed, shared.last_get, shared.teaching_origin, shared.update);
        put("\n              table:{} id={} update={} localupdate={}", fmt::ptr(&table), table.name(),
            table.last_update(), table.last_local_update());
        if (with_commits_) put(" commitupdate={}", table.last_local_update());
        to_ += " refcnt=1";
        if (with_texts_)
            write_texts(peer);
        else
            to_ += "\n        Dictionary cache not dumped (use \"show peers dict\")";
    }

    void write_texts(const Peer& peer) {
        to_ += "\n        TX dictionary cache:";
        for (std::size_t i = 0; i < peers::kDictionarySize && !peer.sent.at(i).empty(); ++i)
            write_text(i, peer.sent.at(i));
        to_ += "\n        RX dictionary cache:";
        for (std::size_t i = 0; i < peers::kDictionarySize; ++i)
            write_text(i, peer.received.at(i).empty() ? "-" : std::string_view(peer.received.at(i)));
    }

    void write_text(std::size_t place, std::string_view text) {
        if (place % 4 == 0) to_ += "\n        ";
        put("  {:3} -> {}", place, text);
    }

    std::string& to_;
    Section& section_;
    bool with_states_, with_commits_, with_texts_;
};

void show_peers(CliCall& call) {
    std::size_t at = 0;
    const bool with_texts = call.argument(0) == "dict";
    if (with_texts || call.argument(0) == "-") ++at;  // "-": a section may be called dict
    const std::string_view name = call.argument(at);
    bool any = false;
    for (const auto& section : call.engine.peers().sections()) {
        if (!name.empty() && section->name() != name) continue;
        if (any) call.answer += '\n';
        any = true;
        Report(call.answer, *section, call.generation->config->era, with_texts).write();
    }
    if (!any && !name.empty()) call.error("No such peers\n");
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "show peers", .support = Support::done, .usage = "show peers [dict|-] [section]           : dump some information about all the peers or this peers section", .run = show_peers, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
