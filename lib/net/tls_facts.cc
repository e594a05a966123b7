#include "net/tls_facts.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "net/certificate.h"
#include "net/tls.h"

namespace cfgproxy::net {
namespace {

std::string_view view(const void* bytes, std::size_t size) { return {static_cast<const char*>(bytes), size}; }

std::string_view view(const ASN1_STRING* text) {
    return view(ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text)));
}

/// What `print` writes into a memory BIO.
template <class Print>
Fact printed(base::Arena& arena, Print print) {
    BIO* out = BIO_new(BIO_s_mem());
    if (!out) return {};
    print(out);
    const char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    Fact fact;
    if (size > 0) fact = arena.copy(view(text, static_cast<std::size_t>(size)));
    BIO_free(out);
    return fact;
}

/// The century is left out, as UTCTIME has none: what was before 1950, or is after 2049, has no short form.
Fact short_time(const ASN1_TIME* time, base::Arena& arena) {
    const std::string_view text = view(time);
    switch (ASN1_STRING_type(time)) {
        case V_ASN1_GENERALIZEDTIME:
            if (text.size() < 12 || !text.starts_with("20")) return {};
            return arena.copy(text.substr(2));
        case V_ASN1_UTCTIME:
            if (text.size() < 10 || text[0] >= '5') return {};
            return arena.copy(text);
        default:
            return {};
    }
}

/// "CN", or the numbers of an object that has no short name.
std::string name_of(const ASN1_OBJECT* object) {
    const int nid = OBJ_obj2nid(object);
    if (const char* known = nid == NID_undef ? nullptr : OBJ_nid2sn(nid)) return known;
    char numbers[128];
    OBJ_obj2txt(numbers, sizeof numbers, object, 1);
    return numbers;
}

Fact entry_of(const X509_NAME* name, const NameQuery& query, base::Arena& arena) {
    const int count = X509_NAME_entry_count(name);
    int seen = 0;
    for (int i = 0; i < count; ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, query.position < 0 ? count - 1 - i : i);
        if (!base::iequal(query.entry, name_of(X509_NAME_ENTRY_get_object(entry)))) continue;
        if (++seen == std::abs(query.position)) return arena.copy(view(X509_NAME_ENTRY_get_data(entry)));
    }
    return {};
}

Fact random_of(const Tls& tls, base::Arena& arena, std::size_t (*get)(const SSL*, unsigned char*, std::size_t)) {
    char* to = arena.bytes(SSL3_RANDOM_SIZE);
    const std::size_t size = get(tls.handle(), reinterpret_cast<unsigned char*>(to), SSL3_RANDOM_SIZE);
    if (!size) return {};
    return view(to, size);
}

}  // namespace

const x509_st* peer_certificate(const Tls& tls) {
    const x509_st* shown = SSL_get0_peer_certificate(tls.handle());
    return shown ? shown : tls.verification.refused;
}
const x509_st* own_certificate(const Tls& tls) { return SSL_get_certificate(tls.handle()); }

long verify_result(const Tls& tls) { return SSL_get_verify_result(tls.handle()); }

const x509_st* verified_root(const Tls& tls) {
    if (SSL_get_verify_result(tls.handle()) != X509_V_OK) return nullptr;
    STACK_OF(X509)* chain = SSL_get0_verified_chain(tls.handle());
    return chain && sk_X509_num(chain) > 0 ? sk_X509_value(chain, sk_X509_num(chain) - 1) : nullptr;
}

Fact peer_chain_der(const Tls& tls, base::Arena& arena) {
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(tls.handle());
    if (!chain || sk_X509_num(chain) == 0) return {};
    std::string_view all;
    for (int i = 0; i < sk_X509_num(chain); ++i)
        if (const Fact der = certificate_der(*sk_X509_value(chain, i), arena)) all = arena.concat(all, *der);
    return all;
}

Fact certificate_der(const x509_st& certificate, base::Arena& arena) {
    const int size = i2d_X509(&certificate, nullptr);
    if (size <= 0) return {};
    char* bytes = arena.bytes(static_cast<std::size_t>(size));
    auto* to = reinterpret_cast<unsigned char*>(bytes);
    i2d_X509(&certificate, &to);
    return view(bytes, static_cast<std::size_t>(size));
}

Fact certificate_sha1(const x509_st& certificate, base::Arena& arena) {
    char* bytes = arena.bytes(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    if (!X509_digest(&certificate, EVP_sha1(), reinterpret_cast<unsigned char*>(bytes), &size)) return {};
    return view(bytes, size);
}

Fact certificate_serial(const x509_st& certificate, base::Arena& arena) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(&certificate);
    if (!serial) return {};
    return arena.copy(view(serial));
}

Fact certificate_not_before(const x509_st& certificate, base::Arena& arena) {
    return short_time(X509_get0_notBefore(&certificate), arena);
}

