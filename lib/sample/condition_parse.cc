#include <charconv>
#include <optional>

#include "base/spelling.h"
#include "base/text.h"
#include "sample/arguments.h"
#include "sample/condition.h"

namespace cfgproxy::sample {
namespace {

using base::quoted;
using Words = std::span<const SourceWord>;

/// The words up to the first empty one: what follows that is not looked at.
Words until_empty(Words words) {
    std::size_t size = 0;
    while (size < words.size() && !words[size].text.empty()) ++size;
    return words.first(size);
}

bool fail(ParseFailure& failure, const base::Place& place, std::string text, std::string hint = {}) {
    failure.text = std::move(text);
    failure.hint = std::move(hint);
    failure.place = place;
    return false;
}

/// The part of a word that an error inside of its expression is about.
base::Place part_of(const base::Place& place, const ExpressionError& error) {
    base::Place part = place;
    part.column += error.at;
    part.length = error.length;
    return part;
}

std::optional<MatchKind> default_kind(Type type) {
    switch (type) {
        case Type::boolean:
            return MatchKind::boolean;
        case Type::sint:
            return MatchKind::integer;
        case Type::address:
        case Type::ipv4:
        case Type::ipv6:
            return MatchKind::ip;
        case Type::str:
            return MatchKind::str;
        default:
            return std::nullopt;
    }
}

/// eq, ge, gt, le, lt in front of numbers: turned into the ranges that patterns know.
class Operators {
  public:
    bool take(std::string_view word) {
        for (auto op : {"eq", "ge", "gt", "le", "lt"})
            if (word == op) {
                operator_ = op;
                return true;
            }
        return false;
    }
    /// False: the word is no number. `version`: "3.1" is one, too.
    bool apply(std::string& word, bool version) const {
        if (operator_ == "eq" || word.find_first_of(":-") != word.npos) return true;
        const std::size_t dot = version ? word.find('.') : word.npos;
        auto number = base::parse_int(std::string_view(word).substr(0, dot));
        if (!number) return false;
        if (version) {
            const auto minor = dot == word.npos ? 0 : base::parse_int(std::string_view(word).substr(dot + 1));
            if (!minor || *number > 0xffff || *minor > 0xffff) return false;
            *number = *number << 16 | *minor;
        }
        if (operator_ == "gt") *number += *number < INT64_MAX;
        if (operator_ == "lt") *number -= *number > INT64_MIN;
        word =
            version ? std::to_string(*number >> 16) + "." + std::to_string(*number & 0xffff) : std::to_string(*number);
        if (operator_.starts_with('g')) word += ":";
        if (operator_.starts_with('l')) word = ":" + word;
        return true;
    }

  private:
    std::string_view operator_ = "eq";
};

class LineReader {
  public:
    LineReader(Words words, AclLine& line, ParseFailure& failure) : words_(words), line_(line), failure_(failure) {}

    bool read() {
        if (words_.empty()) return fail(failure_, failure_.place, "missing fetch method in ACL expression ''");
        line_.place = words_[0].place;
        if (!read_expression()) return false;
        if (kind_ && line_.expression->out() != Type::boolean && words_.size() == 1) warn_no_pattern();
        at_ = 1;
        bool options = true;
        while (options && at_ < words_.size() && words_[at_].text.starts_with('-'))
            if (!read_option(options)) return false;
        if (!kind_) return fail(failure_, words_[0].place, no_kind());
        line_.kind = *kind_;
        line_.input = PatternSet::input_of(*kind_);
        return read_patterns();
    }

  private:
    bool read_expression() {
        const SourceWord& word = words_[0];
        const AclName* name = base::Table<AclName>::find(leading_name(word.text));
        const Fetch* fetch = name ? base::Table<Fetch>::find(name->fetch) : nullptr;
        ExpressionError error;
        std::size_t used = 0;
        std::string text(word.text);
        auto parse = [&] {
            auto result = fetch ? parse_acl_expression(text, *fetch, word.place, used, error)
                                : parse_expression(text, word.place, used, error);
            if (!result) return false;
            line_.expression = std::move(*result);
            if (used == text.size()) return true;
            error = trailing_error(*line_.expression, used);
            if (fetch) error.text = "ACL keyword " + quoted(name->name) + " : " + error.text;
            return false;
        };
        bool good = parse();
        // Converters may follow as words of their own. HAProxy takes such a word for a pattern, too.
        for (std::size_t i = 1; good && !fetch && i < words_.size() && is_converter(words_[i].text); ++i) {
            text += "," + std::string(words_[i].text);
            good = parse();
        }
        if (!good) {
            if (!fetch) error.text += " in ACL expression " + quoted(word.text);
            if (error.at >= word.text.size()) error.at = 0, error.length = word.place.length;
            return fail(failure_, part_of(word.place, error), error.text, error.hint);
        }
        const bool as_named = fetch && line_.expression->steps.empty();
        keyword_ = as_named ? name->name : line_.expression->fetch->name;
        kind_ = as_named ? std::optional(name->kind) : default_kind(line_.expression->out());
        return true;
    }

