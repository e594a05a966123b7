// Options and checks of proxy sections that are understood but not executed yet: a file that uses one is refused
// (lib/README.md).
#include "keywords/rows.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "option checkcache", .sections = kBackends, .prefixes = kNo | kDefault, .misplaced = Misplaced::skip},
    {.name = "option forwarded", .sections = kBackends, .prefixes = kNo, .since = "2.8", .misplaced = Misplaced::skip},
    {.name = "option http-use-proxy-header", .sections = kFrontends, .prefixes = kNo | kDefault, .since = "1.4", .misplaced = Misplaced::skip},
    {.name = "option idle-close-on-response", .sections = kFrontends, .prefixes = kNo | kDefault, .since = "2.6", .misplaced = Misplaced::skip},
    {.name = "option independent-streams", .sections = kProxies, .prefixes = kNo | kDefault, .since = "1.5", .misplaced = Misplaced::skip},
    {.name = "option use-small-buffers", .sections = kBackends, .prefixes = kNo | kDefault, .since = "3.4", .misplaced = Misplaced::skip},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
