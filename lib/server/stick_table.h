#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/stick_table.h"

namespace cfgproxy::server {

/// Events over a sliding period: what the running period has, plus what is left of the last one's in proportion
/// (HAProxy's freq_ctr). Under the entry's lock.
struct StickRate {
    std::uint32_t began = 0;  ///< ms, wraps
    std::uint32_t current = 0, previous = 0;
    /// Threads' clocks may differ a little: what lies up to kSkewMs before `began` counts as then.
    void add(std::uint32_t now_ms, std::uint32_t period_ms, std::uint32_t n);
    std::uint32_t read(std::uint32_t now_ms, std::uint32_t period_ms) const;
    static constexpr std::uint32_t kSkewMs = 60000;
};

/// One key with its data. Made and freed by its table only; whoever was given one holds it until he releases it.
class StickEntry {
  public:
    std::string_view key() const { return {key_begin(), key_length_}; }

  private:
    friend class StickTable;
    const char* key_begin() const;
    char* data() { return reinterpret_cast<char*>(this + 1); }
    const char* data() const { return reinterpret_cast<const char*>(this + 1); }

    // Under the shard's mutex:
    StickEntry* next_in_bucket_ = nullptr;
    StickEntry *older_ = nullptr, *newer_ = nullptr;
    std::int64_t used_ms_ = 0;  ///< when it was used last; of one that a peer told: as if, by what it has left
    std::uint64_t hash_ = 0;
    std::atomic<std::uint32_t> holders_{0};  ///< more of them under the mutex only, fewer at any time
    std::uint32_t key_length_ = 0;
    std::uint32_t key_offset_ = 0;
    static constexpr std::uint32_t kNotWaiting = ~0u;
    std::uint32_t waits_at_ = kNotWaiting;  ///< place in Shard::waiting
    std::uint32_t update_id_ = 0;           ///< under the table's updates_mutex_: its number among updates
    enum : std::uint8_t { kListed = 1, kLocal = 2, kUnseen = 4 };
    std::uint8_t sync_ = 0;  ///< kListed: it waits or has a number; kLocal, kUnseen: its last use, see use_for_peers()
    mutable std::atomic<bool> busy_{false};  ///< lock of the data behind this object
};
static_assert(sizeof(StickEntry) <= 64, "a table may have millions of them");

/// A running stick table: keys, each with counters and the server it sticks to. Lives on through reloads, found by
/// name. Large ones are split into shards, each with its own lock, so that threads seldom meet; the entry used least
/// recently goes first when the table is full, and expiry looks at the old end only. Shared: any thread.
class StickTable : public std::enable_shared_from_this<StickTable> {
  public:
    explicit StickTable(const model::StickTable& config);
    ~StickTable();
    StickTable(const StickTable&) = delete;
    StickTable& operator=(const StickTable&) = delete;

    const std::string& name() const { return name_; }
    model::StickKey key_type() const { return layout_.key; }
    std::uint32_t key_length() const { return layout_.key_length; }
    bool stores(model::StickData data) const { return layout_.stores(data); }
    std::uint32_t count(model::StickData data) const { return layout_.counts[static_cast<std::size_t>(data)]; }
    std::uint32_t period(model::StickData data) const { return layout_.periods[static_cast<std::size_t>(data)]; }
    bool key_is_address() const { return layout_.server_key_is_address; }
    std::uint32_t size() const { return size_.load(std::memory_order_relaxed); }
    std::uint32_t used() const { return used_.load(std::memory_order_relaxed); }
    std::uint32_t expire_ms() const { return expire_ms_.load(std::memory_order_relaxed); }

    /// A new configuration's line for the same table; false if its entries would not fit: make another one.
    bool adopt(const model::StickTable& config);

    /// The entry of a key, held for the caller; null if there is none. Keys are what make_stick_key() gives.
    StickEntry* find(std::string_view key);
    /// The one that lies at `address`, as lists of entries tell; all are looked at.
    StickEntry* find_at(std::uintptr_t address);
    /// The same, but made if there is none; null if the table is full of entries that are held, or may not purge.
    StickEntry* get(std::string_view key);
    /// As get(), and the entry was used: touch() in one.
    StickEntry* use(std::string_view key);
    /// Gives back what find(), get() and use() gave.
    void release(StickEntry& entry);
    /// The entry was used: it expires that much later.
    void touch(StickEntry& entry);
    void touch_and_release(StickEntry& entry);
    /// Removes it unless others hold it too; gives it back in any case.
    bool remove(StickEntry& entry);
    /// Removes what has expired, and no more than `most` entries per call. Call it once a second or so.
    void expire(std::uint32_t most = 10000);

