#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.h"
#include "sample/pattern.h"

namespace cfgproxy::sample {

class PatternView;

/// Patterns, each perhaps with a value, as an `acl` line or a file has them, and as commands and rules change them
/// while the program runs: a change makes new immutable sets in the views, which threads take up with their next
/// look-up. Each change costs little but for removing where equal patterns are not told apart (-i, dir, dom, numbers,
/// regular expressions): there a view is made anew.
/// Shared; free for all threads. Entries belong to versions, of which one is current and the others are being prepared.
class PatternList {
  public:
    struct Entry {
        std::uint64_t id = 0;  ///< names it in commands
        std::uint32_t version = 0;
        bool removed = false;
        std::string key, value;
        Entry* next_same = nullptr;  ///< the next one of the same key and version, while there is an index
    };
    struct Pair {
        std::string key, value;
    };

    std::int64_t number = -1;  ///< "#3" in commands: by -u, or given out when all is read
    std::string file;          ///< empty: patterns of an acl line
    std::string description;
    bool has_values = false;  ///< two columns
    bool used_by_acl = false, used_by_map = false;

    std::vector<std::uint32_t> lines;  ///< of the file, by entry, for messages

    /// While the configuration is read.
    void append(std::string_view key, std::string_view value);

    struct Versions {
        std::uint32_t current = 0, next = 0;
        std::size_t entries = 0;  ///< of all versions
    };
    Versions versions() const;
    /// The entries of a version behind the one of id `after` (0: from the first one on), at most `count`; fewer at the
    /// end.
    std::vector<Entry> entries(std::uint32_t version, std::uint64_t after, std::size_t count) const;
    std::vector<std::shared_ptr<PatternView>> views() const;

    /// Errors are HAProxy's: a key or value that one of the views cannot take. Then nothing has changed.
    base::Result<void> add(std::uint32_t version, std::vector<Pair> pairs);
    base::Result<void> add(std::string_view key, std::string_view value);  ///< to the current version
    /// Changes the values of all entries with that key. False: there is none.
    base::Result<bool> set(std::string_view key, std::string_view value);
    base::Result<bool> set(std::uint64_t id, std::string_view value);
    bool remove(std::string_view key);
    bool remove(std::uint64_t id);
    bool contains(std::string_view key);
    void clear(std::uint32_t version);
    std::uint32_t prepare();             ///< the number of a new version
    bool commit(std::uint32_t version);  ///< false: out of range

  private:
    friend class PatternView;
    struct Change {
        std::string key, value;
        bool dead = false;
        bool anew = false;  ///< it had been removed: its place is behind all others
    };
    std::vector<const Entry*> current_entries() const;
    Entry* find_first(std::string_view key);
    Entry* find(std::uint64_t id);  ///< of the current version
    bool link(Entry& entry);
    void index();
    base::Result<bool> set_value(Entry& first, bool all_of_key, std::string_view value);
    void take_out(Entry& entry, std::vector<Change>& changes);
    void compact();
    /// Takes what has changed into all views, or into none.
    base::Result<void> apply(const std::vector<Change>& changes, bool all_anew = false);
    base::Result<void> refresh();  ///< all views, from all entries

    mutable std::mutex mutex_;
    std::deque<Entry> entries_;  ///< by id; those that are removed stay until there are many
    std::size_t removed_ = 0;
    /// Current entries by key, the first one of each; made with the first change.
    std::unordered_map<std::string_view, Entry*> by_key_;
    bool indexed_ = false;
    std::vector<std::weak_ptr<PatternView>> views_;
    std::uint32_t current_ = 0, next_ = 0;
    std::uint64_t last_id_ = 0;
};

/// One way in which a PatternList is matched: kind, flags, and the type of its values. Shared; look-ups take no lock
/// but once behind a change.
class PatternView : public std::enable_shared_from_this<PatternView> {
  public:
    /// A new one, or the one that looks at the list in the same way already. `failed`: index of the entry that the
    /// error is about. With `out` any the values are not looked at.
    static base::Result<std::shared_ptr<PatternView>> make(std::shared_ptr<PatternList> list, MatchKind kind,
                                                           PatternSet::Flags flags, Type out,
                                                           std::size_t* failed = nullptr);
    ~PatternView();

