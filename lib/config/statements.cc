#include "config/statements.h"

#include <algorithm>
#include <cstring>

#include "base/letters.h"

namespace cfgproxy::config {
namespace {

constexpr std::size_t kEchoWidth = 80;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_name_char(char c) { return base::is_alnum(c) || c == '.' || c == ':' || c == '_' || c == '-'; }

}  // namespace

std::string printable_excerpt(std::string_view line, std::size_t& at, std::size_t width) {
    std::string result;
    std::size_t from = 0, room = width;
    if (at >= width) {  // put it in the middle
        std::size_t shift = at - width / 2;
        from = shift + 3;
        room = width - 3;
        result = "...";
        at -= shift;
    }
    for (; result.size() < room && from < line.size(); ++from) {
        char c = line[from];
        result += is_blank(c) ? ' ' : c > ' ' && c < 0x7f ? c : '?';
    }
    if (room < width) result += "...";
    return result;
}

base::Diagnostic old_reading_warning(const Statement& statement, const Source& source) {
    base::Diagnostic warning = *statement.modern_error;
    warning.severity = base::Severity::warning;
    warning.fatal = false;
    // A fault inside quotes has its own place; the quote that began them is what matters.
    std::string_view line = source.raw_line(warning.place).substr(0, warning.place.column);
    std::size_t quote = line.find_last_of("\"'");
    bool doubled = quote != line.npos && line[quote] == '"';
    warning.text = std::string("lone ") + (doubled ? "double" : "single") +
                   " quote read as an ordinary character, as HAProxy 1.5 does; later versions refuse it, and all "
                   "understand " +
                   (doubled ? "\\x22." : "\\x27.");
    return warning;
}

Statements::Statements(Source& source, Environment& environment, base::Diagnostics& diagnostics, Build build)
    : source_(source),
      environment_(environment),
      diagnostics_(diagnostics),
      build_(std::move(build)),
      splitter_(source.arena(), environment),
      alerts_seen_(diagnostics.alerts()) {}

bool Statements::next(Statement& statement) {
    statement = {};
    while (next_line())
        if (split(statement)) return true;
    return false;
}

/// Moves to the next line of any file; false if there is none.
bool Statements::next_line() {
    if (diagnostics_.alerts() > alerts_seen_) ++wrong_lines_;
    alerts_seen_ = diagnostics_.alerts();
    if (abort_after_ && file_ && handed_out_) aborted_ = true;
    handed_out_ = false;
    while (!aborted_) {
        if (file_ && !leave_ && read_line()) return true;
        if (file_) leave_file();
        if (aborted_ || next_file_ == source_.files().size()) return false;
        file_ = &source_.files()[next_file_++];
        at_ = file_->bytes.data();
        end_ = at_ + file_->bytes.size();
        has_nul_ = file_->bytes.find('\0') != std::string::npos;
        number_ = 0;
        wrong_lines_ = 0;
        truncated_ = leave_ = false;
        section_.clear();
        scope_ = {};
    }
    return false;
}

bool Statements::read_line() {
    if (at_ == end_) return false;
    if (truncated_) {  // the line before ended at a NUL
        alert("Stray NUL character at position " + std::to_string(line().size() + 1) + ".",
              static_cast<std::uint32_t>(line().size() + 1));
        truncated_ = false;
        return false;
    }
    ++number_;
    if (wrong_lines_ >= kMaxErrors) {
        alert("too many fatal errors (" + std::to_string(wrong_lines_) + "), stopping now.");
        return false;
    }
    line_begin_ = at_;
    auto* lf = static_cast<const char*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
    line_end_ = lf ? lf : end_;
    at_ = lf ? lf + 1 : end_;
    truncated_ = !lf;
    if (has_nul_) {
        auto* nul = static_cast<const char*>(std::memchr(line_begin_, 0, line().size()));
        cut_at_nul_ = nul != nullptr;
        if (nul) line_end_ = nul, truncated_ = true;
    }
    return true;
}

void Statements::leave_file() {
    // HAProxy has refused such a file since 2.3 and took it before: files of all eras are taken, with a word of
    // warning.
    if (!aborted_ && truncated_) {
        const auto column = static_cast<std::uint32_t>(line().size() + 1);
        std::string text =
            "Missing LF on last line, file might have been truncated at position " + std::to_string(column) + ".";
        if (cut_at_nul_)  // that is no text any more
            alert(std::move(text), column);
        else
            warning(std::move(text), column);
    }
    if (!aborted_ && conditionals_.open()) abort("non-terminated '.if' block.");
    if (abort_after_) aborted_ = true;
    conditionals_.clear();
    alerts_seen_ = diagnostics_.alerts();
    file_ = nullptr;
}

/// Splits the current line and those that continue it; true if it is a statement.
bool Statements::split(Statement& statement) {
    words_.clear();
    continued_ = false;
    do {
        const char* begin = line_begin_;
        while (begin < line_end_ && is_blank(*begin)) ++begin;
        if (begin == line_end_ || *begin == '#') break;
        if (*begin == '[' && words_.empty()) {
            scope_line();
            return false;
        }
        auto column = static_cast<std::uint32_t>(begin - line_begin_) + 1;
        splitter_.set_line(place(column, static_cast<std::uint32_t>(line_end_ - begin)), section_);
        Fault fault = splitter_.split(begin, line_end_);
        if (fault != Fault::none) {
            column = splitter_.fault_column();
            auto error = message(
                base::Severity::alert, column,
                std::string(fault_text(fault)) + " at position " + std::to_string(column) + ":\n" + echo(column));
            if (!words_.empty() || !split_as_old(statement, error)) {
                diagnostics_.add(error);
                return false;
            }
        }
        if (splitter_.words().size() > kMaxWords) {
            too_many_words();
            return false;
        }
        words_.insert(words_.end(), splitter_.words().begin(), splitter_.words().end());
    } while (!statement.modern_error && is_continued() && continue_line());
    if (words_.empty() || words_.front().text.empty()) return false;
    if (words_.front().text[0] == '.' ? directive() : conditionals_.masked()) return false;
    cut_at_empty_word();
    hand_out(statement);
    return true;
}

/// An apostrophe or inch sign inside a word was an ordinary character until HAProxy 1.5 (README.md tells the rule).
bool Statements::split_as_old(Statement& statement, const base::Diagnostic& error) {
    if (!splitter_.fault_inside_word()) return false;
    const char* begin = line_begin_;
    while (is_blank(*begin)) ++begin;
    if (splitter_.split_old(begin, line_end_) != Fault::none) return false;
    statement.modern_error = source_.keep(error);
    return true;
}

/// The last word is a backslash of its own, and a line follows.
bool Statements::is_continued() const {
    if (words_.size() < 2 || truncated_ || at_ == end_ || words_.front().text.starts_with('.')) return false;
    const Word& last = words_.back();
    return last.text == "\\" && last.place.length == 1 && last.place.line == number_;
}

bool Statements::continue_line() {
    // No HAProxy joins lines: whoever shares the file with one, or meant the backslash, must hear of it.
    if (!conditionals_.masked())
        diagnostics_.add(message(base::Severity::warning, words_.back().place.column,
                                 "a lone backslash joins this line with the next one, while HAProxy takes it for an "
                                 "argument; write \"\\\\\" for a backslash."));
    words_.pop_back();
    continued_ = true;
    return read_line();
}

void Statements::too_many_words() {
    auto& words = splitter_.words();
    std::size_t position = 1;
    for (std::size_t i = 0; i + 1 < kMaxWords; ++i) position += words[i].text.size() + 1;
    const Word& last = words[kMaxWords - 1];
    alert("too many words, truncating after word " + std::to_string(kMaxWords) + ", position " +
              std::to_string(position) + ": <" + std::string(last.text) + ">.",
          last.place.column);
}

/// `[NAME]`: a scope, alone on its line.
void Statements::scope_line() {
    const char* begin = line_begin_;
    while (is_blank(*begin)) ++begin;
    std::string_view text(begin + 1, static_cast<std::size_t>(line_end_ - begin - 1));
    auto column = [&](std::size_t at) { return static_cast<std::uint32_t>(begin + 1 - line_begin_ + at) + 1; };
    auto complain = [&](std::string what, std::size_t at) {
        auto d = message(base::Severity::alert, column(at), std::move(what));
        d.tight = false;
        diagnostics_.add(std::move(d));
    };
    std::size_t close = text.find(']');
    if (close == text.npos || close == 0) return complain("empty scope name is forbidden.", 0);
    std::string_view name = text.substr(0, close);
    auto bad = std::find_if_not(name.begin(), name.end(), is_name_char);
    auto after = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(close) + 1, text.end(), is_blank);
    // HAProxy goes on to the end of the next statement or of this file, whichever comes first.
    if (bad != name.end()) {
        complain(std::string("character '") + *bad + "' is not permitted in a scope name.",
                 static_cast<std::size_t>(bad - name.begin()));
        abort_after_ = true;
    } else if (after != text.end() && *after != '#') {
        complain(std::string("character '") + *after + "' is not permitted after scope declaration.",
                 static_cast<std::size_t>(after - text.begin()));
        abort_after_ = true;
    } else {
        scope_ = name;
    }
}