    // Data. `index` counts cells of arrays; cells that are not there read as nothing and are not written.
    std::optional<std::uint64_t> read(const StickEntry& entry, model::StickData data, std::uint32_t index = 0) const;
    std::string_view read_text(const StickEntry& entry, model::StickData data) const;  ///< lives as long as the table
    void write(StickEntry& entry, model::StickData data, std::uint64_t value, std::uint32_t index = 0);
    void write_text(StickEntry& entry, model::StickData data, std::string_view value);
    /// Adds events to a counter or to a rate; the counter's new value (of a rate: what it reads now).
    std::uint64_t add(StickEntry& entry, model::StickData data, std::uint64_t n = 1, std::uint32_t index = 0);
    /// Adds events to a counter and to its rate, as far as they are kept; whether one of them is.
    bool count_events(StickEntry& entry, model::StickData counter, model::StickData rate, std::uint64_t n);
    void subtract_one(StickEntry& entry, model::StickData data);  ///< not below zero
    /// Sets a counter to zero and tells what it was.
    std::uint64_t clear(StickEntry& entry, model::StickData data, std::uint32_t index = 0);
    /// Sets a rate so that it reads `value` now (`set table`).
    void write_rate(StickEntry& entry, model::StickData data, std::uint64_t value, std::uint32_t index = 0);
    /// Copies what both tables keep.
    void copy_data(const StickTable& from, const StickEntry& source, StickEntry& entry);

    // What peers are told of this table (lib/peers/README.md). Each use of an entry gives it the next number, unless
    // no peer has seen its last one yet; what peers taught gets numbers half the space away, which only a peer that
    // asks for everything is told.
    struct Update {
        std::uint32_t id = 0;
        std::string key;
    };
    /// From now on updates are counted, and `wake` is called when some wait for list_updates() (any thread, seldom);
    /// null: no longer, if it was `who` that asked last.
    void follow_updates(const void* who, std::function<void()> wake);
    /// Gives numbers to the entries used since the last call. One thread at a time.
    void list_updates();
    /// The first update whose number is `id` or greater; numbers do not wrap here.
    std::optional<Update> update_from(std::uint32_t id) const;
    std::uint32_t last_update() const { return update_.load(std::memory_order_relaxed); }
    std::uint32_t last_local_update() const { return local_update_.load(std::memory_order_relaxed); }
    /// A peer is about to be told what the entry has: its next use is news again.
    void mark_seen(StickEntry& entry);
    /// A peer has told of the entry, which it lets live for `left_ms` more. Gives the entry back.
    void touch_remote_and_release(StickEntry& entry, std::uint32_t left_ms);
    /// Rates as they are kept and as peers exchange them. Nothing for cells that are not there.
    std::optional<StickRate> read_rate(const StickEntry& entry, model::StickData data, std::uint32_t index = 0) const;
    void write_rate(StickEntry& entry, model::StickData data, const StickRate& rate, std::uint32_t index = 0);

    /// For listings: all keys, sorted; the time until expiry and the number of holders.
    std::vector<std::string> keys() const;
    std::int64_t expires_in_ms(const StickEntry& entry) const;
    std::uint32_t holders(const StickEntry& entry) const;
    std::uint32_t shard_of(const StickEntry& entry) const { return static_cast<std::uint32_t>(entry.hash_ & mask_); }
    std::uint32_t shards() const { return static_cast<std::uint32_t>(mask_ + 1); }

  private:
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::vector<StickEntry*> buckets;
        std::uint32_t used = 0;
        StickEntry *oldest = nullptr, *newest = nullptr;
        std::vector<StickEntry*> waiting;  ///< for list_updates()
        StickEntry* spare = nullptr;       ///< memory of entries that are gone
        std::uint32_t spares = 0;
    };
    class Lock;
    Shard& shard(std::uint64_t hash) { return shards_[hash & mask_]; }
    const Shard& shard(std::uint64_t hash) const { return shards_[hash & mask_]; }
    StickEntry* look(Shard& shard, std::uint64_t hash, std::string_view key) const;
    StickEntry* look_alive(Shard& shard, std::uint64_t hash, std::string_view key);
    StickEntry* make(Shard& shard, std::uint64_t hash, std::string_view key);
    void link(Shard& shard, StickEntry& entry);
    void unlink(Shard& shard, StickEntry& entry);
    void freshen(Shard& shard, StickEntry& entry);
    void drop(Shard& shard, StickEntry& entry);
    void use_for_peers(Shard& shard, StickEntry& entry, bool local);
    void leave_updates(Shard& shard, StickEntry& entry);
    static void stop_waiting(Shard& shard, StickEntry& entry);
    bool make_room(Shard& shard);
    void grow(Shard& shard);
    std::uint32_t unit_of(model::StickData data) const;
    std::uint64_t hash_of(std::string_view key) const;
    void add_to_rate(StickRate& rate, model::StickData data, std::uint64_t n) const;
    template <class T>
    T* cell(StickEntry& entry, model::StickData data, std::uint32_t index) const;
    template <class T>
    const T* cell(const StickEntry& entry, model::StickData data, std::uint32_t index) const;

    std::string name_;
    model::StickTable layout_;
    std::atomic<std::uint32_t> size_, expire_ms_, used_{0};
    std::atomic<bool> nopurge_;
    std::uint32_t data_size_ = 0, entry_size_ = 0;
    std::uint32_t offsets_[model::kStickDataTypes] = {};
    std::uint64_t mask_ = 0;
    std::uint64_t seed_ = 0;
    std::unique_ptr<Shard[]> shards_;
    std::mutex texts_mutex_;
    std::set<std::string, std::less<>> texts_;
    std::atomic<bool> is_followed_{false};
    std::atomic<std::uint32_t> update_{0}, local_update_{0};
    mutable std::mutex updates_mutex_;  ///< taken inside of a shard's
    std::map<std::uint32_t, StickEntry*> updates_;
    std::function<void()> wake_;
    const void* follower_ = nullptr;
};

}  // namespace cfgproxy::server
