#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "net/tls_settings.h"

namespace cfgproxy::net {
class TlsContext;
}
namespace cfgproxy::sample {
class Expression;
}

namespace cfgproxy::model {

/// `ssl-default-bind-*` or `ssl-default-server-*`: what lines of that kind take over where they say nothing.
struct TlsDefaults {
    std::string ciphers, ciphersuites, curves, sigalgs, client_sigalgs;
    net::TlsVersion min = net::TlsVersion::tls12, max = net::TlsVersion::any;
    std::uint8_t off = 0;  ///< as in net::TlsSettings
    bool tickets = true, prefer_client_ciphers = false;
};

/// A `crt`, `crt-list` or `default-crt` of a `bind` line; paths with `crt-base` in front already.
struct CertificateSource {
    enum class Kind : std::uint8_t { file_or_folder, list } kind = Kind::file_or_folder;
    std::string path;
    bool is_default = false;  ///< `default-crt` (3.0)
};

/// What the words of a `bind`, `server` or `default-server` line say of TLS (manual 2.6, sections 5.1 and 5.2). Frozen.
/// `settings` holds what goes to OpenSSL as it is; files are read, and `ssl-default-*` added, by the pass "prepare
/// tls".
struct TlsOptions {
    bool on = false;            ///< `ssl`
    bool verify_given = false;  ///< `verify` stood on the line
    bool strict_sni = false;
    bool check = false;     ///< `check-ssl`: health checks by TLS although the traffic has none
    bool no_check = false;  ///< `no-check-ssl`: the reverse
    net::TlsSettings settings{.min = net::TlsVersion::any};
    std::vector<CertificateSource> certificates;  ///< bind: in the order of the line
    std::string certificate;                      ///< server: `crt`
    std::string ca_file, crl_file;                ///< `@system-ca` for that of the machine
    std::string ca_verify_file;                   ///< bind: trusted as `ca_file`, but not told to clients
    std::string check_sni;
    std::shared_ptr<const sample::Expression> sni;
    std::string check_alpn;                    ///< as on the wire
    bool alpn_given = false;                   ///< `alpn` or `no-alpn` stood on the line
    std::shared_ptr<net::TlsContext> context;  ///< null without TLS: set by the pass "prepare tls"

    /// What the traffic is encrypted with; null: it goes in clear, and `context` is for checks alone.
    const net::TlsContext* traffic() const { return on ? context.get() : nullptr; }
};

}  // namespace cfgproxy::model
