#include "sample/pattern_list.h"

#include <algorithm>

#include "base/text.h"
#include "sample/map.h"
#include "sample/pattern_sets.h"
#include "sample/replace.h"

namespace cfgproxy::sample {

// --- lists -----------------------------------------------------------------------------------------------------

void PatternList::append(std::string_view key, std::string_view value) {
    Entry& entry = entries_.emplace_back();
    entry.id = ++last_id_;
    entry.version = current_;
    entry.key = key;
    entry.value = value;
}

PatternList::Versions PatternList::versions() const {
    std::lock_guard lock(mutex_);
    return {current_, next_, entries_.size() - removed_};
}

std::vector<PatternList::Entry> PatternList::entries(std::uint32_t version, std::uint64_t after,
                                                     std::size_t count) const {
    std::lock_guard lock(mutex_);
    std::vector<Entry> some;
    auto at = std::upper_bound(entries_.begin(), entries_.end(), after,
                               [](std::uint64_t id, const Entry& entry) { return id < entry.id; });
    for (; at != entries_.end() && some.size() < count; ++at)
        if (at->version == version && !at->removed) some.push_back(*at);
    return some;
}

std::vector<std::shared_ptr<PatternView>> PatternList::views() const {
    std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<PatternView>> all;
    for (const auto& weak : views_)
        if (auto view = weak.lock()) all.push_back(std::move(view));
    return all;
}

std::vector<const PatternList::Entry*> PatternList::current_entries() const {
    std::vector<const Entry*> all;
    all.reserve(entries_.size());
    for (const Entry& entry : entries_)
        if (entry.version == current_ && !entry.removed) all.push_back(&entry);
    return all;
}

/// Puts it behind those of the same key. True: it is the first one.
bool PatternList::link(Entry& entry) {
    const auto [at, fresh] = by_key_.try_emplace(entry.key, &entry);
    if (fresh) return true;
    Entry* last = at->second;
    while (last->next_same) last = last->next_same;
    last->next_same = &entry;
    return false;
}

void PatternList::index() {
    if (indexed_) return;
    by_key_.clear();
    by_key_.reserve(entries_.size());
    for (Entry& entry : entries_) {
        entry.next_same = nullptr;
        if (entry.version == current_ && !entry.removed) link(entry);
    }
    indexed_ = true;
}

PatternList::Entry* PatternList::find_first(std::string_view key) {
    index();
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

PatternList::Entry* PatternList::find(std::uint64_t id) {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), id,
                                     [](const Entry& entry, std::uint64_t wanted) { return entry.id < wanted; });
    const bool found = at != entries_.end() && at->id == id && at->version == current_ && !at->removed;
    return found ? &*at : nullptr;
}

/// Of the current version. Where an equal key is left, its value takes over.
void PatternList::take_out(Entry& entry, std::vector<Change>& changes) {
    index();
    const auto at = by_key_.find(entry.key);
    if (at->second != &entry) {
        Entry* before = at->second;
        while (before->next_same != &entry) before = before->next_same;
        before->next_same = entry.next_same;
    } else {
        Entry* const next = entry.next_same;
        changes.push_back({entry.key, next ? next->value : std::string{}, next == nullptr});
        by_key_.erase(at);
        if (next) by_key_.emplace(next->key, next);  // the key that the map refers to goes with its entry
    }
    entry.next_same = nullptr;
    entry.removed = true;
    ++removed_;
}

void PatternList::compact() {
    if (removed_ <= 64 + entries_.size() / 2) return;
    std::erase_if(entries_, [](const Entry& entry) { return entry.removed; });
    removed_ = 0;
    indexed_ = false;
}

bool PatternList::contains(std::string_view key) {
    std::lock_guard lock(mutex_);
    return find_first(key) != nullptr;
}

base::Result<void> PatternList::apply(const std::vector<Change>& changes, bool all_anew) {
    struct Made {
        std::shared_ptr<PatternView> view;
        PatternView::Snapshot snapshot;
        std::vector<Change> recent;
    };
    std::vector<Made> made;
    // Changes that have piled up are taken into the sets now and then: rarely enough that it costs little per change.
    const std::size_t most = 64 + entries_.size() / 256;
    for (const auto& weak : views_) {
        auto view = weak.lock();
        if (!view) continue;
        Made one{std::move(view), {}, {}};
        const bool whole = all_anew || !one.view->takes_changes(changes, most);
        auto snapshot = whole ? one.view->compile(current_entries(), nullptr) : one.view->with(changes, one.recent);
        if (!snapshot) return base::Error{snapshot.error()};
        one.snapshot = std::move(*snapshot);
        made.push_back(std::move(one));
    }
    for (Made& one : made) {
        one.view->recent_ = std::move(one.recent);
        one.view->publish(std::move(one.snapshot));
    }
    return {};
}

