// Words of the sections that are refused as a whole that are understood but not executed yet: a file that uses one is
// refused (lib/README.md).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "bind", .sections = kPeers, .since = "2.0"},
    {.name = "default-bind", .sections = kPeers, .since = "2.0"},
    {.name = "default-server", .sections = kPeers, .since = "2.0"},
    {.name = "log", .sections = kPeers, .since = "2.1"},
    {.name = "shards", .sections = kPeers, .since = "2.7"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
