#include "server/stick_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <random>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "server/clock.h"

namespace cfgproxy::server {
namespace {

using model::StickCell;
using model::StickData;

// Below this size a table is one shard, so that it is exactly the oldest entry that goes when it is full.
constexpr std::uint32_t kShardFrom = 4096;
constexpr std::uint64_t kShards = 16;
constexpr std::size_t kFirstBuckets = 16;
constexpr std::uint32_t kSpares = 256;
constexpr int kSpins = 100;

constexpr std::uint32_t kCellSizes[] = {4, 4, 8, sizeof(StickRate), 8};  // by StickCell

std::int64_t now64() { return static_cast<std::int64_t>(Clock::now_ms()); }

std::uint32_t now32() { return static_cast<std::uint32_t>(Clock::now_ms()); }

/// Under the shard's mutex, so that there cannot be more holders meanwhile.
bool is_held(const std::atomic<std::uint32_t>& holders) { return holders.load(std::memory_order_acquire) != 0; }

}  // namespace

void StickRate::add(std::uint32_t now_ms, std::uint32_t period_ms, std::uint32_t n) {
    if (now_ms - began < period_ms || began - now_ms <= kSkewMs) {
        current += n;
        return;
    }
    previous = current;
    current = n;
    began += period_ms;
    if (now_ms - began >= period_ms) {  // at least one whole period without events
        previous = 0;
        began = now_ms;
    }
}

std::uint32_t StickRate::read(std::uint32_t now_ms, std::uint32_t period_ms) const {
    std::uint64_t now = current, past = previous;
    auto left = static_cast<std::int32_t>(began - now_ms <= kSkewMs ? period_ms : began + period_ms - now_ms);
    if (left < 0) {
        left += static_cast<std::int32_t>(period_ms);
        past = left >= 0 ? now : 0;
        now = 0;
    }
    if (now == 0 && past <= 1) return static_cast<std::uint32_t>(past);  // one event does not flap
    if (period_ms == 0) return 0;
    return static_cast<std::uint32_t>((past * static_cast<std::uint64_t>(std::max(left, 0)) + now * period_ms) /
                                      period_ms);
}

const char* StickEntry::key_begin() const { return data() + key_offset_; }

/// Holds an entry's data for a few instructions.
class StickTable::Lock {
  public:
    explicit Lock(const StickEntry& entry) : busy_(entry.busy_) {
        for (int tries = 0; busy_.exchange(true, std::memory_order_acquire); ++tries)
            if (tries > kSpins) std::this_thread::yield();  // its owner may not be running
    }
    ~Lock() { busy_.store(false, std::memory_order_release); }
    Lock(const Lock&) = delete;

