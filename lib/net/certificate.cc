#include "net/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "net/base64.h"
#include "net/openssl_pointers.h"
#include "net/private_key.h"

namespace cfgproxy::net {
namespace {

using base::Error;
using base::Result;
using Made = Result<std::shared_ptr<const Certificate>>;

// An encrypted key cannot be used by a service that starts without a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

EVP_PKEY* find_key(const std::string& pem) {
    if (pem.find("PRIVATE KEY-----") == pem.npos) return nullptr;
    return read_private_key(pem);
}

EVP_PKEY* find_dh(const std::string& pem) {
    if (pem.find("-----BEGIN DH PARAMETERS-----") == pem.npos) return nullptr;
    const BioPointer in = reader_of(pem);
    return PEM_read_bio_Parameters(in.get(), nullptr);
}

bool only_lacks_more(unsigned long error) {
    return !error || (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE);
}

Certificate::Key kind_of(const EVP_PKEY* key) {
    switch (key ? EVP_PKEY_base_id(key) : EVP_PKEY_NONE) {
        case EVP_PKEY_RSA:
        case EVP_PKEY_RSA_PSS:
            return Certificate::Key::rsa;
        case EVP_PKEY_DSA:
            return Certificate::Key::dsa;
        case EVP_PKEY_EC:
        case EVP_PKEY_ED25519:
        case EVP_PKEY_ED448:
            return Certificate::Key::ecdsa;
        default:
            return Certificate::Key::other;
    }
}

/// The certificates out of `chain` that lead from `leaf` to its root, both left out. Null: out of memory.
STACK_OF(X509) * way_to_root(X509* leaf, STACK_OF(X509) * chain) {
    const StorePointer trusted(X509_STORE_new());
    const StoreContextPointer search(X509_STORE_CTX_new());
    if (!search || !X509_STORE_CTX_init(search.get(), trusted.get(), leaf, chain)) return nullptr;
    X509_verify_cert(search.get());  // fails, as nobody is trusted, behind the end of the way
    ERR_clear_error();
    STACK_OF(X509)* way = X509_STORE_CTX_get1_chain(search.get());
    if (!way) return nullptr;
    X509_free(sk_X509_shift(way));
    const int last = sk_X509_num(way) - 1;
    if (last >= 0 && X509_get_extension_flags(sk_X509_value(way, last)) & EXFLAG_SS) X509_free(sk_X509_pop(way));
    return way;
}

}  // namespace

std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "unknown error";
}

bool is_sctl(std::string_view bytes) {
    const auto number = [&bytes] {
        const std::size_t value =
            static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[0])) << 8 | static_cast<std::uint8_t>(bytes[1]);
        bytes.remove_prefix(2);
        return value;
    };
    if (bytes.size() < 2 || number() != bytes.size()) return false;
    while (!bytes.empty()) {
        if (bytes.size() < 2) return false;
        const std::size_t one = number();
        if (one > bytes.size()) return false;
        bytes.remove_prefix(one);
    }
    return true;
}

Made Certificate::make(std::string path, const Parts& parts) {
    std::shared_ptr<Certificate> made(new Certificate);
    made->path_ = std::move(path);
    const bool readable = made->read_pem(parts.pem).empty();
    if (!parts.key.empty()) {
        EVP_PKEY_free(made->key_);
        made->key_ = find_key(parts.key);
    }
    if (!readable && (made->key_ || parts.pem.find("PRIVATE KEY-----") != std::string::npos))
        return Error{"no start line found: it holds no certificate"};
    if (!made->key_) return Error{"no private key found"};
    if (!parts.issuer.empty()) {
        const BioPointer issuer = reader_of(parts.issuer);
        made->issuer_ = PEM_read_bio_X509_AUX(issuer.get(), nullptr, no_passphrase, nullptr);
        if (!made->issuer_) return Error{"the issuer's certificate cannot be read (" + take_openssl_error() + ")"};
    }
    if (!made->key_fits()) return Error{"inconsistencies between private key and certificate loaded"};
    made->ocsp_ = parts.ocsp;
    made->sctl_ = parts.sctl;
    return std::shared_ptr<const Certificate>(std::move(made));
}

std::shared_ptr<Certificate> Certificate::copy_of(const Certificate* old, std::string path) {
    std::shared_ptr<Certificate> made(new Certificate);
    if (old) {
        made->chain_file_ = old->chain_file_;
        made->names_ = old->names_;
        made->key_type_ = old->key_type_;
        made->ocsp_ = old->ocsp_;
        made->sctl_ = old->sctl_;
        if (old->leaf_) X509_up_ref(made->leaf_ = old->leaf_);
        if (old->issuer_) X509_up_ref(made->issuer_ = old->issuer_);
        if (old->key_) EVP_PKEY_up_ref(made->key_ = old->key_);
        if (old->dh_) EVP_PKEY_up_ref(made->dh_ = old->dh_);
        if (old->chain_) made->chain_ = X509_chain_up_ref(old->chain_);
    }
    made->path_ = std::move(path);
    return made;
}

