// Words of the sections that are refused as a whole that are understood but not executed yet: a file that uses one is
// refused (lib/README.md).
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

/// "set-var(check.x)" and its kin, whose argument stands in their word.
void check_variable_step(Parser& parser) {
    constexpr std::string_view kSteps[] = {"set-var(", "set-var-fmt(", "unset-var("};
    for (const std::string_view step : kSteps)
        if (parser.arg(0).starts_with(step)) return;
    parser.alert_tight(parser.words()[0],
                       "unknown keyword '" + std::string(parser.words()[0].text) + "' in 'healthcheck' section");
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "bind", .sections = kPeers, .since = "2.0"},
    {.name = "default-bind", .sections = kPeers, .since = "2.0"},
    {.name = "default-server", .sections = kPeers, .since = "2.0"},
    {.name = "log", .sections = kPeers, .since = "2.1"},
    {.name = "namespace", .sections = kNamespaceList, .since = "1.6"},
    {.name = "shards", .sections = kPeers, .since = "2.7"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
