#include "config/print.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cfgproxy::config {
namespace {

constexpr std::size_t kTabStop = 8;

/// One character of a source line as it appears on a terminal.
struct Cell {
    std::size_t byte;  // offset in the line
    std::string shown;
    std::size_t width;
};

/// Reads one UTF-8 character at `at`; its length is 0 if the bytes are none.
char32_t decode(std::string_view text, std::size_t at, std::size_t& length) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    unsigned char first = byte(at);
    std::size_t size = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    length = 0;
    if (size == 0 || first >= 0xf5) return 0;
    char32_t c = size == 1 ? first : first & (0x7f >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) return 0;
        c = c << 6 | (byte(at + i) & 0x3f);
    }
    if ((size == 3 && c < 0x800) || (size == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c < 0xe000))
        return 0;
    length = size;
    return c;
}

struct Range {
    char32_t first, last;
};
// The blocks that matter, not the whole of Unicode's tables: a caret one column off harms nobody.
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xac00, 0xd7a3},
                           {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
                           {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
constexpr Range kZero[] = {{0x300, 0x36f},   {0x200b, 0x200f}, {0x202a, 0x202e}, {0x20d0, 0x20ff},
                           {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}};

bool lies_in(char32_t c, const Range* begin, const Range* end) {
    return std::any_of(begin, end, [&](const Range& r) { return c >= r.first && c <= r.last; });
}

Cell next_cell(std::string_view line, std::size_t& at, std::size_t column) {
    std::size_t begin = at, length = 0;
    char32_t c = decode(line, at, length);
    at += std::max<std::size_t>(length, 1);
    if (c == '\t') {
        std::size_t width = kTabStop - column % kTabStop;
        return {begin, std::string(width, ' '), width};
    }
    if (length == 0 || c < ' ' || (c >= 0x7f && c < 0xa0)) return {begin, "?", 1};
    // Invisible and direction-changing characters are shown as such: they are what one looks for.
    if (c == 0xfeff || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e)) return {begin, "?", 1};
    std::size_t width = lies_in(c, std::begin(kZero), std::end(kZero))   ? 0
                        : lies_in(c, std::begin(kWide), std::end(kWide)) ? 2
                                                                         : 1;
    return {begin, std::string(line.substr(begin, length)), width};
}

/// The part of a line around the place that could fit on the terminal; a line may be megabytes long.
struct Part {
    std::vector<Cell> cells;
    bool from_start, to_end;  // nothing of the line lies before it, behind it
};

Part part_around(std::string_view line, std::size_t from, std::size_t room) {
    std::size_t reach = 8 * room;
    std::size_t at = from > reach ? from - reach : 0;
    while (at > 0 && at < line.size() && (static_cast<unsigned char>(line[at]) & 0xc0) == 0x80) ++at;
    Part part{{}, at == 0, false};
    for (std::size_t column = 0; at < line.size() && at < from + reach; column += part.cells.back().width)
        part.cells.push_back(next_cell(line, at, column));
    part.to_end = at >= line.size();
    return part;
}

}  // namespace

std::string print_caret(const base::Place& place, const Source& source, std::size_t width) {
    std::string_view line = source.raw_line(place);
    if (line.empty() || place.column == 0) return {};
    std::size_t from = std::min<std::size_t>(place.column - 1, line.size());
    std::size_t to = from + std::max<std::size_t>(place.length, 1);
    std::size_t room = std::max<std::size_t>(width, 30) - 8;  // two blanks in front, "..." at both ends
    Part part = part_around(line, from, room);
    std::size_t total = 0, before = 0;
    for (const Cell& c : part.cells) {
        if (c.byte < from) before += c.width;
        total += c.width;
    }
    // Columns [left, right) are shown: the line's start if the caret is in it, or a window with the caret in it.
    std::size_t left = total <= room || before < room - room / 4 ? 0 : before - room / 3;
    std::size_t right = left + room;
    bool cut_left = left > 0 || !part.from_start, cut_right = !part.to_end;
    std::string text = cut_left ? "  ..." : "  ";
    std::size_t caret = cut_left ? 5 : 2, covered = 0, column = 0;
    for (const Cell& c : part.cells) {
        bool visible = column >= left && column + c.width <= right;
        column += c.width;
        cut_right |= column > right;
        if (!visible) continue;
        text += c.shown;
        if (c.byte < from) caret += c.width;
        if (c.byte >= from && c.byte < to) covered += c.width;
    }
    if (cut_right) text += "...";
    return text + "\n" + std::string(caret, ' ') + std::string(std::max<std::size_t>(covered, 1), '^') + "\n";
}

std::string print_message(base::Severity severity, long pid, std::string_view text) {
    std::string line = severity == base::Severity::alert     ? "[ALERT]    ("
                       : severity == base::Severity::warning ? "[WARNING]  ("
                       : severity == base::Severity::diag    ? "[DIAG]     ("
                                                             : "[NOTICE]   (";
    line += std::to_string(pid) + ") : config : ";
    line += text;
    line += '\n';
    return line;
}

std::string print_diagnostics(base::Diagnostics& diagnostics, const Source& source, const PrintOptions& options) {
    diagnostics.sort();
    std::string out;
    bool introduced = false;
    auto show = [&](base::Severity severity, std::string_view text) {
        if (severity >= base::Severity::warning && !introduced) {
            std::string head = "[NOTICE]   (" + std::to_string(options.pid) + ") : ";
            out += head + "haproxy version is " + options.version + "\n";
            if (!options.executable.empty()) out += head + "path to executable is " + options.executable + "\n";
            introduced = true;
        }
        out += print_message(severity, options.pid, text);
    };
    auto show_one = [&](const base::Diagnostic& d) {
        std::string text;
        if (d.in_file && d.place.file)
            text = (d.bare ? "[" : "parsing [") + *d.place.file + ":" + std::to_string(d.place.line) +
                   (d.tight ? "]: " : "] : ");
        show(d.severity, text + d.text);
        if (!options.terminal) return;
        if (d.text.find('\n') == std::string::npos) out += print_caret(d.place, source, options.width);
        if (!d.hint.empty()) out += "  " + d.hint + "\n";
    };

    const auto& list = diagnostics.list();
    const std::string* file = nullptr;  // the one whose messages stand last in `out`
    bool wrong = false;
    auto close_file = [&] {
        if (file && wrong) show(base::Severity::alert, "Error(s) found in configuration file : " + *file);
        wrong = false;
    };
    for (const auto& d : list) {
        if (!d.in_file) continue;
        if (d.place.file != file) close_file();
        file = d.place.file;
        wrong |= d.fatal;
        show_one(d);
    }
    close_file();
    for (const auto& d : list)
        if (!d.in_file) show_one(d);
    bool fatal = std::any_of(list.begin(), list.end(), [](const auto& d) { return d.fatal; });
    if (fatal && !options.aborted) show(base::Severity::alert, "Fatal errors found in configuration.");
    if (const std::size_t count = diagnostics.pendings(); count > 0 && diagnostics.alerts() == 0)
        show(base::Severity::notice, "no error of language; " + std::to_string(count) +
                                         (count == 1 ? " word is" : " words are") +
                                         " understood but not executed yet.");
    return out;
}

}  // namespace cfgproxy::config