Made Certificate::with(const Certificate* old, std::string path, Piece piece, const std::string& text) {
    std::shared_ptr<Certificate> made = copy_of(old, std::move(path));
    std::string error;
    bool good = true;
    switch (piece) {
        case Piece::pem:
            good = (error = made->read_pem(text)).empty();
            break;
        case Piece::key:
            good = (error = made->read_key(text)).empty();
            break;
        case Piece::ocsp:
            good = (error = made->read_ocsp(text)).empty();
            break;
        case Piece::sctl:
            good = is_sctl(text);
            made->sctl_ = text;
            break;
        case Piece::issuer: {
            const BioPointer in = reader_of(text);
            X509_free(made->issuer_);
            made->issuer_ = PEM_read_bio_X509_AUX(in.get(), nullptr, no_passphrase, nullptr);
            good = made->issuer_;
            if (!good) error = "'" + made->path_ + "' cannot be read or parsed'.\n";
            break;
        }
    }
    ERR_clear_error();
    if (!good) return Error{error};
    return std::shared_ptr<const Certificate>(std::move(made));
}

std::shared_ptr<const Certificate> Certificate::with_ocsp(const Certificate& old, std::string der) {
    std::shared_ptr<Certificate> made = copy_of(&old, old.path_);
    made->ocsp_ = std::move(der);
    return made;
}

std::shared_ptr<const Certificate> Certificate::with_chain(const Certificate& old, const Certificate& chain,
                                                           std::string file) {
    std::shared_ptr<Certificate> made = copy_of(&old, old.path_);
    if (made->chain_) sk_X509_pop_free(made->chain_, X509_free);
    made->chain_ = chain.chain_ ? X509_chain_up_ref(chain.chain_) : sk_X509_new_null();
    X509_up_ref(chain.leaf_);
    sk_X509_unshift(made->chain_, chain.leaf_);
    made->chain_file_ = std::move(file);
    return made;
}

Made Certificate::chain_of(std::string path, const std::string& pem) {
    std::shared_ptr<Certificate> made(new Certificate);
    made->path_ = std::move(path);
    if (std::string error = made->read_pem(pem); !error.empty()) return Error{std::move(error)};
    return std::shared_ptr<const Certificate>(std::move(made));
}

std::shared_ptr<const Certificate> Certificate::adopt(std::string path, X509* leaf, EVP_PKEY* key) {
    std::shared_ptr<Certificate> made(new Certificate);
    made->path_ = std::move(path);
    made->leaf_ = leaf;
    made->key_ = key;
    made->describe();
    return made;
}

void Certificate::clear() {
    X509_free(leaf_);
    X509_free(issuer_);
    EVP_PKEY_free(key_);
    EVP_PKEY_free(dh_);
    sk_X509_pop_free(chain_, X509_free);
    sk_X509_pop_free(rootless_, X509_free);
    leaf_ = issuer_ = nullptr;
    key_ = dh_ = nullptr;
    chain_ = rootless_ = nullptr;
    ocsp_.clear();
    sctl_.clear();
    chain_file_.clear();
    names_.clear();
}

Certificate::~Certificate() { clear(); }

std::string Certificate::read_pem(const std::string& pem) {
    ERR_clear_error();
    const BioPointer in = reader_of(pem);
    X509* leaf = PEM_read_bio_X509_AUX(in.get(), nullptr, no_passphrase, nullptr);
    if (!leaf) return "unable to load certificate from file '" + path_ + "': " + take_openssl_error() + ".\n";
    clear();
    leaf_ = leaf;
    while (X509* next = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) {
        if (!chain_) chain_ = sk_X509_new_null();
        sk_X509_push(chain_, next);
    }
    if (!only_lacks_more(ERR_peek_last_error()))
        return "unable to load certificate chain from file '" + path_ + "': " + take_openssl_error() + "\n";
    key_ = find_key(pem);
    dh_ = find_dh(pem);
    ERR_clear_error();
    describe();
    return {};
}

std::string Certificate::read_key(const std::string& pem) {
    ERR_clear_error();
    EVP_PKEY* key = read_private_key(pem);
    if (!key) {
        char text[256];
        ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
        return "unable to load private key from file '" + path_ + "' (" + text + ").\n";
    }
    EVP_PKEY_free(key_);
    key_ = key;
    return {};
}

/// What comes by the command line is base64, in lines or not.
std::string Certificate::read_ocsp(const std::string& base64) {
    std::string packed, bytes;
    for (const char c : base64)
        if (c != '\r' && c != '\n') packed += c;
    if (!decode_base64(packed, bytes)) return "Error reading OCSP response in base64 format";
    ocsp_ = std::move(bytes);
    return {};
}

bool Certificate::key_fits() const {
    const bool fits = leaf_ && key_ && X509_check_private_key(leaf_, key_) == 1;
    ERR_clear_error();
    return fits;
}

bool Certificate::issuer_fits() const { return issuer_ && X509_check_issued(issuer_, leaf_) == X509_V_OK; }

bool Certificate::has_signed(const Certificate& other) const {
    return X509_check_issued(leaf_, other.leaf_) == X509_V_OK;
}

STACK_OF(X509) * Certificate::chain_without_root() const {
    std::call_once(rootless_built_, [this] { rootless_ = way_to_root(leaf_, chain_); });
    return rootless_;
}

X509* Certificate::issuer() const {
    for (int i = 0; chain_ && i < sk_X509_num(chain_); ++i)
        if (X509_check_issued(sk_X509_value(chain_, i), leaf_) == X509_V_OK) return sk_X509_value(chain_, i);
    return issuer_;
}

/// Notes the names and the kind of key.
void Certificate::describe() {
    names_.clear();
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
    key_type_ = kind_of(X509_get0_pubkey(leaf_));
    ERR_clear_error();
}

}  // namespace cfgproxy::net
