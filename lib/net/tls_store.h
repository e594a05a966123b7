#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/certificate.h"
#include "net/certificate_files.h"
#include "net/ocsp.h"
#include "net/tls_context.h"
#include "net/trust.h"

namespace cfgproxy::net {

/// A name in the store and the certificate that is now in use under it.
struct StoredCertificate {
    std::string name;                                ///< the file, or "@store/alias"
    std::shared_ptr<const Certificate> certificate;  ///< null: `new ssl cert` has made a name only
    CertificateFiles files;                          ///< as told, or as HAProxy shows them
    CertificateFiles found;                          ///< what was read
    std::shared_ptr<OcspStaple> staple;              ///< null: no OCSP
};

/// What stands between [ and ] in a line of a crt-list; what is not said follows the bind line.
struct ListOptions {
    bool any = false;
    std::string ciphers, ciphersuites, curves, ecdhe, sigalgs, client_sigalgs, ca_file, ca_verify_file, crl_file, npn;
    std::optional<std::string> alpn;  ///< as on the wire; empty: `no-alpn`
    std::optional<TlsVerify> verify;
    TlsVersion min = TlsVersion::any, max = TlsVersion::any;
    bool no_ca_names = false, early_data = false;
    /// Lines with the same share a TlsLine.
    std::string key() const;
};

/// A crt-list file, or a folder of certificates, which has one line for each file and no options.
struct CertificateList {
    struct Line {
        StoredCertificate* stored = nullptr;
        std::uint32_t number = 0;
        ListOptions options;
        std::vector<std::string> filters;
    };
    std::string name;
    bool folder = false;
    std::vector<std::unique_ptr<Line>> lines;
    std::uint32_t last_number = 0;
};

/// A `ca-file` or `crl-file` by its name.
struct TrustFile {
    enum class Kind : std::uint8_t { authorities, revocations };
    std::string name;
    Kind kind = Kind::authorities;
    std::shared_ptr<const Trust> content;  ///< null: `new ssl ca-file` has made a name only
};

/// A `bind` line with TLS and what it shows to whom. Made by the loader of the configuration.
struct TlsBind {
    enum class Default : std::uint8_t { no, first, said };
    struct Use {
        StoredCertificate* stored = nullptr;
        CertificateList* list = nullptr;              ///< null: `crt`
        const CertificateList::Line* line = nullptr;  ///< null: `crt`
        Default is_default = Default::no;
    };
    std::string frontend, text, file;
    std::uint32_t line_number = 0;
    TlsSettings settings;  ///< all but `trust` and `told`
    std::string ca_file, ca_verify_file, crl_file;
    bool strict_sni = false;
    bool early_data = false;  ///< all certificates allow it; `settings` tells whether any does
    bool watches = false;     ///< `crt-watch`: files that change are taken into use
    std::vector<Use> uses;
    std::shared_ptr<TlsContext> context;
    std::map<std::string, std::shared_ptr<const TlsLine>> lines;  ///< by ListOptions::key()
};

/// A `server` line with TLS.
struct TlsServer {
    std::string name;  ///< "backend/server"
    TlsSettings settings;
    std::string ca_file, crl_file;
    StoredCertificate* own = nullptr;
    std::shared_ptr<TlsContext> context;
};

/// All certificates, lists and files of authorities of a configuration, by name, and who uses them. Belongs to the
/// configuration; filled while that is loaded, changed by the command line afterwards: by one thread at a time. Other
/// threads see finished sets only, through their TlsContext.
class TlsStore {
  public:
    std::map<std::string, std::unique_ptr<StoredCertificate>, std::less<>> certificates;
    std::map<std::string, std::unique_ptr<CertificateList>, std::less<>> lists;
    std::map<std::string, std::unique_ptr<TrustFile>, std::less<>> trust_files;
    std::vector<std::unique_ptr<TlsBind>> binds;
    std::vector<std::unique_ptr<TlsServer>> servers;
    /// The server with that context was removed: it is made anew no more.
    void forget(const TlsContext* context) {
        std::erase_if(servers, [context](const auto& server) { return server->context.get() == context; });
    }
    std::vector<std::shared_ptr<TicketKeys>> ticket_keys;  ///< of files, by id
    OcspStaples& staples = OcspStaples::of_process();
    std::vector<std::string> warnings;  ///< of what was loaded and is left out
    bool update_ocsp = false;           ///< `ocsp-update.mode`
    bool drops_extension = false;       ///< `ssl-load-extra-del-ext`

