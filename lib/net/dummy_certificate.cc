#include "net/dummy_certificate.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>

#include "net/openssl_pointers.h"

namespace cfgproxy::net {
namespace {

using base::Error;
using base::Result;

constexpr long kDay = 24 * 60 * 60;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

/// "P-384", or OpenSSL's own name; NID_undef: neither.
int curve_named(const std::string& name) {
    const int nid = EC_curve_nist2nid(name.c_str());
    return nid != NID_undef ? nid : OBJ_sn2nid(name.c_str());
}

Result<Key> make_key(const CertificateFiles::Dummy& dummy) {
    if (dummy.key_type.empty() || dummy.key_type == "RSA") return Key(EVP_RSA_gen(dummy.bits ? dummy.bits : 2048));
    if (dummy.key_type != "ECDSA") return Error{"keyword 'keytype' requires either 'RSA' or 'ECDSA'."};
    const int nid = curve_named(dummy.curves.empty() ? "P-384" : dummy.curves);
    if (nid == NID_undef) return Error{"unsupported curves '" + dummy.curves + "'."};
    return Key(EVP_EC_gen(OBJ_nid2sn(nid)));
}

X509Pointer sign(EVP_PKEY* key) {
    X509Pointer made(X509_new());
    if (!made || X509_set_version(made.get(), 2) != 1) return nullptr;
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -2 * kDay);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), -kDay);
    X509_NAME* name = X509_get_subject_name(made.get());
    const auto* text = reinterpret_cast<const unsigned char*>("expired");
    if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) != 1) return nullptr;
    if (X509_set_issuer_name(made.get(), name) != 1 || X509_set_pubkey(made.get(), key) != 1) return nullptr;
    return X509_sign(made.get(), key, EVP_sha256()) > 0 ? std::move(made) : nullptr;
}

std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

int give_passphrase(char* into, int size, int, void* passphrase) {
    const auto& text = *static_cast<const std::string*>(passphrase);
    if (text.size() > static_cast<std::size_t>(size)) return -1;
    std::copy(text.begin(), text.end(), into);
    return static_cast<int>(text.size());
}

std::string key_text(EVP_PKEY* key) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    if (!out || PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) return {};
    return text_of(out.get());
}

}  // namespace

Result<std::string> make_dummy_pem(const CertificateFiles::Dummy& dummy) {
    auto key = make_key(dummy);
    if (!key) return Error{key.error()};
    const X509Pointer certificate = *key ? sign(key->get()) : nullptr;
    const BioPointer out(BIO_new(BIO_s_mem()));
    if (!certificate || !out || PEM_write_bio_X509(out.get(), certificate.get()) != 1) {
        ERR_clear_error();
        return Error{"Couldn't generate a keypair."};
    }
    return key_text(key->get()) + text_of(out.get());
}

std::string decrypt_key(const std::string& pem, const std::string& passphrase) {
    const BioPointer in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, give_passphrase, const_cast<std::string*>(&passphrase)));
    ERR_clear_error();
    return key ? key_text(key.get()) : std::string();
}

}  // namespace cfgproxy::net
