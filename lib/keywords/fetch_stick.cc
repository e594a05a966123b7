#include "keywords/stick.h"

/// What stick tables keep (manual 7.3.2 and 7.3.3): sc_*, sc0_* to sc2_* of tracked entries, src_* of the client's
/// address, table_*.
namespace cfgproxy::keywords {

const server::StickCounter* tracked_counter(const Context& context, std::uint64_t number) {
    const auto n = static_cast<std::uint32_t>(number);
    if (n != number) return nullptr;
    if (context.stream_counters)
        if (const auto* counter = context.stream_counters->find(n)) return counter;
    return context.session_counters ? context.session_counters->find(n) : nullptr;
}

StickView entry_of(const Context& context, server::StickTable* table, const Value& value, bool make) {
    std::string_view key;
    if (!table || !server::make_stick_key(*table, value, *context.arena, key)) return {};
    return {table, make ? table->get(key) : table->find(key), true};
}

bool read_trackers(const StickView& view, std::uint32_t, Value& out) {
    out.set_int(view.table()->holders(*view.entry()) - (view.borrowed() ? 1 : 0));
    return true;
}

namespace {

using Data = model::StickData;

constexpr std::uint32_t kByArgument = ~0u;  ///< sc_*: the first argument is the number

/// The entry tracked under `number`, or that of the same key in another table if one is named.
StickView view_tracked(const Context& context, std::uint64_t number, Arguments table) {
    const auto* counter = tracked_counter(context, number);
    if (!counter) return {};
    if (table.empty() || !table[0].target) return {counter->table.get(), counter->entry, false};
    server::StickTable* other = running_table(context, table[0].target);
    return {other, other ? other->find(counter->entry->key()) : nullptr, true};
}

Found tell(const StickView& view, StickReader read, std::uint32_t index, Value& out) {
    if (!view) return Found::no;
    if (!view.entry()) return found_int(out, 0);
    return read(view, index, out) ? Found::yes : Found::no;
}

template <std::uint32_t number, StickReader read, bool indexed>
Found fetch_tracked(const Context& context, Arguments args, Cursor& cursor, Value& out) {
    cursor.may_change = false;
    std::uint32_t index = 0;
    if (indexed) {
        index = static_cast<std::uint32_t>(args[0].number);
        args = args.subspan(1);
    }
    std::uint64_t which = number;
    if (number == kByArgument) {
        which = static_cast<std::uint64_t>(args[0].number);
        args = args.subspan(1);
    }
    return tell(view_tracked(context, which, args), read, index, out);
}

template <StickReader read, bool indexed, bool make>
Found fetch_of_source(const Context& context, Arguments args, Cursor&, Value& out) {
    if (!context.src.is_ip()) return Found::no;
    const Argument& table = args[indexed ? 1 : 0];
    const auto index = indexed ? static_cast<std::uint32_t>(args[0].number) : 0;
    return tell(entry_of(context, running_table(context, table.target), Value::of_ip(context.src), make), read, index,
                out);
}

template <std::uint32_t number>
Found fetch_is_tracked(const Context& context, Arguments args, Cursor&, Value& out) {
    std::uint64_t which = number;
    if (number == kByArgument) {
        which = static_cast<std::uint64_t>(args[0].number);
        args = args.subspan(1);
    }
    return found_bool(out, static_cast<bool>(view_tracked(context, which, args)));
}

template <std::uint32_t number>
Found fetch_key(const Context& context, Arguments args, Cursor&, Value& out) {
    const auto* counter =
        tracked_counter(context, number == kByArgument ? static_cast<std::uint64_t>(args[0].number) : number);
    if (!counter) return Found::no;
    out = server::stick_key_value(*counter->table, counter->entry->key(), *context.arena);
    return Found::yes;
}

/// Of 1.4: counts the connection by itself.
Found fetch_updated_connections(const Context& context, Arguments args, Cursor&, Value& out) {
    if (!context.src.is_ip()) return Found::no;
    const StickView view = entry_of(context, running_table(context, args[0].target), Value::of_ip(context.src), true);
    if (!view || !view.entry() || !view.table()->stores(Data::conn_cnt)) return Found::no;
    out.set_int(static_cast<std::int64_t>(view.table()->add(*view.entry(), Data::conn_cnt)));
    view.table()->touch(*view.entry());
    return Found::yes;
}

Found fetch_used(const Context& context, Arguments args, Cursor&, Value& out) {
    auto* table = running_table(context, args[0].target);
    if (!table) return Found::no;
    table->expire();
    return found_int(out, table->used());
}

Found fetch_free(const Context& context, Arguments args, Cursor&, Value& out) {
    auto* table = running_table(context, args[0].target);
    if (!table) return Found::no;
    table->expire();
    return found_int(out, std::int64_t{table->size()} - table->used());
}

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "sc0_bytes_in_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::bytes_in_rate>, false>, .since = "1.5"},
    {.name = "sc0_bytes_out_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::bytes_out_rate>, false>, .since = "1.5"},
    {.name = "sc0_clr_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, clear_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc0_clr_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, clear_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc0_conn_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::conn_cnt>, false>, .since = "1.5"},
    {.name = "sc0_conn_cur", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::conn_cur>, false>, .since = "1.5"},
    {.name = "sc0_conn_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::conn_rate>, false>, .since = "1.5"},
    {.name = "sc0_get_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_purpose<server::purpose_counter, 0>, false>, .since = "1.5"},
    {.name = "sc0_get_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_purpose<server::purpose_counter, 1>, false>, .since = "1.9"},
    {.name = "sc0_get_gpt0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_purpose<server::purpose_tag, 0>, false>, .since = "1.6"},
    {.name = "sc0_glitch_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::glitch_cnt>, false>, .since = "3.0"},
    {.name = "sc0_glitch_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::glitch_rate>, false>, .since = "3.0"},
    {.name = "sc0_gpc0_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_purpose<server::purpose_rate, 0>, false>, .since = "1.5"},
    {.name = "sc0_gpc1_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_purpose<server::purpose_rate, 1>, false>, .since = "1.9"},
    {.name = "sc0_http_err_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::http_err_cnt>, false>, .since = "1.5"},
    {.name = "sc0_http_err_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::http_err_rate>, false>, .since = "1.5"},
    {.name = "sc0_http_fail_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::http_fail_cnt>, false>, .since = "2.4"},
    {.name = "sc0_http_fail_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::http_fail_rate>, false>, .since = "2.4"},
    {.name = "sc0_http_req_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::http_req_cnt>, false>, .since = "1.5"},
    {.name = "sc0_http_req_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::http_req_rate>, false>, .since = "1.5"},
    {.name = "sc0_inc_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, increment_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc0_inc_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, increment_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc0_kbytes_in", .args = "[table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::bytes_in_cnt>, false>, .since = "1.5"},
    {.name = "sc0_kbytes_out", .args = "[table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::bytes_out_cnt>, false>, .since = "1.5"},
    {.name = "sc0_key", .out = Type::any, .support = Support::done, .run = fetch_key<0>, .since = "3.2"},
    {.name = "sc0_sess_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::sess_cnt>, false>, .since = "1.5"},
    {.name = "sc0_sess_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_stick<Data::sess_rate>, false>, .since = "1.5"},
    {.name = "sc0_tracked", .args = "[table]", .out = Type::boolean, .support = Support::done, .run = fetch_is_tracked<0>, .since = "1.5"},
    {.name = "sc0_trackers", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<0, read_trackers, false>, .since = "1.5"},
    {.name = "sc1_bytes_in_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::bytes_in_rate>, false>, .since = "1.5"},
    {.name = "sc1_bytes_out_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::bytes_out_rate>, false>, .since = "1.5"},
    {.name = "sc1_clr_gpc", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, clear_stick<0, true>, true>, .since = "2.5"},
    {.name = "sc1_clr_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, clear_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc1_clr_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, clear_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc1_conn_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::conn_cnt>, false>, .since = "1.5"},
    {.name = "sc1_conn_cur", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::conn_cur>, false>, .since = "1.5"},
    {.name = "sc1_conn_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::conn_rate>, false>, .since = "1.5"},
    {.name = "sc1_get_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_purpose<server::purpose_counter, 0>, false>, .since = "1.5"},
    {.name = "sc1_get_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_purpose<server::purpose_counter, 1>, false>, .since = "1.9"},
    {.name = "sc1_get_gpt0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_purpose<server::purpose_tag, 0>, false>, .since = "1.6"},
    {.name = "sc1_glitch_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::glitch_cnt>, false>, .since = "3.0"},
    {.name = "sc1_glitch_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::glitch_rate>, false>, .since = "3.0"},
    {.name = "sc1_gpc0_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_purpose<server::purpose_rate, 0>, false>, .since = "1.5"},
    {.name = "sc1_gpc1_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_purpose<server::purpose_rate, 1>, false>, .since = "1.9"},
    {.name = "sc1_http_err_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::http_err_cnt>, false>, .since = "1.5"},
    {.name = "sc1_http_err_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::http_err_rate>, false>, .since = "1.5"},
    {.name = "sc1_http_fail_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::http_fail_cnt>, false>, .since = "2.4"},
    {.name = "sc1_http_fail_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::http_fail_rate>, false>, .since = "2.4"},
    {.name = "sc1_http_req_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::http_req_cnt>, false>, .since = "1.5"},
    {.name = "sc1_http_req_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::http_req_rate>, false>, .since = "1.5"},
    {.name = "sc1_inc_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, increment_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc1_inc_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, increment_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc1_kbytes_in", .args = "[table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::bytes_in_cnt>, false>, .since = "1.5"},
    {.name = "sc1_kbytes_out", .args = "[table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::bytes_out_cnt>, false>, .since = "1.5"},
    {.name = "sc1_key", .out = Type::any, .support = Support::done, .run = fetch_key<1>, .since = "3.2"},
    {.name = "sc1_sess_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::sess_cnt>, false>, .since = "1.5"},
    {.name = "sc1_sess_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_stick<Data::sess_rate>, false>, .since = "1.5"},
    {.name = "sc1_tracked", .args = "[table]", .out = Type::boolean, .support = Support::done, .run = fetch_is_tracked<1>, .since = "1.5"},
    {.name = "sc1_trackers", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<1, read_trackers, false>, .since = "1.5"},
    {.name = "sc2_bytes_in_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::bytes_in_rate>, false>, .since = "1.5"},
    {.name = "sc2_bytes_out_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::bytes_out_rate>, false>, .since = "1.5"},
    {.name = "sc2_clr_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, clear_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc2_clr_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, clear_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc2_conn_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::conn_cnt>, false>, .since = "1.5"},
    {.name = "sc2_conn_cur", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::conn_cur>, false>, .since = "1.5"},
    {.name = "sc2_conn_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::conn_rate>, false>, .since = "1.5"},
    {.name = "sc2_get_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_purpose<server::purpose_counter, 0>, false>, .since = "1.5"},
    {.name = "sc2_get_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_purpose<server::purpose_counter, 1>, false>, .since = "1.9"},
    {.name = "sc2_get_gpt0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_purpose<server::purpose_tag, 0>, false>, .since = "1.6"},
    {.name = "sc2_glitch_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::glitch_cnt>, false>, .since = "3.0"},
    {.name = "sc2_glitch_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::glitch_rate>, false>, .since = "3.0"},
    {.name = "sc2_gpc0_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_purpose<server::purpose_rate, 0>, false>, .since = "1.5"},
    {.name = "sc2_gpc1_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_purpose<server::purpose_rate, 1>, false>, .since = "1.9"},
    {.name = "sc2_http_err_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::http_err_cnt>, false>, .since = "1.5"},
    {.name = "sc2_http_err_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::http_err_rate>, false>, .since = "1.5"},
    {.name = "sc2_http_fail_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::http_fail_cnt>, false>, .since = "2.4"},
    {.name = "sc2_http_fail_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::http_fail_rate>, false>, .since = "2.4"},
    {.name = "sc2_http_req_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::http_req_cnt>, false>, .since = "1.5"},
    {.name = "sc2_http_req_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::http_req_rate>, false>, .since = "1.5"},
    {.name = "sc2_inc_gpc0", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, increment_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc2_inc_gpc1", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, increment_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc2_kbytes_in", .args = "[table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::bytes_in_cnt>, false>, .since = "1.5"},
    {.name = "sc2_kbytes_out", .args = "[table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::bytes_out_cnt>, false>, .since = "1.5"},
    {.name = "sc2_key", .out = Type::any, .support = Support::done, .run = fetch_key<2>, .since = "3.2"},
    {.name = "sc2_sess_cnt", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::sess_cnt>, false>, .since = "1.5"},
    {.name = "sc2_sess_rate", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_stick<Data::sess_rate>, false>, .since = "1.5"},
    {.name = "sc2_tracked", .args = "[table]", .out = Type::boolean, .support = Support::done, .run = fetch_is_tracked<2>, .since = "1.5"},
    {.name = "sc2_trackers", .args = "[table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<2, read_trackers, false>, .since = "1.5"},
    {.name = "sc_bytes_in_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::bytes_in_rate>, false>, .since = "1.5"},
    {.name = "sc_bytes_out_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::bytes_out_rate>, false>, .since = "1.5"},
    {.name = "sc_clr_gpc", .args = "integer,integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, clear_stick<0, true>, true>, .since = "2.5"},
    {.name = "sc_clr_gpc0", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, clear_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc_clr_gpc1", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, clear_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc_conn_cnt", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::conn_cnt>, false>, .since = "1.5"},
    {.name = "sc_conn_cur", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::conn_cur>, false>, .since = "1.5"},
    {.name = "sc_conn_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::conn_rate>, false>, .since = "1.5"},
    {.name = "sc_get_gpc", .args = "integer,integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::gpc>, true>, .since = "2.5"},
    {.name = "sc_get_gpc0", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_purpose<server::purpose_counter, 0>, false>, .since = "1.5"},
    {.name = "sc_get_gpc1", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_purpose<server::purpose_counter, 1>, false>, .since = "1.9"},
    {.name = "sc_get_gpt", .args = "integer,integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::gpt>, true>, .since = "2.5"},
    {.name = "sc_get_gpt0", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_purpose<server::purpose_tag, 0>, false>, .since = "1.6"},
    {.name = "sc_glitch_cnt", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::glitch_cnt>, false>, .since = "3.0"},
    {.name = "sc_glitch_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::glitch_rate>, false>, .since = "3.0"},
    {.name = "sc_gpc0_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_purpose<server::purpose_rate, 0>, false>, .since = "1.5"},
    {.name = "sc_gpc1_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_purpose<server::purpose_rate, 1>, false>, .since = "1.9"},
    {.name = "sc_gpc_rate", .args = "integer,integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::gpc_rate>, true>, .since = "2.5"},
    {.name = "sc_http_err_cnt", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::http_err_cnt>, false>, .since = "1.5"},
    {.name = "sc_http_err_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::http_err_rate>, false>, .since = "1.5"},
    {.name = "sc_http_fail_cnt", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::http_fail_cnt>, false>, .since = "2.4"},
    {.name = "sc_http_fail_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::http_fail_rate>, false>, .since = "2.4"},
    {.name = "sc_http_req_cnt", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::http_req_cnt>, false>, .since = "1.5"},
    {.name = "sc_http_req_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::http_req_rate>, false>, .since = "1.5"},
    {.name = "sc_inc_gpc", .args = "integer,integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, increment_stick<0, true>, true>, .since = "2.5"},
    {.name = "sc_inc_gpc0", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, increment_stick<0, false>, false>, .since = "1.5"},
    {.name = "sc_inc_gpc1", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, increment_stick<1, false>, false>, .since = "1.9"},
    {.name = "sc_kbytes_in", .args = "integer[,table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::bytes_in_cnt>, false>, .since = "1.5"},
    {.name = "sc_kbytes_out", .args = "integer[,table]", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::bytes_out_cnt>, false>, .since = "1.5"},
    {.name = "sc_key", .args = "integer", .out = Type::any, .support = Support::done, .run = fetch_key<kByArgument>, .since = "3.2"},
    {.name = "sc_sess_cnt", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::sess_cnt>, false>, .since = "1.5"},
    {.name = "sc_sess_rate", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_stick<Data::sess_rate>, false>, .since = "1.5"},
    {.name = "sc_tracked", .args = "integer[,table]", .out = Type::boolean, .support = Support::done, .run = fetch_is_tracked<kByArgument>, .since = "1.5"},
    {.name = "sc_trackers", .args = "integer[,table]", .out = Type::sint, .support = Support::done, .run = fetch_tracked<kByArgument, read_trackers, false>, .since = "1.5"},
    {.name = "src_bytes_in_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::bytes_in_rate>, false, false>, .since = "1.5"},
    {.name = "src_bytes_out_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::bytes_out_rate>, false, false>, .since = "1.5"},
    {.name = "src_clr_gpc", .args = "integer,table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<clear_stick<0, true>, true, true>, .since = "2.5"},
    {.name = "src_clr_gpc0", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<clear_stick<0, false>, false, true>, .since = "1.5"},
    {.name = "src_clr_gpc1", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<clear_stick<1, false>, false, true>, .since = "1.9"},
    {.name = "src_conn_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::conn_cnt>, false, false>, .since = "1.5"},
    {.name = "src_conn_cur", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::conn_cur>, false, false>, .since = "1.5"},
    {.name = "src_conn_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::conn_rate>, false, false>, .since = "1.5"},
    {.name = "src_get_gpc", .args = "integer,table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::gpc>, true, false>, .since = "2.5"},
    {.name = "src_get_gpc0", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_purpose<server::purpose_counter, 0>, false, false>, .since = "1.5"},
    {.name = "src_get_gpc1", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_purpose<server::purpose_counter, 1>, false, false>, .since = "1.9"},
    {.name = "src_get_gpt", .args = "integer,table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::gpt>, true, false>, .since = "2.5"},
    {.name = "src_get_gpt0", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_purpose<server::purpose_tag, 0>, false, false>, .since = "1.6"},
    {.name = "src_glitch_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::glitch_cnt>, false, false>, .since = "3.0"},
    {.name = "src_glitch_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::glitch_rate>, false, false>, .since = "3.0"},
    {.name = "src_gpc0_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_purpose<server::purpose_rate, 0>, false, false>, .since = "1.5"},
    {.name = "src_gpc1_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_purpose<server::purpose_rate, 1>, false, false>, .since = "1.9"},
    {.name = "src_gpc_rate", .args = "integer,table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::gpc_rate>, true, false>, .since = "2.5"},
    {.name = "src_http_err_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::http_err_cnt>, false, false>, .since = "1.5"},
    {.name = "src_http_err_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::http_err_rate>, false, false>, .since = "1.5"},
    {.name = "src_http_fail_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::http_fail_cnt>, false, false>, .since = "2.4"},
    {.name = "src_http_fail_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::http_fail_rate>, false, false>, .since = "2.4"},
    {.name = "src_http_req_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::http_req_cnt>, false, false>, .since = "1.5"},
    {.name = "src_http_req_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::http_req_rate>, false, false>, .since = "1.5"},
    {.name = "src_inc_gpc", .args = "integer,table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<increment_stick<0, true>, true, true>, .since = "2.5"},
    {.name = "src_inc_gpc0", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<increment_stick<0, false>, false, true>, .since = "1.5"},
    {.name = "src_inc_gpc1", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<increment_stick<1, false>, false, true>, .since = "1.9"},
    {.name = "src_kbytes_in", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::bytes_in_cnt>, false, false>, .since = "1.5"},
    {.name = "src_kbytes_out", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::bytes_out_cnt>, false, false>, .since = "1.5"},
    {.name = "src_sess_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::sess_cnt>, false, false>, .since = "1.5"},
    {.name = "src_sess_rate", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_of_source<read_stick<Data::sess_rate>, false, false>, .since = "1.5"},
    {.name = "src_updt_conn_cnt", .args = "table", .out = Type::sint, .needs = sample::kClient, .support = Support::done, .run = fetch_updated_connections, .since = "1.5"},
    {.name = "table_avl", .args = "table", .out = Type::sint, .support = Support::done, .run = fetch_free, .since = "1.5"},
    {.name = "table_cnt", .args = "table", .out = Type::sint, .support = Support::done, .run = fetch_used, .since = "1.5"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
