// The decoders of OpenSSL 3 take half a millisecond for a key, most of it for locks that threads share: a site with
// thousands of certificates starts several times as fast by the functions of before, which still exist.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "net/private_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "net/openssl_pointers.h"

namespace cfgproxy::net {
namespace {

int no_passphrase(char*, int, int, void*) { return -1; }

/// A piece of PEM: what it is called, and its bytes, which are wiped.
struct Piece {
    char *name = nullptr, *header = nullptr;
    unsigned char* bytes = nullptr;
    long size = 0;
    explicit Piece(BIO* in) { read = PEM_read_bio(in, &name, &header, &bytes, &size) == 1; }
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    ~Piece() {
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
    }
    bool read = false;
};

EVP_PKEY* wrap(EC_KEY* key) {
    EVP_PKEY* made = key ? EVP_PKEY_new() : nullptr;
    if (made && EVP_PKEY_assign_EC_KEY(made, key) == 1) return made;
    EC_KEY_free(key);
    EVP_PKEY_free(made);
    return nullptr;
}

EVP_PKEY* wrap(RSA* key) {
    EVP_PKEY* made = key ? EVP_PKEY_new() : nullptr;
    if (made && EVP_PKEY_assign_RSA(made, key) == 1) return made;
    RSA_free(key);
    EVP_PKEY_free(made);
    return nullptr;
}

/// An EC key whose curve stands beside it (PKCS #8) or in it (`curve` null).
EVP_PKEY* read_ec(const unsigned char* bytes, long size, const ASN1_OBJECT* curve) {
    EC_KEY* key = nullptr;
    if (curve) {
        key = EC_KEY_new_by_curve_name(OBJ_obj2nid(curve));
        if (!key) return nullptr;
    }
    EC_KEY* const given = key;
    if (!d2i_ECPrivateKey(&key, &bytes, size)) {
        EC_KEY_free(given);
        return nullptr;
    }
    return wrap(key);
}

EVP_PKEY* read_rsa(const unsigned char* bytes, long size) { return wrap(d2i_RSAPrivateKey(nullptr, &bytes, size)); }

EVP_PKEY* read_pkcs8(const unsigned char* bytes, long size) {
    PKCS8_PRIV_KEY_INFO* info = d2i_PKCS8_PRIV_KEY_INFO(nullptr, &bytes, size);
    if (!info) return nullptr;
    const ASN1_OBJECT* kind = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    const unsigned char* key = nullptr;
    int key_size = 0;
    EVP_PKEY* made = nullptr;
    if (PKCS8_pkey_get0(&kind, &key, &key_size, &algorithm, info) == 1) {
        int type = 0;
        const void* parameter = nullptr;
        X509_ALGOR_get0(nullptr, &type, &parameter, algorithm);
        const int id = OBJ_obj2nid(kind);
        if (id == NID_rsaEncryption) made = read_rsa(key, key_size);
        if (id == NID_X9_62_id_ecPublicKey && type == V_ASN1_OBJECT)
            made = read_ec(key, key_size, static_cast<const ASN1_OBJECT*>(parameter));
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return made;
}

/// Null if it is of another kind than most are, or encrypted, or wrong.
EVP_PKEY* read_usual(const std::string& pem) {
    const BioPointer in = reader_of(pem);
    for (;;) {
        const Piece piece(in.get());
        if (!piece.read) return nullptr;
        const std::string_view name = piece.name;
        if (!name.ends_with("PRIVATE KEY")) continue;
        if (*piece.header != '\0') return nullptr;
        if (name == "PRIVATE KEY") return read_pkcs8(piece.bytes, piece.size);
        if (name == "EC PRIVATE KEY") return read_ec(piece.bytes, piece.size, nullptr);
        if (name == "RSA PRIVATE KEY") return read_rsa(piece.bytes, piece.size);
        return nullptr;
    }
}

}  // namespace

EVP_PKEY* read_private_key(const std::string& pem) {
    EVP_PKEY* usual = read_usual(pem);
    ERR_clear_error();
    if (usual) return usual;
    const BioPointer in = reader_of(pem);
    return PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr);
}

}  // namespace cfgproxy::net