base::Result<void> PatternList::refresh() {
    indexed_ = false;
    return apply({}, true);
}

base::Result<void> PatternList::add(std::uint32_t version, std::vector<Pair> pairs) {
    std::lock_guard lock(mutex_);
    const std::size_t before = entries_.size();
    std::vector<Change> changes;
    if (version == current_) index();
    for (Pair& pair : pairs) {
        entries_.push_back(
            {.id = ++last_id_, .version = version, .key = std::move(pair.key), .value = std::move(pair.value)});
        Entry& entry = entries_.back();
        // Of equal keys the first one counts: a second one is nothing that views need to know.
        if (version == current_ && link(entry)) changes.push_back({entry.key, entry.value, false});
    }
    auto result = changes.empty() ? base::Result<void>{} : apply(changes);
    if (!result) {
        entries_.resize(before);
        indexed_ = false;
    }
    return result;
}

base::Result<void> PatternList::add(std::string_view key, std::string_view value) {
    const std::uint32_t version = versions().current;
    return add(version, {{std::string(key), std::string(value)}});
}

base::Result<bool> PatternList::set_value(Entry& first, bool all_of_key, std::string_view value) {
    std::vector<std::string> old;
    for (Entry* entry = &first; entry; entry = all_of_key ? entry->next_same : nullptr)
        old.push_back(std::exchange(entry->value, std::string(value)));
    if (find_first(first.key) != &first) return true;  // another one counts
    auto result = apply({{first.key, first.value, false}});
    if (result) return true;
    Entry* entry = &first;
    for (std::string& text : old) {
        entry->value = std::move(text);
        entry = entry->next_same;
    }
    return base::Error{result.error()};
}

base::Result<bool> PatternList::set(std::string_view key, std::string_view value) {
    std::lock_guard lock(mutex_);
    Entry* const first = find_first(key);
    return first ? set_value(*first, true, value) : base::Result<bool>(false);
}

base::Result<bool> PatternList::set(std::uint64_t id, std::string_view value) {
    std::lock_guard lock(mutex_);
    Entry* const entry = find(id);
    return entry ? set_value(*entry, false, value) : base::Result<bool>(false);
}

bool PatternList::remove(std::string_view key) {
    std::lock_guard lock(mutex_);
    Entry* entry = find_first(key);
    if (!entry) return false;
    std::vector<Change> changes;
    for (Entry* next; entry; entry = next) {
        next = entry->next_same;
        changes.clear();
        take_out(*entry, changes);
    }
    static_cast<void>(apply(changes));
    compact();
    return true;
}

bool PatternList::remove(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    Entry* const entry = find(id);
    if (!entry) return false;
    std::vector<Change> changes;
    take_out(*entry, changes);
    if (!changes.empty()) static_cast<void>(apply(changes));
    compact();
    return true;
}

void PatternList::clear(std::uint32_t version) {
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) { return entry.version == version || entry.removed; });
    removed_ = 0;
    indexed_ = false;
    if (version == current_) static_cast<void>(refresh());
}

std::uint32_t PatternList::prepare() {
    std::lock_guard lock(mutex_);
    return ++next_;
}

bool PatternList::commit(std::uint32_t version) {
    std::lock_guard lock(mutex_);
    if (version - (current_ + 1) >= next_ - current_) return false;
    const std::uint32_t before = std::exchange(current_, version);
    if (!refresh()) {
        current_ = before;
        indexed_ = false;
        return false;
    }
    // Older versions go, later ones are still being prepared.
    std::erase_if(entries_, [&](const Entry& entry) {
        return entry.removed || static_cast<std::int32_t>(entry.version - version) < 0;
    });
    removed_ = 0;
    indexed_ = false;
    return true;
}

// --- views -----------------------------------------------------------------------------------------------------

