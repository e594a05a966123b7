#include "config/migrate.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "config/dump.h"

namespace cfgproxy::config {

namespace {

/// The parts of a physical line around its words.
struct Around {
    std::string_view indent, tail;  ///< the tail is a comment with the blanks before it, or nothing
};

Around around(const ReadStatement& statement, std::string_view raw) {
    const base::Place& last = statement.words.back().place;
    const std::size_t end = std::min<std::size_t>(last.column - 1 + last.length, raw.size());
    const std::size_t comment = raw.find('#', end);
    return {raw.substr(0, std::min(raw.find_first_not_of(" \t"), raw.size())),
            comment == raw.npos ? std::string_view() : raw.substr(end)};
}

/// A line that only HAProxy 1.5 reads as it was meant, in letters that all releases read so.
void respell(Rewriting& rewriting) {
    std::string line;
    for (const Word& word : rewriting.statement().words) {
        if (!line.empty()) line += ' ';
        line += quote_word(word.text);
    }
    rewriting.line(std::move(line));
}

/// `listen NAME ADDRESS` of 1.x.
bool split_section(Rewriting& rewriting) {
    const auto words = rewriting.statement().words;
    if (words.size() < 3 || words[2].text == "from" || !(rewriting.statement().section & (kInListen | kInFrontend)))
        return false;
    rewriting.line(std::string(words[0].text) + " " + quote_word(words[1].text));
    rewriting.line("    bind " + quote_word(words[2].text));
    return true;
}

/// Gives the change that a statement needs; `from` stays empty if it needs none.
Change change_of(const ReadStatement& statement, const Source& source, std::string_view release) {
    Change change{.place = statement.place, .from = {}, .to = {}, .note = {}};
    Rewriting rewriting(statement, source);
    const std::string_view raw = source.raw_line(statement.place);
    const auto take = [&](bool done) {
        change.from = base::trim(raw);
        change.to = std::move(rewriting.lines_);
        change.note = std::move(rewriting.note_);
        change.done = done;
    };
    if (statement.begins_section) {
        if (is_older("1.5", release) && split_section(rewriting)) take(true);
        return change;
    }
    const Migration* row = statement.row ? find_migration(statement.row->name) : nullptr;
    if (row && is_older(row->until, release)) {
        const bool done = row->rewrite(rewriting);
        if (!rewriting.kept_) {
            take(done);
            return change;
        }
    }
    const std::string_view until = statement.row ? statement.row->until : std::string_view();
    if (!until.empty() && is_older(until, release)) {
        rewriting.note(statement.row->modern.empty()
                           ? "nothing says the same today"
                           : "to be rewritten by hand: " + std::string(statement.row->modern));
        take(false);
    } else if (statement.old_spelling) {
        respell(rewriting);
        take(true);
    }
    return change;
}

void append_change(std::string& out, const Change& change, const Around& around, std::string_view end) {
    if (change.to.empty()) {
        out.append(around.indent).append("# ").append(change.from).append(end);
        return;
    }
    for (std::size_t i = 0; i < change.to.size(); ++i) {
        out.append(around.indent).append(change.to[i]);
        if (i == 0) out.append(around.tail);
        out.append(end);
    }
}

}  // namespace

bool is_older(std::string_view a, std::string_view b) {
    const auto numbers = [](std::string_view release) {
        std::vector<std::uint64_t> parts;
        for (std::string_view part : base::split(release, '.')) parts.push_back(base::parse_uint(part).value_or(0));
        return parts;
    };
    return numbers(a) < numbers(b);
}

std::string Rewriting::spelt(std::size_t i) const {
    const Word& word = statement_.args()[i];
    if (statement_.old_spelling) return quote_word(word.text);
    const std::string_view raw = source_.raw(word.place);
    return raw.empty() ? quote_word(word.text) : std::string(raw);
}

std::string Rewriting::rest(std::size_t i) const {
    std::string text;
    for (; i < size(); ++i) text += " " + spelt(i);
    return text;
}

const Migration* find_migration(std::string_view name) {
    for (auto table : {header_migrations(), word_migrations()})
        for (const Migration& row : table)
            if (row.name == name) return &row;
    return nullptr;
}

Migrated migrate(const Loaded& loaded, std::span<const ReadStatement> statements, std::size_t file_index,
                 std::string_view release) {
    const Source& source = *loaded.source;
    const Source::File& file = source.files()[file_index];
    std::map<std::uint32_t, const ReadStatement*> by_line;
    for (const ReadStatement& statement : statements)
        if (statement.place.file == &file.name) by_line[statement.place.line] = &statement;

    Migrated result;
    std::string_view rest = file.bytes;
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const std::size_t feed = std::min(rest.find('\n'), rest.size() - 1);
        const bool complete = rest[feed] == '\n';
        const std::string_view line = rest.substr(0, feed + 1);
        rest.remove_prefix(feed + 1);
        const auto found = by_line.find(number);
        Change change;
        if (found != by_line.end()) change = change_of(*found->second, source, release);
        if (change.from.empty() || !change.done) {
            result.bytes += line;
            if (!complete) result.bytes += '\n';  // releases since 2.3 refuse a last line without its end
        } else {
            const bool crlf = line.ends_with("\r\n");
            append_change(result.bytes, change, around(*found->second, source.raw_line(change.place)),
                          crlf ? "\r\n" : "\n");
        }
        if (!change.from.empty()) result.changes.push_back(std::move(change));
    }
    return result;
}

}  // namespace cfgproxy::config
