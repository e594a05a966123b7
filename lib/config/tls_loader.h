#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/crt_list.h"
#include "config/tls_files.h"
#include "model/config.h"
#include "net/tls_store.h"

namespace cfgproxy::config {

/// The name of a folder as the store knows it.
std::string without_slashes(std::string path);

/// Fills the store: certificates, lists, and files of authorities, each read once however many lines name it. Errors
/// are HAProxy's. Only one thread at a time.
class StoreLoader {
  public:
    StoreLoader(net::TlsStore& store, const model::Global& global)
        : store_(store), rules_(file_rules(global)), ca_base_(global.ca_base), loader_(rules_) {}

    /// Reads the certificates that `config` names, by several threads.
    void read_ahead(const model::Config& config);
    /// A line of a `crt-store` section.
    base::Result<void> load(const model::CertificateLoad& load);
    /// The certificate of that name, read if it must be. `asked`: what the line says of its files.
    base::Result<net::StoredCertificate*> certificate(const std::string& path, const net::CertificateFiles& asked = {},
                                                      bool of_list = false);
    /// The certificate, or those of its bundle.
    base::Result<std::vector<net::StoredCertificate*>> certificates(const std::string& path,
                                                                    const net::CertificateFiles& asked, bool of_list);
    /// All certificates of a folder, as a list of its name.
    base::Result<net::CertificateList*> folder(const std::string& path);
    /// A crt-list.
    base::Result<net::CertificateList*> list(const std::string& path);
    /// Reads a file, or the files of a folder, of trusted certificates.
    base::Result<void> trust(const std::string& path, std::string_view option, net::TrustFile::Kind kind);
    /// All that a line names.
    base::Result<void> trust(const model::TlsOptions& options);

    std::vector<std::string> warnings;  ///< about what was read

  private:
    void note_paths(const model::CertificateSource& source, std::vector<std::string>& paths) const;
    net::StoredCertificate& keep(const std::string& name, LoadedCertificate loaded);
    net::CertificateList* keep(std::unique_ptr<net::CertificateList> list);
    base::Result<void> add_line(net::CertificateList& list, ListLine& line);

    net::TlsStore& store_;
    FileRules rules_;
    const std::string& ca_base_;
    CertificateLoader loader_;
};

}  // namespace cfgproxy::config