    bool matches(const Value& value, base::Arena& arena) const;
    /// The value of the pattern that matches; false if none does. Texts go to `arena` if they could go away.
    bool find(const Value& key, base::Arena& arena, Value& value) const;
    bool find_key(const Value& key, base::Arena& arena, std::string_view& text) const;
    /// Of regular expressions: the value with "\\1" and the like replaced by what the groups matched.
    bool find_expanded(const Value& key, base::Arena& arena, std::string_view& text) const;
    /// Both, for commands: copies.
    struct Hit {
        std::string key, value;
        Type type = Type::any;
    };
    std::optional<Hit> hit(const Value& key, base::Arena& arena) const;
    /// The set, if it has never been changed; else null.
    const PatternSet* unchanged() const {
        return changed_.load(std::memory_order_acquire) ? nullptr : first_->keys.get();
    }

    /// Has `flag` set with the first change.
    void watch(std::shared_ptr<std::atomic<bool>> flag) const;

    const MatchKind kind;
    const PatternSet::Flags flags;
    const Type out;

  private:
    friend class PatternList;
    /// Texts and values behind a set's indices.
    struct Part {
        std::unique_ptr<PatternSet> keys;
        std::vector<std::string> texts;
        std::vector<Value> values;
    };
    /// What is looked at first are the changes since `all` was made: what was added, or has another value. Null:
    /// nothing.
    struct Snapshot {
        std::shared_ptr<const Part> all, recent;
        std::shared_ptr<const Removed> removed;  ///< patterns of `all`
        std::int64_t find_in_all(const Value& key, base::Arena& arena) const {
            return removed ? all->keys->find_beside(key, arena, *removed) : all->keys->find(key, arena);
        }
    };
    using Change = PatternList::Change;

    PatternView(std::shared_ptr<PatternList> list, MatchKind kind, PatternSet::Flags flags, Type out)
        : kind(kind), flags(flags), out(out), list_(std::move(list)) {}
    base::Result<std::shared_ptr<Part>> compile(const std::vector<std::string_view>& keys,
                                                std::vector<std::string> values, std::size_t* failed) const;
    base::Result<Snapshot> compile(const std::vector<const PatternList::Entry*>& entries, std::size_t* failed) const;
    /// What follows from changes, of which `recent` is to hold those that have not been taken into `all`.
    base::Result<Snapshot> with(const std::vector<Change>& changes, std::vector<Change>& recent) const;
    bool takes_changes(const std::vector<Change>& changes, std::size_t most) const;
    bool recent_counts(const Value& key, std::string_view recent, std::string_view old) const;
    void publish(Snapshot snapshot);
    const Snapshot& current() const;
    template <class Use>
    bool look_up(const Value& key, base::Arena& arena, Use use) const;

    std::shared_ptr<PatternList> list_;
    std::shared_ptr<const Part> first_;
    std::atomic<bool> changed_{false};
    std::atomic<std::uint64_t> version_{0};  ///< unique over all views
    std::size_t slot_ = ~std::size_t{0};     ///< in each thread's cache; given out with the first change
    mutable std::mutex mutex_;               ///< of snapshot_ and watchers_
    std::shared_ptr<const Snapshot> snapshot_;
    mutable std::vector<std::shared_ptr<std::atomic<bool>>> watchers_;
    std::vector<Change> recent_;  ///< under the list's lock
};

/// All PatternLists of one configuration, by file name and by number. Filled while it is read, then only looked at.
class PatternLists {
  public:
    /// The file's list, read now if no one has asked for it before. `who` is "acl" or "map".
    base::Result<std::shared_ptr<PatternList>> of_file(const std::string& path, bool two_columns, std::string_view who,
                                                       const base::Place& place);
    std::shared_ptr<PatternList> of_line(std::string_view keyword, std::int64_t number, const base::Place& place);
    /// "#3" or a file's name; null if there is none.
    PatternList* find(std::string_view reference) const;
    const std::vector<std::shared_ptr<PatternList>>& all() const { return lists_; }  ///< by number, once numbered
    void give_numbers();

    /// Those of the configuration that the calling thread reads; a stand-in if it reads none (tests).
    static PatternLists& reading();
    /// Makes `lists` the ones that reading() gives, until it ends.
    class Reading {
      public:
        explicit Reading(PatternLists& lists);
        ~Reading();
        Reading(const Reading&) = delete;

      private:
        PatternLists* before_;
    };

  private:
    std::vector<std::shared_ptr<PatternList>> lists_;
    std::unordered_map<std::string, std::shared_ptr<PatternList>> files_;
};

}  // namespace cfgproxy::sample
