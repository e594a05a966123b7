#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/table.h"
#include "sample/expression.h"
#include "sample/value.h"

namespace cfgproxy::sample {

/// How a value is held against patterns (`-m`): manual section 7.1.
enum class MatchKind : std::uint8_t { found, boolean, integer, ip, bin, len, str, beg, sub, dir, dom, end, reg };
std::string_view name_of(MatchKind kind);
bool find_match(std::string_view name, MatchKind& kind);  ///< "str", "beg", "sub", ... as after -m

/// A PCRE2 regular expression, JIT-compiled. Frozen; matching keeps its scratch memory per thread.
class Regex {
  public:
    static base::Result<std::shared_ptr<const Regex>> compile(std::string_view pattern, bool ignore_case);
    ~Regex();
    bool matches(std::string_view subject) const;
    /// Offsets of the whole match and its groups, [begin, end) pairs, at most `max` pairs; 0 if there is no match.
    int match(std::string_view subject, std::size_t from, std::size_t* offsets, int max) const;

  private:
    Regex() = default;
    void* code_ = nullptr;
};

/// Patterns of one ACL line, compiled for their kind: exact strings are a hash set, prefixes and suffixes sorted lists
/// searched at once, integers ranges, addresses a prefix tree, so that a file of a million lines costs one look-up.
/// Frozen.
class PatternSet {
  public:
    virtual ~PatternSet() = default;
    virtual bool matches(const Value& value, base::Arena& arena) const = 0;
    /// The pattern that matched, for `explain`; empty if none.
    virtual std::string_view which(const Value& value, base::Arena& arena) const = 0;
    virtual std::size_t size() const = 0;

    struct Flags {
        bool ignore_case = false;  ///< -i
        bool no_dns = false;       ///< -n
    };
    /// The type that values are cast to before matches() is called.
    static Type input_of(MatchKind kind);
    static base::Result<std::unique_ptr<PatternSet>> compile(MatchKind kind, Flags flags,
                                                             const std::vector<std::string>& patterns);
};

/// Reads a pattern file (`-f`): a line each, blanks at the ends and empty or '#' lines skipped.
base::Result<std::vector<std::string>> read_pattern_file(const std::string& path);

}  // namespace cfgproxy::sample