namespace {

bool parse_value(const std::string& text, Type out, Value& value) {
    if (out == Type::address) return parse_map_address(text, value);
    value = Value::of_text(text);
    if (out != Type::sint) return true;
    std::size_t used = 0;
    value = Value::of_int(leading_number(text, &used));
    return used == text.size();
}

/// What a thread keeps of views that have changed, so that a look-up takes no lock.
struct Cached {
    std::uint64_t version = 0;
    std::shared_ptr<const void> snapshot;
};

std::vector<Cached>& cache() {
    thread_local std::vector<Cached> all;
    return all;
}

/// Numbers of places in the threads' caches.
struct Slots {
    std::mutex mutex;
    std::vector<std::size_t> free;
    std::size_t used = 0;
    std::uint64_t last_version = 0;
};

Slots& slots() {
    static Slots all;
    return all;
}

constexpr std::size_t kNoSlot = ~std::size_t{0};

/// Where a pattern stands in a small set; -1: it is not there.
std::int64_t place_of(const PatternSet& set, std::string_view pattern) {
    for (std::size_t i = 0; i < set.size(); ++i)
        if (set.pattern(i) == pattern) return static_cast<std::int64_t>(i);
    return -1;
}

}  // namespace

base::Result<std::shared_ptr<PatternView::Part>> PatternView::compile(const Texts& keys,
                                                                      std::vector<std::string> values,
                                                                      std::size_t* failed) const {
    auto part = std::make_shared<Part>();
    part->texts = std::move(values);
    if (out != Type::any) {
        part->values.reserve(part->texts.size());
        for (std::size_t i = 0; i < part->texts.size(); ++i) {
            Value value;
            if (failed) *failed = i;
            if (!parse_value(part->texts[i], out, value))
                return base::Error{"unable to parse '" + part->texts[i] + "'"};
            part->values.push_back(value);
        }
    }
    auto set = PatternSet::compile(kind, flags, keys, failed);
    if (!set) return base::Error{set.error()};
    part->keys = std::move(*set);
    return part;
}

base::Result<PatternView::Snapshot> PatternView::compile(const std::vector<const PatternList::Entry*>& entries,
                                                         std::size_t* failed) const {
    Texts keys;
    std::vector<std::string> values;
    keys.reserve(entries.size());
    if (out != Type::any) values.reserve(entries.size());
    for (const auto* entry : entries) {
        keys.push_back(entry->key);
        if (out != Type::any) values.push_back(entry->value);
    }
    auto part = compile(keys, std::move(values), failed);
    if (!part) return base::Error{part.error()};
    return Snapshot{std::move(*part), nullptr, nullptr};
}

base::Result<PatternView::Snapshot> PatternView::with(const std::vector<Change>& changes,
                                                      std::vector<Change>& recent) const {
    recent = recent_;
    for (const Change& change : changes) {
        const auto known =
            std::find_if(recent.begin(), recent.end(), [&](const Change& old) { return old.key == change.key; });
        if (known == recent.end()) {
            recent.push_back(change);
        } else if (known->dead || change.dead) {
            const bool anew = known->dead || known->anew;
            recent.erase(known);
            recent.push_back(change);
            recent.back().anew = anew;
        } else {
            known->value = change.value;  // in its place
        }
    }
    Texts keys;
    std::vector<std::string> values;
    auto removed = std::make_shared<Removed>();
    for (const Change& change : recent) {
        if (change.dead || change.anew) removed->insert(change.key);
        if (change.dead) continue;
        keys.push_back(change.key);
        if (out != Type::any) values.push_back(change.value);
    }
    Snapshot next{snapshot_->all, nullptr, nullptr};
    if (!removed->empty()) next.removed = std::move(removed);
    if (keys.empty()) return next;
    auto part = compile(keys, std::move(values), nullptr);
    if (!part) return base::Error{part.error()};
    next.recent = std::move(*part);
    return next;
}

base::Result<std::shared_ptr<PatternView>> PatternView::make(std::shared_ptr<PatternList> list, MatchKind kind,
                                                             PatternSet::Flags flags, Type out, std::size_t* failed) {
    std::lock_guard lock(list->mutex_);
    for (const auto& weak : list->views_) {
        auto known = weak.lock();
        if (known && known->kind == kind && known->flags == flags && known->out == out) return known;
    }
    std::shared_ptr<PatternView> view(new PatternView(list, kind, flags, out));
    auto snapshot = view->compile(list->current_entries(), failed);
    if (!snapshot) return base::Error{snapshot.error()};
    view->first_ = snapshot->all;
    view->snapshot_ = std::make_shared<const Snapshot>(std::move(*snapshot));
    list->views_.push_back(view);
    return view;
}

