#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/source.h"

namespace cfgproxy::config {

/// What `.if` conditions ask about the program that reads the file.
struct Build {
    std::string version = "3.4.0";  ///< for version_atleast() and version_before()
    std::string ssl =
        "OpenSSL 3.0.0";  ///< name and version of the TLS library, for ssllib_name_startswith() and others
    std::vector<std::string> features;  ///< feature(NAME): the names after a '+' in `-vv`
    std::vector<std::string> enabled;   ///< enabled(NAME)
    bool diag = false;                  ///< -dD: `.diag` messages are shown
};

/// Hands out the statements of all files of a Source, one at a time, since a statement may change how the next lines
/// read (`setenv`). Splits lines, takes `.if` blocks or leaves them out, reports `.notice` and its kin, and everything
/// wrong at this level, in HAProxy's words. Used by one thread while a configuration is loaded.
///
///     Statements statements(source, environment, diagnostics, build);
///     for (Statement s; statements.next(s);) ...    // a new file when s.place.file changes: the section ends
class Statements {
  public:
    Statements(Source& source, Environment& environment, base::Diagnostics& diagnostics, Build build = {});
    ~Statements();
    Statements(const Statements&) = delete;
    Statements& operator=(const Statements&) = delete;

    /// The next statement; false at the end of the last file, or when reading must stop (see aborted()).
    bool next(Statement& statement);
    /// What `"$.SECTION"` reads from now on: the section's name, or its keyword if it has none. Empty at each file's
    /// start.
    void set_section(std::string_view name);
    /// The reader met an error after which HAProxy reads no further, in no file.
    void abort();
    /// True once abort() was called or a message of this level had that effect (`.alert`, a bad `.if`...): HAProxy then
    /// neither reads more files nor checks what it has.
    bool aborted() const;

  private:
    struct State;
    State* state_;
};

}  // namespace cfgproxy::config
