#include "keywords/sample_support.h"

/// Words of the connections and of what is counted about them (manual 7.3.3) that are understood but not executed yet:
/// a file that uses one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Fetch kTable[] = {
    {.name = "bc_err", .out = Type::sint, .needs = sample::kServer, .since = "2.5"},
    {.name = "bc_err_name", .needs = sample::kServer, .since = "3.1"},
    {.name = "bc_err_str", .needs = sample::kServer, .since = "2.5"},
    {.name = "bc_glitches", .out = Type::sint, .needs = sample::kServer, .since = "3.0"},
    {.name = "bc_http_major", .out = Type::sint, .needs = sample::kServer, .since = "1.9"},
    {.name = "bc_nb_streams", .out = Type::sint, .needs = sample::kServer, .since = "3.0"},
    {.name = "bc_settings_streams_limit", .out = Type::sint, .needs = sample::kServer, .since = "3.4"},
    {.name = "dst_conn", .out = Type::sint, .since = "1.5"},
    {.name = "fc_dst_is_local", .out = Type::boolean, .needs = sample::kClient, .since = "2.5"},
    {.name = "fc_glitches", .out = Type::sint, .needs = sample::kClient, .since = "3.0"},
    {.name = "fc_http_major", .out = Type::sint, .needs = sample::kClient, .since = "1.8"},
    {.name = "fc_nb_streams", .out = Type::sint, .needs = sample::kClient, .since = "3.0"},
    {.name = "fc_saved_syn", .out = Type::bin, .needs = sample::kClient, .since = "3.4"},
    {.name = "fc_settings_streams_limit", .out = Type::sint, .needs = sample::kClient, .since = "3.0"},
    {.name = "fc_src_is_local", .out = Type::boolean, .needs = sample::kClient, .since = "2.5"},
    {.name = "req.bytes_in", .out = Type::sint, .needs = sample::kTransaction, .since = "3.3"},
    {.name = "req.bytes_out", .out = Type::sint, .needs = sample::kTransaction, .since = "3.3"},
    {.name = "res.bytes_in", .out = Type::sint, .needs = sample::kTransaction, .since = "3.3"},
    {.name = "res.bytes_out", .out = Type::sint, .needs = sample::kTransaction, .since = "3.3"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
