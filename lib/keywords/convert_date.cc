#include <cstdio>
#include <ctime>

#include "keywords/sample_support.h"

/// Seconds since 1970 as text (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

/// Keeps years within what libc can print.
std::time_t limited(std::int64_t seconds) { return seconds & 0x007fffffffffffff; }

/// strftime over local or universal time.
template <bool local>
bool convert_strftime(const Context& context, Arguments args, Value& value) {
    std::time_t date = limited(value.number);
    if (has(args, 1)) date += args[1].number;
    std::tm parts{};
    if (!(local ? localtime_r(&date, &parts) : gmtime_r(&date, &parts))) return false;
    constexpr std::size_t kRoom = 1024;
    char* to = context.arena->bytes(kRoom);
    value.set_text({to, std::strftime(to, kRoom, args[0].text.c_str(), &parts)});
    return true;
}

constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Offset, unit. With a unit other than seconds the rest follows behind a dot, without leading zeros.
bool convert_http_date(const Context& context, Arguments args, Value& value) {
    const std::int64_t per_second = has(args, 1) ? args[1].number : 1;
    std::int64_t date = value.number;
    if (has(args, 0))
        date = static_cast<std::int64_t>(static_cast<std::uint64_t>(date) + static_cast<std::uint64_t>(args[0].number));
    const auto fraction = static_cast<int>(date % per_second);
    const std::time_t seconds = limited(date / per_second);
    std::tm t{};
    if (!gmtime_r(&seconds, &t)) return false;
    constexpr std::size_t kRoom = 64;
    char* to = context.arena->bytes(kRoom);
    int size = std::snprintf(to, kRoom, "%s, %02d %s %04lld %02d:%02d:%02d", kDays[t.tm_wday], t.tm_mday,
                             kMonths[t.tm_mon], 1900ll + t.tm_year, t.tm_hour, t.tm_min, t.tm_sec);
    if (per_second != 1) size += std::snprintf(to + size, kRoom - static_cast<std::size_t>(size), ".%d", fraction);
    size += std::snprintf(to + size, kRoom - static_cast<std::size_t>(size), " GMT");
    value.set_text({to, static_cast<std::size_t>(size)});
    return true;
}

base::Result<void> prepare_http_date(std::vector<Argument>& args) {
    if (args.size() < 2) return {};
    if (args[1].text == "s")
        args[1].number = 1;
    else if (args[1].text == "ms")
        args[1].number = 1000;
    else if (args[1].text == "us")
        args[1].number = 1000000;
    else
        return base::Error{"expects 's', 'ms' or 'us', got '" + args[1].text + "'"};
    return {};
}

constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;

constexpr Converter kTable[] = {
    {.name = "http_date",
     .args = "[integer,string]",
     .in = kInt,
     .support = kDone,
     .run = convert_http_date,
     .prepare = prepare_http_date},
    {.name = "ltime",
     .args = "string[,integer]",
     .in = kInt,
     .support = kDone,
     .run = convert_strftime<true>,
     .since = "1.6"},
    {.name = "utime",
     .args = "string[,integer]",
     .in = kInt,
     .support = kDone,
     .run = convert_strftime<false>,
     .since = "1.6"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
