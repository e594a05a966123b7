// Words of the `global` section that are understood but not executed yet: a file that uses one is refused
// (lib/README.md).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "51degrees-allow-unmatched", .sections = kGlobal, .since = "2.8"},
    {.name = "51degrees-cache-size", .sections = kGlobal, .since = "1.6"},
    {.name = "51degrees-data-file", .sections = kGlobal, .since = "1.6"},
    {.name = "51degrees-difference", .sections = kGlobal, .since = "2.8"},
    {.name = "51degrees-drift", .sections = kGlobal, .since = "2.8"},
    {.name = "51degrees-property-name-list", .sections = kGlobal, .since = "1.6"},
    {.name = "51degrees-property-separator", .sections = kGlobal, .since = "1.6"},
    {.name = "51degrees-use-performance-graph", .sections = kGlobal, .since = "2.8"},
    {.name = "51degrees-use-predictive-graph", .sections = kGlobal, .since = "2.8"},
    {.name = "acme.scheduler", .sections = kGlobal, .since = "3.2"},
    {.name = "deviceatlas-cache-size", .sections = kGlobal, .since = "3.0"},
    {.name = "deviceatlas-json-file", .sections = kGlobal, .since = "1.6"},
    {.name = "deviceatlas-log-level", .sections = kGlobal, .since = "1.6"},
    {.name = "deviceatlas-properties-cookie", .sections = kGlobal, .since = "1.6"},
    {.name = "deviceatlas-property-separator", .sections = kGlobal, .since = "1.6"},
    {.name = "dns-accept-family", .sections = kGlobal, .since = "3.2"},
    {.name = "lua-load", .sections = kGlobal, .since = "1.6"},
    {.name = "lua-load-per-thread", .sections = kGlobal, .since = "2.4"},
    {.name = "lua-prepend-path", .sections = kGlobal, .since = "2.2"},
    {.name = "shm-stats-file", .sections = kGlobal, .since = "3.3"},
    {.name = "shm-stats-file-max-objects", .sections = kGlobal, .since = "3.3"},
    {.name = "ssl-engine", .sections = kGlobal, .since = "1.8"},
    {.name = "ssl-mode-async", .sections = kGlobal, .since = "1.8"},
    {.name = "ssl-propquery", .sections = kGlobal, .since = "2.6"},
    {.name = "ssl-provider", .sections = kGlobal, .since = "2.6"},
    {.name = "ssl-provider-path", .sections = kGlobal, .since = "2.6"},
    {.name = "trace", .sections = kGlobal, .since = "2.7", .until = "3.0"},
    {.name = "tune.fail-alloc", .sections = kGlobal, .since = "2.0"},
    {.name = "wurfl-cache-size", .sections = kGlobal, .since = "1.7"},
    {.name = "wurfl-data-file", .sections = kGlobal, .since = "1.7"},
    {.name = "wurfl-engine-mode", .sections = kGlobal, .since = "1.7"},
    {.name = "wurfl-information-list", .sections = kGlobal, .since = "1.7"},
    {.name = "wurfl-information-list-separator", .sections = kGlobal, .since = "1.7"},
    {.name = "wurfl-patch-file", .sections = kGlobal, .since = "1.7"},
    {.name = "wurfl-useragent-priority", .sections = kGlobal, .since = "1.7"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