Fact certificate_not_after(const x509_st& certificate, base::Arena& arena) {
    return short_time(X509_get0_notAfter(&certificate), arena);
}

Fact certificate_key_algorithm(const x509_st& certificate, base::Arena&) {
    ASN1_OBJECT* algorithm = nullptr;
    X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(&certificate));
    const char* name = OBJ_nid2sn(OBJ_obj2nid(algorithm));
    return name ? Fact(name) : Fact();
}

Fact certificate_signature_algorithm(const x509_st& certificate, base::Arena&) {
    const char* name = OBJ_nid2sn(X509_get_signature_nid(&certificate));
    return name ? Fact(name) : Fact();
}

Fact certificate_alt_names(const x509_st& certificate, base::Arena& arena) {
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
    if (!names) return {};
    Fact fact = printed(arena, [&](BIO* out) {
        for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
            if (i > 0) BIO_puts(out, ", ");
            GENERAL_NAME_print(out, sk_GENERAL_NAME_value(names, i));
        }
    });
    GENERAL_NAMES_free(names);
    return fact;
}

std::int64_t certificate_version(const x509_st& certificate) { return X509_get_version(&certificate) + 1; }

Fact distinguished_name(const x509_st& certificate, NameOf whose, const NameQuery& query, base::Arena& arena) {
    const X509_NAME* name =
        whose == NameOf::subject ? X509_get_subject_name(&certificate) : X509_get_issuer_name(&certificate);
    if (!name) return {};
    if (!query.entry.empty()) return entry_of(name, query, arena);
    if (query.rfc2253) return printed(arena, [&](BIO* out) { X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253); });
    std::string_view all;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        all = arena.concat(all, "/", name_of(X509_NAME_ENTRY_get_object(entry)), "=",
                           view(X509_NAME_ENTRY_get_data(entry)));
    }
    return all.empty() ? Fact() : Fact(all);
}

Fact certificate_name(const Tls& tls) { return tls.shown ? Fact(tls.shown->path()) : Fact(); }

bool early_data_taken(const Tls& tls) { return SSL_get_early_data_status(tls.handle()) == SSL_EARLY_DATA_ACCEPTED; }

int cipher_bits(const Tls& tls) { return SSL_get_cipher_bits(tls.handle(), nullptr); }

int algorithm_bits(const Tls& tls) {
    int bits = 0;
    SSL_get_cipher_bits(tls.handle(), &bits);
    return bits;
}

Fact key_exchange_group(const Tls& tls) {
    const int nid = static_cast<int>(SSL_get_negotiated_group(tls.handle()));
    const char* name = nid ? OBJ_nid2sn(nid) : nullptr;
    return name ? Fact(name) : Fact();
}

Fact session_id(const Tls& tls) {
    const SSL_SESSION* session = SSL_get_session(tls.handle());
    unsigned size = 0;
    const unsigned char* id = session ? SSL_SESSION_get_id(session, &size) : nullptr;
    return size ? Fact(view(id, size)) : Fact();
}

Fact master_key(const Tls& tls, base::Arena& arena) {
    const SSL_SESSION* session = SSL_get_session(tls.handle());
    if (!session) return {};
    char* to = arena.bytes(SSL_MAX_MASTER_KEY_LENGTH);
    const std::size_t size =
        SSL_SESSION_get_master_key(session, reinterpret_cast<unsigned char*>(to), SSL_MAX_MASTER_KEY_LENGTH);
    return size ? Fact(view(to, size)) : Fact();
}

Fact client_random(const Tls& tls, base::Arena& arena) { return random_of(tls, arena, SSL_get_client_random); }
Fact server_random(const Tls& tls, base::Arena& arena) { return random_of(tls, arena, SSL_get_server_random); }

Fact unique_id(const Tls& tls, base::Arena& arena) {
    char* to = arena.bytes(EVP_MAX_MD_SIZE);
    const std::size_t size = SSL_session_reused(tls.handle())
                                 ? SSL_get_finished(tls.handle(), to, EVP_MAX_MD_SIZE)
                                 : SSL_get_peer_finished(tls.handle(), to, EVP_MAX_MD_SIZE);
    return size ? Fact(view(to, std::min<std::size_t>(size, EVP_MAX_MD_SIZE))) : Fact();
}

Fact error_text(const Tls& tls, base::Arena& arena) {
    if (!tls.error()) return {};
    char* to = arena.bytes(256);
    ERR_error_string_n(tls.error(), to, 256);
    return std::string_view(to);
}

Fact cipher_name(const Tls& tls, std::string_view two_bytes) {
    const SSL_CIPHER* cipher =
        two_bytes.size() == 2 ? SSL_CIPHER_find(tls.handle(), reinterpret_cast<const unsigned char*>(two_bytes.data()))
                              : nullptr;
    return cipher ? Fact(SSL_CIPHER_get_name(cipher)) : Fact();
}

}  // namespace cfgproxy::net
