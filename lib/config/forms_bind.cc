// Forms of options of bind lines.
#include "config/forms.h"

namespace cfgproxy::config {

namespace {

// clang-format off
constexpr Form kTable[] = {
    {"accept-netscaler-cip", "<magic number>"},
    {"alpn", "<protocols>"},
    {"backlog", "<backlog>"},
    {"ca-file", "<cafile>"},
    {"ca-ignore-err", "[all|<errorID>,...]"},
    {"ca-sign-file", "<cafile>"},
    {"ca-sign-pass", "<passphrase>"},
    {"ca-verify-file", "<cafile>"},
    {"cc", "<algo>"},
    {"ciphers", "<ciphers>"},
    {"ciphersuites", "<ciphersuites>"},
    {"client-sigalgs", "<sigalgs>"},
    {"crl-file", "<crlfile>"},
    {"crt", "<cert>"},
    {"crt-ignore-err", "<errors>"},
    {"crt-list", "<file>"},
    {"curves", "<curves>"},
    {"default-crt", "<cert>"},
    {"ecdhe", "<named curve>"},
    {"ech", "<dir>"},
    {"gid", "<gid>"},
    {"group", "<group>"},
    {"guid-prefix", "<string>"},
    {"id", "<id>"},
    {"idle-ping", "<delay>"},
    {"interface", "<interface>"},
    {"ktls", "<on|off>"},
    {"label", "<label>"},
    {"level", "<level>"},
    {"maxconn", "<maxconn>"},
    {"mode", "<mode>"},
    {"mss", "<maxseg>"},
    {"name", "<name>"},
    {"namespace", "<name>"},
    {"nbconn", "<nbconn>"},
    {"nice", "<nice>"},
    {"npn", "<protocols>"},
    {"process", "<process-set>[/<thread-set>]"},
    {"proto", "<name>"},
    {"quic-cc-algo", "{cubic|newreno|bbr|nocc}[(<args,...>)]"},
    {"quic-socket", "[connection|listener]"},
    {"severity-output", "<format>"},
    {"shards", "{<number>|by-thread|by-group}"},
    {"sigalgs", "<sigalgs>"},
    {"ssl-max-ver", "[SSLv3|TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3]"},
    {"ssl-min-ver", "[SSLv3|TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3]"},
    {"tcp-md5sig", "<password>"},
    {"tcp-ss", "<mode>"},
    {"tcp-ut", "<delay>"},
    {"thread", "[<thread-group>/]<thread-set>[,...]"},
    {"tls-ticket-keys", "<keyfile>"},
    {"uid", "<uid>"},
    {"user", "<user>"},
    {"verify", "[none|optional|required]"},
};
// clang-format on
static_assert(base::well_formed(kTable));

}  // namespace

std::span<const Form> bind_option_forms() { return kTable; }

}  // namespace cfgproxy::config
