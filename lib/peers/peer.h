#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "peers/dictionary.h"
#include "peers/message.h"
#include "peers/shared_table.h"

namespace cfgproxy::peers {

class Session;

/// A time of the loop's clock in ms; kNoTime: none.
using Time = std::uint64_t;
constexpr Time kNoTime = 0;

constexpr Time kResyncTimeout = 5000, kReconnectTimeout = 5000, kLocalReconnectTimeout = 500, kHeartbeatTimeout = 3000;

/// Where a connection to a peer stands, as the section sees it.
enum class LinkState : std::uint8_t { stopped, starting, running, stopping };
/// Whether a peer teaches us all that it has.
enum class Lesson : std::uint8_t { none, assigned, processing, finished };

/// One peer of a section as it runs. Lives over connections and reloads. Thread 0.
struct Peer {
    enum Flags : std::uint32_t {
        kInLesson = 1,             ///< it is told all that we have
        kTaught = 2,               ///< the lesson has ended, its confirmation is awaited
        kLocalTaught = 4,          ///< a new process has all that this one knew
        kPartial = 8,              ///< what it taught was not all
        kAlive = 0x20,             ///< it has said something since the last look
        kHeartbeatDue = 0x40,      ///< say that we are there
        kSpeaksOld = 0x80,         ///< version 2.0 is spoken
        kResyncAsked = 0x00100000  ///< it has once asked for a lesson
    };

    std::string name;
    bool is_local = false;    ///< this process, and the one before or behind it
    std::uint32_t shard = 0;  ///< the part of all tables that it is told; 0: all
    std::uint32_t flags = 0;
    LinkState state = LinkState::stopped;
    Lesson lesson = Lesson::none;
    std::uint32_t status = kNone;  ///< of the last handshake
    Time reconnect = kNoTime, heartbeat = kNoTime, last_handshake = kNoTime;
    std::uint32_t confirm = 0;  ///< how many ends of lessons are to be confirmed
    std::uint32_t heartbeats_received = 0, heartbeats_sent = 0, heartbeats_missed = 0, connects = 0,
                  protocol_errors = 0, collisions = 0;
    std::vector<std::unique_ptr<SharedTable>> tables;  ///< the one that was declared last comes first
    SharedTable* remote_table = nullptr;               ///< which its updates are about; null: none of ours
    SharedTable* local_table = nullptr;                ///< which our updates are about; null: none was named yet
    std::size_t next_table = 0;                        ///< whose turn it is
    SentTexts sent;
    ReceivedTexts received;
    Session* session = nullptr;  ///< the one that counts; null: none

    /// A connection has ended: what belonged to it is forgotten.
    void forget_session() {
        sent.clear();
        received.clear();
        remote_table = local_table = nullptr;
        session = nullptr;
        flags &= ~(kInLesson | kTaught);
        state = LinkState::stopping;
    }
};

}  // namespace cfgproxy::peers
