#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <limits>

#include "base/host.h"
#include "base/text.h"
#include "http/token.h"
#include "keywords/sample_support.h"
#include "sample/checkpoint.h"
#include "sample/pattern.h"
#include "sample/variable.h"

/// Constants, clock, chance, environment and variables (manual 7.3.2).
namespace cfgproxy::keywords {
namespace {

template <bool value>
Found fetch_always(const Context&, Arguments, Cursor&, Value& out) {
    return found_bool(out, value);
}

template <std::int64_t value>
Found fetch_number(const Context&, Arguments, Cursor&, Value& out) {
    return found_int(out, value);
}

Found fetch_bool(const Context&, Arguments args, Cursor&, Value& out) { return found_bool(out, args[0].number != 0); }

base::Result<void> prepare_bool(std::vector<Argument>& args) {
    const bool yes = base::iequal(args[0].text, "true") || args[0].text == "1";
    if (!yes && !base::iequal(args[0].text, "false") && args[0].text != "0")
        return base::Error{"Expects 'true', 'false', '0' or '1'"};
    args[0].number = yes;
    return {};
}

Found fetch_bin(const Context&, Arguments args, Cursor&, Value& out) { return found_bytes(out, args[0].text); }

base::Result<void> prepare_bin(std::vector<Argument>& args) {
    auto bytes = sample::parse_hex(args[0].text);
    if (!bytes) return base::Error{bytes.error()};
    args[0].text = *bytes;
    return {};
}

Found fetch_int(const Context&, Arguments args, Cursor&, Value& out) { return found_int(out, args[0].number); }
Found fetch_str(const Context&, Arguments args, Cursor&, Value& out) { return found_text(out, args[0].text); }
Found fetch_ip(const Context&, Arguments args, Cursor&, Value& out) { return found_ip(out, args[0].ip); }

Found fetch_meth(const Context&, Arguments args, Cursor&, Value& out) {
    return found_method(out, static_cast<http::Method>(args[0].number), args[0].text);
}

base::Result<void> prepare_meth(std::vector<Argument>& args) {
    for (char c : args[0].text)
        if (!http::is_tchar(c)) return base::Error{"expects valid method."};
    args[0].number = static_cast<std::int64_t>(http::find_method(args[0].text));
    return {};
}

Found fetch_env(const Context&, Arguments args, Cursor&, Value& out) {
    const char* value = std::getenv(args[0].text.c_str());
    return value ? found_text(out, value) : Found::no;
}

std::int64_t wall_us(const Context& context) {
    using namespace std::chrono;
    if (context.wall_us) return static_cast<std::int64_t>(context.wall_us);
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

/// Seconds, or what the second argument asks for, plus the first.
Found fetch_date(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    const std::int64_t unit = has(args, 1) ? args[1].number : 1000000;
    const std::int64_t offset = has(args, 0) ? args[0].number : 0;
    cursor.may_change = true;
    std::int64_t date = wall_us(context) / unit;
    if (__builtin_add_overflow(date, offset, &date)) date = offset;
    return found_int(out, date);
}

base::Result<void> prepare_date(std::vector<Argument>& args) {
    if (args.size() < 2) return {};
    if (args[1].text == "s")
        args[1].number = 1000000;
    else if (args[1].text == "ms")
        args[1].number = 1000;
    else if (args[1].text == "us")
        args[1].number = 1;
    else
        return base::Error{"expects 's', 'ms' or 'us', got '" + args[1].text + "'"};
    return {};
}

Found fetch_date_us(const Context& context, Arguments, Cursor& cursor, Value& out) {
    cursor.may_change = true;
    return found_int(out, wall_us(context) % 1000000);
}

Found fetch_hostname(const Context&, Arguments, Cursor&, Value& out) { return found_text(out, base::host_name()); }

Found fetch_pid(const Context&, Arguments, Cursor&, Value& out) { return found_int(out, ::getpid()); }

/// xorshift128+, seeded by the system once per thread.
std::uint64_t chance() {
    struct State {
        std::uint64_t a = 1, b = 2;
        State() {
            if (::getrandom(this, sizeof *this, 0) < 0) a = reinterpret_cast<std::uintptr_t>(this) | 1;
        }
    };
    thread_local State state;
    std::uint64_t x = state.a;
    const std::uint64_t y = state.b;
    state.a = y;
    x ^= x << 23;
    state.b = x ^ y ^ (x >> 17) ^ (y >> 26);
    return state.b + y;
}

/// 32 bits, or 0 up to the argument minus 1.
Found fetch_rand(const Context&, Arguments args, Cursor& cursor, Value& out) {
    std::uint64_t number = chance() >> 32;
    if (has(args, 0)) number = (number * static_cast<std::uint64_t>(args[0].number)) >> 32;
    cursor.may_change = true;
    return found_int(out, static_cast<std::int64_t>(number));
}

/// Version 4 of RFC 4122: all chance but for version and variant.
Found fetch_uuid(const Context& context, Arguments, Cursor& cursor, Value& out) {
    unsigned char bytes[16];
    for (int i = 0; i < 16; i += 8) {
        std::uint64_t number = chance();
        for (int k = 0; k < 8; ++k, number >>= 8) bytes[i + k] = static_cast<unsigned char>(number);
    }
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    char* const start = context.arena->bytes(36);
    char* at = start;
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        *at++ = "0123456789abcdef"[bytes[i] >> 4];
        *at++ = "0123456789abcdef"[bytes[i] & 15];
    }
    cursor.may_change = true;
    return found_text(out, {start, 36});
}

base::Result<void> prepare_uuid(std::vector<Argument>& args) {
    if (args[0].number != 4) return base::Error{"Unsupported UUID version: '" + std::to_string(args[0].number) + "'"};
    return {};
}

Found fetch_var(const Context& context, Arguments args, Cursor&, Value& out) {
    if (const Value* value = sample::find_variable(context, args[0])) {
        out = *value;
        return Found::yes;
    }
    return has(args, 1) ? found_text(out, args[1].text) : Found::no;
}

base::Result<void> prepare_var(std::vector<Argument>& args) { return sample::prepare_variable(args[0]); }

/// True once nothing more can come or waiting is over.
Found fetch_wait_end(const Context& context, Arguments, Cursor&, Value& out) {
    return context.is_final() ? found_bool(out, true) : Found::not_yet;
}

constexpr auto kDone = Support::done;

constexpr Fetch kTable[] = {
    {.name = "always_false",
     .out = Type::boolean,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_always<false>},
    {.name = "always_true",
     .out = Type::boolean,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_always<true>},
    {.name = "bin",
     .args = "string",
     .out = Type::bin,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_bin,
     .prepare = prepare_bin,
     .since = "1.6"},
    {.name = "bool",
     .args = "string",
     .out = Type::boolean,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_bool,
     .prepare = prepare_bool,
     .since = "1.6"},
    {.name = "date",
     .args = "[integer,string]",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_date,
     .prepare = prepare_date,
     .since = "1.5"},
    {.name = "date_us",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_date_us,
     .since = "1.9"},
    {.name = "env", .args = "string", .needs = sample::kNothing, .support = kDone, .run = fetch_env, .since = "1.5"},
    {.name = "hostname", .needs = sample::kNothing, .support = kDone, .run = fetch_hostname, .since = "1.8"},
    {.name = "int",
     .args = "integer",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_int,
     .since = "1.6"},
    {.name = "ipv4",
     .args = "IPv4 address",
     .out = Type::ipv4,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_ip,
     .since = "1.6"},
    {.name = "ipv6",
     .args = "IPv6 address",
     .out = Type::ipv6,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_ip,
     .since = "1.6"},
    {.name = "meth",
     .args = "string",
     .out = Type::method,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_meth,
     .prepare = prepare_meth,
     .since = "1.6"},
    {.name = "nbproc",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_number<1>,
     .since = "1.6"},
    {.name = "pid", .out = Type::sint, .needs = sample::kNothing, .support = kDone, .run = fetch_pid, .since = "2.9"},
    {.name = "proc",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_number<1>,
     .since = "1.6"},
    {.name = "quic_enabled",
     .out = Type::boolean,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_always<false>,
     .since = "2.8"},
    {.name = "rand",
     .args = "[integer]",
     .out = Type::sint,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_rand,
     .since = "1.5"},
    {.name = "str", .args = "string", .needs = sample::kNothing, .support = kDone, .run = fetch_str, .since = "1.6"},
    {.name = "uuid",
     .args = "[integer]",
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_uuid,
     .prepare = prepare_uuid,
     .since = "2.1"},
    {.name = "var",
     .args = "string[,string]",
     .out = Type::any,
     .needs = sample::kNothing,
     .support = kDone,
     .run = fetch_var,
     .prepare = prepare_var,
     .since = "1.6"},
    {.name = "wait_end", .out = Type::boolean, .support = kDone, .run = fetch_wait_end},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
