// Actions that are understood but not executed yet: a file that uses one is refused (lib/README.md).
#include "keywords/rows.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr ActionRow kTable[] = {
    {.name = "accept", .sets = kQuicInitial, .since = "3.4"},
    {.name = "cache-store", .sets = kHttpResponse, .since = "1.8"},
    {.name = "cache-use", .sets = kHttpRequest, .since = "1.8"},

    {.name = "dgram-drop", .sets = kQuicInitial, .since = "3.4"},
    {.name = "do-log", .sets = kQuicInitial, .since = "3.4"},
    {.name = "do-resolve(", .sets = kHttpRequest | kTcpContent, .since = "2.0"},
    {.name = "lua.", .sets = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse, .since = "1.6"},
    {.name = "lua.", .sets = kHttpAfterResponse, .since = "2.9"},
    {.name = "ot-group", .sets = kHttpRequest | kHttpResponse | kHttpAfterResponse | kTcpContent | kTcpResponse, .since = "2.4"},
    {.name = "reject", .sets = kQuicInitial, .since = "3.4"},
    {.name = "send-retry", .sets = kQuicInitial, .since = "3.4"},
    {.name = "send-spoe-group", .sets = kHttpRequest | kHttpResponse | kTcpContent | kTcpResponse, .since = "1.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<ActionRow> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
