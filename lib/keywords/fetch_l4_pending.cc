#include "keywords/sample_support.h"

/// Words of the connections and of what is counted about them (manual 7.3.3) that are understood but not executed yet:
/// a file that uses one is refused. A row moves to the file of its function when it gets one.
namespace cfgproxy::keywords {
namespace {

constexpr Fetch kTable[] = {
    {.name = "bc_glitches", .out = Type::sint, .needs = sample::kServer, .since = "3.0"},
    {.name = "bc_nb_streams", .out = Type::sint, .needs = sample::kServer, .since = "3.0"},
    {.name = "bc_settings_streams_limit", .out = Type::sint, .needs = sample::kServer, .since = "3.4"},
    {.name = "fc_glitches", .out = Type::sint, .needs = sample::kClient, .since = "3.0"},
    {.name = "fc_nb_streams", .out = Type::sint, .needs = sample::kClient, .since = "3.0"},
    {.name = "fc_settings_streams_limit", .out = Type::sint, .needs = sample::kClient, .since = "3.0"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
