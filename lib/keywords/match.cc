#include "sample/pattern.h"

/// The words behind `-m` (manual 7.1).
namespace cfgproxy::keywords {
namespace {

using sample::Match;
using sample::MatchKind;
constexpr auto kDone = sample::Support::done;

constexpr Match kTable[] = {
    {.name = "beg", .kind = MatchKind::beg, .support = kDone},
    {.name = "bin", .kind = MatchKind::bin, .support = kDone},
    {.name = "bool", .kind = MatchKind::boolean, .support = kDone},
    {.name = "dir", .kind = MatchKind::dir, .support = kDone},
    {.name = "dom", .kind = MatchKind::dom, .support = kDone},
    {.name = "end", .kind = MatchKind::end, .support = kDone},
    {.name = "found", .kind = MatchKind::found, .support = kDone},
    {.name = "int", .kind = MatchKind::integer, .support = kDone},
    {.name = "ip", .kind = MatchKind::ip, .support = kDone},
    {.name = "len", .kind = MatchKind::len, .support = kDone},
    {.name = "reg", .kind = MatchKind::reg, .support = kDone},
    {.name = "str", .kind = MatchKind::str, .support = kDone},
    {.name = "sub", .kind = MatchKind::sub, .support = kDone},
};
static_assert(base::well_formed(kTable));
const base::Table<Match> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
