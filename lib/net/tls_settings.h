#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cfgproxy::net {

class TicketKeys;
class Trust;

enum class TlsVersion : std::uint8_t { any, ssl3, tls10, tls11, tls12, tls13 };
enum class TlsVerify : std::uint8_t { none, optional, required };

/// How TLS is spoken on a `bind` or `server` line; empty texts leave OpenSSL's default. Plain values, frozen.
struct TlsSettings {
    std::string ciphers;       ///< TLS 1.2 and older, OpenSSL's syntax
    std::string ciphersuites;  ///< TLS 1.3
    std::string curves, sigalgs, client_sigalgs;
    std::string ecdhe;  ///< one curve, or a list: what `curves` was called before
    TlsVersion min = TlsVersion::tls12, max = TlsVersion::any;
    std::uint8_t off = 0;  ///< versions left out, as bits `1 << TlsVersion`, until config::TlsRange has turned them
                           ///< into `min` and `max`
    std::string alpn;      ///< as on the wire: each name behind its length
    TlsVerify verify = TlsVerify::none;
    std::shared_ptr<const Trust> trust;  ///< whose signatures are accepted, revocation lists among them
    std::shared_ptr<const Trust> told;   ///< towards clients: the authorities that they are told; null: none
    bool send_ca_names = true;           ///< towards clients: whether they are
    bool reuse_sessions = true;          ///< towards servers
    std::optional<bool> renegotiates;    ///< whether servers may ask for another handshake; empty: OpenSSL's default
    bool tickets = true;
    bool prefer_client_ciphers = false;
    bool skip_self_issued = false;                       ///< no root leaves with a chain
    bool early_data = false;                             ///< TLS 1.3's; towards clients
    std::vector<int> ignored_errors, ignored_ca_errors;  ///< X509_V_ERR_*, of the peer's certificate and its chain
    int security_level = -1;                             ///< -1: OpenSSL's
    std::string dh_params_pem;
    std::uint32_t dh_bits = 0;                ///< largest DH key where nothing gives parameters; 0: no DH then
    std::uint32_t session_cache = 20480;      ///< sessions kept, tune.ssl.cachesize; of all bind lines together
    std::uint32_t session_seconds = 300;      ///< tune.ssl.lifetime
    std::shared_ptr<TicketKeys> ticket_keys;  ///< towards clients; null: OpenSSL's own
    std::string session_scope;                ///< towards clients: sessions are resumed where it is the same
    std::uint32_t hello_room = 0;             ///< bytes of a ClientHello kept for rules, tune.ssl.capture-buffer-size
    bool keep_secrets = false;                ///< keys of the session are kept for rules, tune.ssl.keylog
    std::uint32_t max_record = 0;             ///< bytes in one record while little is sent; 0: no limit
    std::uint32_t hard_max_record = 0;        ///< the same, always
    std::string verify_host;                  ///< towards servers: the name that its certificate must bear
};

}  // namespace cfgproxy::net
