// Commands about the certificates that JSON Web Tokens may be checked and decrypted with: `jwt on` of crt-store.
#include "control/ssl_store.h"

namespace cfgproxy::control {
namespace {

// HAProxy says the same whatever is wrong.
constexpr std::string_view kDenied = "Can't allocate memory!\n";

template <bool on>
void set(CliCall& call) {
    if (call.settings.level < Level::admin) return call.error(std::string(kDenied));
    const std::string name(call.argument(0));
    if (name.empty())
        return call.error(on ? "'add ssl cert' expects a filename\n" : "'del ssl cert' expects a filename\n");
    net::TlsStore& store = store_of(call);
    net::StoredCertificate* stored = store.find(name);
    if (!stored) return call.error("Can't display the certificate: Not found or the certificate is a bundle!\n");
    stored->files.jwt = on;
    store.offer_to_tokens(*stored);
}

void show(CliCall& call) {
    if (call.settings.level < Level::operator_) return call.error(std::string(kDenied));
    call.answer += "# filename\n";
    for (const auto& [name, stored] : store_of(call).certificates)
        if (stored->files.jwt) call.answer += name + "\n";
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "add ssl jwt", .support = Support::done, .usage = "add ssl jwt <certfile>                  : add certificate to list of certificates used for JWT validation", .run = set<true>, .since = "3.0"},
    {.name = "del ssl jwt", .support = Support::done, .usage = "del ssl jwt <certfile>                  : remove certificate from list of certificates used for JWT validation", .run = set<false>, .since = "3.0"},
    {.name = "show ssl jwt", .support = Support::done, .usage = "show ssl jwt                            : show list of certificates used for JWT validation", .run = show, .since = "3.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