    StoredCertificate* find(std::string_view name) const;
    /// One that JSON Web Tokens may be decrypted with (`jwt on`); null: none of that name. Any thread.
    std::shared_ptr<const Certificate> token_certificate(std::string_view name) const;
    /// There is one of that name, but it is not meant for tokens. Any thread.
    bool is_kept_from_tokens(std::string_view name) const;
    /// Its certificate is the one that tokens are checked and decrypted with, if it is for that.
    void offer_to_tokens(const StoredCertificate& stored);
    TrustFile* find_trust(std::string_view name) const;
    CertificateList* find_list(std::string_view name) const;
    StoredCertificate& add(std::string name);

    /// Builds what `bind` shows, and its context if it has none yet; else the new set is put into use.
    base::Result<void> build(TlsBind& bind);
    base::Result<void> build(TlsServer& server);
    /// Puts another certificate under a name. All users are rebuilt, or none. Errors are HAProxy's.
    base::Result<void> replace(StoredCertificate& stored, std::shared_ptr<const Certificate> certificate);
    base::Result<void> replace(TrustFile& file, std::shared_ptr<const Trust> content);
    /// Adds a line behind the others of a list and for all bind lines that use it.
    base::Result<void> add_line(CertificateList& list, std::unique_ptr<CertificateList::Line> line);
    void remove_line(CertificateList& list, const CertificateList::Line& line);

    /// How many instances a change of it has to make anew: lines that show it and servers that own it.
    std::size_t users_of(const StoredCertificate& stored) const;
    /// The same for those that verify by it.
    std::size_t users_of(const TrustFile& file) const;
    std::size_t binds_of(const CertificateList& list) const;
    /// Whether a line of a list names it.
    bool is_listed(const StoredCertificate& stored) const;

    struct Transaction {
        StoredCertificate* stored = nullptr;  ///< null: none under way
        std::shared_ptr<const Certificate> next;
    } transaction;
    struct TrustTransaction {
        TrustFile* file = nullptr;
        std::shared_ptr<const Trust> next;
    } ca_transaction, crl_transaction;

  private:
    struct Built {
        std::shared_ptr<const CertificateSet> set;
        std::shared_ptr<const TlsLine> line;
        std::map<std::string, std::shared_ptr<const TlsLine>> lines;
    };
    /// `swapped`: reads `certificate` under the name of that one.
    struct Swap {
        const StoredCertificate* stored = nullptr;
        std::shared_ptr<const Certificate> certificate;
        const TrustFile* file = nullptr;
        std::shared_ptr<const Trust> trust;
    };
    base::Result<Built> make(const TlsBind& bind, const Swap& swap);
    base::Result<std::shared_ptr<const TlsLine>> make(const TlsServer& server, const Swap& swap) const;
    base::Result<std::shared_ptr<const TlsLine>> line_of(const TlsBind& bind, const ListOptions& options,
                                                         const Swap& swap) const;
    void resolve_trust(TlsSettings& settings, const std::string& ca, const std::string& ca_verify,
                       const std::string& crl, const Swap& swap) const;
    static bool verifies_by(const TrustFile& file, const TlsBind& bind, const CertificateList::Line* line);
    static bool verifies_by(const TrustFile& file, const TlsServer& server);
    /// `replaces`: the certificate's own response counts although there may be a newer one.
    base::Result<void> staple(StoredCertificate& stored, const Certificate& certificate, bool replaces);
    static bool uses(const TlsBind& bind, const StoredCertificate& stored);
    mutable std::map<std::string, std::weak_ptr<const Trust>> combined_;
    mutable std::mutex token_mutex_;
    std::map<std::string, std::shared_ptr<const Certificate>, std::less<>> token_certificates_;
};

}  // namespace cfgproxy::net
