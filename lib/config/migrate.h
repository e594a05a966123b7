#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.h"

namespace cfgproxy::config {

/// One statement that a newer HAProxy would refuse, and what became of it.
struct Change {
    base::Place place;
    std::string from;             ///< as it stood there
    std::vector<std::string> to;  ///< the lines in its place; empty: left out (a comment keeps it), or left as it is
    bool done = true;             ///< false: there is no form that says the same, the line stays
    std::string note;             ///< why it stays, or what to look at
};

/// One file in today's words.
struct Migrated {
    std::string bytes;
    std::vector<Change> changes;
};

/// Rewrites the statements of the file `file_index` of `loaded` (read with LoadOptions::statements) that HAProxy
/// `release` ("3.4") does not accept any more. Comments, blank lines, and whatever is still accepted stay as they are.
Migrated migrate(const Loaded& loaded, std::span<const ReadStatement> statements, std::size_t file_index,
                 std::string_view release);

/// Whether release `a` is older than `b`: "1.5" < "2.6" < "3.10".
bool is_older(std::string_view a, std::string_view b);

/// What a row of the migration works with: the statement, and the lines that shall stand for it.
class Rewriting {
  public:
    Rewriting(const ReadStatement& statement, const Source& source) : statement_(statement), source_(source) {}

    const ReadStatement& statement() const { return statement_; }
    std::size_t size() const { return statement_.args().size(); }
    /// The i-th word behind the keyword: its meaning, and its spelling as a modern HAProxy reads it.
    std::string_view text(std::size_t i) const { return i < size() ? statement_.args()[i].text : std::string_view(); }
    std::string spelt(std::size_t i) const;
    /// The spellings from the i-th on, with a blank in front of each.
    std::string rest(std::size_t i) const;
    bool says_no() const { return statement_.negated; }

    void line(std::string text) { lines_.push_back(std::move(text)); }
    void note(std::string text) { note_ = std::move(text); }
    /// The line says the same today.
    bool keep() {
        kept_ = true;
        return true;
    }
    bool cannot(std::string why) {
        note_ = std::move(why);
        return false;
    }
    std::vector<std::string> lines_;
    std::string note_;
    bool kept_ = false;

  private:
    const ReadStatement& statement_;
    const Source& source_;
};

/// A row's name, and the function that writes the modern form; false: there is none. No lines: nothing needs to be said
/// any more.
struct Migration {
    std::string_view name;
    bool (*rewrite)(Rewriting& rewriting);
    std::string_view until;  ///< the last release that takes the old form
};
const Migration* find_migration(std::string_view name);
std::span<const Migration> header_migrations();  ///< req* and rsp* of 1.x
std::span<const Migration> word_migrations();    ///< all others

}  // namespace cfgproxy::config
