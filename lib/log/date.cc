#include "log/date.h"

#include <cstring>
#include <ctime>

namespace cfgproxy::log {

namespace {

constexpr char kMonths[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t kQuarter = 900;

/// `digits` digits of `value`, zeros in front.
char* write_padded(char* to, unsigned value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
    return to + digits;
}

char* write_clock(char* to, const Civil& c) {
    to = write_padded(to, static_cast<unsigned>(c.hour), 2);
    *to++ = ':';
    to = write_padded(to, static_cast<unsigned>(c.minute), 2);
    *to++ = ':';
    return write_padded(to, static_cast<unsigned>(c.second), 2);
}

/// "05/Oct/2026:14:03:07", 20 bytes.
char* write_date(char* to, const Civil& c) {
    to = write_padded(to, static_cast<unsigned>(c.day), 2);
    *to++ = '/';
    std::memcpy(to, kMonths[c.month], 3);
    to += 3;
    *to++ = '/';
    to = write_padded(to, static_cast<unsigned>(c.year), 4);
    *to++ = ':';
    return write_clock(to, c);
}

char* write_offset(char* to, int minutes, bool colon) {
    *to++ = minutes < 0 ? '-' : '+';
    const unsigned distance = static_cast<unsigned>(minutes < 0 ? -minutes : minutes);
    to = write_padded(to, distance / 60, 2);
    if (colon) *to++ = ':';
    return write_padded(to, distance % 60, 2);
}

Civil from_tm(const tm& t) {
    return {t.tm_year + 1900,
            t.tm_mon,
            t.tm_mday,
            t.tm_hour,
            t.tm_min,
            t.tm_sec > 59 ? 59 : t.tm_sec,
            static_cast<int>(t.tm_gmtoff / 60)};
}

using Convert = tm* (*)(const time_t*, tm*);

/// The quarter of an hour that was asked for last; `second` of a caller is arithmetic from its beginning.
struct Quarter {
    std::int64_t start = -1;
    bool even = false;  ///< the beginning is a full quarter on the local clock too (offsets of some old zones are odd)
    Civil civil = {};

    Civil at(std::int64_t seconds, Convert convert) {
        const std::int64_t begin = seconds - seconds % kQuarter;
        if (begin != start) {
            const time_t when = static_cast<time_t>(begin);
            tm t = {};
            if (convert(&when, &t) == nullptr) return {1970, 0, 1, 0, 0, 0, 0};
            civil = from_tm(t);
            even = civil.minute % 15 == 0 && civil.second == 0;
            start = begin;
        }
        if (!even) {
            const time_t when = static_cast<time_t>(seconds);
            tm t = {};
            if (convert(&when, &t) == nullptr) return {1970, 0, 1, 0, 0, 0, 0};
            return from_tm(t);
        }
        Civil c = civil;
        const int inside = static_cast<int>(seconds - begin);
        c.minute += inside / 60;
        c.second = inside % 60;
        return c;
    }
};

std::int64_t seconds_of(std::uint64_t wall_us) { return static_cast<std::int64_t>(wall_us / 1000000); }

}  // namespace

Civil local_time(std::int64_t seconds) {
    thread_local Quarter quarter;
    return quarter.at(seconds, ::localtime_r);
}

Civil gmt_time(std::int64_t seconds) {
    thread_local Quarter quarter;
    return quarter.at(seconds, ::gmtime_r);
}

char* write_local_ms(char* to, std::uint64_t wall_us) {
    to = write_date(to, local_time(seconds_of(wall_us)));
    *to++ = '.';
    return write_padded(to, static_cast<unsigned>(wall_us / 1000 % 1000), 3);
}

void append_local_ms(std::string& out, std::uint64_t wall_us) {
    char text[32];
    out.append(text, write_local_ms(text, wall_us));
}

void append_gmt(std::string& out, std::uint64_t wall_us) {
    char text[32];
    char* end = write_date(text, gmt_time(seconds_of(wall_us)));
    std::memcpy(end, " +0000", 6);
    out.append(text, end + 6);
}

void append_local_offset(std::string& out, std::uint64_t wall_us) {
    char text[32];
    const Civil c = local_time(seconds_of(wall_us));
    char* end = write_date(text, c);
    *end++ = ' ';
    out.append(text, write_offset(end, c.offset_minutes, false));
}

void append_syslog(std::string& out, std::uint64_t wall_us) {
    char text[32];
    const Civil c = local_time(seconds_of(wall_us));
    std::memcpy(text, kMonths[c.month], 3);
    text[3] = ' ';
    char* end = write_padded(text + 4, static_cast<unsigned>(c.day), 2);
    if (text[4] == '0') text[4] = ' ';
    *end++ = ' ';
    out.append(text, write_clock(end, c));
}

void append_iso(std::string& out, std::uint64_t wall_us) {
    char text[40];
    const Civil c = local_time(seconds_of(wall_us));
    char* end = write_padded(text, static_cast<unsigned>(c.year), 4);
    *end++ = '-';
    end = write_padded(end, static_cast<unsigned>(c.month + 1), 2);
    *end++ = '-';
    end = write_padded(end, static_cast<unsigned>(c.day), 2);
    *end++ = 'T';
    end = write_clock(end, c);
    *end++ = '.';
    end = write_padded(end, static_cast<unsigned>(wall_us % 1000000), 6);
    out.append(text, write_offset(end, c.offset_minutes, true));
}

}  // namespace cfgproxy::log
