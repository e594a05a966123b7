#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cfgproxy::config {

/// A time as written in the file, and why it is none, since HAProxy's messages tell the cases apart (manual 2.5).
struct Duration {
    enum class Status : std::uint8_t { ok, overflow, underflow, unexpected };
    Status status = Status::ok;
    std::int64_t value = 0;  ///< in the unit that was asked for, rounded up
    char unexpected = 0;     ///< the character that does not belong there; 0 at the end of the text
};
enum class TimeUnit : std::uint8_t { ms, s };
/// "30s", "500", "1m"; a number without unit counts in `unit`. At most 2^31-1; a non-zero time below one unit is
/// an underflow.
Duration parse_time(std::string_view text, TimeUnit unit);
/// What this thread's calls of parse_time() tolerated since this was asked last, in HAProxy's words; mostly empty. The
/// reader asks after each statement, as HAProxy warns of it wherever the time stands.
std::string take_time_remark();

/// The number at the start of `text` as atol(3) sees it: blanks and sign in front, anything behind is ignored, no
/// digits give 0. HAProxy reads most of its numbers so.
std::int64_t leading_number(std::string_view text);

}  // namespace cfgproxy::config
