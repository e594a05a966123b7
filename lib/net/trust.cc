#include "net/trust.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "net/certificate.h"
#include "net/openssl_pointers.h"

namespace cfgproxy::net {

using base::Error;
using base::Result;
using Made = Result<std::shared_ptr<const Trust>>;

Trust::Trust() : store_(X509_STORE_new()) {}

Trust::~Trust() { X509_STORE_free(store_); }

bool Trust::add(const std::string& pem) {
    const BioPointer in = reader_of(pem);
    STACK_OF(X509_INFO)* all = PEM_X509_INFO_read_bio(in.get(), nullptr, nullptr, nullptr);
    if (!all) return false;
    bool good = sk_X509_INFO_num(all) > 0;
    for (int i = 0; good && i < sk_X509_INFO_num(all); ++i) {
        const X509_INFO* info = sk_X509_INFO_value(all, i);
        if (info->x509) good = X509_STORE_add_cert(store_, info->x509) == 1;
        if (good && info->crl) good = X509_STORE_add_crl(store_, info->crl) == 1;
    }
    sk_X509_INFO_pop_free(all, X509_INFO_free);
    return good;
}

void Trust::add(const Trust& other) {
    X509_STORE_lock(other.store_);
    const STACK_OF(X509_OBJECT)* all = X509_STORE_get0_objects(other.store_);
    for (int i = 0; i < sk_X509_OBJECT_num(all); ++i) {
        const X509_OBJECT* object = sk_X509_OBJECT_value(all, i);
        if (X509* certificate = X509_OBJECT_get0_X509(object)) X509_STORE_add_cert(store_, certificate);
        if (X509_CRL* list = X509_OBJECT_get0_X509_CRL(object)) X509_STORE_add_crl(store_, list);
    }
    X509_STORE_unlock(other.store_);
}

Made Trust::from_pem(const std::string& pem, const Trust* old) {
    std::shared_ptr<Trust> made(new Trust);
    if (old) made->add(*old);
    ERR_clear_error();
    if (!made->add(pem)) return Error{take_openssl_error()};
    ERR_clear_error();
    return std::shared_ptr<const Trust>(std::move(made));
}

namespace {

/// In C order.
std::vector<std::string> files_of(const std::string& folder) {
    std::vector<std::string> names;
    DIR* open = opendir(folder.c_str());
    while (const dirent* entry = open ? readdir(open) : nullptr) {
        const std::string_view name = entry->d_name;
        if (name.starts_with('.')) continue;
        for (const std::string_view ending : {".pem", ".crt", ".cer", ".crl"})
            if (name.ends_with(ending)) names.push_back(folder + "/" + std::string(name));
    }
    if (open) closedir(open);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

Made Trust::from_path(const std::string& path) {
    const std::string place = path == "@system-ca" ? X509_get_default_cert_dir() : path;
    struct stat info {};
    if (::stat(place.c_str(), &info) != 0) return Error{std::strerror(errno)};
    std::shared_ptr<Trust> made(new Trust);
    ERR_clear_error();
    if (S_ISDIR(info.st_mode)) {
        for (const std::string& file : files_of(place))
            if (auto pem = base::read_file(file)) made->add(*pem);
    } else {
        auto pem = base::read_file(place);
        if (!pem) return Error{pem.error()};
        if (!made->add(*pem)) return Error{take_openssl_error()};
    }
    ERR_clear_error();
    return std::shared_ptr<const Trust>(std::move(made));
}

std::shared_ptr<const Trust> Trust::all_of(std::initializer_list<const Trust*> parts, bool check_revocation) {
    std::shared_ptr<Trust> made(new Trust);
    for (const Trust* part : parts)
        if (part) made->add(*part);
    if (check_revocation) X509_STORE_set_flags(made->store_, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return made;
}

std::vector<X509*> Trust::certificates() const {
    std::vector<X509*> all;
    const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store_);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i)
        all.push_back(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)));
    return all;
}

std::vector<X509_CRL*> Trust::revocation_lists() const {
    std::vector<X509_CRL*> all;
    const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store_);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i)
        all.push_back(X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i)));
    return all;
}

std::size_t Trust::size() const {
    return static_cast<std::size_t>(sk_X509_OBJECT_num(X509_STORE_get0_objects(store_)));
}

}  // namespace cfgproxy::net