/// The line begins with a dot. True, always: it is no statement.
bool Statements::directive() {
    std::string_view word = words_.front().text;
    if (word == ".if" || word == ".elif" || word == ".else" || word == ".endif") {
        if (condition_line(word) == After::leave_file) leave_ = true;
    } else if (!conditionals_.masked()) {
        status_line(word);
    }
    return true;
}

Statements::After Statements::condition_line(std::string_view word) {
    std::string_view error;
    if (word == ".if" || word == ".elif") {
        bool evaluate = false;
        error = word == ".if" ? conditionals_.open_level(evaluate) : conditionals_.next_branch(evaluate);
        if (error.empty()) return !evaluate || decide(word) ? After::go_on : After::leave_file;
    } else {
        if (has_argument(word, 1)) {
            abort_after_ = true;
            return After::leave_file;
        }
        error = word == ".else" ? conditionals_.else_branch() : conditionals_.close_level();
    }
    if (error.empty()) return After::go_on;
    alert(std::string(error), words_.front().place.column);
    (word == ".endif" ? abort_after_ : aborted_) = true;
    return After::leave_file;
}

/// The words behind `.if`, one blank between them, are the condition.
bool Statements::decide(std::string_view word) {
    const std::string text = joined(std::span(words_).subspan(1));
    Verdict verdict = evaluate_condition(text, environment_, build_);
    if (verdict.error.empty()) {
        conditionals_.decide(verdict.value);
        return true;
    }
    std::size_t at = verdict.position;
    std::string shown = printable_excerpt(text, at, word == ".if" ? 76 : 74);
    abort(verdict.error + " in '" + std::string(word) + "' at position " + std::to_string(verdict.position + 1) +
              ":\n  " + std::string(word) + " " + shown + "\n" + std::string(word.size() + 3 + at, ' ') + "^",
          words_[1].place.column);
    return false;
}

