#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/table.h"
#include "sample/expression.h"
#include "sample/text_block.h"
#include "sample/value.h"

namespace cfgproxy::sample {

/// How a value is held against patterns (`-m`): manual section 7.1.
/// `method`, `group` and `version` are what the ACLs `method`, `http_auth_group` and `req.ssl_ver` do by themselves; -m
/// has no word for them.
enum class MatchKind : std::uint8_t {
    found,
    boolean,
    integer,
    ip,
    bin,
    len,
    str,
    beg,
    sub,
    dir,
    dom,
    end,
    reg,
    method,
    group,
    version,
};
std::string_view name_of(MatchKind kind);
bool find_match(std::string_view name, MatchKind& kind);  ///< "str", "beg", "sub", ... as after -m

/// One word behind -m: a row of lib/keywords/match.cc, so that help and the reader know the same ones.
struct Match {
    std::string_view name;
    MatchKind kind;
    Support support = Support::pending;
    std::string_view since = "1.5", until = {};
};

/// A PCRE2 regular expression, JIT-compiled. Frozen; matching keeps its scratch memory per thread.
class Regex {
  public:
    static base::Result<std::shared_ptr<const Regex>> compile(std::string_view pattern, bool ignore_case);
    ~Regex();
    bool matches(std::string_view subject) const;
    /// Offsets of the whole match and its groups, [begin, end) pairs, at most `max` (and 10) pairs; 0 if there is no
    /// match. `continued`: the subject is what is left of a text, so '^' does not match at its start.
    int match(std::string_view subject, std::size_t from, std::size_t* offsets, int max, bool continued = false) const;

  private:
    Regex() = default;
    void* code_ = nullptr;
    bool compiled_ = false;  ///< to machine code; else interpreted
};

/// Patterns that do not count any more although a set still has them.
using Removed = std::set<std::string, std::less<>>;

/// Patterns of one ACL line or map, compiled for their kind: exact strings are a hash set, prefixes and suffixes sorted
/// lists searched at once, integers ranges, addresses sorted intervals, so that a file of a million lines costs one
/// look-up. Frozen. Values must have been cast to input_of() before.
class PatternSet {
  public:
    virtual ~PatternSet() = default;
    /// Index of the pattern that matches, as given to compile(); -1 if none. Of several the one that HAProxy's maps
    /// prefer: the longest for beg and ip, else the first. `arena` is only used for texts of unusual length.
    virtual std::int64_t find(const Value& value, base::Arena& arena) const = 0;
    bool matches(const Value& value, base::Arena& arena) const { return find(value, arena) >= 0; }
    /// The same as if those in `removed` were not there. Only where can_pass_over() says so.
    virtual std::int64_t find_beside(const Value& value, base::Arena& arena, const Removed& removed) const;
    virtual bool can_pass_over() const { return false; }
    /// The expression behind a pattern of kind reg, else null.
    virtual const Regex* regex(std::size_t) const { return nullptr; }
    /// The pattern that matched, for `explain`; empty if none.
    std::string_view which(const Value& value, base::Arena& arena) const;
    std::size_t size() const { return patterns_.size(); }
    std::string_view pattern(std::size_t index) const { return patterns_[index]; }

    struct Flags {
        bool ignore_case = false;  ///< -i
        bool no_dns = false;       ///< -n
        bool first = false;        ///< of several that match the first is wanted, not the longest (beg)
        bool operator==(const Flags&) const = default;
    };
    /// The type that values are cast to before matches() is called.
    static Type input_of(MatchKind kind);
    /// The set has copies of the patterns. `failed`: index of the one that the error is about.
    static base::Result<std::unique_ptr<PatternSet>> compile(MatchKind kind, Flags flags,
                                                             const std::vector<std::string_view>& patterns,
                                                             std::size_t* failed = nullptr);

  private:
    TextBlock texts_;
    std::vector<std::string_view> patterns_;
};

/// Bytes written as pairs of hexadecimal digits.
base::Result<std::string> parse_hex(std::string_view text);

/// A line of a pattern or map file. `value` stays empty in pattern files.
struct FileLine {
    std::string_view key, value;
    std::uint32_t line = 0;
};

/// Reads a pattern file (`-f`) and has `take` called for each pattern: a line each, leading blanks skipped, empty lines
/// and those that begin with '#' too. With `two_columns` (maps, -M) the first word of the line is the key, the rest
/// without blanks at its end the value. The name is a path, with "file@" in front or not; "opt@PATH" need not exist,
/// "virt@NAME" is no file and empty.
base::Result<void> read_pattern_file(const std::string& name, bool two_columns,
                                     const std::function<void(const FileLine&)>& take);

}  // namespace cfgproxy::sample
