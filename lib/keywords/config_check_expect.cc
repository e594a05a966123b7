// What `tcp-check expect` and `http-check expect` look for (manual 2.6 section 4.2).
#include "keywords/check_steps.h"
#include "keywords/formats.h"
#include "keywords/setters.h"
#include "sample/pattern.h"
#include "server/check_expect.h"

namespace cfgproxy::keywords {
namespace {

using model::CheckExpect;
using model::CheckOutcome;
using Kind = CheckExpect::Kind;
using Match = CheckExpect::Match;

struct Outcome {
    std::string_view option, name;
    CheckOutcome outcome;
};
constexpr Outcome kOutcomes[] = {
    {"ok-status", "L7OK", CheckOutcome::l7_ok},
    {"ok-status", "L7OKC", CheckOutcome::l7_conditional},
    {"ok-status", "L6OK", CheckOutcome::l6_ok},
    {"ok-status", "L4OK", CheckOutcome::l4_ok},
    {"error-status", "L7RSP", CheckOutcome::l7_invalid},
    {"error-status", "L7STS", CheckOutcome::l7_status},
    {"error-status", "L7OKC", CheckOutcome::l7_conditional},
    {"error-status", "L6RSP", CheckOutcome::l6_error},
    {"error-status", "L4CON", CheckOutcome::l4_error},
    {"tout-status", "L7TOUT", CheckOutcome::l7_timeout},
    {"tout-status", "L6TOUT", CheckOutcome::l6_timeout},
    {"tout-status", "L4TOUT", CheckOutcome::l4_timeout},
};
constexpr std::string_view supported(std::string_view option) {
    return option == "ok-status"      ? "'L4OK', 'L6OK', 'L7OK' or 'L7OKC'"
           : option == "error-status" ? "'L4CON', 'L6RSP', 'L7RSP' or 'L7STS'"
                                      : "'L4TOUT', 'L6TOUT' or 'L7TOUT'";
}

/// A word that says what to look for.
struct PatternWord {
    std::string_view name;
    Kind kind;
    bool binary, in_tcp, in_http;
};
constexpr PatternWord kPatterns[] = {
    {"binary", Kind::text, true, true, false},          {"binary-lf", Kind::format, true, true, false},
    {"rbinary", Kind::binary_regex, true, true, false}, {"rstatus", Kind::status_regex, false, false, true},
    {"rstring", Kind::regex, false, true, true},        {"status", Kind::status, false, false, true},
    {"string", Kind::text, false, true, true},          {"string-lf", Kind::format, false, true, true},
};

class ExpectReader {
  public:
    ExpectReader(Parser& parser, bool http, model::CheckStep& step)
        : parser_(parser), http_(http), step_(step), expect_(step.what.emplace<CheckExpect>()) {}

    bool read() {
        if (parser_.args().empty()) return fail("expects at least a matching pattern as arguments");
        for (; at_ < parser_.args().size(); ++at_)
            if (!read_word()) return false;
        if (!has_pattern_) return fail("pattern not found");
        return compile();
    }

  private:
    bool fail(std::string text) { return refuse_step(parser_, at_, std::move(text)); }
    std::string_view next() const { return parser_.arg(at_ + 1); }

    bool read_word() {
        std::string_view word = parser_.arg(at_);
        bool refused = false;  // a '!' stands in front
        if (word.starts_with('!')) {
            refused = true;
            const auto marks = std::min(word.find_first_not_of('!'), word.size());
            if (marks % 2) expect_.negated = !expect_.negated;
            word.remove_prefix(marks);
            if (word.empty()) word = parser_.arg(++at_);
        }
        for (const PatternWord& row : kPatterns)
            if (row.name == word && (http_ ? row.in_http : row.in_tcp)) return read_pattern(row);
        if (word == "custom" && !refused) {
            if (!begin_pattern()) return false;
            expect_.kind = Kind::anything;
            return true;
        }
        if (http_ && (word == "hdr" || word == "fhdr")) return read_header(word);
        if (refused && is_option(word)) return fail("[!] not supported with " + quoted(word));
        return read_option(word);
    }

    static bool is_option(std::string_view word) {
        return word == "min-recv" || word == "comment" || word.starts_with("on-") || word.ends_with("-status") ||
               word == "status-code";
    }

    bool begin_pattern() {
        if (has_pattern_) return fail("only on pattern expected");
        return has_pattern_ = true;
    }

    bool read_pattern(const PatternWord& row) {
        if (!begin_pattern()) return false;
        if (next().empty()) return fail(quoted(row.name) + " expects a <pattern> as argument");
        expect_.kind = row.kind;
        expect_.binary = row.binary;
        pattern_ = parser_.args()[++at_];
        return true;
    }

    bool read_option(std::string_view word) {
        if (!is_option(word))
            return fail(http_ ? "'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', "
                                "'[!]rstatus', [!]hdr, [!]fhdr or comment but got " +
                                    quoted(word) + " as argument."
                              : "'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf'"
                                "'[!]rbinary', '[!]binary-lf' or comment but got " +
                                    quoted(word) + " as argument.");
        if (next().empty())
            return fail(quoted(word) + " expects a" +
                        (word == "min-recv"      ? " integer"
                         : word == "status-code" ? "n expression"
                                                 : " string") +
                        " as argument");
        const Word& value = parser_.args()[++at_];
        if (word == "min-recv") return read_minimum(value.text);
        if (word == "status-code") return read_status_code(value);
        if (word == "comment") return step_.comment = value.text, true;
        if (word == "on-success") return static_cast<bool>(expect_.on_success = step_format(parser_, value));
        if (word == "on-error") return static_cast<bool>(expect_.on_error = step_format(parser_, value));
        return read_outcome(word, value.text);
    }

