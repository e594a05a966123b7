#include "sample/pattern_list.h"

#include <algorithm>

#include "base/text.h"
#include "sample/map.h"
#include "sample/replace.h"

namespace cfgproxy::sample {

// --- lists -----------------------------------------------------------------------------------------------------

void PatternList::append(std::string key, std::string value) {
    entries_.push_back({++last_id_, current_, std::move(key), std::move(value)});
}

PatternList::Versions PatternList::versions() const {
    std::lock_guard lock(mutex_);
    return {current_, next_, entries_.size()};
}

std::vector<PatternList::Entry> PatternList::entries(std::uint32_t version, std::size_t from, std::size_t count) const {
    std::lock_guard lock(mutex_);
    std::vector<Entry> some;
    for (const Entry& entry : entries_) {
        if (entry.version != version) continue;
        if (from > 0) {
            --from;
            continue;
        }
        if (some.size() == count) break;
        some.push_back(entry);
    }
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
    for (const Entry& entry : entries_)
        if (entry.version == current_) all.push_back(&entry);
    return all;
}

std::uint32_t& PatternList::count(const std::string& key) {
    if (!counted_) {
        counts_.clear();
        for (const Entry* entry : current_entries()) ++counts_[entry->key];
        counted_ = true;
    }
    return counts_[key];
}

bool PatternList::contains(std::string_view key) {
    std::lock_guard lock(mutex_);
    return count(std::string(key)) > 0;
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
        const bool whole =
            all_anew || one.view->kind != MatchKind::str || one.view->recent_.size() + changes.size() > most;
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
    counted_ = false;
    return apply({}, true);
}

base::Result<void> PatternList::add(std::uint32_t version, std::vector<Pair> pairs) {
    std::lock_guard lock(mutex_);
    const std::size_t before = entries_.size();
    std::vector<Change> changes;
    for (Pair& pair : pairs) {
        // Of equal keys the first one counts: a second one is nothing that views need to know.
        if (version == current_ && count(pair.key)++ == 0) changes.push_back({pair.key, pair.value, false});
        entries_.push_back({++last_id_, version, std::move(pair.key), std::move(pair.value)});
    }
    auto result = changes.empty() ? base::Result<void>{} : apply(changes);
    if (!result) {
        entries_.resize(before);
        counted_ = false;
    }
    return result;
}

base::Result<void> PatternList::add(std::string_view key, std::string_view value) {
    const std::uint32_t version = versions().current;
    return add(version, {{std::string(key), std::string(value)}});
}

template <class Which>
base::Result<bool> PatternList::set_where(Which which, std::string_view value) {
    std::lock_guard lock(mutex_);
    std::vector<std::pair<Entry*, std::string>> old;
    std::vector<Change> changes;
    for (Entry& entry : entries_) {
        if (entry.version != current_ || !which(entry)) continue;
        old.emplace_back(&entry, std::exchange(entry.value, std::string(value)));
        if (changes.empty()) changes.push_back({entry.key, entry.value, false});
    }
    if (old.empty()) return false;
    if (auto result = apply(changes); !result) {
        for (auto& [entry, text] : old) entry->value = std::move(text);
        return base::Error{result.error()};
    }
    return true;
}

template <class Which>
bool PatternList::remove_where(Which which) {
    std::lock_guard lock(mutex_);
    std::vector<Change> changes;
    static_cast<void>(count({}));  // counted now, not in the midst of moving entries
    const auto first = std::remove_if(entries_.begin(), entries_.end(), [&](Entry& entry) {
        if (entry.version != current_ || !which(entry)) return false;
        if (--count(entry.key) == 0) changes.push_back({entry.key, {}, true});
        return true;
    });
    if (first == entries_.end()) return false;
    entries_.erase(first, entries_.end());
    // Where an equal key is left, its value takes over.
    static_cast<void>(changes.empty() ? refresh() : apply(changes));
    return true;
}

base::Result<bool> PatternList::set(std::string_view key, std::string_view value) {
    return set_where([&](const Entry& entry) { return entry.key == key; }, value);
}
base::Result<bool> PatternList::set(std::uint64_t id, std::string_view value) {
    return set_where([&](const Entry& entry) { return entry.id == id; }, value);
}
bool PatternList::remove(std::string_view key) {
    return remove_where([&](const Entry& entry) { return entry.key == key; });
}
bool PatternList::remove(std::uint64_t id) {
    return remove_where([&](const Entry& entry) { return entry.id == id; });
}

void PatternList::clear(std::uint32_t version) {
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) { return entry.version == version; });
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
        counted_ = false;
        return false;
    }
    // Older versions go, later ones are still being prepared.
    std::erase_if(entries_, [&](const Entry& entry) { return static_cast<std::int32_t>(entry.version - version) < 0; });
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

}  // namespace

