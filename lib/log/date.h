#pragma once
#include <cstdint>
#include <string>

namespace cfgproxy::log {

/// A second of wall clock taken apart, with the distance of local time from GMT.
struct Civil {
    int year, month, day, hour, minute, second;  ///< month from 0
    int offset_minutes;                          ///< local - GMT
};

/// `seconds` since 1970 in local time. The C library is asked once per quarter of an hour and thread: zones change
/// their offset only there. Call tzset() before chroot().
Civil local_time(std::int64_t seconds);
Civil gmt_time(std::int64_t seconds);

/// The forms in which dates stand in log lines; `wall_us` is microseconds since 1970. None allocates beyond `out`.
void append_local_ms(std::string& out, std::uint64_t wall_us);      ///< %t   "05/Oct/2026:14:03:07.042"
void append_gmt(std::string& out, std::uint64_t wall_us);           ///< %T   "05/Oct/2026:12:03:07 +0000"
void append_local_offset(std::string& out, std::uint64_t wall_us);  ///< %Tl  "05/Oct/2026:14:03:07 +0200"
void append_syslog(std::string& out, std::uint64_t wall_us);        ///< "Oct  5 14:03:07", RFC 3164
void append_iso(std::string& out, std::uint64_t wall_us);           ///< "2026-10-05T14:03:07.042137+02:00", RFC 5424

/// Writes what append_local_ms() appends, 24 bytes, and returns the end.
char* write_local_ms(char* to, std::uint64_t wall_us);

}  // namespace cfgproxy::log
