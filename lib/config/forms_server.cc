// Forms of options of server lines.
#include "config/forms.h"

namespace cfgproxy::config {

namespace {

// clang-format off
constexpr Form kTable[] = {
    {"addr", "<ipv4|ipv6>"},
    {"agent-addr", "<addr>"},
    {"agent-inter", "<delay>"},
    {"agent-port", "<port>"},
    {"agent-send", "<string>"},
    {"alpn", "<protocols>"},
    {"ca-file", "<cafile>"},
    {"cc", "<algo>"},
    {"check-alpn", "<protocols>"},
    {"check-pool-conn-name", "<name>"},
    {"check-proto", "<name>"},
    {"check-sni", "<sni>"},
    {"ciphers", "<ciphers>"},
    {"ciphersuites", "<ciphersuites>"},
    {"client-sigalgs", "<sigalgs>"},
    {"cookie", "<value>"},
    {"crl-file", "<crlfile>"},
    {"crt", "<cert>"},
    {"curves", "<curves>"},
    {"downinter", "<delay>"},
    {"error-limit", "<count>"},
    {"fall", "<count>"},
    {"fastinter", "<delay>"},
    {"guid", "<string>"},
    {"hash-key", "<key>"},
    {"healthcheck", "<name>"},
    {"id", "<value>"},
    {"idle-ping", "<delay>"},
    {"init-addr", "{last|libc|none|<ip>},[...]*"},
    {"init-state", "{fully-up|up|down|fully-down|none}"},
    {"inter", "<delay>"},
    {"ktls", "<on|off>"},
    {"log-bufsize", "<bufsize>"},
    {"log-proto", "<logproto>"},
    {"max-reuse", "<count>"},
    {"maxconn", "<maxconn>"},
    {"maxqueue", "<maxqueue>"},
    {"minconn", "<minconn>"},
    {"namespace", "<name>"},
    {"npn", "<protocols>"},
    {"observe", "<mode>"},
    {"on-error", "<mode>"},
    {"on-marked-down", "<action>"},
    {"on-marked-up", "<action>"},
    {"pool-conn-name", "<expr>"},
    {"pool-low-conn", "<max>"},
    {"pool-max-conn", "<max>"},
    {"pool-purge-delay", "<delay>"},
    {"port", "<port>"},
    {"proto", "<name>"},
    {"proxy-v2-options", "<option>[,<option>]*"},
    {"quic-cc-algo", "{cubic|newreno|bbr|nocc}[(<args,...>)]"},
    {"redir", "<prefix>"},
    {"resolve-net", "<network>[,<network[,...]]"},
    {"resolve-opts", "<option>,<option>,..."},
    {"resolve-prefer", "<family>"},
    {"resolvers", "<id>"},
    {"rise", "<count>"},
    {"shard", "<shard>"},
    {"sigalgs", "<sigalgs>"},
    {"slowstart", "<start_time_in_ms>"},
    {"sni", "<expression>"},
    {"socks4", "<addr>:<port>"},
    {"source", "<addr>[:<pl>[-<ph>]] [usesrc {<addr2>[:<port2>]|client|clientip}]"},
    {"ssl-max-ver", "[SSLv3|TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3]"},
    {"ssl-min-ver", "[SSLv3|TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3]"},
    {"tcp-md5sig", "<password>"},
    {"tcp-ut", "<delay>"},
    {"track", "[<backend>/]<server>"},
    {"verify", "[none|required]"},
    {"verifyhost", "<hostname>"},
    {"weight", "<weight>"},
    {"ws", "{auto|h1|h2}"},
};
// clang-format on
static_assert(base::well_formed(kTable));

}  // namespace

std::span<const Form> server_option_forms() { return kTable; }

}  // namespace cfgproxy::config
