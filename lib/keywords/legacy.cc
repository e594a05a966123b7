// Words of 1.x and early 2.x that HAProxy removed and are understood but not executed yet: a file that uses one is
// refused (lib/README.md).
#include "keywords/rows.h"

namespace cfgproxy::keywords {
namespace {

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "appsession", .sections = kInBackend | kInListen, .until = "1.5", .modern = "stick-table type string len <n> expire <t> + stick store-response res.cook"},
    {.name = "cliexp", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request replace-header / replace-path / replace-uri"},
    {.name = "mode health", .sections = kFrontends, .until = "2.2", .modern = "http-request return status 200"},
    {.name = "option http_proxy", .sections = kProxies, .prefixes = kNo | kDefault, .until = "2.4", .modern = "http-request set-dst / set-uri / do-resolve", .misplaced = Misplaced::skip},
    {.name = "option independant-streams", .sections = kProxies, .prefixes = kNo | kDefault, .until = "2.0", .modern = "option independent-streams", .misplaced = Misplaced::skip},
    {.name = "option tcpsplice", .sections = kProxies, .until = "1.3", .modern = "option splice-auto", .misplaced = Misplaced::skip},
    {.name = "reqadd", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request add-header <name> <fmt>"},
    {.name = "reqallow", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request allow if"},
    {.name = "reqdel", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request del-header <name> [-m reg]"},
    {.name = "reqdeny", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request deny if"},
    {.name = "reqiallow", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request allow if"},
    {.name = "reqidel", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request del-header <name> [-m reg]"},
    {.name = "reqideny", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request deny if"},
    {.name = "reqipass", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0"},
    {.name = "reqirep", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request replace-header / replace-path / replace-uri with"},
    {.name = "reqisetbe", .sections = kInFrontend | kInBackend | kInListen, .until = "1.5", .modern = "use_backend <be> if"},
    {.name = "reqitarpit", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request tarpit if"},
    {.name = "reqpass", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0"},
    {.name = "reqrep", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request replace-header / replace-path / replace-uri / set-method"},
    {.name = "reqsetbe", .sections = kInFrontend | kInBackend | kInListen, .until = "1.5", .modern = "use_backend <be> if"},
    {.name = "reqtarpit", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-request tarpit if"},
    {.name = "rspadd", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response add-header <name> <fmt>"},
    {.name = "rspdel", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response del-header <name> [-m reg]"},
    {.name = "rspdeny", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response deny if"},
    {.name = "rspidel", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response del-header <name> [-m reg]"},
    {.name = "rspideny", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response deny if"},
    {.name = "rspirep", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response replace-header with"},
    {.name = "rsprep", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response replace-header <name> <re> <fmt>"},
    {.name = "srvexp", .sections = kInFrontend | kInBackend | kInListen, .until = "2.0", .modern = "http-response replace-header"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
