// Words of proxy sections that are understood but not executed yet: a file that uses one is refused
// (lib/README.md).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "filter", .sections = kInFrontend | kInBackend | kInListen, .since = "1.7"},
    {.name = "filter cache", .sections = kInFrontend | kInBackend | kInListen, .since = "1.9"},
    {.name = "filter opentracing", .sections = kInFrontend | kInBackend | kInListen, .since = "2.4"},
    {.name = "filter spoe", .sections = kInFrontend | kInBackend | kInListen, .since = "1.7"},
    {.name = "mode haterm", .sections = kFrontends, .since = "3.4"},
    {.name = "mode spop", .sections = kBackends, .since = "3.1"},
    {.name = "quic-initial", .sections = kFrontends, .since = "3.4"},
    {.name = "ssl-f-use", .sections = kProxies, .since = "3.2"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
