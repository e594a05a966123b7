#include "log/syslog_message.h"

#include <algorithm>

#include "base/text.h"

namespace cfgproxy::log {
namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// "<134>" at the front: taken off.
bool take_priority(std::string_view& rest, SyslogMessage& to) {
    if (rest.size() < 2 || rest[0] != '<') return false;
    int number = 0;
    std::size_t at = 1;
    while (at < rest.size() && base::is_digit(rest[at])) {
        if (number > 99999) return false;
        number = 10 * number + (rest[at++] - '0');
    }
    if (at >= rest.size() || rest[at] != '>') return false;
    to.facility = number >> 3;
    to.level = number & 7;
    to.has_priority = true;
    rest.remove_prefix(at + 1);
    return true;
}

/// The next word and the blank behind it, which must be there. An empty word is none.
bool take_word(std::string_view& rest, std::string_view& word) {
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos || blank == 0) return false;
    word = rest.substr(0, blank);
    rest.remove_prefix(blank + 1);
    return true;
}

/// "2026-10-05T14:03:07", a fraction or none, "Z" or "+02:00".
bool is_iso_time(std::string_view text) {
    if (text.size() < 20) return false;
    std::size_t at = 19;
    if (text[at] == '.') do
            ++at;
        while (at < text.size() && base::is_digit(text[at]));
    return at < text.size() && (text[at] == 'Z' ? at + 1 == text.size() : at + 6 == text.size());
}

/// "[a@1 b=\"c\"][d]" or "-", and a blank. A bracket that is escaped does not close.
bool take_structured_data(std::string_view& rest, std::string_view& data) {
    std::size_t at = 0;
    if (rest.starts_with('[')) {
        bool inside = false;
        for (;; ++at) {
            if (at == rest.size()) return false;
            const char c = rest[at];
            if (inside)
                inside = c != ']' || rest[at - 1] == '\\';
            else if (c == '[')
                inside = true;
            else if (c == ' ')
                break;
            else
                return false;
        }
    } else if (rest.starts_with("- ")) {
        at = 1;
    } else {
        return false;
    }
    data = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return true;
}

bool parse_5424(std::string_view rest, SyslogMessage& to) {
    if (!take_word(rest, to.time) || (to.time != "-" && !is_iso_time(to.time))) return false;
    for (std::string_view* field : {&to.host, &to.tag, &to.pid, &to.message_id}) {
        if (!take_word(rest, *field)) return false;
        if (*field == "-") *field = {};
    }
    if (!take_structured_data(rest, to.structured_data)) return false;
    if (to.structured_data == "-") to.structured_data = {};
    to.text = rest;
    return true;
}

/// "tag[pid]: " or "tag: ", which need not be there.
void take_tag(std::string_view& rest, SyslogMessage& to) {
    const std::size_t end = rest.find_first_of(" :");
    if (end == std::string_view::npos || rest[end] != ':' || end + 1 >= rest.size() || rest[end + 1] != ' ') return;
    std::string_view tag = rest.substr(0, end);
    const std::size_t bracket = tag.find('[');
    if (bracket != std::string_view::npos) {
        if (!tag.ends_with(']')) return;
        to.pid = tag.substr(bracket + 1, tag.size() - bracket - 2);
        tag = tag.substr(0, bracket);
    }
    to.tag = tag;
    rest.remove_prefix(end + 2);
}

bool parse_3164(std::string_view rest, SyslogMessage& to) {
    constexpr std::size_t kTime = 15;
    if (rest.size() <= kTime || rest[kTime] != ' ') return false;
    if (std::find(std::begin(kMonths), std::end(kMonths), rest.substr(0, 3)) == std::end(kMonths)) return false;
    to.time = rest.substr(0, kTime);
    rest.remove_prefix(kTime + 1);
    if (!take_word(rest, to.host)) return false;
    take_tag(rest, to);
    to.text = rest;
    return true;
}

}  // namespace

SyslogMessage parse_syslog(std::string_view message) {
    SyslogMessage parsed;
    std::string_view rest = message;
    if (!take_priority(rest, parsed)) {
        parsed.text = message;
        return parsed;
    }
    SyslogMessage whole = parsed;
    if (rest.starts_with("1 ") ? parse_5424(rest.substr(2), whole) : parse_3164(rest, whole)) return whole;
    parsed.text = rest;
    return parsed;
}

}  // namespace cfgproxy::log
