#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/passphrases.h"
#include "model/config.h"
#include "net/tls_store.h"

namespace cfgproxy::config {

bool is_folder(const std::string& path);
bool exists(const std::string& path);
/// The certificates of a folder: all regular files but hidden ones and companions, in C order.
base::Result<std::vector<std::string>> certificates_in(const std::string& folder);

/// Which files beside a certificate's own are looked for, and where (manual, section 3.1: ssl-load-extra-files,
/// ssl-load-extra-del-ext, issuers-chain-path).
struct FileRules {
    bool bundle = true, sctl = true, ocsp = true, issuer = true, key = true;
    bool drop_extension = false;
    std::string crt_base, key_base;
    std::vector<std::shared_ptr<const net::Certificate>> chains;
    std::shared_ptr<Passphrases> passphrases;  ///< null: encrypted keys cannot be read

    void read_chains(const std::string& folder);
};
/// As the `global` section says.
FileRules file_rules(const model::Global& global);

struct LoadedCertificate {
    std::shared_ptr<const net::Certificate> certificate;
    net::CertificateFiles files;
};

/// Reads a certificate and what lies beside it. The error is HAProxy's, without the dot at its end. Any thread.
base::Result<LoadedCertificate> load_certificate(const std::string& path, const FileRules& rules);
/// The same with files as they were told; `name` is what it is called. Nothing else is looked for.
base::Result<LoadedCertificate> load_certificate(const std::string& name, const net::CertificateFiles& files,
                                                 const FileRules& rules);

/// Loads many certificates at once, by several threads where there are processors for them.
class CertificateLoader {
  public:
    explicit CertificateLoader(const FileRules& rules) : rules_(rules) {}
    /// Reads ahead those of `paths` that are files.
    void prefetch(std::vector<std::string> paths);
    /// Each result is given once.
    base::Result<LoadedCertificate> load(const std::string& path);

  private:
    const FileRules& rules_;
    std::map<std::string, base::Result<LoadedCertificate>> ahead_;
};

}  // namespace cfgproxy::config
