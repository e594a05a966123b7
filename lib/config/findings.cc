#include "config/findings.h"

#include <algorithm>

#include "base/letters.h"
#include "base/text.h"
#include "config/forms.h"

namespace cfgproxy::config {

namespace {

const Mistake* mistake_named(std::string_view name) {
    auto mistakes = all_mistakes();
    return &*std::find_if(mistakes.begin(), mistakes.end(), [name](const Mistake& row) { return row.name == name; });
}

const Mistake* mistake_of(std::string_view text, Finding::Kind kind) {
    if (kind == Finding::Kind::pending) return mistake_named("not-executed");
    if (kind == Finding::Kind::note) {
        // What -dD says, too, has kinds of its own.
        for (const std::string_view name : {"unreachable-rule", "unused-name", "odd-pattern", "same-cookie"})
            for (const Mistake& row : all_mistakes())
                if (row.name == name && text.find(row.fragment) != text.npos) return &row;
        return mistake_named(text.find("changes nothing here") == text.npos ? "note" : "advisory");
    }
    for (const Mistake& row : all_mistakes()) {
        if (row.fragment.empty() || text.find(row.fragment) == text.npos) continue;
        if (row.also.empty() || text.find(row.also) != text.npos) return &row;
    }
    return mistake_named(kind == Finding::Kind::error ? "other-error" : "other-warning");
}

/// The text between the quote at the end of `fragment` and the next one; empty if the fragment has none.
std::string_view quoted_behind(std::string_view text, std::string_view fragment) {
    if (!fragment.ends_with('\'')) return {};
    const std::size_t at = text.find(fragment) + fragment.size();
    return text.substr(at, text.find('\'', at) - at);
}

/// Everything that stands between single quotes.
std::vector<std::string_view> all_quoted(std::string_view text) {
    std::vector<std::string_view> all;
    for (;;) {
        const std::size_t begin = text.find('\'');
        const std::size_t end = begin == text.npos ? begin : text.find('\'', begin + 1);
        if (end == text.npos) return all;
        all.push_back(text.substr(begin + 1, end - begin - 1));
        text.remove_prefix(end + 1);
    }
}

bool is_word_char(char c) { return base::is_alnum(c) || c == '_'; }

/// Where `word` stands by itself in `line`; npos if it does not.
std::size_t find_word(std::string_view line, std::string_view word) {
    for (std::size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if (at > 0 && is_word_char(line[at - 1]) && is_word_char(word.front())) continue;
        if (end < line.size() && is_word_char(line[end]) && is_word_char(word.back())) continue;
        return at;
    }
    return line.npos;
}

/// Makes one finding of one message.
class Finder {
  public:
    Finder(const Source& source, const Outline& outline) : source_(source), outline_(outline) {}

    Finding make(const base::Diagnostic& d) {
        Finding finding;
        finding.kind = kind_of(d);
        finding.place = d.place;
        finding.text = d.text;
        strip_place(finding.text);
        finding.mistake = mistake_of(finding.text, finding.kind);
        read_hint(d.hint, finding);
        std::string_view wrong = quoted_behind(finding.text, finding.mistake->fragment);
        if (d.place.line == 0) return finding;
        narrow(wrong, finding);
        if (wrong.empty()) wrong = source_.raw(finding.place);
        // Whoever reads expressions does not know that of an ACL there are derivatives, too.
        if (finding.mistake->names == Names::fetch && finding.text.find("ACL expression") != std::string::npos)
            finding.meant.clear();
        if (finding.meant.empty() && finding.kind == Finding::Kind::error) guess(wrong, finding);
        if (finding.kind == Finding::Kind::error) finding.expected = expected_at(finding);
        return finding;
    }

  private:
    static Finding::Kind kind_of(const base::Diagnostic& d) {
        if (d.pending) return Finding::Kind::pending;
        if (d.severity == base::Severity::alert) return d.fatal ? Finding::Kind::error : Finding::Kind::warning;
        return d.severity == base::Severity::warning ? Finding::Kind::warning : Finding::Kind::note;
    }

    /// What HAProxy puts in front of texts about a line, and what it asks at their end.
    static void strip_place(std::string& text) {
        if (text.starts_with("parsing [") || text.starts_with("[")) {
            std::size_t end = text.find("] : ");
            if (end != text.npos) text.erase(0, end + 4);
        }
        for (std::string_view asked : {"; did you mean '", " Did you mean '"}) {
            const std::size_t at = text.find(asked);
            if (at != text.npos) text.erase(at);
        }
    }

    static void read_hint(std::string_view hint, Finding& finding) {
        const std::size_t at = hint.find("did you mean '");
        if (at != hint.npos)
            finding.meant = quoted_behind(hint, "did you mean '");
        else if (hint.find(' ') == hint.npos)
            finding.meant = hint;
        else
            finding.advice = hint;
    }

    /// Puts the caret under the word at fault where a message is about a whole line.
    void narrow(std::string_view wrong, Finding& finding) const {
        const std::string_view line = source_.raw_line(finding.place);
        if (!wrong.empty() && source_.raw(finding.place) != wrong) {
            const std::size_t at = find_word(line, wrong);
            if (at != line.npos) {
                finding.place.column = static_cast<std::uint32_t>(at + 1);
                finding.place.length = static_cast<std::uint32_t>(wrong.size());
            }
        }
        if (finding.place.column == 0) {
            const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
            finding.place.column = static_cast<std::uint32_t>(first + 1);
        }
        if (finding.place.length == 0) finding.place.length = 1;
    }

    void guess(std::string_view wrong, Finding& finding) const {
        if (wrong.empty()) return;
        std::vector<std::string_view> candidates;
        if (finding.mistake->names == Names::listed)
            candidates = all_quoted(finding.text);
        else
            candidates = outline_.candidates(finding.mistake->names, finding.place);
        // A variable's scope is what stands before the first dot.
        if (finding.mistake->names == Names::variable_scope) wrong = wrong.substr(0, wrong.find('.'));
        std::erase(candidates, wrong);
        finding.meant = base::nearest(wrong, candidates);
    }

    /// The form of the option or the statement that is wrong.
    std::string expected_at(const Finding& finding) const {
        const Outline::Part* part = outline_.part_of(finding.place);
        std::vector<std::string_view> words = rough_words(source_.raw_line(finding.place));
        if (!part || words.empty()) return {};
        if (words.size() > 1 && (words[0] == "no" || words[0] == "default")) words.erase(words.begin());
        const Found found = find_keyword(words, part->section);
        if (!found.row) return {};
        std::string name(found.row->name);
        if (found.words < words.size()) {
            const std::string action = name + " " + std::string(words[found.words]);
            if (auto form = form_of(action); !form.empty()) return action + " " + std::string(form);
        }
        const std::string_view form = form_of(name);
        return form.empty() ? std::string() : name + " " + std::string(form);
    }

    const Source& source_;
    const Outline& outline_;
};

}  // namespace

std::string_view name_of(Finding::Kind kind) {
    switch (kind) {
        case Finding::Kind::error:
            return "error";
        case Finding::Kind::pending:
            return "not executed yet";
        case Finding::Kind::warning:
            return "warning";
        case Finding::Kind::note:
            return "note";
    }
    return {};
}

std::vector<Finding> find_all(Loaded& loaded) {
    loaded.diagnostics.sort();
    const Outline outline(*loaded.source);
    Finder finder(*loaded.source, outline);
    std::vector<Finding> findings;
    for (const base::Diagnostic& d : loaded.diagnostics.list()) findings.push_back(finder.make(d));
    return findings;
}

}  // namespace cfgproxy::config
