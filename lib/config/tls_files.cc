#include "config/tls_files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "base/file.h"
#include "net/dummy_certificate.h"

namespace cfgproxy::config {
namespace {

using base::Error;
using base::Result;
using net::Certificate;
using net::CertificateFiles;
using Piece = Certificate::Piece;

// Files that belong to the certificate whose name they extend.
constexpr std::string_view kCompanions[] = {".issuer", ".key", ".ocsp", ".sctl"};
// Fewer are read faster than threads are made.
constexpr std::size_t kWorthThreads = 64;

Error without_end(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return Error{std::move(text)};
}

using Edited = Result<std::shared_ptr<const Certificate>>;

Edited read_piece(const std::shared_ptr<const Certificate>& old, const std::string& name, Piece piece,
                  const std::string& file, const FileRules& rules) {
    auto text = base::read_file(file);
    if (!text) {
        if (piece == Piece::pem)
            return Error{"unable to stat SSL certificate from file '" + file + "' : " + text.error()};
        return Error{"'" + file + "' is present but cannot be read or parsed'"};
    }
    if ((piece == Piece::pem || piece == Piece::key) && rules.passphrases && has_encrypted_key(*text)) {
        text = rules.passphrases->unlock(*text, file);
        if (!text) return Error{text.error()};
    }
    if (piece == Piece::ocsp) return Certificate::with_ocsp(*old, std::move(*text));
    auto made = Certificate::with(old.get(), name, piece, *text);
    if (!made && piece == Piece::sctl) return Error{"'" + file + "' is present but cannot be read or parsed'"};
    return made;
}

Edited make_dummy(const std::string& name, const CertificateFiles::Dummy& dummy) {
    auto pem = net::make_dummy_pem(dummy);
    if (!pem) return Error{pem.error()};
    return Certificate::with(nullptr, name, Piece::pem, *pem);
}

/// The chain that issuers-chain-path has for a certificate that brought none.
std::shared_ptr<const Certificate> complete(std::shared_ptr<const Certificate> certificate, const FileRules& rules) {
    if (certificate->chain()) return certificate;
    for (const auto& chain : rules.chains)
        if (chain->has_signed(*certificate)) return Certificate::with_chain(*certificate, *chain, chain->path());
    return certificate;
}

/// What is found beside the file by the name that it has without its extension.
Result<void> add_companions(LoadedCertificate& loaded, const std::string& stem, const FileRules& rules) {
    const std::string name = loaded.certificate->path();  // the certificate is replaced below
    const auto add = [&](bool wanted, Piece piece, std::string_view ending,
                         std::string CertificateFiles::*member) -> Result<void> {
        if (!wanted) return {};
        const std::string file = stem + std::string(ending);
        loaded.files.*member = file;
        if (!exists(file)) return {};
        auto made = read_piece(loaded.certificate, name, piece, file, rules);
        if (!made) return without_end(made.error());
        loaded.certificate = std::move(*made);
        return {};
    };
    if (auto done = add(rules.sctl, Piece::sctl, ".sctl", &CertificateFiles::sctl); !done) return done;
    if (auto done = add(rules.ocsp, Piece::ocsp, ".ocsp", &CertificateFiles::ocsp); !done) return done;
    if (loaded.certificate->ocsp().empty()) return {};
    if (auto done = add(rules.issuer, Piece::issuer, ".issuer", &CertificateFiles::issuer); !done) return done;
    if (loaded.certificate->told_issuer() && !loaded.certificate->issuer_fits())
        return Error{" '" + stem + ".issuer' is not an issuer'"};
    return {};
}

}  // namespace

bool is_folder(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool exists(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0;
}

Result<std::vector<std::string>> certificates_in(const std::string& folder) {
    std::vector<std::string> found;
    DIR* open = opendir(folder.c_str());
    if (!open) return Error{"unable to scan directory '" + folder + "' : " + std::strerror(errno)};
    while (const dirent* entry = readdir(open)) {
        const std::string_view name = entry->d_name;
        const bool companion = std::any_of(std::begin(kCompanions), std::end(kCompanions),
                                           [&](std::string_view ending) { return name.ends_with(ending); });
        if (!name.starts_with('.') && !companion) found.push_back(folder + "/" + std::string(name));
    }
    closedir(open);
    std::sort(found.begin(), found.end());
    std::erase_if(found, [](const std::string& path) {
        struct stat info {};
        return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
    });
    return found;
}

void FileRules::read_chains(const std::string& folder) {
    auto files = certificates_in(folder.ends_with('/') ? folder.substr(0, folder.size() - 1) : folder);
    if (!files) return;
    for (const std::string& file : *files)
        if (auto text = base::read_file(file))
            if (auto chain = Certificate::chain_of(file, *text)) chains.push_back(std::move(*chain));
}

FileRules file_rules(const model::Global& global) {
    const model::CertificateRules& written = global.certificates;
    FileRules rules{.bundle = written.bundle,
                    .sctl = written.sctl,
                    .ocsp = written.ocsp,
                    .issuer = written.issuer,
                    .key = written.key,
                    .drop_extension = written.drop_extension,
                    .crt_base = global.crt_base,
                    .key_base = global.key_base};
    if (!written.passphrase_command.empty())
        rules.passphrases = std::make_shared<Passphrases>(written.passphrase_command);
    if (!written.chains.empty()) rules.read_chains(written.chains);
    return rules;
}

Result<LoadedCertificate> load_certificate(const std::string& path, const FileRules& rules) {
    LoadedCertificate loaded;
    auto certificate = read_piece(nullptr, path, Piece::pem, path, rules);
    if (!certificate) return without_end(certificate.error());
    loaded.certificate = complete(std::move(*certificate), rules);
    loaded.files.crt = loaded.files.key = path;
    std::string stem = path;
    if (rules.drop_extension && stem.ends_with(".crt")) stem.resize(stem.size() - 4);
    if (!loaded.certificate->key()) {
        if (!rules.key) return Error{"No Private Key found in '" + stem + "'"};
        loaded.files.key = stem + ".key";
        if (!exists(loaded.files.key)) return Error{"No Private Key found in '" + loaded.files.key + "'"};
        auto with_key = read_piece(loaded.certificate, path, Piece::key, loaded.files.key, rules);
        if (!with_key) return without_end(with_key.error());
        loaded.certificate = std::move(*with_key);
    }
    if (!loaded.certificate->key_fits())
        return Error{"inconsistencies between private key and certificate loaded '" + path + "'"};
    if (auto done = add_companions(loaded, stem, rules); !done) return Error{done.error()};
    return loaded;
}

Result<LoadedCertificate> load_certificate(const std::string& name, const CertificateFiles& files,
                                           const FileRules& rules) {
    const auto place = [](const std::string& file, const std::string& base) {
        return file.starts_with('/') || base.empty() ? file : base + "/" + file;
    };
    LoadedCertificate loaded{.certificate = nullptr, .files = files};
    const std::pair<Piece, std::string CertificateFiles::*> kOrder[] = {{Piece::pem, &CertificateFiles::crt},
                                                                        {Piece::key, &CertificateFiles::key},
                                                                        {Piece::ocsp, &CertificateFiles::ocsp},
                                                                        {Piece::issuer, &CertificateFiles::issuer},
                                                                        {Piece::sctl, &CertificateFiles::sctl}};
    for (const auto& [piece, member] : kOrder) {
        const std::string& file = files.*member;
        if (file.empty()) continue;
        auto made = piece == Piece::pem && files.dummy.on
                        ? make_dummy(name, files.dummy)
                        : read_piece(loaded.certificate, name, piece,
                                     place(file, piece == Piece::key ? rules.key_base : rules.crt_base), rules);
        if (!made) return without_end(made.error() + " '" + file + "' cannot be read or parsed.");
        loaded.certificate = std::move(*made);
        if (piece == Piece::pem) loaded.certificate = complete(std::move(loaded.certificate), rules);
    }
    if (!loaded.certificate->key()) return Error{"No Private Key found in '" + files.crt + "'"};
    if (!loaded.certificate->key_fits())
        return Error{"inconsistencies between private key and certificate loaded '" + files.crt + "'"};
    return loaded;
}

void CertificateLoader::prefetch(std::vector<std::string> paths) {
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    if (paths.size() < kWorthThreads) return;
    std::vector<std::optional<Result<LoadedCertificate>>> results(paths.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < paths.size(); i = next++)
            if (exists(paths[i])) results[i] = load_certificate(paths[i], rules_);
    };
    std::vector<std::thread> threads;
    const unsigned processors = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 1; i < processors; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < paths.size(); ++i)
        if (results[i]) ahead_.emplace(std::move(paths[i]), std::move(*results[i]));
}

Result<LoadedCertificate> CertificateLoader::load(const std::string& path) {
    const auto known = ahead_.find(path);
    if (known == ahead_.end()) return load_certificate(path, rules_);
    auto result = std::move(known->second);
    ahead_.erase(known);
    return result;
}

}  // namespace cfgproxy::config
