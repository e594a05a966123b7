#pragma once
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/line.h"
#include "config/preprocess.h"
#include "config/source.h"

namespace cfgproxy::config {

/// Hands out the statements of all files of a Source, one at a time, since a statement may change how the next lines
/// read (`setenv`). Splits lines, takes `.if` blocks or leaves them out, reports `.notice` and its kin, and everything
/// wrong at this level, in HAProxy's words. Used by one thread while a configuration is loaded.
///
///     Statements statements(source, environment, diagnostics, build);
///     for (Statement s; statements.next(s);) ...    // a new file when s.place.file changes: the section ends
class Statements {
  public:
    static constexpr std::size_t kMaxWords = 64;   ///< on one line
    static constexpr std::size_t kMaxErrors = 50;  ///< wrong lines, after which the rest of a file is not read

    Statements(Source& source, Environment& environment, base::Diagnostics& diagnostics, Build build = {});
    Statements(const Statements&) = delete;
    Statements& operator=(const Statements&) = delete;

    /// The next statement; false at the end of the last file, or when reading must stop (see aborted()).
    bool next(Statement& statement);
    /// What `"$.SECTION"` reads from now on: the section's name, or its keyword if it has none. Empty at each file's
    /// start.
    void set_section(std::string_view name) { section_ = name; }
    /// The reader met an error after which HAProxy reads no further, in no file.
    void abort() { aborted_ = true; }
    /// True once abort() was called or a message of this level had that effect (`.alert`, a bad `.if`...): HAProxy then
    /// neither reads more files nor checks what it has.
    bool aborted() const { return aborted_; }

  private:
    enum class After : bool { go_on, leave_file };

    bool next_line();
    bool read_line();
    void leave_file();
    bool split(Statement& statement);
    bool split_as_old(Statement& statement, const base::Diagnostic& error);
    bool continue_line();
    bool is_continued() const;
    void too_many_words();
    void scope_line();
    bool directive();
    After condition_line(std::string_view word);
    void status_line(std::string_view word);
    bool decide(std::string_view word);
    bool has_argument(std::string_view word, std::size_t index);
    void cut_at_empty_word();
    void hand_out(Statement& statement);

    std::string_view line() const { return {line_begin_, static_cast<std::size_t>(line_end_ - line_begin_)}; }
    base::Place place(std::uint32_t column = 0, std::uint32_t length = 0) const {
        return {&file_->name, number_, column, length};
    }
    base::Diagnostic message(base::Severity severity, std::uint32_t column, std::string text) const;
    void alert(std::string text, std::uint32_t column = 0);
    void warning(std::string text, std::uint32_t column = 0);
    void abort(std::string text, std::uint32_t column = 0);
    std::string echo(std::uint32_t column) const;

    Source& source_;
    Environment& environment_;
    base::Diagnostics& diagnostics_;
    Build build_;
    LineSplitter splitter_;
    Conditionals conditionals_;

    std::size_t next_file_ = 0;
    const Source::File* file_ = nullptr;  // null: between two files
    const char* at_ = nullptr;            // the first byte not read yet
    const char* end_ = nullptr;
    bool has_nul_ = false;              // the file does
    std::uint32_t number_ = 0;          // of the current line
    const char* line_begin_ = nullptr;  // its first byte
    const char* line_end_ = nullptr;    // its line feed, its first NUL, or the end of the file
    bool cut_at_nul_ = false;
    bool truncated_ = false;  // it ended by one of the latter two
    bool leave_ = false;      // the rest of the file is not to be read
    std::size_t wrong_lines_ = 0;
    std::size_t alerts_seen_ = 0;
    std::string section_;
    std::string_view scope_;
    bool aborted_ = false;
    bool abort_after_ = false;  // once the next statement has been handed out, or at the end of the file
    bool handed_out_ = false;   // by the last next()
    std::vector<Word> words_;   // of the statement being read
    bool continued_ = false;
};

/// What to tell the user about a statement with `modern_error` whose words made sense as HAProxy 1.5 read them.
base::Diagnostic old_reading_warning(const Statement& statement, const Source& source);

/// What HAProxy shows of a line at fault: blanks as spaces, other unprintable bytes as '?', cut around `at` if `at` is
/// not within `width`. `at` (from 0) becomes the position in the result.
std::string printable_excerpt(std::string_view line, std::size_t& at, std::size_t width);

}  // namespace cfgproxy::config
