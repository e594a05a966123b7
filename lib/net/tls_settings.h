#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cfgproxy::net {

enum class TlsVersion : std::uint8_t { any, ssl3, tls10, tls11, tls12, tls13 };
enum class TlsVerify : std::uint8_t { none, optional, required };

/// How TLS is spoken on a `bind` or `server` line; empty texts leave OpenSSL's default. Plain values, frozen.
struct TlsSettings {
    std::string ciphers;       ///< TLS 1.2 and older, OpenSSL's syntax
    std::string ciphersuites;  ///< TLS 1.3
    std::string curves, sigalgs, client_sigalgs;
    std::string ecdhe;  ///< one curve, or a list: what `curves` was called before
    TlsVersion min = TlsVersion::tls12, max = TlsVersion::any;
    std::uint8_t off = 0;  ///< versions left out, as bits `1 << TlsVersion`
    std::string alpn;      ///< as on the wire: each name behind its length
    TlsVerify verify = TlsVerify::none;
    std::string ca_pem;         ///< trusted certificates; `system_ca` adds those of the machine
    std::string untold_ca_pem;  ///< trusted too; towards clients not told whatever `send_ca_names` says
    std::string crl_pem;
    bool system_ca = false;
    bool send_ca_names = true;   ///< towards clients: tell them which CAs are trusted
    bool reuse_sessions = true;  ///< towards servers
    bool tickets = true;
    bool prefer_client_ciphers = false;
    std::vector<int> ignored_errors, ignored_ca_errors;  ///< X509_V_ERR_*, of the peer's certificate and its chain
    int security_level = -1;                             ///< -1: OpenSSL's
    std::string dh_params_pem;
    std::uint32_t session_cache = 20480;  ///< sessions kept, tune.ssl.cachesize
    std::uint32_t session_seconds = 300;  ///< tune.ssl.lifetime
    std::uint32_t hello_room = 0;         ///< bytes of a ClientHello kept for rules, tune.ssl.capture-buffer-size
    bool keep_secrets = false;            ///< keys of the session are kept for rules, tune.ssl.keylog
    std::string verify_host;              ///< towards servers: the name that its certificate must bear
};

}  // namespace cfgproxy::net
