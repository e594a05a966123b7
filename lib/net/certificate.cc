#include "net/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/text.h"

namespace cfgproxy::net {
namespace {

struct BioFree {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPointer = std::unique_ptr<BIO, BioFree>;

BioPointer reader_of(const std::string& bytes) {
    return BioPointer(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// An encrypted key cannot be used by a service that starts without a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

EVP_PKEY* read_key(const std::string& pem) {
    const BioPointer in = reader_of(pem);
    return PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr);
}

}  // namespace

std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "unknown error";
}

base::Result<std::shared_ptr<const Certificate>> Certificate::make(std::string path, const Parts& parts) {
    std::shared_ptr<Certificate> made(new Certificate);
    made->path_ = std::move(path);
    ERR_clear_error();
    made->key_ = read_key(parts.key.empty() ? parts.pem : parts.key);
    if (!made->key_) {
        ERR_clear_error();
        return base::Error{"no private key found"};
    }
    const BioPointer in = reader_of(parts.pem);
    made->leaf_ = PEM_read_bio_X509_AUX(in.get(), nullptr, no_passphrase, nullptr);
    if (!made->leaf_) {
        ERR_clear_error();
        return base::Error{"no start line found: it holds no certificate"};
    }
    made->chain_ = sk_X509_new_null();
    while (X509* next = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) sk_X509_push(made->chain_, next);
    if (const unsigned long last = ERR_peek_last_error();
        last && !(ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE))
        return base::Error{"a certificate of the chain cannot be read (" + take_openssl_error() + ")"};
    ERR_clear_error();
    if (!parts.issuer.empty() && sk_X509_num(made->chain_) == 0) {
        const BioPointer issuer = reader_of(parts.issuer);
        X509* found = PEM_read_bio_X509(issuer.get(), nullptr, no_passphrase, nullptr);
        if (!found) return base::Error{"the issuer's certificate cannot be read (" + take_openssl_error() + ")"};
        sk_X509_push(made->chain_, found);
    }
    if (X509_check_private_key(made->leaf_, made->key_) != 1) {
        ERR_clear_error();
        return base::Error{"inconsistencies between private key and certificate loaded"};
    }
    switch (EVP_PKEY_base_id(made->key_)) {
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS:
            made->key_type_ = Key::rsa;
            break;
        case EVP_PKEY_DSA:
            made->key_type_ = Key::dsa;
            break;
        case EVP_PKEY_EC:
        case EVP_PKEY_ED25519:
        case EVP_PKEY_ED448:
            made->key_type_ = Key::ecdsa;
            break;
        default:
            break;
    }
    made->ocsp_ = parts.ocsp;
    made->sctl_ = parts.sctl;
    made->read_names();
    return std::shared_ptr<const Certificate>(std::move(made));
}

Certificate::~Certificate() {
    X509_free(leaf_);
    EVP_PKEY_free(key_);
    if (chain_) sk_X509_pop_free(chain_, X509_free);
}

void Certificate::read_names() {
    const auto add = [this](const ASN1_STRING* text) {
        unsigned char* utf8 = nullptr;
        const int length = ASN1_STRING_to_UTF8(&utf8, text);
        if (length < 0) return;
        const std::string_view name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
        // A name with a NUL inside would be taken for the part before it by others.
        if (!name.empty() && name.find('\0') == name.npos) names_.push_back(base::lower(name));
        OPENSSL_free(utf8);
    };
    auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf_, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
        if (name->type == GEN_DNS) add(name->d.dNSName);
    }
    GENERAL_NAMES_free(all);
    const X509_NAME* subject = X509_get_subject_name(leaf_);
    for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;)
        add(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    ERR_clear_error();
}

}  // namespace cfgproxy::net