/// Whether changes can be kept beside the set. What was removed must not hide others that match as well.
bool PatternView::takes_changes(const std::vector<Change>& changes, std::size_t most) const {
    if (recent_.size() + changes.size() > most) return false;
    const auto is_dead = [](const Change& change) { return change.dead; };
    return snapshot_->all->keys->can_pass_over() || std::none_of(changes.begin(), changes.end(), is_dead);
}

/// Of two patterns that match: the narrower one of beginnings and addresses; else the one that was there first, unless
/// the other one stands for the same key.
bool PatternView::recent_counts(const Value& key, std::string_view recent, std::string_view old) const {
    if (kind == MatchKind::str || recent == old) return true;
    if (kind == MatchKind::beg && !flags.first) return recent.size() > old.size();
    if (kind == MatchKind::ip) return narrowness(recent, key.type) > narrowness(old, key.type);
    return false;
}

PatternView::~PatternView() {
    if (slot_ == kNoSlot) return;
    std::lock_guard lock(slots().mutex);
    slots().free.push_back(slot_);
}

void PatternView::publish(Snapshot snapshot) {
    auto next = std::make_shared<const Snapshot>(std::move(snapshot));
    Slots& all = slots();
    std::lock_guard slots_lock(all.mutex);
    if (slot_ == kNoSlot) {
        if (all.free.empty()) all.free.push_back(all.used++);
        slot_ = all.free.back();
        all.free.pop_back();
    }
    std::lock_guard lock(mutex_);
    snapshot_ = std::move(next);
    version_.store(++all.last_version, std::memory_order_release);
    changed_.store(true, std::memory_order_release);
    for (const auto& flag : watchers_) flag->store(true, std::memory_order_release);
}

void PatternView::watch(std::shared_ptr<std::atomic<bool>> flag) const {
    std::lock_guard lock(mutex_);
    watchers_.push_back(std::move(flag));
}

const PatternView::Snapshot& PatternView::current() const {
    auto& all = cache();
    if (all.size() <= slot_) all.resize(slot_ + 1);
    Cached& mine = all[slot_];
    if (mine.version != version_.load(std::memory_order_acquire)) {
        std::lock_guard lock(mutex_);
        mine.snapshot = snapshot_;
        mine.version = version_.load(std::memory_order_relaxed);
    }
    return *static_cast<const Snapshot*>(mine.snapshot.get());
}

template <class Use>
bool PatternView::look_up(const Value& key, base::Arena& arena, Use use) const {
    if (!changed_.load(std::memory_order_acquire)) {
        const std::int64_t index = first_->keys->find(key, arena);
        if (index < 0) return false;
        use(*first_, static_cast<std::size_t>(index), false);
        return true;
    }
    const Snapshot& snapshot = current();
    if (snapshot.recent) {
        const PatternSet& recent = *snapshot.recent->keys;
        std::int64_t index = recent.find(key, arena);
        const std::int64_t old = index >= 0 && kind != MatchKind::str ? snapshot.find_in_all(key, arena) : -1;
        if (old >= 0) {
            const std::string_view counts = snapshot.all->keys->pattern(static_cast<std::size_t>(old));
            // The one that was there before may itself have another value now.
            if (!recent_counts(key, recent.pattern(static_cast<std::size_t>(index)), counts))
                index = place_of(recent, counts);
        }
        if (index >= 0) {
            use(*snapshot.recent, static_cast<std::size_t>(index), true);
            return true;
        }
    }
    const std::int64_t index = snapshot.find_in_all(key, arena);
    if (index < 0) return false;
    use(*snapshot.all, static_cast<std::size_t>(index), true);
    return true;
}

bool PatternView::matches(const Value& value, base::Arena& arena) const {
    return look_up(value, arena, [](const Part&, std::size_t, bool) {});
}

bool PatternView::find(const Value& key, base::Arena& arena, Value& value) const {
    return look_up(key, arena, [&](const Part& part, std::size_t index, bool passing) {
        value = part.values[index];
        if (passing) value.text = arena.copy(value.text);
    });
}

bool PatternView::find_key(const Value& key, base::Arena& arena, std::string_view& text) const {
    return look_up(key, arena, [&](const Part& part, std::size_t index, bool passing) {
        text = part.keys->pattern(index);
        if (passing) text = arena.copy(text);
    });
}

