// Words of 1.x and early 2.x that HAProxy removed and are understood but not executed yet: a file that uses one is
// refused (lib/README.md).
#include "keywords/rows.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "option tcpsplice", .sections = kProxies, .support = Support::advisory, .until = "1.3", .modern = "option splice-auto", .misplaced = Misplaced::skip},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
