#include "config/tidy.h"

#include <vector>

#include "config/outline.h"

namespace cfgproxy::config {

namespace {

constexpr std::size_t kIndent = 4;
constexpr std::string_view kBlanks = " \t\v\f\r";

/// One physical line without its blanks at both ends.
struct Line {
    enum class Kind : std::uint8_t { blank, comment, section, margin, statement, continued };
    Kind kind = Kind::blank;
    std::string_view text;
    std::string_view end;  ///< "\n", "\r\n", or nothing at the end of a file
    bool was_indented = false;
};

/// The end of the text of a line. A blank behind a backslash belongs to a word, and one behind a lone backslash keeps
/// that from continuing the line.
std::size_t end_of_text(std::string_view line) {
    std::size_t end = line.size();
    while (end > 0 && kBlanks.find(line[end - 1]) != kBlanks.npos) --end;
    if (end < line.size() && end > 0 && line[end - 1] == '\\') return line.size();
    return end;
}

/// Ends in a backslash that is a word by itself.
bool is_continued(std::string_view text) {
    return text.ends_with('\\') && (text.size() == 1 || kBlanks.find(text[text.size() - 2]) != kBlanks.npos) &&
           text.find('#') == text.npos;
}

Line::Kind kind_of(std::string_view text) {
    if (text.empty()) return Line::Kind::blank;
    if (text[0] == '#') return Line::Kind::comment;
    if (text[0] == '.' || text[0] == '[') return Line::Kind::margin;
    const auto words = rough_words(text, 1);
    return !words.empty() && find_section(words[0]) ? Line::Kind::section : Line::Kind::statement;
}

std::vector<Line> lines_of(std::string_view bytes) {
    std::vector<Line> lines;
    bool continued = false;
    while (!bytes.empty()) {
        const std::size_t feed = bytes.find('\n');
        std::string_view raw = bytes.substr(0, feed), end;
        bytes.remove_prefix(feed == bytes.npos ? bytes.size() : feed + 1);
        if (feed != bytes.npos || raw.data() + raw.size() != bytes.data()) end = "\n";
        if (!end.empty() && raw.ends_with('\r')) {
            raw.remove_suffix(1);
            end = "\r\n";
        }
        const std::size_t begin = std::min(raw.find_first_not_of(kBlanks), raw.size());
        Line line;
        line.text = raw.substr(begin, end_of_text(raw.substr(begin)));
        line.end = end;
        line.was_indented = begin > 0;
        line.kind = continued ? Line::Kind::continued : kind_of(line.text);
        continued = line.kind != Line::Kind::comment && is_continued(line.text);
        lines.push_back(line);
    }
    return lines;
}

/// Whether a comment belongs to a section that begins below it, or to nothing any more.
bool stands_before_section(const std::vector<Line>& lines, std::size_t at) {
    for (++at; at < lines.size(); ++at)
        if (lines[at].kind != Line::Kind::blank && lines[at].kind != Line::Kind::comment)
            return lines[at].kind == Line::Kind::section || lines[at].kind == Line::Kind::margin;
    return true;
}

}  // namespace

std::string tidy(std::string_view bytes) {
    // HAProxy reads nothing behind a NUL, and such a file is none to be tidied.
    if (bytes.find('\0') != bytes.npos) return std::string(bytes);
    const std::vector<Line> lines = lines_of(bytes);
    std::string out;
    bool in_section = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        std::size_t indent = 0;
        if (line.kind == Line::Kind::section) in_section = true;
        if (line.kind == Line::Kind::statement && in_section) indent = kIndent;
        if (line.kind == Line::Kind::continued && !line.text.empty()) indent = 2 * kIndent;
        if (line.kind == Line::Kind::comment && in_section && (line.was_indented || !stands_before_section(lines, i)))
            indent = kIndent;
        out.append(indent, ' ').append(line.text).append(line.end);
    }
    return out;
}

}  // namespace cfgproxy::config
