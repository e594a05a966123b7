#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/text.h"
#include "keywords/sample_support.h"

/// Seconds since 1970 as text (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

/// Keeps years within what libc can print.
std::time_t limited(std::int64_t seconds) { return seconds & 0x007fffffffffffff; }

/// The format with each "%N", "%3N" and the like replaced by that many digits (9 at most) of the fraction of a second.
std::string_view with_fraction(const Context& context, std::string_view format, std::int64_t nanoseconds) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%.9lld", static_cast<long long>(nanoseconds));
    char* const start = context.arena->bytes(format.size() * 9 + 1);
    char* to = start;
    for (std::size_t at = 0; at < format.size();) {
        std::size_t end = at + 1;
        int width = 0;
        if (format[at] == '%')
            while (end < format.size() && base::is_digit(format[end]) && width < 100)
                width = width * 10 + (format[end++] - '0');
        if (format[at] == '%' && end < format.size() && format[end] == 'N') {
            const std::size_t wanted = end == at + 1 ? 9 : static_cast<std::size_t>(std::min(width, 9));
            to = std::copy_n(digits, wanted, to);
            at = end + 1;
            continue;
        }
        if (format[at] == '%' && end == at + 1 && end < format.size()) ++end;  // "%%N" is no fraction
        to = std::copy(format.begin() + static_cast<std::ptrdiff_t>(at),
                       format.begin() + static_cast<std::ptrdiff_t>(end), to);
        at = end;
    }
    *to = 0;
    return {start, static_cast<std::size_t>(to - start)};
}

/// strftime over local or universal time, of which there are `per_second` units in a second.
template <bool local, std::int64_t per_second = 1>
bool convert_strftime(const Context& context, Arguments args, Value& value) {
    std::time_t date = limited(value.number / per_second);
    if (has(args, 1)) date += args[1].number;
    const char* format = args[0].text.c_str();
    if (per_second > 1)
        format = with_fraction(context, args[0].text, value.number % per_second * (1000000000 / per_second)).data();
    std::tm parts{};
    if (!(local ? localtime_r(&date, &parts) : gmtime_r(&date, &parts))) return false;
    constexpr std::size_t kRoom = 1024;
    char* to = context.arena->bytes(kRoom);
    value.set_text({to, std::strftime(to, kRoom, format, &parts)});
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

/// The three forms of RFC 9110 section 5.6.7, as seconds since 1970.
bool convert_date(const Context&, Arguments, Value& value) {
    const std::string text(value.text);
    for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
        std::tm parts{};
        const char* end = ::strptime(text.c_str(), form, &parts);
        if (!end) continue;
        value.set_int(::timegm(&parts));
        return true;
    }
    return false;
}

constexpr auto kDone = Support::done;
constexpr std::string_view kFormat = "string[,integer]";
constexpr auto kInt = Type::sint;

constexpr Converter kTable[] = {
    {.name = "date", .out = kInt, .support = kDone, .run = convert_date, .since = "3.1"},
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
    {.name = "ms_ltime",
     .args = kFormat,
     .in = kInt,
     .support = kDone,
     .run = convert_strftime<true, 1000>,
     .since = "2.9"},
    {.name = "ms_utime",
     .args = kFormat,
     .in = kInt,
     .support = kDone,
     .run = convert_strftime<false, 1000>,
     .since = "2.9"},
    {.name = "us_ltime",
     .args = kFormat,
     .in = kInt,
     .support = kDone,
     .run = convert_strftime<true, 1000000>,
     .since = "2.9"},
    {.name = "us_utime",
     .args = kFormat,
     .in = kInt,
     .support = kDone,
     .run = convert_strftime<false, 1000000>,
     .since = "2.9"},
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