base::Result<std::shared_ptr<PatternView::Part>> PatternView::compile(std::vector<std::string> keys,
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
    auto set = PatternSet::compile(kind, flags, std::move(keys), failed);
    if (!set) return base::Error{set.error()};
    part->keys = std::move(*set);
    return part;
}

base::Result<PatternView::Snapshot> PatternView::compile(const std::vector<const PatternList::Entry*>& entries,
                                                         std::size_t* failed) const {
    std::vector<std::string> keys, values;
    keys.reserve(entries.size());
    if (out != Type::any) values.reserve(entries.size());
    for (const auto* entry : entries) {
        keys.push_back(entry->key);
        if (out != Type::any) values.push_back(entry->value);
    }
    auto part = compile(std::move(keys), std::move(values), failed);
    if (!part) return base::Error{part.error()};
    return Snapshot{std::move(*part), nullptr};
}

base::Result<PatternView::Snapshot> PatternView::with(const std::vector<Change>& changes,
                                                      std::vector<Change>& recent) const {
    recent = recent_;
    for (const Change& change : changes) {
        std::erase_if(recent, [&](const Change& old) { return old.key == change.key; });
        recent.push_back(change);
    }
    std::vector<std::string> keys, values;
    std::vector<bool> dead;
    for (const Change& change : recent) {
        keys.push_back(change.key);
        dead.push_back(change.dead);
        if (out != Type::any) values.push_back(change.dead && out != Type::str ? "0" : change.value);
    }
    if (out == Type::address)
        for (std::size_t i = 0; i < values.size(); ++i)
            if (dead[i]) values[i] = "0.0.0.0";
    auto part = compile(std::move(keys), std::move(values), nullptr);
    if (!part) return base::Error{part.error()};
    (*part)->dead = std::move(dead);
    return Snapshot{snapshot_->all, std::move(*part)};
}

base::Result<std::shared_ptr<PatternView>> PatternView::make(std::shared_ptr<PatternList> list, MatchKind kind,
                                                             PatternSet::Flags flags, Type out, std::size_t* failed) {
    std::shared_ptr<PatternView> view(new PatternView(list, kind, flags, out));
    std::lock_guard lock(list->mutex_);
    auto snapshot = view->compile(list->current_entries(), failed);
    if (!snapshot) return base::Error{snapshot.error()};
    view->first_ = snapshot->all;
    view->snapshot_ = std::make_shared<const Snapshot>(std::move(*snapshot));
    list->views_.push_back(view);
    return view;
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
        const std::int64_t index = snapshot.recent->keys->find(key, arena);
        if (index >= 0) {
            if (snapshot.recent->dead[static_cast<std::size_t>(index)]) return false;
            use(*snapshot.recent, static_cast<std::size_t>(index), true);
            return true;
        }
    }
    const std::int64_t index = snapshot.all->keys->find(key, arena);
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
        found = Hit{index < part.keys->size() ? part.keys->pattern(index) : std::string{}, {}, Type::any};
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
        auto lines = read_pattern_file(path, two_columns);
        if (!lines) {
            files_.erase(path);
            return base::Error{lines.error()};
        }
        known = std::make_shared<PatternList>();
        known->file = path;
        known->has_values = two_columns;
        known->description = "pattern loaded from file '" + path + "' used by " + std::string(who) + at(place);
        for (FileLine& line : *lines) {
            known->lines.push_back(line.line);
            known->append(std::move(line.key), std::move(line.value));
        }
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
