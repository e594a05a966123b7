#include "keywords/sample_support.h"
#include "sample/checkpoint.h"
#include "sample/facts.h"

/// The two ends of an exchange as their protocols see them, and what serving it costs (manual 7.3.2, 7.3.4).
namespace cfgproxy::keywords {
namespace {

using sample::Fact;

std::int64_t fact_or(const Context& context, Fact fact, std::int64_t none) {
    std::int64_t number = 0;
    return context.live && context.live->fact(fact, number) ? number : none;
}

/// Only a stream has ends and turns: rules of connections come before it.
bool has_stream(const Context& context) { return fact_or(context, Fact::turns, -1) >= 0; }

template <Fact fact>
Found fetch_fact(const Context& context, Arguments, Cursor&, Value& out) {
    std::int64_t number = 0;
    return context.live && context.live->fact(fact, number) ? found_int(out, number) : Found::no;
}

/// As HAProxy has it, an abort is what HTTP/2 tells by RST_STREAM: a connection that was closed is none.
template <Fact reset>
Found fetch_aborted(const Context& context, Arguments, Cursor&, Value& out) {
    if (!has_stream(context)) return Found::no;
    return found_bool(out, fact_or(context, reset, -1) >= 0);
}

template <bool of_server>
Found fetch_description(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    if (!context.live) return Found::no;
    cursor.may_change = true;
    const auto layers = has(args, 0) ? static_cast<unsigned>(args[0].number) : 0u;
    const std::string_view text = context.live->describe(of_server, layers, *context.arena);
    return text.empty() ? Found::no : found_text(out, text);
}

Found fetch_endings(const Context& context, Arguments, Cursor&, Value& out) {
    const std::string_view text = context.live ? context.live->endings(*context.arena) : std::string_view{};
    return found_text(out, text.empty() ? "{-,-,-,-,-,-,-}" : text);
}

template <Fact sum>
Found fetch_average(const Context& context, Arguments, Cursor&, Value& out) {
    const std::int64_t turns = fact_or(context, Fact::turns, -1);
    if (turns < 0) return Found::no;
    return found_int(out, turns ? fact_or(context, sum, 0) / turns : 0);
}

using sample::kServerConnection, sample::kSession;
constexpr auto kDone = Support::done;
constexpr auto kInt = Type::sint;

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "bs.aborted", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_aborted<Fact::server_reset>, .since = "3.0"},
    {.name = "bs.debug_str", .args = "[integer]", .needs = kServerConnection, .support = kDone, .run = fetch_description<true>, .since = "3.1"},
    {.name = "bs.id", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_fact<Fact::server_stream>, .since = "2.9"},
    {.name = "bs.rst_code", .out = kInt, .needs = kServerConnection, .support = kDone, .run = fetch_fact<Fact::server_reset>, .since = "3.0"},
    {.name = "cpu_calls", .out = kInt, .support = kDone, .run = fetch_fact<Fact::turns>, .since = "1.9"},
    {.name = "cpu_ns_avg", .out = kInt, .support = kDone, .run = fetch_average<Fact::cpu_ns>, .since = "1.9"},
    {.name = "cpu_ns_tot", .out = kInt, .support = kDone, .run = fetch_fact<Fact::cpu_ns>, .since = "1.9"},
    {.name = "cpu_usage_grp", .out = kInt, .support = kDone, .run = fetch_fact<Fact::busy_percent_all>, .since = "3.4"},
    {.name = "cpu_usage_proc", .out = kInt, .support = kDone, .run = fetch_fact<Fact::busy_percent_all>, .since = "3.4"},
    {.name = "cpu_usage_thr", .out = kInt, .support = kDone, .run = fetch_fact<Fact::busy_percent>, .since = "3.4"},
    {.name = "fs.aborted", .out = kInt, .needs = kSession, .support = kDone, .run = fetch_aborted<Fact::client_reset>, .since = "3.0"},
    {.name = "fs.debug_str", .args = "[integer]", .needs = kSession, .support = kDone, .run = fetch_description<false>, .since = "3.1"},
    {.name = "fs.id", .needs = kSession, .support = kDone, .run = fetch_fact<Fact::client_stream>, .since = "2.9"},
    {.name = "fs.rst_code", .out = kInt, .needs = kSession, .support = kDone, .run = fetch_fact<Fact::client_reset>, .since = "3.0"},
    {.name = "lat_ns_avg", .out = kInt, .support = kDone, .run = fetch_average<Fact::latency_ns>, .since = "1.9"},
    {.name = "lat_ns_tot", .out = kInt, .support = kDone, .run = fetch_fact<Fact::latency_ns>, .since = "1.9"},
    {.name = "term_events", .support = kDone, .run = fetch_endings, .since = "3.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