    bool read_minimum(std::string_view text) {
        expect_.min_receive = config::leading_number(text);
        if (expect_.min_receive >= -1 && expect_.min_receive <= 0x7fffffff) return true;
        return fail("'min-recv' expects -1 or an integer from 0 to INT_MAX");
    }

    bool read_status_code(const Word& word) {
        std::string error;
        expect_.status_code = parser_.keep<const sample::Expression>(parser_.expression(word, error));
        return expect_.status_code || fail("error detected while parsing status-code expression : " + error);
    }

    bool read_outcome(std::string_view option, std::string_view name) {
        CheckOutcome& to = option == "ok-status"      ? expect_.ok
                           : option == "error-status" ? expect_.error
                                                      : expect_.timeout;
        for (const Outcome& row : kOutcomes) {
            if (row.option != option || !base::iequal(row.name, name)) continue;
            to = row.outcome;
            return true;
        }
        return fail(quoted(option) + " only supports " + std::string(supported(option)) + " status (got " +
                    quoted(name) + ").");
    }

    /// "-m METHOD" in front of a header's name or value. False after a report.
    bool read_match(std::string_view word, bool is_format, Match& match) {
        if (next() != "-m") return true;
        ++at_;
        constexpr std::pair<std::string_view, Match> kMethods[] = {{"str", Match::exact},
                                                                   {"beg", Match::prefix},
                                                                   {"end", Match::suffix},
                                                                   {"sub", Match::part},
                                                                   {"reg", Match::regex}};
        const std::string_view method = next();
        if (method.empty())
            return fail(quoted(word) + " : '-m' expects at a matching pattern ('str', 'beg', 'end', 'sub' or 'reg')");
        for (const auto& [name, value] : kMethods) {
            if (name != method) continue;
            match = value;
            if (value == Match::regex && is_format)
                return fail(quoted(word) + ": log-format string is not supported with a regex matching method");
            ++at_;
            return true;
        }
        return fail(quoted(word) + " : '-m' only supports 'str', 'beg', 'end', 'sub' or 'reg' (got " + quoted(method) +
                    ")");
    }

    /// The pattern behind `name` or `value`, which is the word at at_.
    bool read_header_pattern(std::string_view word, bool is_format, bool is_name, CheckExpect::HeaderPattern& to) {
        if (!read_match(word, is_format, to.match)) return false;
        if (next().empty())
            return fail(is_name ? quoted(word) + " expects at the name keyword as first argument followed by a pattern"
                                : quoted(word) + " expect a pattern with the value keyword");
        const Word& pattern = parser_.args()[++at_];
        to.text = pattern.text;
        if (is_format) return static_cast<bool>(to.format = step_format(parser_, pattern));
        if (to.match != Match::regex) return true;
        auto regex = sample::Regex::compile(pattern.text, is_name);
        if (!regex) return fail(regex.error());
        to.regex = *regex;
        return true;
    }

    bool read_header(std::string_view word) {
        if (!begin_pattern()) return false;
        expect_.kind = Kind::header;
        expect_.full_header = word == "fhdr";
        if ((next() != "name" && next() != "name-lf") || parser_.arg(at_ + 2).empty())
            return fail(quoted(word) + " expects at the name keyword as first argument followed by a pattern");
        ++at_;
        if (!read_header_pattern(word, parser_.arg(at_) == "name-lf", true, expect_.name)) return false;
        if (next() != "value" && next() != "value-lf") return true;
        ++at_;
        expect_.value = model::CheckExpect::HeaderPattern{};
        return read_header_pattern(word, parser_.arg(at_) == "value-lf", false, *expect_.value);
    }

    bool read_codes(std::string_view text) {
        auto number = [&text] {
            std::uint32_t value = 0;
            while (!text.empty() && base::is_digit(text[0])) {
                value = value * 10 + static_cast<std::uint32_t>(text[0] - '0');
                text.remove_prefix(1);
            }
            return value;
        };
        for (;;) {
            const std::uint32_t low = number();
            std::uint32_t high = low;
            if (text.starts_with('-')) {
                text.remove_prefix(1);
                high = number();
            }
            if (low > high) return fail("invalid range of status codes " + quoted(pattern_.text));
            expect_.codes.emplace_back(low, high);
            if (text.empty()) return true;
            if (text[0] != ',')
                return fail("invalid character '" + std::string(1, text[0]) + "' in the list of status codes");
            text.remove_prefix(1);
        }
    }

    bool compile() {
        at_ = parser_.args().size() - 1;
        switch (expect_.kind) {
            case Kind::status:
                return read_codes(pattern_.text);
            case Kind::text:
                expect_.data = pattern_.text;
                if (!expect_.binary || server::read_hex(pattern_.text, expect_.data)) return true;
                return fail("invalid binary string (an hex digit is expected, in an even number of digits)");
            case Kind::format:
                return static_cast<bool>(expect_.format = step_format(parser_, pattern_));
            case Kind::regex:
            case Kind::binary_regex:
            case Kind::status_regex: {
                auto regex = sample::Regex::compile(pattern_.text, false);
                if (!regex) return fail(regex.error());
                expect_.regex = *regex;
                return true;
            }
            default:
                return true;
        }
    }

    Parser& parser_;
    bool http_;
    model::CheckStep& step_;
    CheckExpect& expect_;
    std::size_t at_ = 0;
    bool has_pattern_ = false;
    Word pattern_;
};

}  // namespace

bool read_expectation(Parser& parser, bool http, model::CheckStep& step) {
    return ExpectReader(parser, http, step).read();
}

}  // namespace cfgproxy::keywords