/// `.alert`, `.warning`, `.notice`, `.diag`.
void Statements::status_line(std::string_view word) {
    bool known = word == ".alert" || word == ".warning" || word == ".notice" || word == ".diag";
    auto column = words_.front().place.column;
    if (!known) {
        alert("unknown directive '" + std::string(word) + "'.", column);
        leave_ = true;
        return;
    }
    if (has_argument(word, 2)) return;
    std::string text = "'" + std::string(words_.size() > 1 ? words_[1].text : "") + "'.";
    if (word == ".alert") return abort(std::move(text), column);
    if (word == ".diag" && !build_.diag) return;
    auto severity = word == ".notice" ? base::Severity::notice
                    : word == ".diag" ? base::Severity::diag
                                      : base::Severity::warning;
    diagnostics_.add(message(severity, column, std::move(text)));
}

bool Statements::has_argument(std::string_view word, std::size_t index) {
    if (words_.size() <= index || words_[index].text.empty() || (index == 2 && words_[1].text.empty())) return false;
    alert("Unexpected argument '" + std::string(words_[index].text) + "' for '" + std::string(word) + "'." +
              (index == 2 ? " Use quotes if the message should contain spaces." : ""),
          words_[index].place.column);
    return true;
}

/// For HAProxy an empty word ends the line: up to 2.6 in silence, later as an error.
void Statements::cut_at_empty_word() {
    auto empty = std::find_if(words_.begin(), words_.end(), [](const Word& w) { return w.text.empty(); });
    if (empty == words_.end()) return;
    auto more = std::find_if(empty, words_.end(), [](const Word& w) { return !w.text.empty(); });
    if (more != words_.end()) {
        auto column = empty->place.column;
        diagnostics_.add(message(base::Severity::warning, column,
                                 "argument number " + std::to_string(empty - words_.begin()) + " at position " +
                                     std::to_string(column) + " is empty and marks the end of the argument list:\n" +
                                     echo(column)));
    }
    words_.erase(empty, words_.end());
}

void Statements::hand_out(Statement& statement) {
    auto* copy = static_cast<Word*>(source_.arena().allocate(sizeof(Word) * words_.size(), alignof(Word)));
    std::uninitialized_copy(words_.begin(), words_.end(), copy);
    statement.words = {copy, words_.size()};
    statement.place = words_.front().place;
    for (const Word& w : words_)
        if (w.place.line == statement.place.line)
            statement.place.length = w.place.column + w.place.length - statement.place.column;
    statement.scope = scope_;
    statement.continued = continued_;
    handed_out_ = true;
}

base::Diagnostic Statements::message(base::Severity severity, std::uint32_t column, std::string text) const {
    base::Diagnostic d{severity, place(column, column ? 1 : 0), std::move(text), {}, severity == base::Severity::alert};
    d.tight = true;
    return d;
}

void Statements::alert(std::string text, std::uint32_t column) {
    diagnostics_.add(message(base::Severity::alert, column, std::move(text)));
}

void Statements::warning(std::string text, std::uint32_t column) {
    diagnostics_.add(message(base::Severity::warning, column, std::move(text)));
}

void Statements::abort(std::string text, std::uint32_t column) {
    alert(std::move(text), column);
    aborted_ = true;
}

/// The line and a caret, as HAProxy shows it below a message.
std::string Statements::echo(std::uint32_t column) const {
    const char* begin = line_begin_;
    while (begin < line_end_ && is_blank(*begin)) ++begin;
    std::size_t at = column - 1 - static_cast<std::size_t>(begin - line_begin_);
    std::string shown = printable_excerpt({begin, static_cast<std::size_t>(line_end_ - begin)}, at, kEchoWidth);
    return "  " + shown + "\n" + std::string(at + 2, ' ') + "^";
}

}  // namespace cfgproxy::config
