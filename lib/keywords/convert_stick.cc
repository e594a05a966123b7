#include "keywords/stick.h"

/// Converters that look a value up in a stick table (manual 7.3.1): in_table, table_*.
namespace cfgproxy::keywords {
namespace {

using Data = model::StickData;

bool convert_in_table(const Context& context, Arguments args, Value& value) {
    const StickView view = entry_of(context, running_table(context, args[0].target), value, false);
    if (!view) return false;
    value.set_bool(view.entry() != nullptr);
    return true;
}

/// A key that is not there counts as zero, so that comparisons are simple.
bool look_up(const Context& context, const void* table, bool make, StickReader read, std::uint32_t index,
             Value& value) {
    const StickView view = entry_of(context, running_table(context, table), value, make);
    if (!view) return false;
    if (view.entry()) return read(view, index, value);
    value.set_int(0);
    return true;
}

template <StickReader read, bool make = false>
bool convert_table(const Context& context, Arguments args, Value& value) {
    return look_up(context, args[0].target, make, read, 0, value);
}

template <StickReader read, bool make>
bool convert_indexed(const Context& context, Arguments args, Value& value) {
    return look_up(context, args[1].target, make, read, static_cast<std::uint32_t>(args[0].number), value);
}

/// Looking counts as one more, as in HAProxy.
bool read_all_holders(const StickView& view, std::uint32_t, Value& value) {
    value.set_int(view.table()->holders(*view.entry()));
    return true;
}

/// Milliseconds until the entry goes, or since it was used; the second argument for a key that is not there.
template <bool idle>
bool convert_expire(const Context& context, Arguments args, Value& value) {
    const StickView view = entry_of(context, running_table(context, args[0].target), value, false);
    if (!view) return false;
    if (!view.entry()) {
        if (!has(args, 1)) return false;
        value.set_int(args[1].number);
        return true;
    }
    const std::int64_t left = view.table()->expires_in_ms(*view.entry());
    value.set_int(idle ? std::int64_t{view.table()->expire_ms()} - left : left);
    return true;
}

// clang-format off
constexpr Converter kTable[] = {
    {.name = "in_table", .args = "table", .in = Type::any, .out = Type::boolean, .support = Support::done, .run = convert_in_table, .since = "1.6"},
    {.name = "table_bytes_in_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::bytes_in_rate>>, .since = "1.6"},
    {.name = "table_bytes_out_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::bytes_out_rate>>, .since = "1.6"},
    {.name = "table_clr_gpc", .args = "integer,table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_indexed<clear_stick<0, true>, true>, .since = "3.2"},
    {.name = "table_clr_gpc0", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<clear_stick<0, false>, true>, .since = "3.2"},
    {.name = "table_clr_gpc1", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<clear_stick<1, false>, true>, .since = "3.2"},
    {.name = "table_conn_cnt", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::conn_cnt>>, .since = "1.6"},
    {.name = "table_conn_cur", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::conn_cur>>, .since = "1.6"},
    {.name = "table_conn_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::conn_rate>>, .since = "1.6"},
    {.name = "table_expire", .args = "table[,integer]", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_expire<false>, .since = "2.7"},
    {.name = "table_glitch_cnt", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::glitch_cnt>>, .since = "3.0"},
    {.name = "table_glitch_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::glitch_rate>>, .since = "3.0"},
    {.name = "table_gpc", .args = "integer,table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_indexed<read_stick<Data::gpc>, false>, .since = "2.5"},
    {.name = "table_gpc0", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_purpose<server::purpose_counter, 0>>, .since = "1.6"},
    {.name = "table_gpc0_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_purpose<server::purpose_rate, 0>>, .since = "1.6"},
    {.name = "table_gpc1", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_purpose<server::purpose_counter, 1>>, .since = "1.9"},
    {.name = "table_gpc1_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_purpose<server::purpose_rate, 1>>, .since = "1.9"},
    {.name = "table_gpc_rate", .args = "integer,table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_indexed<read_stick<Data::gpc_rate>, false>, .since = "2.5"},
    {.name = "table_gpt", .args = "integer,table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_indexed<read_stick<Data::gpt>, false>, .since = "2.5"},
    {.name = "table_gpt0", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_purpose<server::purpose_tag, 0>>, .since = "1.6"},
    {.name = "table_http_err_cnt", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::http_err_cnt>>, .since = "1.6"},
    {.name = "table_http_err_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::http_err_rate>>, .since = "1.6"},
    {.name = "table_http_fail_cnt", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::http_fail_cnt>>, .since = "2.4"},
    {.name = "table_http_fail_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::http_fail_rate>>, .since = "2.4"},
    {.name = "table_http_req_cnt", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::http_req_cnt>>, .since = "1.6"},
    {.name = "table_http_req_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::http_req_rate>>, .since = "1.6"},
    {.name = "table_idle", .args = "table[,integer]", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_expire<true>, .since = "2.7"},
    {.name = "table_inc_gpc", .args = "integer,table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_indexed<increment_stick<0, true>, true>, .since = "3.2"},
    {.name = "table_inc_gpc0", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<increment_stick<0, false>, true>, .since = "3.2"},
    {.name = "table_inc_gpc1", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<increment_stick<1, false>, true>, .since = "3.2"},
    {.name = "table_kbytes_in", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::bytes_in_cnt>>, .since = "1.6"},
    {.name = "table_kbytes_out", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::bytes_out_cnt>>, .since = "1.6"},
    {.name = "table_server_id", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::server_id>>, .since = "1.6"},
    {.name = "table_sess_cnt", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::sess_cnt>>, .since = "1.6"},
    {.name = "table_sess_rate", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_stick<Data::sess_rate>>, .since = "1.6"},
    {.name = "table_trackers", .args = "table", .in = Type::any, .out = Type::sint, .support = Support::done, .run = convert_table<read_all_holders>, .since = "1.6"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
