#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/arena.h"
#include "base/pooled.h"
#include "sample/value.h"
#include "server/stick_table.h"

namespace cfgproxy::server {

/// An entry that a session or a stream tracks under a number (`track-sc0`...).
struct StickCounter : base::Pooled<StickCounter> {
    std::uint32_t number = 0;
    bool of_backend = false;  ///< tracked by a backend that is not the frontend
    std::shared_ptr<StickTable> table;
    StickEntry* entry = nullptr;
    StickCounter* next = nullptr;
};

/// What one session or one stream tracks. Gives all entries back when it ends. Thread-owned.
class StickCounters {
  public:
    StickCounters() = default;
    StickCounters(const StickCounters&) = delete;
    ~StickCounters() { release(); }

    bool empty() const { return first_ == nullptr; }
    const StickCounter* first() const { return first_; }
    const StickCounter* find(std::uint32_t number) const {
        for (const StickCounter* c = first_; c; c = c->next)
            if (c->number == number) return c;
        return nullptr;
    }
    /// Takes over the hold on `entry` that the caller has from use(), and counts a connection.
    void track(std::uint32_t number, StickTable& table, StickEntry& entry, bool of_backend);
    void release();

  private:
    StickCounter* first_ = nullptr;
};

/// Adds to a counter and to its rate, as far as the table keeps them, and tells the table that the entry was used.
void count(StickTable& table, StickEntry& entry, model::StickData counter, model::StickData rate, std::uint64_t n = 1);
/// The same for all that `stream` tracks, and `session` under numbers that `stream` does not.
void count_all(const StickCounters& stream, const StickCounters* session, model::StickData counter,
               model::StickData rate, std::uint64_t n = 1);

/// Adds to general purpose counter `index` and its rate. The arrays gpc and gpc_rate stand for gpc0 and gpc1 where
/// those are not kept. The counter's new value, or what the rate's period has so far; 0: nothing of it is kept.
std::uint64_t increment_purpose(StickTable& table, StickEntry& entry, std::uint32_t index, bool array_only,
                                std::uint64_t n = 1);
/// Which kept data is meant by gpc0, gpc1 or gpt0 (or their rates): it, or a cell of the array of its kind.
struct StickCellName {
    model::StickData data;
    std::uint32_t index = 0;
};
StickCellName purpose_counter(const StickTable& table, std::uint32_t index);
StickCellName purpose_rate(const StickTable& table, std::uint32_t index);
StickCellName purpose_tag(const StickTable& table, std::uint32_t index);

/// What keys of a table are made of.
sample::Type type_of_key(model::StickKey key);
/// Makes a key of a value: cast to the table's type, cut or padded. Views of the value, or of `arena`. False: it cannot
/// be.
bool make_stick_key(const StickTable& table, sample::Value value, base::Arena& arena, std::string_view& key);
/// The value of a key.
sample::Value stick_key_value(const StickTable& table, std::string_view key, base::Arena& arena);

}  // namespace cfgproxy::server
