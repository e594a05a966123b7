// What a PROXY header of version 2 tells about the client's TLS (proxy-protocol.txt, section 2.2.6).
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/proxy_protocol.h"
#include "net/tls.h"
#include "net/tls_facts.h"

namespace cfgproxy::net {
namespace {

constexpr std::uint8_t kTypeTls = 0x20, kVersion = 0x21, kCommonName = 0x22, kCipher = 0x23, kSignature = 0x24,
                       kKey = 0x25;
constexpr std::uint8_t kOverTls = 1, kShownHere = 2, kShownInSession = 4;

/// "RSA2048", "EC256".
std::string key_algorithm(const X509& certificate) {
    EVP_PKEY* key = X509_get0_pubkey(&certificate);
    if (!key) return {};
    const int kind = EVP_PKEY_base_id(key);
    const char* name = kind == EVP_PKEY_RSA ? "RSA" : kind == EVP_PKEY_EC ? "EC" : kind == EVP_PKEY_DSA ? "DSA" : "";
    return *name ? name + std::to_string(EVP_PKEY_bits(key)) : std::string();
}

std::string signature_algorithm(const X509& certificate) {
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, X509_get0_tbs_sigalg(&certificate));
    const char* name = OBJ_nid2sn(OBJ_obj2nid(algorithm));
    return name ? name : "";
}

}  // namespace

void append_tls_tlv(std::string& out, const Tls* tls, const TlsTold& told) {
    std::string value(5, '\0');  // flags; the result of verification, 0: fine
    const auto add = [&value](std::uint8_t type, std::string_view text) {
        if (!text.empty()) append_tlv(value, type, text);
    };
    if (tls) {
        ssl_st* ssl = tls->handle();
        std::uint8_t flags = kOverTls;
        add(kVersion, tls->version());
        X509* shown = SSL_get0_peer_certificate(ssl);
        if (shown) {
            flags |= kShownInSession;
            if (!tls->resumed()) flags |= kShownHere;
            const auto result = static_cast<std::uint32_t>(SSL_get_verify_result(ssl));
            for (int i = 0; i < 4; ++i) value[1 + i] = static_cast<char>(result >> (24 - 8 * i));
            base::Arena arena;
            const NameQuery last_name{.entry = "CN", .position = -1};
            if (told.common_name)
                add(kCommonName, distinguished_name(*shown, NameOf::subject, last_name, arena).value_or(""));
        }
        value[0] = static_cast<char>(flags);
        const X509* own = SSL_get_certificate(ssl);
        if (own && told.key) add(kKey, key_algorithm(*own));
        if (own && told.signature) add(kSignature, signature_algorithm(*own));
        if (told.cipher) add(kCipher, tls->cipher());
    }
    append_tlv(out, kTypeTls, value);
}

}  // namespace cfgproxy::net