bool PatternView::find_expanded(const Value& key, base::Arena& arena, std::string_view& text) const {
    bool expanded = false;
    look_up(key, arena, [&](const Part& part, std::size_t index, bool) {
        const Regex* regex = part.keys->regex(index);
        std::size_t offsets[20];
        const int pairs = regex ? regex->match(key.text, 0, offsets, 10) : 0;
        expanded = pairs > 0 && expand_groups(part.values[index].text, key.text, offsets, pairs, arena, text);
    });
    return expanded;
}

std::optional<PatternView::Hit> PatternView::hit(const Value& key, base::Arena& arena) const {
    std::optional<Hit> found;
    look_up(key, arena, [&](const Part& part, std::size_t index, bool) {
        found = Hit{index < part.keys->size() ? std::string(part.keys->pattern(index)) : std::string{}, {}, Type::any};
        if (index < part.values.size()) found->value = part.texts[index], found->type = part.values[index].type;
    });
    return found;
}

// --- all lists of a configuration ----------------------------------------------------------------------------------

namespace {

std::string at(const base::Place& place) {
    return " at file '" + (place.file ? *place.file : std::string{}) + "' line " + std::to_string(place.line);
}

thread_local PatternLists* being_read = nullptr;

}  // namespace

base::Result<std::shared_ptr<PatternList>> PatternLists::of_file(const std::string& path, bool two_columns,
                                                                 std::string_view who, const base::Place& place) {
    auto& known = files_[path];
    const bool by_map = who == "map";
    if (known) {
        const std::string columns = two_columns ? "one" : "two", wanted = two_columns ? "two" : "one";
        if (known->has_values != two_columns)
            return base::Error{"The file \"" + path + "\" is already used as " + columns +
                               " column file and cannot be used by as " + wanted + " column file."};
        known->description += ", by " + std::string(who) + at(place);
    } else {
        auto list = std::make_shared<PatternList>();
        const auto read = read_pattern_file(path, two_columns, [&](const FileLine& line) {
            list->lines.push_back(line.line);
            list->append(line.key, line.value);
        });
        if (!read) {
            files_.erase(path);
            return base::Error{read.error()};
        }
        known = std::move(list);
        known->file = path;
        known->has_values = two_columns;
        known->description = "pattern loaded from file '" + path + "' used by " + std::string(who) + at(place);
        lists_.push_back(known);
    }
    (by_map ? known->used_by_map : known->used_by_acl) = true;
    return known;
}

std::shared_ptr<PatternList> PatternLists::of_line(std::string_view keyword, std::int64_t number,
                                                   const base::Place& place) {
    auto list = std::make_shared<PatternList>();
    list->number = number;
    list->used_by_acl = true;
    list->description = "acl '" + std::string(keyword) + "' file '" + (place.file ? *place.file : std::string{}) +
                        "' line " + std::to_string(place.line);
    lists_.push_back(list);
    return list;
}

PatternList* PatternLists::find(std::string_view reference) const {
    if (!reference.starts_with('#')) {
        auto found = files_.find(std::string(reference));
        return found == files_.end() ? nullptr : found->second.get();
    }
    const auto number = base::parse_int(reference.substr(1));
    for (const auto& list : lists_)
        if (number && list->number == *number) return list.get();
    return nullptr;
}

void PatternLists::give_numbers() {
    std::vector<std::int64_t> taken;
    for (const auto& list : lists_)
        if (list->number >= 0) taken.push_back(list->number);
    std::sort(taken.begin(), taken.end());
    std::int64_t next = 0;
    for (const auto& list : lists_) {
        if (list->number >= 0) continue;
        while (std::binary_search(taken.begin(), taken.end(), next)) ++next;
        list->number = next++;
    }
    std::stable_sort(lists_.begin(), lists_.end(), [](const auto& a, const auto& b) { return a->number < b->number; });
}

PatternLists& PatternLists::reading() {
    thread_local PatternLists stand_in;
    if (being_read) return *being_read;
    stand_in = {};  // nobody will ask for these again
    return stand_in;
}

PatternLists::Reading::Reading(PatternLists& lists) : before_(being_read) { being_read = &lists; }
PatternLists::Reading::~Reading() { being_read = before_; }

}  // namespace cfgproxy::sample
