#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "net/certificate_files.h"
#include "net/tls_settings.h"

namespace cfgproxy::net {
class TlsContext;
struct TlsBind;
}  // namespace cfgproxy::net
namespace cfgproxy::sample {
class Expression;
}

namespace cfgproxy::model {

/// `ssl-default-bind-*` or `ssl-default-server-*`: what lines of that kind take over where they say nothing.
struct TlsDefaults {
    std::string ciphers, ciphersuites, curves, sigalgs, client_sigalgs;
    net::TlsVersion min = net::TlsVersion::any, max = net::TlsVersion::any;  ///< any: not said
    std::uint8_t off = 0;                                                    ///< as in net::TlsSettings
    bool tickets = true, prefer_client_ciphers = false;
    bool strict_sni = false;           ///< bind lines only
    std::optional<bool> renegotiates;  ///< server lines only
};

/// Which files are looked for beside a certificate's own: `ssl-load-extra-files`, `ssl-load-extra-del-ext`,
/// `issuers-chain-path`.
struct CertificateRules {
    bool bundle = true, sctl = true, ocsp = true, issuer = true, key = true;
    bool drop_extension = false;
    std::string chains;                           ///< a folder
    std::vector<std::string> passphrase_command;  ///< `ssl-passphrase-cmd`
    bool skip_self_issued = false;                ///< `ssl-skip-self-issued-ca`
};

/// `ocsp-update.*`, `tune.ssl.ocsp-update.*`: how responses to staple are fetched (manual 2.8, section 3.1).
struct OcspSettings {
    bool on = false;        ///< where a certificate says nothing of it
    bool disabled = false;  ///< nowhere, whatever is said
    std::uint32_t min_seconds = 300, max_seconds = 3600;
    std::string proxy;  ///< host:port of the HTTP proxy that is asked; empty: none
};

/// A `load` line of a `crt-store` section; base folders of the section are put in front where they must be.
struct CertificateLoad {
    std::string name;  ///< by which bind lines call it: "@store/alias", or the file
    net::CertificateFiles files;
    std::string crt_base, key_base;
    base::Place place;
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
    bool on = false;                 ///< `ssl`
    bool denied = false;             ///< server: `no-ssl`
    bool on_by_default = false;      ///< server: although default-server says `ssl`: it may be switched on
    bool verify_given = false;       ///< `verify` stood on the line
    std::optional<bool> strict_sni;  ///< empty: as `ssl-default-bind-options` says
    bool check = false;              ///< `check-ssl`: health checks by TLS although the traffic has none
    bool no_check = false;           ///< `no-check-ssl`: the reverse
    net::TlsSettings settings{.min = net::TlsVersion::any};
    std::vector<CertificateSource> certificates;   ///< bind: in the order of the line
    std::string certificate;                       ///< server: `crt`
    std::string ca_file, crl_file;                 ///< `@system-ca` for that of the machine
    std::string ca_verify_file;                    ///< bind: trusted as `ca_file`, but not told to clients
    std::string ticket_keys;                       ///< bind: `tls-ticket-keys`
    bool generates = false;                        ///< bind: `generate-certificates`
    std::string ca_sign_file, ca_sign_pass;        ///< bind: who signs those
    bool watches = false;                          ///< bind: `crt-watch`, our own
    std::optional<bool> sni_auto, check_sni_auto;  ///< server; empty: as the era says
    std::string check_sni;
    std::shared_ptr<const sample::Expression> sni;
    std::string check_alpn;                    ///< as on the wire
    bool alpn_given = false;                   ///< `alpn` or `no-alpn` stood on the line
    std::shared_ptr<net::TlsContext> context;  ///< null without TLS, perhaps of checks only: set by "prepare tls"
};

}  // namespace cfgproxy::model
