#include "net/certificate_maker.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "net/openssl_pointers.h"

namespace cfgproxy::net {
namespace {

using base::Error;

// The longest common name that X.509 knows (RFC 5280, appendix A.1: ub-common-name).
constexpr std::size_t kLongestCommonName = 64;
constexpr long kDay = 24 * 60 * 60;

int give_passphrase(char* into, int size, int, void* passphrase) {
    const auto& text = *static_cast<const std::string*>(passphrase);
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::copy(text.begin(), text.end(), into);
    return static_cast<int>(text.size());
}

/// A name that cannot be taken for something else where OpenSSL reads extensions as text.
bool is_host_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
}

bool add_extension(X509* to, X509V3_CTX& context, int id, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    const bool added = extension && X509_add_ext(to, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool describe(X509* made, X509* authority, const std::string& name) {
    X509_NAME* subject = X509_NAME_dup(X509_get_subject_name(authority));
    bool good = X509_set_issuer_name(made, subject) == 1;
    if (name.size() <= kLongestCommonName)
        good = good && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                  reinterpret_cast<const unsigned char*>(name.data()),
                                                  static_cast<int>(name.size()), -1, 0) == 1;
    good = good && X509_set_subject_name(made, subject) == 1;
    X509_NAME_free(subject);
    X509V3_CTX context;
    X509V3_set_ctx(&context, authority, made, nullptr, nullptr, 0);
    return good && add_extension(made, context, NID_basic_constraints, "CA:FALSE") &&
           add_extension(made, context, NID_subject_key_identifier, "hash") &&
           add_extension(made, context, NID_authority_key_identifier, "keyid,issuer:always") &&
           add_extension(made, context, NID_key_usage, "nonRepudiation,digitalSignature,keyEncipherment") &&
           add_extension(made, context, NID_ext_key_usage, "serverAuth,clientAuth") &&
           add_extension(made, context, NID_subject_alt_name, "DNS:" + name);
}

}  // namespace

base::Result<std::shared_ptr<SigningMaker>> SigningMaker::of(const std::string& path, const std::string& pem,
                                                             const std::string& passphrase, std::size_t room) {
    std::shared_ptr<SigningMaker> made(new SigningMaker);
    made->room_ = room;
    auto authority = Certificate::chain_of(path, pem);
    if (!authority) return Error{"Failed to load CA Certificate from file '" + path + "'"};
    made->authority_ = std::move(*authority);
    const BioPointer in = reader_of(pem);
    made->key_ = PEM_read_bio_PrivateKey(in.get(), nullptr, give_passphrase, const_cast<std::string*>(&passphrase));
    ERR_clear_error();
    if (!made->key_) return Error{"Failed to read CA private key file '" + path + "'"};
    std::uint32_t first = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&first), sizeof first);
    made->serial_ = first & 0x3fffffff;
    return made;
}

SigningMaker::~SigningMaker() { EVP_PKEY_free(key_); }

SigningMaker::Made SigningMaker::make(const TlsContext& context, std::string_view asked) {
    if (!is_host_name(asked)) return nullptr;
    const CertificateSet::Entry* like = context.certificates()->fallback().for_client(true, true);
    if (!like) return nullptr;
    const std::string name = base::lower(asked);
    const std::lock_guard lock(mutex_);
    if (const auto known = by_name_.find(name); known != by_name_.end()) {
        made_.splice(made_.begin(), made_, known->second);
        return known->second->second;
    }
    Made made = sign(name, *like->certificate);
    ERR_clear_error();
    if (!made || room_ == 0) return made;
    if (made_.size() >= room_) {
        by_name_.erase(made_.back().first);
        made_.pop_back();
    }
    made_.emplace_front(name, made);
    by_name_[made_.front().first] = made_.begin();
    return made;
}

SigningMaker::Made SigningMaker::sign(const std::string& name, const Certificate& like) {
    X509Pointer leaf(X509_new());
    if (!leaf || X509_set_version(leaf.get(), 2) != 1) return nullptr;
    ASN1_INTEGER_set(X509_get_serialNumber(leaf.get()), static_cast<long>(++serial_));
    X509_gmtime_adj(X509_getm_notBefore(leaf.get()), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(leaf.get()), 365 * kDay);
    if (X509_set_pubkey(leaf.get(), like.key()) != 1 || !describe(leaf.get(), authority_->leaf(), name)) return nullptr;
    int digest = NID_undef;
    const EVP_MD* hash = EVP_PKEY_get_default_digest_nid(key_, &digest) > 0 && digest != NID_undef
                             ? EVP_get_digestbynid(digest)
                             : nullptr;
    if (X509_sign(leaf.get(), key_, hash) == 0) return nullptr;
    EVP_PKEY_up_ref(like.key());
    const auto bare = Certificate::adopt(name, leaf.release(), like.key());
    auto entry = std::make_shared<CertificateSet::Entry>();
    entry->certificate = Certificate::with_chain(*bare, *authority_, {});
    return entry;
}

}  // namespace cfgproxy::net
