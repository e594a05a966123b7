#include "net/certificate_text.h"

#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

#include "net/certificate.h"
#include "net/openssl_pointers.h"

namespace cfgproxy::net {
namespace {

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

std::string time_text(const ASN1_TIME* time) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    ASN1_TIME_print(out.get(), time);
    return text_in(out.get());
}

/// "/C=FR/CN=x", the bytes of each value as they are.
std::string name_text(const X509_NAME* name) {
    std::string text;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT* object = X509_NAME_ENTRY_get_object(entry);
        const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
        char number[128];
        const char* known = OBJ_nid2sn(OBJ_obj2nid(object));
        if (OBJ_obj2nid(object) == NID_undef || !known) {
            i2t_ASN1_OBJECT(number, sizeof number, object);
            known = number;
        }
        text.append("/").append(known).append("=");
        text.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                    static_cast<std::size_t>(ASN1_STRING_length(value)));
    }
    return text;
}

std::string alternative_names(const X509& certificate) {
    std::string text;
    auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
        if (i > 0) text += ", ";
        unsigned char* utf8 = nullptr;
        if (name->type != GEN_DNS || ASN1_STRING_to_UTF8(&utf8, name->d.dNSName) < 0) continue;
        text.append("DNS:").append(reinterpret_cast<const char*>(utf8));
        OPENSSL_free(utf8);
    }
    GENERAL_NAMES_free(all);
    return text;
}

/// "RSA2048"; empty for other kinds of keys than RSA, EC and DSA.
std::string key_text(const X509& certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(&certificate);
    const char* kind = nullptr;
    switch (key ? EVP_PKEY_base_id(key) : EVP_PKEY_NONE) {
        case EVP_PKEY_RSA:
            kind = "RSA";
            break;
        case EVP_PKEY_EC:
            kind = "EC";
            break;
        case EVP_PKEY_DSA:
            kind = "DSA";
            break;
        default:
            return {};
    }
    return kind + std::to_string(EVP_PKEY_bits(key));
}

}  // namespace

std::string certificate_details(const X509& certificate, const STACK_OF(X509) * chain) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(&certificate);
    std::string text = "Serial: ";
    text += hexadecimal(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
    text += "\nnotBefore: " + not_before_text(certificate);
    text += "\nnotAfter: " + not_after_text(certificate);
    text += "\nSubject Alternative Name: " + alternative_names(certificate);
    text += "\nAlgorithm: ";
    const std::string key = key_text(certificate);
    if (key.empty()) return text;  // HAProxy ends here too
    text += key;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(&certificate, EVP_sha1(), digest, &size);
    text += "\nSHA1 FingerPrint: " + hexadecimal(digest, size);
    text += "\nSubject: " + name_text(X509_get_subject_name(&certificate));
    text += "\nIssuer: " + name_text(X509_get_issuer_name(&certificate)) + "\n";
    for (int i = 0; chain && i < sk_X509_num(chain); ++i) {
        const X509* link = sk_X509_value(chain, i);
        text += "Chain Subject: " + name_text(X509_get_subject_name(link)) + "\n";
        text += "Chain Issuer: " + name_text(X509_get_issuer_name(link)) + "\n";
    }
    return text;
}

std::string revocation_details(const X509_CRL& list) {
    std::string text = "Version " + std::to_string(X509_CRL_get_version(&list) + 1) + "\n";
    text += "Signature Algorithm: ";
    text += OBJ_nid2ln(X509_CRL_get_signature_nid(&list));
    text += "\nIssuer: " + name_text(X509_CRL_get_issuer(&list));
    text += "\nLast Update: " + time_text(X509_CRL_get0_lastUpdate(&list));
    text += "\nNext Update: " + time_text(X509_CRL_get0_nextUpdate(&list)) + "\n";
    STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(const_cast<X509_CRL*>(&list));
    text += sk_X509_REVOKED_num(revoked) > 0 ? "Revoked Certificates:\n" : "No Revoked Certificates.\n";
    for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
        const X509_REVOKED* one = sk_X509_REVOKED_value(revoked, i);
        const BioPointer out(BIO_new(BIO_s_mem()));
        BIO_puts(out.get(), "    Serial Number: ");
        i2a_ASN1_INTEGER(out.get(), X509_REVOKED_get0_serialNumber(one));
        BIO_puts(out.get(), "\n        Revocation Date: ");
        ASN1_TIME_print(out.get(), X509_REVOKED_get0_revocationDate(one));
        text += text_in(out.get()) + "\n";
    }
    return text;
}

std::string not_before_text(const X509& certificate) { return time_text(X509_get0_notBefore(&certificate)); }
std::string not_after_text(const X509& certificate) { return time_text(X509_get0_notAfter(&certificate)); }

std::time_t not_after(const X509& certificate) {
    std::tm time{};
    return ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) == 1 ? timegm(&time) : 0;
}

std::string certificate_pem(const Certificate& certificate) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    if (certificate.key())
        PEM_write_bio_PrivateKey(out.get(), certificate.key(), nullptr, nullptr, 0, nullptr, nullptr);
    if (certificate.leaf()) PEM_write_bio_X509(out.get(), certificate.leaf());
    for (int i = 0; certificate.chain() && i < sk_X509_num(certificate.chain()); ++i)
        PEM_write_bio_X509(out.get(), sk_X509_value(certificate.chain(), i));
    return text_in(out.get());
}

std::vector<std::string> provider_names() {
    std::vector<std::string> names;
    OSSL_PROVIDER_do_all(
        nullptr,
        [](OSSL_PROVIDER* provider, void* into) {
            static_cast<std::vector<std::string>*>(into)->emplace_back(OSSL_PROVIDER_get0_name(provider));
            return 1;
        },
        &names);
    return names;
}

}  // namespace cfgproxy::net
