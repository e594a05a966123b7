#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"

struct x509_st;

namespace cfgproxy::net {

class Tls;

/// What rules and logs may be told about a TLS connection and the certificates shown on it (manual 7.3.4). Texts lie in
/// the arena given, or live as long as the connection. Nothing: there is no such thing. The connection's own thread.
using Fact = std::optional<std::string_view>;

// --- certificates: null in, nothing out ----------------------------------------------------------------------

/// The certificate that the other side has shown, in this handshake or in the one that is resumed; null: none.
const x509_st* peer_certificate(const Tls& tls);
/// The one that we have shown.
const x509_st* own_certificate(const Tls& tls);
/// How its check went: X509_V_OK, or X509_V_ERR_*. Ok when none was shown.
long verify_result(const Tls& tls);
/// The root at which the chain of the verified peer ended; null: not verified.
const x509_st* verified_root(const Tls& tls);
/// The peer's certificates, one DER after the other.
Fact peer_chain_der(const Tls& tls, base::Arena& arena);

Fact certificate_der(const x509_st& certificate, base::Arena& arena);
Fact certificate_sha1(const x509_st& certificate, base::Arena& arena);        ///< 20 bytes, of the DER
Fact certificate_serial(const x509_st& certificate, base::Arena& arena);      ///< bytes, highest first
Fact certificate_not_before(const x509_st& certificate, base::Arena& arena);  ///< YYMMDDhhmmss, "Z"
Fact certificate_not_after(const x509_st& certificate, base::Arena& arena);
Fact certificate_key_algorithm(const x509_st& certificate, base::Arena& arena);  ///< "rsaEncryption"
Fact certificate_signature_algorithm(const x509_st& certificate, base::Arena& arena);
Fact certificate_alt_names(const x509_st& certificate, base::Arena& arena);  ///< "DNS:a, IP Address:192.0.2.1"
std::int64_t certificate_version(const x509_st& certificate);                ///< 1, 2 or 3

/// Which part of a distinguished name, and how it is spelled.
struct NameQuery {
    std::string_view entry;  ///< "CN": the value of this entry; empty: the whole name
    int position = 1;        ///< of several, the n-th from the front, or from the end if negative
    bool rfc2253 = false;    ///< the whole name as "CN=a,O=b" instead of "/O=b/CN=a"
};
enum class NameOf : std::uint8_t { subject, issuer };
Fact distinguished_name(const x509_st& certificate, NameOf whose, const NameQuery& query, base::Arena& arena);

// --- the connection ------------------------------------------------------------------------------------------

/// The name under which the certificate that the client sees is stored: a file, or "@store/alias".
Fact certificate_name(const Tls& tls);
bool early_data_taken(const Tls& tls);  ///< the client has sent some, and it was not refused
int cipher_bits(const Tls& tls);        ///< secret bits in use; 0: no cipher yet
int algorithm_bits(const Tls& tls);     ///< what the cipher processes
Fact key_exchange_group(const Tls& tls);
Fact session_id(const Tls& tls);
Fact master_key(const Tls& tls, base::Arena& arena);
Fact client_random(const Tls& tls, base::Arena& arena);
Fact server_random(const Tls& tls, base::Arena& arena);
/// The Finished message that identifies the handshake ("tls-unique", RFC 5929 section 3).
Fact unique_id(const Tls& tls, base::Arena& arena);
/// What OpenSSL says of the error that ended the handshake: "error:0A000416:SSL routines::...".
Fact error_text(const Tls& tls, base::Arena& arena);
/// The name of a cipher by its two bytes on the wire; nothing: unknown.
Fact cipher_name(const Tls& tls, std::string_view two_bytes);

}  // namespace cfgproxy::net
