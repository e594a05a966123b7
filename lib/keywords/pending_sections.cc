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
    {.name = "http-check", .sections = kHealthcheck, .parse = check_variable_step, .since = "3.4"},
    {.name = "http-check comment", .sections = kHealthcheck, .since = "3.4"},
    {.name = "http-check connect", .sections = kHealthcheck, .since = "3.4"},
    {.name = "http-check disable-on-404", .sections = kHealthcheck},
    {.name = "http-check expect", .sections = kHealthcheck, .since = "3.4"},
    {.name = "http-check send", .sections = kHealthcheck, .since = "3.4"},
    {.name = "http-check send-state", .sections = kHealthcheck},
    {.name = "http-check set-var", .sections = kHealthcheck, .since = "3.4"},
    {.name = "http-check set-var-fmt", .sections = kHealthcheck, .since = "3.4"},
    {.name = "http-check unset-var", .sections = kHealthcheck, .since = "3.4"},
    {.name = "log", .sections = kPeers, .since = "2.1"},
    {.name = "namespace", .sections = kNamespaceList, .since = "1.6"},
    {.name = "shards", .sections = kPeers, .since = "2.7"},
    {.name = "tcp-check", .sections = kHealthcheck, .parse = check_variable_step, .since = "3.4"},
    {.name = "tcp-check comment", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check connect", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check expect", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check send", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check send-binary", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check send-binary-lf", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check send-lf", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check set-var", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check set-var-fmt", .sections = kHealthcheck, .since = "3.4"},
    {.name = "tcp-check unset-var", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type httpchk", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type ldap-check", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type mysql-check", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type pgsql-check", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type redis-check", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type smtpchk", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type spop-check", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type ssl-hello-chk", .sections = kHealthcheck, .since = "3.4"},
    {.name = "type tcp-check", .sections = kHealthcheck, .since = "3.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