  private:
    std::atomic<bool>& busy_;
};

StickTable::StickTable(const model::StickTable& config)
    : name_(config.name),
      layout_(config),
      size_(config.size),
      expire_ms_(config.expire_ms),
      nopurge_(config.nopurge),
      seed_(std::random_device{}()) {
    for (std::size_t i = 0; i < model::kStickDataTypes; ++i) {
        if (!layout_.counts[i]) continue;
        const std::uint32_t size = kCellSizes[static_cast<std::size_t>(type_of(static_cast<StickData>(i)).cell)];
        const std::uint32_t align = size % 8 == 0 ? 8 : 4;
        data_size_ = (data_size_ + align - 1) / align * align;
        offsets_[i] = data_size_;
        data_size_ += size * layout_.counts[i];
    }
    entry_size_ = static_cast<std::uint32_t>(sizeof(StickEntry)) + data_size_ + layout_.key_length;
    mask_ = config.size < kShardFrom ? 0 : kShards - 1;
    shards_ = std::make_unique<Shard[]>(mask_ + 1);
    for (std::uint64_t i = 0; i <= mask_; ++i) shards_[i].buckets.resize(kFirstBuckets);
}

StickTable::~StickTable() {
    for (std::uint64_t i = 0; i <= mask_; ++i) {
        Shard& s = shards_[i];
        while (s.oldest) {
            StickEntry* entry = s.oldest;
            s.oldest = entry->newer_;
            ::operator delete(entry);
        }
        while (s.spare) {
            StickEntry* entry = s.spare;
            s.spare = entry->next_in_bucket_;
            ::operator delete(entry);
        }
    }
}

bool StickTable::adopt(const model::StickTable& config) {
    if (!layout_.same_layout(config)) return false;
    size_.store(config.size);
    expire_ms_.store(config.expire_ms);
    nopurge_.store(config.nopurge);
    return true;
}

// --- entries -------------------------------------------------------------------------------------------------

std::uint64_t StickTable::hash_of(std::string_view key) const { return base::hash_xxh64(key, seed_); }

StickEntry* StickTable::look(Shard& s, std::uint64_t hash, std::string_view key) const {
    for (StickEntry* e = s.buckets[(hash >> 8) & (s.buckets.size() - 1)]; e; e = e->next_in_bucket_)
        if (e->hash_ == hash && e->key() == key) return e;
    return nullptr;
}

/// Each entry that a look-up passes is a trip to memory: more buckets than entries.
/// Entries are gone through by bucket, not from one to the next: that way the processor fetches several at a time.
void StickTable::grow(Shard& s) {
    const std::size_t most = std::bit_ceil(std::size_t{size()} * 2 / shards());
    const std::size_t wanted = std::min(s.buckets.size() * 4, most);
    if (wanted <= s.buckets.size()) return;
    std::vector<StickEntry*> wider(wanted);
    for (StickEntry* e : s.buckets)
        while (e) {
            StickEntry*& head = wider[(e->hash_ >> 8) & (wanted - 1)];
            StickEntry* next = std::exchange(e->next_in_bucket_, head);
            head = std::exchange(e, next);
        }
    s.buckets.swap(wider);
}

void StickTable::link(Shard& s, StickEntry& entry) {
    entry.newer_ = nullptr;
    entry.older_ = s.newest;
    (s.newest ? s.newest->newer_ : s.oldest) = &entry;
    s.newest = &entry;
}

void StickTable::unlink(Shard& s, StickEntry& entry) {
    (entry.older_ ? entry.older_->newer_ : s.oldest) = entry.newer_;
    (entry.newer_ ? entry.newer_->older_ : s.newest) = entry.older_;
}

/// All entries of a table live equally long, so the order of use is the order of expiry.
void StickTable::freshen(Shard& s, StickEntry& entry) {
    entry.used_ms_ = now64();
    if (is_followed_.load(std::memory_order_relaxed)) use_for_peers(s, entry, true);
    if (s.newest == &entry) return;
    unlink(s, entry);
    link(s, entry);
}

void StickTable::drop(Shard& s, StickEntry& entry) {
    if (entry.sync_) leave_updates(s, entry);
    StickEntry** at = &s.buckets[(entry.hash_ >> 8) & (s.buckets.size() - 1)];
    while (*at != &entry) at = &(*at)->next_in_bucket_;
    *at = entry.next_in_bucket_;
    unlink(s, entry);
    --s.used;
    used_.fetch_sub(1, std::memory_order_relaxed);
    if (s.spares >= kSpares) {
        ::operator delete(&entry);
        return;
    }
    entry.next_in_bucket_ = s.spare;
    s.spare = &entry;
    ++s.spares;
}

/// Throws out the entries used least recently, a 256th of the table at a time; those that are held stay.
bool StickTable::make_room(Shard& s) {
    if (nopurge_.load(std::memory_order_relaxed)) return false;
    const std::uint32_t batch = ((size() >> 8) + 1 + static_cast<std::uint32_t>(mask_)) / shards();
    std::uint32_t dropped = 0, looks = batch * 2;
    for (StickEntry* e = s.oldest; e && dropped < batch && looks > 0; --looks) {
        StickEntry* next = e->newer_;
        if (!is_held(e->holders_)) {
            drop(s, *e);
            ++dropped;
        }
        e = next;
    }
    return dropped > 0;
}

StickEntry* StickTable::make(Shard& s, std::uint64_t hash, std::string_view key) {
    if (used_.fetch_add(1, std::memory_order_relaxed) >= size() && !make_room(s)) {
        used_.fetch_sub(1, std::memory_order_relaxed);
        return nullptr;
    }
    void* memory = s.spare;
    if (memory) {
        s.spare = s.spare->next_in_bucket_;
        --s.spares;
    } else {
        memory = ::operator new(entry_size_);
    }
    auto* entry = new (memory) StickEntry;
    std::memset(entry->data(), 0, data_size_);
    entry->hash_ = hash;
    entry->key_length_ = static_cast<std::uint32_t>(key.size());
    entry->key_offset_ = data_size_;
    std::memcpy(entry->data() + data_size_, key.data(), key.size());
    if (++s.used > s.buckets.size() / 2) grow(s);
    StickEntry*& head = s.buckets[(hash >> 8) & (s.buckets.size() - 1)];
    entry->next_in_bucket_ = head;
    head = entry;
    entry->used_ms_ = now64();
    link(s, *entry);
    return entry;
}

/// Whose time is over is gone, though expire() has not met it yet.
StickEntry* StickTable::look_alive(Shard& s, std::uint64_t hash, std::string_view key) {
    StickEntry* entry = look(s, hash, key);
    if (!entry || expire_ms() == 0 || is_held(entry->holders_) || entry->used_ms_ + expire_ms() > now64()) return entry;
    drop(s, *entry);
    return nullptr;
}

StickEntry* StickTable::find(std::string_view key) {
    const std::uint64_t hash = hash_of(key);
    Shard& s = shard(hash);
    std::lock_guard lock(s.mutex);
    StickEntry* entry = look_alive(s, hash, key);
    if (entry) entry->holders_.fetch_add(1, std::memory_order_relaxed);
    return entry;
}

StickEntry* StickTable::find_at(std::uintptr_t address) {
    for (std::uint64_t i = 0; i <= mask_; ++i) {
        Shard& s = shards_[i];
        std::lock_guard lock(s.mutex);
        for (StickEntry* e = s.newest; e; e = e->older_) {
            if (reinterpret_cast<std::uintptr_t>(e) != address) continue;
            e->holders_.fetch_add(1, std::memory_order_relaxed);
            return e;
        }
    }
    return nullptr;
}

StickEntry* StickTable::get(std::string_view key) {
    const std::uint64_t hash = hash_of(key);
    Shard& s = shard(hash);
    std::lock_guard lock(s.mutex);
    StickEntry* entry = look_alive(s, hash, key);
    if (!entry) entry = make(s, hash, key);
    if (entry) entry->holders_.fetch_add(1, std::memory_order_relaxed);
    return entry;
}

StickEntry* StickTable::use(std::string_view key) {
    const std::uint64_t hash = hash_of(key);
    Shard& s = shard(hash);
    std::lock_guard lock(s.mutex);
    StickEntry* entry = look_alive(s, hash, key);
    if (!entry) entry = make(s, hash, key);
    if (!entry) return nullptr;
    freshen(s, *entry);
    entry->holders_.fetch_add(1, std::memory_order_relaxed);
    return entry;
}

/// Without the mutex: whoever finds it held by nobody may free it, so it is not looked at behind this.
void StickTable::release(StickEntry& entry) { entry.holders_.fetch_sub(1, std::memory_order_release); }

void StickTable::touch(StickEntry& entry) {
    Shard& s = shard(entry.hash_);
    std::lock_guard lock(s.mutex);
    freshen(s, entry);
}

void StickTable::touch_and_release(StickEntry& entry) {
    Shard& s = shard(entry.hash_);
    std::lock_guard lock(s.mutex);
    freshen(s, entry);
    release(entry);
}

bool StickTable::remove(StickEntry& entry) {
    Shard& s = shard(entry.hash_);
    std::lock_guard lock(s.mutex);
    if (entry.holders_.fetch_sub(1, std::memory_order_acq_rel) > 1) return false;
    drop(s, entry);
    return true;
}

void StickTable::expire(std::uint32_t most) {
    if (expire_ms() == 0) return;
    const std::int64_t now = now64();
    for (std::uint64_t i = 0; i <= mask_; ++i) {
        Shard& s = shards_[i];
        std::lock_guard lock(s.mutex);
        for (StickEntry* e = s.oldest; e && most > 0 && e->used_ms_ + expire_ms() <= now; --most) {
            StickEntry* next = e->newer_;
            if (!is_held(e->holders_)) drop(s, *e);
            e = next;
        }
    }
}

std::vector<std::string> StickTable::keys() const {
    std::vector<std::string> all;
    all.reserve(used());
    for (std::uint64_t i = 0; i <= mask_; ++i) {
        const Shard& s = shards_[i];
        std::lock_guard lock(s.mutex);
        for (const StickEntry* e = s.oldest; e; e = e->newer_) all.emplace_back(e->key());
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::int64_t StickTable::expires_in_ms(const StickEntry& entry) const {
    if (expire_ms() == 0) return 0;
    const Shard& s = shard(entry.hash_);
    std::lock_guard lock(s.mutex);
    return std::max<std::int64_t>(0, entry.used_ms_ + expire_ms() - now64());
}

std::uint32_t StickTable::holders(const StickEntry& entry) const {
    return entry.holders_.load(std::memory_order_relaxed);
}

// --- data ----------------------------------------------------------------------------------------------------

std::uint32_t StickTable::unit_of(StickData data) const {
    return data == StickData::bytes_in_rate || data == StickData::bytes_out_rate ? layout_.byte_rate_unit : 1;
}

template <class T>
T* StickTable::cell(StickEntry& entry, StickData data, std::uint32_t index) const {
    if (index >= count(data)) return nullptr;
    return reinterpret_cast<T*>(entry.data() + offsets_[static_cast<std::size_t>(data)]) + index;
}

template <class T>
const T* StickTable::cell(const StickEntry& entry, StickData data, std::uint32_t index) const {
    if (index >= count(data)) return nullptr;
    return reinterpret_cast<const T*>(entry.data() + offsets_[static_cast<std::size_t>(data)]) + index;
}

std::optional<std::uint64_t> StickTable::read(const StickEntry& entry, StickData data, std::uint32_t index) const {
    if (index >= count(data)) return {};
    Lock lock(entry);
    switch (type_of(data).cell) {
        case StickCell::number:
            return *cell<std::uint32_t>(entry, data, index);
        case StickCell::signed_number:
            return static_cast<std::uint64_t>(std::int64_t{*cell<std::int32_t>(entry, data, index)});
        case StickCell::large:
            return *cell<std::uint64_t>(entry, data, index);
        case StickCell::rate:
            return std::uint64_t{unit_of(data)} * cell<StickRate>(entry, data, index)->read(now32(), period(data));
        case StickCell::text:
            break;
    }
    return {};
}

std::string_view StickTable::read_text(const StickEntry& entry, StickData data) const {
    if (type_of(data).cell != StickCell::text || !stores(data)) return {};
    Lock lock(entry);
    const std::string* text = *cell<const std::string*>(entry, data, 0);
    return text ? std::string_view(*text) : std::string_view{};
}

void StickTable::write(StickEntry& entry, StickData data, std::uint64_t value, std::uint32_t index) {
    if (index >= count(data)) return;
    Lock lock(entry);
    switch (type_of(data).cell) {
        case StickCell::number:
        case StickCell::signed_number:
            *cell<std::uint32_t>(entry, data, index) = static_cast<std::uint32_t>(value);
            break;
        case StickCell::large:
            *cell<std::uint64_t>(entry, data, index) = value;
            break;
        default:
            break;
    }
}

void StickTable::write_text(StickEntry& entry, StickData data, std::string_view value) {
    if (type_of(data).cell != StickCell::text || !stores(data)) return;
    const std::string* kept = nullptr;
    if (!value.empty()) {
        std::lock_guard lock(texts_mutex_);
        auto found = texts_.find(value);
        if (found == texts_.end()) found = texts_.emplace(value).first;
        kept = &*found;
    }
    Lock lock(entry);
    *cell<const std::string*>(entry, data, 0) = kept;
}

std::uint64_t StickTable::add(StickEntry& entry, StickData data, std::uint64_t n, std::uint32_t index) {
    if (index >= count(data)) return 0;
    Lock lock(entry);
    switch (type_of(data).cell) {
        case StickCell::number:
        case StickCell::signed_number:
            return *cell<std::uint32_t>(entry, data, index) += static_cast<std::uint32_t>(n);
        case StickCell::large:
            return *cell<std::uint64_t>(entry, data, index) += n;
        case StickCell::rate: {
            auto* rate = cell<StickRate>(entry, data, index);
            add_to_rate(*rate, data, n);
            return std::uint64_t{unit_of(data)} * rate->read(now32(), period(data));
        }
        case StickCell::text:
            break;
    }
    return 0;
}

void StickTable::add_to_rate(StickRate& rate, StickData data, std::uint64_t n) const {
    const std::uint32_t unit = unit_of(data);
    rate.add(now32(), period(data), static_cast<std::uint32_t>(unit == 1 ? n : (n + unit - 1) / unit));
}

bool StickTable::count_events(StickEntry& entry, StickData counter, StickData rate, std::uint64_t n) {
    const bool keeps_count = stores(counter), keeps_rate = stores(rate);
    if (!keeps_count && !keeps_rate) return false;
    Lock lock(entry);
    if (keeps_rate) add_to_rate(*cell<StickRate>(entry, rate, 0), rate, n);
    if (!keeps_count) return true;
    if (type_of(counter).cell == StickCell::large)
        *cell<std::uint64_t>(entry, counter, 0) += n;
    else
        *cell<std::uint32_t>(entry, counter, 0) += static_cast<std::uint32_t>(n);
    return true;
}

void StickTable::subtract_one(StickEntry& entry, StickData data) {
    if (!stores(data)) return;
    Lock lock(entry);
    auto* number = cell<std::uint32_t>(entry, data, 0);
    if (*number > 0) --*number;
}

std::uint64_t StickTable::clear(StickEntry& entry, StickData data, std::uint32_t index) {
    if (index >= count(data)) return 0;
    Lock lock(entry);
    return std::exchange(*cell<std::uint32_t>(entry, data, index), 0);
}

void StickTable::write_rate(StickEntry& entry, StickData data, std::uint64_t value, std::uint32_t index) {
    if (index >= count(data)) return;
    Lock lock(entry);
    auto* rate = cell<StickRate>(entry, data, index);
    // Stable during the period that begins now, then fading: whoever pushes measures need not do it often.
    rate->began = now32();
    rate->current = static_cast<std::uint32_t>(value);
    rate->previous = 0;
}

std::optional<StickRate> StickTable::read_rate(const StickEntry& entry, StickData data, std::uint32_t index) const {
    if (index >= count(data)) return {};
    Lock lock(entry);
    return *cell<StickRate>(entry, data, index);
}

void StickTable::write_rate(StickEntry& entry, StickData data, const StickRate& rate, std::uint32_t index) {
    if (index >= count(data)) return;
    Lock lock(entry);
    *cell<StickRate>(entry, data, index) = rate;
}

void StickTable::copy_data(const StickTable& from, const StickEntry& source, StickEntry& entry) {
    for (std::size_t i = 0; i < model::kStickDataTypes; ++i) {
        const auto data = static_cast<StickData>(i);
        if (!stores(data) || !from.stores(data)) continue;
        if (type_of(data).cell == StickCell::text) {
            write_text(entry, data, from.read_text(source, data));
            continue;
        }
        const std::uint32_t size = kCellSizes[static_cast<std::size_t>(type_of(data).cell)];
        const std::uint32_t bytes = size * std::min(count(data), from.count(data));
        std::vector<char> copy(bytes);
        {
            Lock lock(source);
            std::memcpy(copy.data(), source.data() + from.offsets_[i], bytes);
        }
        Lock lock(entry);
        std::memcpy(entry.data() + offsets_[i], copy.data(), bytes);
    }
}

}  // namespace cfgproxy::server
