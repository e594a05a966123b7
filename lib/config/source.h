#pragma once
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/diagnostics.h"
#include "base/result.h"

namespace cfgproxy::config {

/// One word of a statement. `text` is what it means: quotes removed, escapes and variables resolved. It ends at the
/// first NUL, as in HAProxy, whose words are C strings. `place` is where it is written: file, line, and the column and
/// length of its raw spelling in that line; all words that one `"${LIST[*]}"` expands to share one place.
struct Word {
    std::string_view text;
    base::Place place;
    bool quoted = false;  ///< a quote stood somewhere in the raw spelling
};

/// The texts of `words`, one blank between them.
std::string joined(std::span<const Word> words);

/// One statement: a line without comment and surrounding blanks, never without words. Words and texts belong to the
/// Source and live as long as it does.
struct Statement {
    std::span<const Word> words;
    base::Place place;       ///< of the first word to the last one of its physical line
    std::string_view scope;  ///< NAME of the last `[NAME]` line of the file, for SPOE files; usually empty
    bool continued = false;  ///< a lone backslash joined it from several lines (HAProxy never joins lines)
    /// Not null: today's rules cannot read the line, and it was read as HAProxy 1.5 read it (quotes are ordinary
    /// characters). If the words then turn out to make no sense, this is the message that the user should get
    /// instead; if they do, README.md says which warning is due.
    const base::Diagnostic* modern_error = nullptr;
};

/// Owns everything that places and words point into: names of files, their bytes, and an arena for the texts of words
/// that are not spelt as they read. Lives as long as the configuration made of it; read-only once that is loaded.
class Source {
  public:
    struct File {
        std::string name;   ///< as given on the command line, which is how messages name it
        std::string bytes;  ///< raw
    };

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// Reads a file or, if `path` is a directory, what add_directory() does. The error is the system's reason.
    base::Result<void> add_path(const std::string& path);
    base::Result<void> add_file(const std::string& path);
    /// The regular files of a directory that end in ".cfg" and do not begin with a dot, in C-locale order.
    base::Result<void> add_directory(const std::string& path);
    /// For tests and standard input.
    void add_text(std::string name, std::string bytes);

    const std::deque<File>& files() const { return files_; }
    /// All names, separated by semicolons: the value of HAPROXY_CFGFILES.
    std::string file_list() const;

    /// The line of `place` as written, without its line end; empty if there is none.
    std::string_view raw_line(const base::Place& place) const;
    /// The raw spelling of a word or of any other place.
    std::string_view raw(const base::Place& place) const;

    base::Arena& arena() { return arena_; }
    /// Keeps a diagnostic for as long as the source lives.
    const base::Diagnostic* keep(base::Diagnostic diagnostic) { return &kept_.emplace_back(std::move(diagnostic)); }

  private:
    std::deque<File> files_;
    std::deque<base::Diagnostic> kept_;
    base::Arena arena_;
    // Where each line of a file starts, filled when the first line of that file is asked for.
    mutable std::deque<std::vector<std::size_t>> line_starts_;
};

}  // namespace cfgproxy::config
