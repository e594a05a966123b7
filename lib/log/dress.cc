#include "log/dress.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "log/date.h"

namespace cfgproxy::log {

using model::LogFormatKind;

namespace {

constexpr std::string_view kFacilities[] = {
    "kern", "user",  "mail",  "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",   "auth2",  "ftp",
    "ntp",  "audit", "alert", "cron2",  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
constexpr std::string_view kLevels[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

template <std::size_t N>
int index_of(const std::string_view (&names)[N], std::string_view name) {
    auto found = std::find(std::begin(names), std::end(names), name);
    return found == std::end(names) ? -1 : static_cast<int>(found - std::begin(names));
}

std::string_view without_end(std::string_view text, std::string_view ends) {
    while (!text.empty() && ends.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
    return text;
}

constexpr std::string_view kNewlineOrNul("\n\0", 2);

}  // namespace

int find_facility(std::string_view name) { return index_of(kFacilities, name); }
int find_level(std::string_view name) { return index_of(kLevels, name); }

/// The header as HAProxy cuts it: whole pieces.
struct Dresser::Pieces {
    std::string_view list[20];
    std::size_t count = 0;
    void add(std::string_view piece) { list[count++] = piece; }
    /// A field of RFC 5424, where '-' stands for nothing.
    void add_field(std::string_view field) {
        if (field.empty()) return add("- ");
        add(field);
        add(" ");
    }
};

void Dresser::set_identity(Identity identity) {
    identity_ = std::move(identity);
    pid_ = identity_.pid == 0 ? std::string() : std::to_string(identity_.pid);
}

std::string_view Dresser::syslog_date(std::uint64_t wall_us) {
    if (syslog_second_ != wall_us / 1000000) {
        syslog_second_ = wall_us / 1000000;
        syslog_date_.clear();
        append_syslog(syslog_date_, wall_us);
        syslog_date_ += ' ';
    }
    return syslog_date_;
}

std::string_view Dresser::iso_date(std::uint64_t wall_us) {
    iso_date_.clear();
    append_iso(iso_date_, wall_us);
    iso_date_ += ' ';
    return iso_date_;
}

void Dresser::add_priority(Pieces& pieces, int number) {
    priority_[0] = '<';
    char* end = std::to_chars(priority_ + 1, priority_ + sizeof priority_ - 1, number).ptr;
    *end++ = '>';
    pieces.add({priority_, static_cast<std::size_t>(end - priority_)});
}

/// The date of a received message in the form of RFC 3164, if it tells one that can be.
std::string_view Dresser::syslog_date(const SyslogMessage& header, std::uint64_t wall_us) {
    if (header.has_legacy_time()) {
        converted_date_.assign(header.time).append(" ");
        return converted_date_;
    }
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (header.has_iso_time()) {
        const std::string_view iso = header.time;
        const int month = 10 * (iso[5] - '0') + (iso[6] - '0');
        if (month >= 1 && month <= 12) {
            converted_date_.assign(kMonths.substr(3 * static_cast<std::size_t>(month - 1), 3)).append(" ");
            converted_date_ += iso[8] != '0' ? iso[8] : ' ';
            converted_date_.append(iso.substr(9, 1)).append(" ").append(iso.substr(11, 8)).append(" ");
            return converted_date_;
        }
    }
    return syslog_date(wall_us);
}

/// The same in the form of RFC 5424; the year is the one that makes sense now.
std::string_view Dresser::iso_date(const SyslogMessage& header, std::uint64_t wall_us) {
    if (header.has_iso_time()) {
        converted_date_.assign(header.time).append(" ");
        return converted_date_;
    }
    if (!header.has_legacy_time()) return iso_date(wall_us);
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t at = kMonths.find(header.time.substr(0, 3));
    if (at == std::string_view::npos || at % 3 != 0) return iso_date(wall_us);
    const int month = static_cast<int>(at / 3);
    const Civil now = local_time(static_cast<std::int64_t>(wall_us / 1000000));
    const int year = now.month < month ? now.year - 1 : now.year;
    // The sender did not say in which zone: "-00:00" (RFC 3339 section 4.3).
    converted_date_ =
        fmt::format("{:04}-{:02}-{}{}T{}-00:00 ", year, month + 1, header.time[4] == ' ' ? '0' : header.time[4],
                    header.time[5], header.time.substr(7, 8));
    return converted_date_;
}

void Dresser::add_header(Pieces& pieces, LogFormatKind format, int facility, int level, const Line& line) {
    SyslogMessage own;
    own.host = identity_.hostname;
    own.tag = line.tag.empty() ? std::string_view(identity_.tag) : line.tag;
    own.pid = pid_;
    own.structured_data = line.structured_data;
    const SyslogMessage& header = line.received ? *line.received : own;
    if (format == LogFormatKind::unspecified) {
        if (!header.host.empty())
            format = header.time == "-" || header.has_iso_time() ? LogFormatKind::rfc5424 : LogFormatKind::rfc3164;
        else
            format = !header.tag.empty()   ? LogFormatKind::local
                     : header.has_priority ? LogFormatKind::priority
                                           : LogFormatKind::raw;
    }
    switch (format) {
        case LogFormatKind::rfc3164:
        case LogFormatKind::local:
            add_priority(pieces, facility * 8 + level);
            pieces.add(syslog_date(header, line.wall_us));
            if (format == LogFormatKind::rfc3164) {
                pieces.add(header.host.empty() ? std::string_view("localhost") : header.host);
                pieces.add(" ");
            }
            if (header.tag.empty()) break;
            pieces.add(header.tag);
            if (!header.pid.empty()) pieces.add("["), pieces.add(header.pid), pieces.add("]");
            pieces.add(": ");
            break;
        case LogFormatKind::rfc5424:
            add_priority(pieces, facility * 8 + level);
            pieces.add("1 ");
            pieces.add(header.time == "-" ? std::string_view("- ") : iso_date(header, line.wall_us));
            pieces.add_field(header.host);
            pieces.add_field(header.tag);
            pieces.add_field(header.pid);
            pieces.add_field(header.message_id);
            pieces.add_field(without_end(header.structured_data, " "));
            break;
        case LogFormatKind::priority:
            add_priority(pieces, facility * 8 + level);
            break;
        case LogFormatKind::timed:
            add_priority(pieces, level);
            pieces.add(iso_date(header, line.wall_us));
            break;
        case LogFormatKind::short_:
            add_priority(pieces, level);
            break;
        case LogFormatKind::iso:
            pieces.add(iso_date(header, line.wall_us));
            break;
        case LogFormatKind::raw:
        case LogFormatKind::unspecified:
            break;
    }
}

void Dresser::append(std::string& out, const model::LogTarget& target, const Line& line, bool whole_line) {
    Pieces pieces;
    const int severity = line.received ? line.received->level : line.level;
    const int level = std::max<int>(severity, target.min_level);
    const int facility = line.received && line.received->facility >= 0 ? line.received->facility : target.facility;
    add_header(pieces, target.format, facility, level, line);
    const std::string_view text = without_end(line.text.substr(0, identity_.max_line - 1), kNewlineOrNul);
    std::size_t room = target.max_length;
    if (whole_line) {
        --room;
        for (std::size_t i = 0; i < pieces.count; ++i) {
            out += pieces.list[i].substr(0, room);
            room -= std::min(room, pieces.list[i].size());
        }
    } else {
        for (std::size_t i = 0; i < pieces.count && room > 0; ++i) {
            if (room <= pieces.list[i].size()) {
                room = 0;
                break;
            }
            out += pieces.list[i];
            room -= pieces.list[i].size();
        }
    }
    out += text.substr(0, room);
    out += '\n';
}

}  // namespace cfgproxy::log
