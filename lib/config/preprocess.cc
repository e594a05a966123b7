#include "config/preprocess.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"

namespace cfgproxy::config {
namespace {

constexpr int kMaxRecursion = 1024;

/// A version as seven numbers of falling weight: up to four between dots, the kind of release (dev, rc, final), its
/// number, and the commits since.
struct Version {
    std::array<long, 7> part{0, 0, 0, 0, 3, 0, 0};
    bool valid = false;
};

/// HAProxy accepts what strtol() does, signs and blanks included; so does this.
long take_number(const char*& at) {
    char* end = nullptr;
    long value = std::strtol(at, &end, 10);
    at = end;
    return value;
}

Version parse_version(const std::string& text) {
    Version v;
    const char* at = text.c_str();
    if (!*at) return v;
    for (int i = 0;; ++i) {
        v.part[i] = take_number(at);
        if (!*at) {
            v.valid = true;
            return v;
        }
        if (*at == '-') break;
        if (*at != '.' || i == 3) return v;
        ++at;
    }
    std::string_view tag(++at);
    std::size_t skip = tag.starts_with("dev") || tag.starts_with("pre") ? 3 : tag.starts_with("rc") ? 2 : 0;
    if (skip > 0) {
        v.part[4] = tag.starts_with("dev") ? 1 : 2;
        at += skip;
        v.part[5] = take_number(at);
        v.valid = !*at;
        if (*at != '-') return v;
        ++at;
    }
    std::string_view rest(at);
    if (auto dash = rest.rfind('-'); dash != rest.npos) at += dash + 1;
    if (!*at && !rest.empty()) return v;
    v.part[6] = take_number(at);
    if (*at) v.part[6] = 0;
    v.valid = true;
    return v;
}

/// "3.0.2", "1.1.1k" or "1.1.0-beta2" as OpenSSL numbers its versions; 0 if it is none.
std::uint32_t parse_tls_version(const std::string& text) {
    if (text.empty()) return 0;
    const char* at = text.c_str();
    auto major = static_cast<unsigned long>(take_number(at));
    if (*at++ != '.' || major > 0xf) return 0;
    auto minor = static_cast<unsigned long>(take_number(at));
    if (*at++ != '.' || minor > 0xff) return 0;
    auto fix = static_cast<unsigned long>(take_number(at));
    if (fix > 0xff) return 0;
    unsigned long patch = 0, status = 0;
    std::string_view rest(at);
    if (rest.empty()) {
        status = 0xf;
    } else if (rest.starts_with("-beta")) {
        at += 5;
        status = static_cast<unsigned long>(take_number(at));
        if (status > 14) return 0;
    } else if (rest[0] != '-') {
        patch = 1;
        for (char c : rest) {
            if (c < 'a' || c > 'z') return 0;
            patch += static_cast<unsigned long>(c - 'a');
        }
        status = 0xf;
    }
    return static_cast<std::uint32_t>(major << 28 | minor << 20 | fix << 12 | (patch & 0xff) << 4 | status);
}

bool contains(const std::vector<std::string>& list, std::string_view what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

struct Asked {
    const std::vector<std::string>& args;
    const Environment& environment;
    const Build& build;
};

// Each returns 1, 0, or -1 for an argument that makes no sense.
int is_defined(const Asked& q) { return q.environment.find(q.args[0]) != nullptr; }
int is_feature(const Asked& q) { return contains(q.build.features, q.args[0]); }
int is_enabled(const Asked& q) { return contains(q.build.enabled, q.args[0]); }
int are_equal(const Asked& q) { return q.args[0] == q.args[1]; }
int are_different(const Asked& q) { return q.args[0] != q.args[1]; }
int is_inside(const Asked& q) { return q.args[0].find(q.args[1]) != std::string::npos; }
int is_atleast(const Asked& q) { return compare_versions(q.args[0], q.build.version) <= 0; }
int is_before(const Asked& q) { return compare_versions(q.args[0], q.build.version) > 0; }
int is_tls_atleast(const Asked& q) {
    std::uint32_t wanted = parse_tls_version(q.args[0]);
    return wanted == 0 || q.build.tls_number == 0 ? -1 : wanted <= q.build.tls_number;
}
int is_tls_before(const Asked& q) {
    std::uint32_t wanted = parse_tls_version(q.args[0]);
    return wanted == 0 || q.build.tls_number == 0 ? -1 : wanted > q.build.tls_number;
}
int is_tls_name(const Asked& q) { return q.build.tls_name.starts_with(q.args[0]); }
int has_no_awslc(const Asked&) { return -1; }

struct Predicate {
    std::string_view name;
    std::size_t args;
    int (*run)(const Asked&);
};

constexpr Predicate kPredicates[] = {
    {"awslc_api_atleast", 1, has_no_awslc},
    {"awslc_api_before", 1, has_no_awslc},
    {"defined", 1, is_defined},
    {"enabled", 1, is_enabled},
    {"feature", 1, is_feature},
    {"openssl_version_atleast", 1, is_tls_atleast},
    {"openssl_version_before", 1, is_tls_before},
    {"ssllib_name_startswith", 1, is_tls_name},
    {"streq", 2, are_equal},
    {"strneq", 2, are_different},
    {"strstr", 2, is_inside},
    {"version_atleast", 1, is_atleast},
    {"version_before", 1, is_before},
};

/// Recursive descent over one expression. The text is parsed whole before anything is evaluated, as in HAProxy: a
/// predicate behind a decided "||" must be well-formed but is not run.
class Evaluator {
  public:
    Evaluator(std::string_view text, const Environment& environment, const Build& build)
        : text_(text.substr(0, text.find('\0'))), environment_(environment), build_(build) {}

    Verdict run() {
        Verdict verdict;
        if (text_.empty()) return verdict;
        int value = either(kMaxRecursion, true);
        if (value == kMissing) {
            unparsable(0);
            error_at_ = missing_at_;
        } else if (error_.empty()) {
            skip_blanks();
            if (at_ < text_.size())
                fail("unexpected character '" + text_.substr(at_, 1) + "' at the end of conditional expression '" +
                         text_ + "'",
                     at_);
            else if (!wrong_argument_.empty() && value < 0)
                fail(wrong_argument_, at_);
        }
        verdict.error = error_;
        verdict.position = error_at_;
        verdict.value = value > 0;
        return verdict;
    }

  private:
    static constexpr int kFailed = -1;  // also: a predicate could not answer
    static constexpr int kMissing = -2;

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }
    int fail(std::string why, std::size_t where) {
        if (error_.empty()) {
            error_ = std::move(why);
            error_at_ = where;
        }
        return kFailed;
    }
    int unparsable(std::size_t from) {
        return fail("unparsable conditional expression '" + text_.substr(from) + "'", from);
    }
    int unparsable_part(std::size_t from) {
        return fail("unparsable conditional sub-expression '" + text_.substr(from) + "'", from);
    }

    /// Reads "A && B || C"; `live` says whether predicates are to be run. kFailed after an error, kMissing if nothing
    /// stands behind an "||", whose position is then in missing_at_.
    int either(int depth, bool live) {
        if (depth <= 0) return unparsable(at_);
        int left = both(depth - 1, live);
        if (left == kMissing) return unparsable(missing_at_);
        if (!error_.empty()) return kFailed;
        skip_blanks();
        if (peek() != '|' || peek(1) != '|') return left;
        std::size_t here = at_;
        int right = behind_operator(&Evaluator::either, depth, live && left == 0);
        if (right == kMissing) missing_at_ = here;
        return left == 0 || right == kMissing ? right : left;
    }

    /// Reads "A && B", alike.
    int both(int depth, bool live) {
        if (depth <= 0) return unparsable_part(at_);
        int left = term(depth - 1, live);
        if (!error_.empty()) return kFailed;
        skip_blanks();
        if (peek() != '&' || peek(1) != '&') return left;
        std::size_t here = at_;
        int right = behind_operator(&Evaluator::both, depth, live && left > 0);
        if (right == kMissing) missing_at_ = here;
        return left > 0 || right == kMissing ? right : left;
    }

    int behind_operator(int (Evaluator::*read)(int, bool), int depth, bool live) {
        at_ += 2;
        skip_blanks();
        return at_ < text_.size() ? (this->*read)(depth - 1, live) : kMissing;
    }

    int term(int depth, bool live) {
        skip_blanks();
        std::size_t begin = at_;
        if (begin >= text_.size()) return unparsable_part(begin);
        if (depth <= 0) return unparsable(begin);
        bool negate = false;
        while (peek() == '!') {
            negate = !negate;
            ++at_;
            skip_blanks();
        }
        int value = bare_term(begin, depth, live);
        return value < 0 ? value : negate ? !value : value;
    }

    int bare_term(std::size_t begin, int depth, bool live) {
        char* end = nullptr;
        const char* from = text_.c_str() + at_;
        long number = std::strtol(from, &end, 0);
        if (end != from) {
            at_ += static_cast<std::size_t>(end - from);
            return number != 0;
        }
        if (peek() == '(') {
            ++at_;
            skip_blanks();
            if (at_ >= text_.size()) return unparsable(begin);
            int value = either(depth - 1, live);
            if (value == kMissing) return unparsable(begin);
            if (!error_.empty()) return kFailed;
            skip_blanks();
            if (peek() != ')')
                return fail("expected ')' after conditional expression '" + text_.substr(begin) + "'", begin);
            ++at_;
            skip_blanks();
            return value;
        }
        std::string_view name = std::string_view(text_).substr(at_);
        name = name.substr(0, name.find_first_of(" ("));
        for (const Predicate& p : kPredicates)
            if (p.name == name) return predicate(p, live);
        return unparsable(begin);
    }

    int predicate(const Predicate& p, bool live) {
        at_ += p.name.size();
        std::vector<std::string> args;
        if (!arguments(p, args)) return kFailed;
        if (!live) return 0;
        int value = p.run({args, environment_, build_});
        if (value < 0)
            wrong_argument_ =
                "invalid argument to conditional expression predicate '" + std::string(p.name) + "': '" + args[0] + "'";
        return value;
    }

    bool arguments(const Predicate& p, std::vector<std::string>& args) {
        bool parenthesis = peek() == '(';
        if (parenthesis) ++at_;
        do {
            std::string arg;
            if (parenthesis && !argument(p, args.size(), arg)) return false;
            args.push_back(std::move(arg));
        } while (parenthesis && peek() == ',' && args.size() < p.args && ++at_);
        std::string why;
        if (args.size() < p.args) {
            why = "missing arguments (got " + std::to_string(args.size()) + "/" + std::to_string(p.args) +
                  "), type 'string' expected";
        } else if (parenthesis && peek() != ')') {
            why = at_ < text_.size() ? "expected ')' before '" + text_.substr(at_) + "'" : "expected ')'";
        } else {
            if (parenthesis) ++at_;
            return true;
        }
        bad_argument(p, why, args.size() > 1 ? args.size() - 1 : args.size());
        return false;
    }

    /// One argument up to a comma or closing parenthesis outside of quotes; quotes and escapes as in words.
    bool argument(const Predicate& p, std::size_t index, std::string& arg) {
        char quote = 0;
        for (char c; (c = peek()) != 0; ++at_) {
            if ((c == '"' || c == '\'') && (quote == 0 || quote == c)) {
                quote = quote ? '\0' : c;
            } else if (c == '\\' && quote != '\'') {
                char next = peek(1);
                if (next == 0) {
                    bad_argument(p,
                                 "failed to parse '" + text_.substr(at_) + "' after '" + arg +
                                     "' as type 'string' at position " + std::to_string(index + 1),
                                 index);
                    return false;
                }
                std::size_t known = std::string_view("\\ \"'rnt").find(next);
                arg += known == std::string_view::npos ? '\\' : "\\ \"'\r\n\t"[known];
                if (known != std::string_view::npos) ++at_;
            } else if (quote == 0 && (c == ',' || c == ')')) {
                break;
            } else {
                arg += c;
            }
        }
        return true;
    }

    void bad_argument(const Predicate& p, const std::string& why, std::size_t number) {
        fail(why + " in argument " + std::to_string(number) + " of predicate '" + std::string(p.name) +
                 "' used in conditional expression",
             at_);
    }

    std::string text_;
    const Environment& environment_;
    const Build& build_;
    std::size_t at_ = 0;
    std::string error_;
    std::size_t error_at_ = 0;
    std::size_t missing_at_ = 0;
    std::string wrong_argument_;
};

}  // namespace

Verdict evaluate_condition(std::string_view expression, const Environment& environment, const Build& build) {
    return Evaluator(expression, environment, build).run();
}

int compare_versions(std::string_view a, std::string_view b) {
    Version left = parse_version(std::string(a)), right = parse_version(std::string(b));
    if (!left.valid || !right.valid) return left.valid - right.valid;
    if (left.part == right.part) return 0;
    return left.part < right.part ? -1 : 1;
}

std::string_view Conditionals::open_level(bool& evaluate) {
    evaluate = !masked();
    if (levels_.size() >= kMaxDepth) return "too many nested '.if', max is 100.";
    levels_.push_back({evaluate ? State::waiting : State::done, false});
    return {};
}

std::string_view Conditionals::next_branch(bool& evaluate) {
    evaluate = false;
    if (levels_.empty()) return "lone '.elif' with no matching '.if'.";
    Level& level = levels_.back();
    if (level.had_else) return "'.elif' after '.else' is not permitted.";
    evaluate = level.state == State::waiting;
    level.state = State::done;
    return {};
}

std::string_view Conditionals::else_branch() {
    if (levels_.empty()) return "lone '.else' with no matching '.if'.";
    Level& level = levels_.back();
    if (level.had_else) return "'.else' after '.else' is not permitted.";
    level.state = level.state == State::waiting ? State::taking : State::done;
    level.had_else = true;
    return {};
}

std::string_view Conditionals::close_level() {
    if (levels_.empty()) return "lone '.endif' with no matching '.if'.";
    levels_.pop_back();
    return {};
}

}  // namespace cfgproxy::config
