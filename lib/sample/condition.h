#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sample/expression.h"
#include "sample/pattern.h"
#include "sample/pattern_list.h"

namespace cfgproxy::sample {

/// One `acl` line: an expression held against patterns.
struct AclLine {
    std::unique_ptr<Expression> expression;
    MatchKind kind = MatchKind::str;
    Type input = Type::str;  ///< PatternSet::input_of(kind)
    /// One per file, and one for the patterns on the line itself; none for `found` and `boolean`.
    std::vector<std::shared_ptr<const PatternView>> patterns;
    std::int64_t id = -1;  ///< -u
    base::Place place;

    Found test(const Context& context) const;
};

/// All lines of one name: true if any of them is. Frozen.
struct Acl {
    std::string name;  ///< empty for an anonymous one
    std::vector<AclLine> lines;
    base::Place place;
    mutable bool used = false;  ///< set while reading, for the check of unused ones

    Found test(const Context& context) const;
};

/// The condition behind `if` or `unless`: an or of ands of ACLs, each perhaps negated (manual 7.2). Frozen.
class Condition {
  public:
    struct Term {
        const Acl* acl;
        bool negated;
    };
    bool unless = false;
    std::vector<std::vector<Term>> any_of;
    std::vector<std::unique_ptr<Acl>> owned;  ///< anonymous and predefined ones used here
    std::string text;                         ///< as written, for explain and messages
    base::Place place;

    /// `yes`, `no`, or `not_yet` when the answer depends on data still to come; `unless` is already applied.
    Found test(const Context& context) const;
};

/// One word as the reader hands it over: text after unquoting, and its place.
struct SourceWord {
    std::string_view text;
    base::Place place;
};

/// An error and the word it belongs to.
struct ParseFailure {
    std::string text;
    std::string hint;
    base::Place place;
    std::vector<std::string> warnings;  ///< to be shown even if there is no error
};

/// Reads `acl` words after the name: criterion, flags (-i -f -m -n -u -M --), patterns. The row tables of fetches, and
/// the ACL derivatives (hdr_beg, path_end, url_reg...: AclName rows) decide.
/// Words end at the first empty one, as in HAProxy.
bool parse_acl_line(std::span<const SourceWord> words, AclLine& line, ParseFailure& failure);

/// Reads `{if|unless} <condition>` with and/or/!, named ACLs found by `find`, anonymous `{ }` and predefined names.
class AclScope {
  public:
    virtual ~AclScope() = default;
    virtual const Acl* find(std::string_view name) const = 0;
    virtual std::vector<std::string_view> names() const = 0;  ///< for did-you-mean
};
std::unique_ptr<Condition> parse_condition(std::span<const SourceWord> words, const AclScope& scope,
                                           ParseFailure& failure);

/// While it lives, the calling thread's `acl(name)` and `when(acl,name)` find their ACLs in `scope`; null: in none.
class ReadingScope {
  public:
    explicit ReadingScope(const AclScope* scope);
    ~ReadingScope();
    ReadingScope(const ReadingScope&) = delete;
    ReadingScope& operator=(const ReadingScope&) = delete;

  private:
    const AclScope* before_;
};
/// All of the ACLs named, each perhaps behind a '!', looked up in the scope that is being read.
base::Result<std::shared_ptr<const Condition>> condition_of_names(std::span<const std::string> names);

/// An ACL name that is a fetch with a match kind: `hdr_beg` = `hdr` + beg; and names of 1.3/1.4.
struct AclName {
    std::string_view name;
    std::string_view fetch;
    MatchKind kind;
    std::string_view since = "1.3", until = {};
};

/// The ACLs that need no declaration (manual 7.4): TRUE, FALSE, HTTP_1.1, METH_GET, LOCALHOST...
struct PredefinedAcl {
    std::string_view name;
    std::string_view words;  ///< criterion and patterns, separated by blanks
};

}  // namespace cfgproxy::sample