    static bool is_converter(std::string_view word) {
        return base::Table<Converter>::find(leading_name(word)) != nullptr;
    }

    std::string no_kind() const {
        return "matching method must be specified first (using '-m') when using a sample fetch of this type (" +
               quoted(keyword_) + ")";
    }

    void warn_no_pattern() {
        failure_.warnings.push_back("parsing acl keyword " + quoted(words_[0].text) +
                                    " :\n"
                                    "  no pattern to match against were provided, so this ACL will never match.\n"
                                    "  If this is what you intended, please add '--' to get rid of this warning.\n"
                                    "  If you intended to match only for existence, please use '-m found'.\n"
                                    "  If you wanted to force an int to match as a bool, please use '-m bool'.\n");
    }

    /// The word behind an option; an empty one if there is none.
    SourceWord value_of_option() {
        if (at_ + 1 >= words_.size()) return {{}, words_[at_].place};
        return words_[++at_];
    }

    bool read_option(bool& more) {
        const SourceWord& word = words_[at_];
        if (word.text == "-i") {
            flags_.ignore_case = true;
        } else if (word.text == "-n") {
            flags_.no_dns = true;
        } else if (word.text == "-M") {
            as_map_ = true;
        } else if (word.text == "--") {
            more = false;
        } else if (word.text == "-u") {
            const SourceWord id = value_of_option();
            auto number = base::parse_int(id.text);
            if (!number) return fail(failure_, id.place, "the argument of -u must be an integer");
            line_.id = *number;
        } else if (word.text == "-m") {
            if (!read_kind(value_of_option())) return false;
        } else if (word.text == "-f") {
            if (!read_file(value_of_option())) return false;
        } else {
            return fail(failure_, word.place,
                        quoted(word.text) +
                            " is not a valid ACL option. Please use '--' before any pattern beginning "
                            "with a '-'");
        }
        ++at_;
        return true;
    }

    bool read_kind(const SourceWord& word) {
        if (!line_.patterns.empty())
            return fail(failure_, word.place,
                        "'-m' must only be specified before patterns and files in parsing ACL expression");
        MatchKind kind;
        if (!find_match(word.text, kind)) {
            std::vector<std::string_view> names;
            for (const Match* match : base::Table<Match>::all()) names.push_back(match->name);
            const auto near = base::nearest(word.text, names);
            return fail(failure_, word.place,
                        "unknown matching method " + quoted(word.text) + " when parsing ACL expression",
                        near.empty() ? "" : "did you mean '" + std::string(near) + "' maybe ?");
        }
        if (kind != MatchKind::found && !can_cast(line_.expression->out(), PatternSet::input_of(kind)))
            return fail(
                failure_, word.place,
                "matching method " + quoted(word.text) + " cannot be used with fetch keyword " + quoted(keyword_));
        kind_ = kind;
        return true;
    }

    bool read_file(const SourceWord& word) {
        if (!kind_) return fail(failure_, word.place, no_kind());
        auto list = PatternLists::reading().of_file(std::string(word.text), as_map_, "acl", word.place);
        if (!list) return fail(failure_, word.place, list.error());
        std::size_t failed = 0;
        auto view = PatternView::make(*list, *kind_, flags_, Type::any, &failed);
        if (!view) {
            return fail(
                failure_, word.place,
                view.error() + " at line " + std::to_string((*list)->lines[failed]) + " of file " + quoted(word.text));
        }
        line_.patterns.push_back(std::move(*view));
        return true;
    }

    bool read_patterns() {
        auto list = PatternLists::reading().of_line(keyword_, line_.id, words_[0].place);
        std::vector<base::Place> places;
        Operators operators;
        for (; at_ < words_.size(); ++at_) {
            const SourceWord& word = words_[at_];
            const bool numbers = kind_ == MatchKind::integer || kind_ == MatchKind::len || kind_ == MatchKind::version;
            if (numbers && operators.take(word.text)) continue;
            std::string pattern(word.text);
            places.push_back(word.place);
            if (numbers && !operators.apply(pattern, kind_ == MatchKind::version))
                return fail(failure_, word.place, quoted(word.text) + " is neither a number nor a supported operator");
            list->append(std::move(pattern), {});
        }
        if (kind_ == MatchKind::found || kind_ == MatchKind::boolean) return true;
        std::size_t failed = 0;
        auto view = PatternView::make(std::move(list), *kind_, flags_, Type::any, &failed);
        if (!view) return fail(failure_, places[failed], view.error());
        line_.patterns.push_back(std::move(*view));
        return true;
    }

    Words words_;
    AclLine& line_;
    ParseFailure& failure_;
    std::size_t at_ = 0;
    std::string_view keyword_;
    std::optional<MatchKind> kind_;
    PatternSet::Flags flags_;
    bool as_map_ = false;
};

class ConditionReader {
  public:
    ConditionReader(const AclScope& scope, ParseFailure& failure)
        : scope_(scope), failure_(failure), condition_(std::make_unique<Condition>()) {}

