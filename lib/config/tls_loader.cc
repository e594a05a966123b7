#include "config/tls_loader.h"

#include <cerrno>
#include <cstring>

#include "base/file.h"

namespace cfgproxy::config {

using base::Error;
using base::Result;
using model::TlsOptions;
using net::CertificateList;
using net::StoredCertificate;
using net::TrustFile;
using Source = model::CertificateSource;

namespace {

// The same certificate with several kinds of keys (manual, section 5.1 "crt").
constexpr std::string_view kBundle[] = {".dsa", ".ecdsa", ".rsa"};

std::string with_base(const std::string& path, const std::string& base) {
    return path.starts_with('/') || path.starts_with('@') || base.empty() ? path : base + "/" + path;
}

}  // namespace

std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

void StoreLoader::read_ahead(const model::Config& config) {
    std::vector<std::string> paths;
    for (const auto& proxy : config.proxies)
        for (const model::Bind& bind : proxy->binds)
            for (const Source& source : bind.tls.certificates) note_paths(source, paths);
    loader_.prefetch(std::move(paths));
}

Result<void> StoreLoader::load(const model::CertificateLoad& load) {
    FileRules rules = rules_;
    rules.crt_base = load.crt_base;
    rules.key_base = load.key_base;
    if (store_.find(load.name))
        return Error{"'load' in section 'crt-store': store '" + load.name + "' was already defined."};
    auto loaded = load_certificate(load.name, load.files, rules);
    if (!loaded) return Error{loaded.error()};
    store_.offer_to_tokens(keep(load.name, std::move(*loaded)));
    return {};
}

Result<StoredCertificate*> StoreLoader::certificate(const std::string& path, const net::CertificateFiles& asked,
                                                    bool of_list) {
    if (StoredCertificate* known = store_.find(path)) {
        const std::string why = difference(known->files, asked, store_.update_ocsp);
        if (why.empty()) return known;
        return Error{why};
    }
    const bool told = !asked.key.empty() || !asked.ocsp.empty() || !asked.issuer.empty() || !asked.sctl.empty();
    net::CertificateFiles files = asked;
    if (files.crt.empty()) files.crt = path;
    auto loaded = told ? load_certificate(path, files, rules_) : loader_.load(path);
    if (!loaded) return Error{loaded.error()};
    loaded->files.given = asked.given;
    loaded->files.ocsp_update = asked.ocsp_update;
    loaded->files.jwt = asked.jwt;
    StoredCertificate& stored = keep(path, std::move(*loaded));
    if (of_list) {
        stored.files = asked;
        stored.files.crt = path;
    }
    store_.offer_to_tokens(stored);
    return &stored;
}

Result<std::vector<StoredCertificate*>> StoreLoader::certificates(const std::string& path,
                                                                  const net::CertificateFiles& asked, bool of_list) {
    std::vector<StoredCertificate*> found;
    const auto add = [&](const std::string& name) -> Result<void> {
        auto one = certificate(name, asked, of_list);
        if (!one) return Error{one.error()};
        found.push_back(*one);
        return {};
    };
    if (store_.find(path) || exists(path)) {
        if (auto done = add(path); !done) return Error{done.error()};
        return found;
    }
    const std::string reason = std::strerror(errno);
    for (const std::string_view ending : kBundle) {
        const std::string name = path + std::string(ending);
        if (!rules_.bundle || !(store_.find(name) || exists(name))) continue;
        if (auto done = add(name); !done) return Error{done.error()};
    }
    if (found.empty()) return Error{"unable to stat SSL certificate from file '" + path + "' : " + reason};
    return found;
}

Result<CertificateList*> StoreLoader::folder(const std::string& path) {
    if (CertificateList* known = store_.find_list(path)) return known;
    auto files = certificates_in(path);
    if (!files) return Error{files.error()};
    auto list = std::make_unique<CertificateList>(CertificateList{.name = path, .folder = true});
    for (const std::string& file : *files) {
        auto stored = certificate(file);
        if (!stored) return Error{stored.error()};
        list->lines.push_back(std::make_unique<CertificateList::Line>(CertificateList::Line{.stored = *stored}));
    }
    return keep(std::move(list));
}

Result<CertificateList*> StoreLoader::list(const std::string& path) {
    if (CertificateList* known = store_.find_list(path)) return known;
    auto text = base::read_file(path);
    if (!text) return Error{"cannot open file '" + path + "' : " + text.error()};
    auto list = std::make_unique<CertificateList>(CertificateList{.name = path});
    auto lines = read_list(*text, path, list->last_number);
    if (!lines) return Error{lines.error()};
    for (ListLine& line : *lines)
        if (auto added = add_line(*list, line); !added) return Error{added.error()};
    return keep(std::move(list));
}

Result<void> StoreLoader::trust(const std::string& path, std::string_view option, TrustFile::Kind kind) {
    if (path.empty() || store_.find_trust(path)) return {};
    auto content = net::Trust::from_path(path);
    if (!content) return Error{"'" + std::string(option) + "' : unable to load " + path};
    store_.trust_files[path] =
        std::make_unique<TrustFile>(TrustFile{.name = path, .kind = kind, .content = std::move(*content)});
    return {};
}

Result<void> StoreLoader::trust(const TlsOptions& options) {
    using Kind = TrustFile::Kind;
    if (auto read = trust(options.ca_file, "ca-file", Kind::authorities); !read) return read;
    if (auto read = trust(options.ca_verify_file, "ca-verify-file", Kind::authorities); !read) return read;
    return trust(options.crl_file, "crl-file", Kind::revocations);
}

void StoreLoader::note_paths(const Source& source, std::vector<std::string>& paths) const {
    if (source.kind == Source::Kind::list) {
        std::uint32_t last = 0;
        auto text = base::read_file(source.path);
        if (!text) return;
        if (auto lines = read_list(*text, source.path, last))
            for (const ListLine& line : *lines)
                if (line.files.given == net::CertificateFiles::Given::nothing)
                    paths.push_back(with_base(line.path, rules_.crt_base));
    } else if (is_folder(source.path)) {
        if (auto files = certificates_in(without_slashes(source.path)))
            paths.insert(paths.end(), files->begin(), files->end());
    } else {
        paths.push_back(source.path);
    }
}

StoredCertificate& StoreLoader::keep(const std::string& name, LoadedCertificate loaded) {
    StoredCertificate& stored = store_.add(name);
    stored.certificate = std::move(loaded.certificate);
    stored.found = loaded.files;
    stored.files = std::move(loaded.files);
    return stored;
}

CertificateList* StoreLoader::keep(std::unique_ptr<CertificateList> list) {
    auto& slot = store_.lists[list->name];
    slot = std::move(list);
    return slot.get();
}

Result<void> StoreLoader::add_line(CertificateList& list, ListLine& line) {
    if (!line.warning.empty()) warnings.push_back(line.warning);
    if (!line.pending.empty())
        return Error{"'" + line.pending + "' (line " + std::to_string(line.number) + " of '" + list.name +
                     "') is understood but not executed yet by this version of cfgproxy"};
    add_base(line.options, ca_base_);
    for (const auto& [file, option] :
         {std::pair{&line.options.ca_file, "ca-file"}, std::pair{&line.options.ca_verify_file, "ca-verify-file"}})
        if (auto read = trust(*file, option, TrustFile::Kind::authorities); !read) return read;
    if (auto read = trust(line.options.crl_file, "crl-file", TrustFile::Kind::revocations); !read) return read;
    const std::string path = with_base(line.path, rules_.crt_base);
    auto found = certificates(path, line.files, true);
    if (!found) {
        if (!store_.find(path)) return Error{found.error()};
        return Error{"'" + path + "' in crt-list '" + list.name + "' line " + std::to_string(line.number) +
                     ", is already defined with incompatible parameters:\n " + found.error()};
    }
    std::uint32_t number = line.number;
    for (StoredCertificate* stored : *found) {
        list.lines.push_back(std::make_unique<CertificateList::Line>(CertificateList::Line{
            .stored = stored, .number = number++, .options = line.options, .filters = line.filters}));
    }
    return {};
}

}  // namespace cfgproxy::config
