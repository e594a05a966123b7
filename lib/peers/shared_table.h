#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peers/dictionary.h"
#include "peers/message.h"
#include "server/stick_table.h"

namespace cfgproxy::peers {

/// A table that the peers of a section share, as all of them know it. Thread 0.
struct SectionTable {
    std::shared_ptr<server::StickTable> table;
    std::shared_ptr<server::StickTable> write_to;  ///< gets what peers tell, too; null: none
    std::string wire_name;                         ///< "/NAME" of `table NAME` in the section, else the proxy's
    std::uint32_t local_id = 0;                    ///< by which peers call it when they speak to us
    bool receive_only = false;                     ///< recv-only: what else counts here alone is learned, too
    std::uint64_t shard_seed = 0;
};

/// What one peer has been told of a table and has told of it. Lives over connections: a peer that comes back goes on
/// behind what it has acknowledged. Numbers of updates wrap. Thread 0.
struct SharedTable {
    explicit SharedTable(std::shared_ptr<const SectionTable> shared) : shared(std::move(shared)) {}

    std::shared_ptr<const SectionTable> shared;
    std::int32_t remote_id = 0;  ///< by which the peer calls it; 0: it has not defined it
    std::uint64_t remote_data = 0;
    std::array<std::uint32_t, model::kStickDataTypes> remote_counts{};
    enum Flags : std::uint32_t { kStage1 = 1, kStage2 = 2 };
    std::uint32_t flags = 0;  ///< how far a lesson has come: newer updates, then older ones
    std::uint32_t last_acked = 0, last_pushed = 0, last_get = 0, teaching_origin = 0, update = 0;

    server::StickTable& table() const { return *shared->table; }
    /// A connection begins: what was not acknowledged is to be told again.
    void restart();
    /// The next update to tell, in the order of time; moves last_pushed to the end if there is none.
    std::optional<server::StickTable::Update> next_news();
    /// The same for a lesson: all numbers from last_pushed on, then all up to where that began.
    std::optional<server::StickTable::Update> next_of_lesson();
    bool is_taught() const { return (flags & kStage1) && (flags & kStage2); }

    /// The definition of the table, as content of a message.
    std::string definition() const;
    /// The content of an update: `number` null leaves the number out, `timed` adds how long the entry has left.
    std::string update_of(const server::StickEntry& entry, const std::uint32_t* number, bool timed,
                          SentTexts& texts) const;

    /// Reads the rest of a definition, behind the name. False: it does not fit, updates cannot be read; `malformed` if
    /// the message is none.
    bool take_definition(FieldReader& reader, std::int32_t id, bool& malformed);
    /// Reads an update and enters it. False: malformed. `learning`: it is part of a lesson, which is not acknowledged.
    bool take_update(FieldReader& reader, TableType type, bool learning, ReceivedTexts& texts);

  private:
    bool read_key(FieldReader& reader, std::string& key) const;
};

/// In which of `shards` parts of a table a key is, from 1; 0: there are none.
std::uint32_t shard_of_key(std::string_view key, std::uint64_t seed, std::uint32_t shards);

}  // namespace cfgproxy::peers
