// Words of 1.x and early 2.x that HAProxy removed and are understood but not executed yet: a file that uses one is
// refused (lib/README.md).
#include "keywords/rows.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "mode health", .sections = kFrontends, .until = "2.2", .modern = "http-request return status 200"},
    {.name = "option http_proxy", .sections = kProxies, .prefixes = kNo | kDefault, .until = "2.4", .modern = "http-request set-dst / set-uri / do-resolve", .misplaced = Misplaced::skip},
    {.name = "option independant-streams", .sections = kProxies, .prefixes = kNo | kDefault, .until = "2.0", .modern = "option independent-streams", .misplaced = Misplaced::skip},
    {.name = "option tcpsplice", .sections = kProxies, .until = "1.3", .modern = "option splice-auto", .misplaced = Misplaced::skip},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