    std::unique_ptr<Condition> read(Words words) {
        condition_->place = words[0].place;
        condition_->unless = words[0].text == "unless";
        for (const auto& word : words)
            condition_->text += (condition_->text.empty() ? "" : " ") + base::spelled_word(word.text);
        words_ = words;
        for (at_ = 1; at_ < words_.size(); ++at_)
            if (!read_word()) return nullptr;
        return std::move(condition_);
    }

  private:
    bool read_word() {
        SourceWord word = words_[at_];
        while (word.text.starts_with('!')) {
            negated_ = !negated_;
            word.text.remove_prefix(1);
            ++word.place.column;
            if (word.place.length > 1) --word.place.length;
        }
        if (word.text.empty()) return true;
        if (base::iequal(word.text, "or") || word.text == "||") {
            begin_term_list_ = true;
            negated_ = false;
            return true;
        }
        const Acl* acl = word.text == "{" ? read_anonymous(word) : find(word);
        if (!acl) return false;
        acl->used = true;
        if (begin_term_list_) condition_->any_of.emplace_back();
        begin_term_list_ = false;
        condition_->any_of.back().push_back({acl, negated_});
        negated_ = false;
        return true;
    }

    const Acl* read_anonymous(const SourceWord& brace) {
        const std::size_t begin = at_ + 1;
        std::size_t end = begin;
        while (end < words_.size() && words_[end].text != "}") ++end;
        if (end == words_.size()) {
            fail(failure_, brace.place, "missing closing '}' in condition");
            return nullptr;
        }
        at_ = end;
        return make({}, words_.subspan(begin, end - begin), brace.place);
    }

    const Acl* find(const SourceWord& word) {
        if (const Acl* acl = scope_.find(word.text)) return acl;
        const auto* predefined = base::Table<PredefinedAcl>::find(word.text);
        if (!predefined) {
            fail(failure_, word.place, "no such ACL : " + quoted(word.text), hint_for(word.text));
            return nullptr;
        }
        for (const auto& acl : condition_->owned)
            if (acl->name == word.text) return acl.get();
        std::vector<SourceWord> words;
        for (auto text : base::split(predefined->words, ' ')) words.push_back({text, word.place});
        return make(std::string(word.text), words, word.place);
    }

    std::string hint_for(std::string_view word) const {
        if (base::iequal(word, "and") || word == "&&") return "ACLs that stand beside each other must all match";
        std::vector<std::string_view> names = scope_.names();
        for (const auto* row : base::Table<PredefinedAcl>::all()) names.push_back(row->name);
        const std::string_view near = base::nearest(word, names);
        return near.empty() ? std::string{} : "did you mean '" + std::string(near) + "' maybe ?";
    }

    const Acl* make(std::string name, Words words, const base::Place& place) {
        auto acl = std::make_unique<Acl>();
        acl->name = std::move(name);
        acl->place = place;
        failure_.place = place;
        AclLine line;
        if (!parse_acl_line(words, line, failure_)) return nullptr;
        acl->lines.push_back(std::move(line));
        condition_->owned.push_back(std::move(acl));
        return condition_->owned.back().get();
    }

    const AclScope& scope_;
    ParseFailure& failure_;
    std::unique_ptr<Condition> condition_;
    Words words_;
    std::size_t at_ = 0;
    bool negated_ = false;
    bool begin_term_list_ = true;
};

}  // namespace

bool parse_acl_line(std::span<const SourceWord> words, AclLine& line, ParseFailure& failure) {
    return LineReader(until_empty(words), line, failure).read();
}

std::unique_ptr<Condition> parse_condition(std::span<const SourceWord> words, const AclScope& scope,
                                           ParseFailure& failure) {
    const Words all = until_empty(words);
    if (all.empty() || (all[0].text != "if" && all[0].text != "unless")) {
        if (!all.empty()) failure.place = all[0].place;
        failure.text = "conditions must start with either 'if' or 'unless'";
        return nullptr;
    }
    return ConditionReader(scope, failure).read(all);
}

namespace {

thread_local const AclScope* scope_being_read = nullptr;

}  // namespace

ReadingScope::ReadingScope(const AclScope* scope) : before_(scope_being_read) { scope_being_read = scope; }
ReadingScope::~ReadingScope() { scope_being_read = before_; }

base::Result<std::shared_ptr<const Condition>> condition_of_names(std::span<const std::string> names) {
    if (!scope_being_read) return base::Error{"may only be used in the context of a proxy"};
    std::vector<SourceWord> words{{"if", expression_place()}};
    for (const std::string& name : names) words.push_back({name, expression_place()});
    ParseFailure failure;
    auto condition = parse_condition(words, *scope_being_read, failure);
    if (!condition) return base::Error{failure.text};
    return std::shared_ptr<const Condition>(std::move(condition));
}

}  // namespace cfgproxy::sample
