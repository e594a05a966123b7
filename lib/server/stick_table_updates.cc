// What a stick table remembers for peers: which entries were used, in which order, and what peers know of it.
#include <utility>

#include "server/clock.h"
#include "server/stick_table.h"

namespace cfgproxy::server {
namespace {

constexpr std::uint32_t kHalfOfNumbers = 1u << 31;
// How far an entry that a peer taught is moved towards the old end: a peer that teaches in the worst order must not
// make each entry cost a walk over the whole table. Beyond it an entry lives somewhat longer than it was told.
constexpr int kMostSteps = 1000;

}  // namespace

void StickTable::follow_updates(const void* who, std::function<void()> wake) {
    std::lock_guard lock(updates_mutex_);
    if (!wake && who != follower_) return;
    follower_ = wake ? who : nullptr;
    is_followed_.store(wake != nullptr, std::memory_order_relaxed);
    wake_ = std::move(wake);
}

void StickTable::stop_waiting(Shard& s, StickEntry& entry) {
    if (entry.waits_at_ == StickEntry::kNotWaiting) return;
    StickEntry* last = s.waiting.back();
    s.waiting[entry.waits_at_] = last;
    last->waits_at_ = entry.waits_at_;
    s.waiting.pop_back();
    entry.waits_at_ = StickEntry::kNotWaiting;
}

/// Under the shard's mutex. A local use that no peer has seen yet is no further news; one that a peer taught is put on
/// the list only if it is not there.
void StickTable::use_for_peers(Shard& s, StickEntry& entry, bool local) {
    constexpr std::uint8_t kNews = StickEntry::kListed | StickEntry::kLocal | StickEntry::kUnseen;
    if (local ? entry.sync_ == kNews : (entry.sync_ & StickEntry::kListed) != 0) return;
    entry.sync_ |= local ? kNews : StickEntry::kListed | StickEntry::kUnseen;
    if (entry.waits_at_ != StickEntry::kNotWaiting) return;
    entry.waits_at_ = static_cast<std::uint32_t>(s.waiting.size());
    s.waiting.push_back(&entry);
    if (s.waiting.size() > 1) return;
    std::lock_guard lock(updates_mutex_);
    if (wake_) wake_();
}

void StickTable::leave_updates(Shard& s, StickEntry& entry) {
    stop_waiting(s, entry);
    std::lock_guard lock(updates_mutex_);
    const auto found = updates_.find(entry.update_id_);
    if (found != updates_.end() && found->second == &entry) updates_.erase(found);
}

void StickTable::list_updates() {
    for (std::uint64_t i = 0; i <= mask_; ++i) {
        Shard& s = shards_[i];
        std::lock_guard lock(s.mutex);
        if (s.waiting.empty()) continue;
        std::lock_guard updates_lock(updates_mutex_);
        for (StickEntry* entry : s.waiting) {
            entry->waits_at_ = StickEntry::kNotWaiting;
            std::uint32_t id = update_.load(std::memory_order_relaxed) + 1;
            update_.store(id, std::memory_order_relaxed);
            if (entry->sync_ & StickEntry::kLocal)
                local_update_.store(id, std::memory_order_relaxed);
            else
                id += kHalfOfNumbers;
            const auto found = updates_.find(entry->update_id_);
            if (found != updates_.end() && found->second == entry) {
                auto node = updates_.extract(found);
                node.key() = id;
                updates_.erase(id);
                updates_.insert(std::move(node));
            } else {
                updates_[id] = entry;
            }
            entry->update_id_ = id;
        }
        s.waiting.clear();
    }
}

std::optional<StickTable::Update> StickTable::update_from(std::uint32_t id) const {
    std::lock_guard lock(updates_mutex_);
    const auto found = updates_.lower_bound(id);
    if (found == updates_.end()) return {};
    return Update{found->first, std::string(found->second->key())};
}

void StickTable::mark_seen(StickEntry& entry) {
    Shard& s = shard(entry.hash_);
    std::lock_guard lock(s.mutex);
    if (entry.waits_at_ == StickEntry::kNotWaiting) entry.sync_ &= static_cast<std::uint8_t>(~StickEntry::kUnseen);
}

void StickTable::touch_remote_and_release(StickEntry& entry, std::uint32_t left_ms) {
    Shard& s = shard(entry.hash_);
    std::lock_guard lock(s.mutex);
    const std::uint32_t whole = expire_ms();
    const auto now = static_cast<std::int64_t>(Clock::now_ms());
    entry.used_ms_ = now - (whole > left_ms ? whole - left_ms : 0);
    unlink(s, entry);
    StickEntry* older = s.newest;
    for (int steps = 0; older && older->used_ms_ > entry.used_ms_; older = older->older_)
        if (++steps > kMostSteps) {
            entry.used_ms_ = older->used_ms_;
            break;
        }
    entry.older_ = older;
    entry.newer_ = older ? older->newer_ : s.oldest;
    (entry.older_ ? entry.older_->newer_ : s.oldest) = &entry;
    (entry.newer_ ? entry.newer_->older_ : s.newest) = &entry;
    if (is_followed_.load(std::memory_order_relaxed)) use_for_peers(s, entry, false);
    // The peer that told us has seen it: it wants to know of our next use.
    if (!(entry.sync_ & StickEntry::kLocal)) entry.sync_ &= static_cast<std::uint8_t>(~StickEntry::kUnseen);
    release(entry);
}

}  // namespace cfgproxy::server
