// Options and checks of proxy sections that are understood but not executed yet: a file that uses one is refused
// (lib/README.md).
#include "keywords/rows.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "option use-small-buffers", .sections = kBackends, .prefixes = kNo | kDefault, .since = "3.4", .misplaced = Misplaced::skip},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
