#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "net/certificate.h"
#include "net/tls_settings.h"

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;
struct x509_store_st;

namespace cfgproxy::net {

class Tls;

/// The certificates of a `bind` line: which one a client gets by the name it asks for. Immutable once built.
///
/// An exact name wins over a wildcard; of several with one name, an ECDSA one is for clients that know it, the first
/// one in the order of the file counts otherwise (manual, section 5.1 "crt" and "crt-list").
class CertificateSet {
  public:
    /// `filters`: names, "*.name", or "!name" to be left out; none: the certificate's own names.
    /// `is_default`: also for clients that ask for no known name (`default-crt`). The first one of the set is for these
    /// too; one of another kind of key joins it, one of the same kind changes nothing.
    void add(std::shared_ptr<const Certificate> certificate, const std::vector<std::string>& filters = {},
             bool is_default = false);
    struct Choice {
        const Certificate* rsa = nullptr;    ///< RSA (or DSA)
        const Certificate* ecdsa = nullptr;  ///< ECDSA (or Ed25519)
        explicit operator bool() const { return rsa || ecdsa; }
    };
    /// `name` in any case, without a final dot. Nothing when no certificate bears it.
    Choice find(std::string_view name) const;
    /// For clients that ask for no known name. Nothing when the set is empty.
    const Choice& fallback() const { return defaults_; }
    const std::vector<std::shared_ptr<const Certificate>>& all() const { return all_; }

  private:
    struct Names {
        std::unordered_map<std::string, Choice> exact, wildcard;  ///< wildcard: what follows the "*"
        std::unordered_map<std::string, std::vector<const Certificate*>> excluded;
    };
    static void note(Choice& choice, const Certificate& certificate);
    std::vector<std::shared_ptr<const Certificate>> all_;
    Choice defaults_;
    Names names_;
};

/// Makes the TLS sessions of one `bind` or `server` line: OpenSSL's context with all settings. Shared by threads;
/// certificates can be replaced while it runs.
class TlsContext : public std::enable_shared_from_this<TlsContext> {
  public:
    /// For a `bind` line. `strict_sni`: a client that asks for no known name is refused.
    static base::Result<std::shared_ptr<TlsContext>> for_clients(const TlsSettings& settings,
                                                                 std::shared_ptr<const CertificateSet> certificates,
                                                                 bool strict_sni);
    /// For a `server` line; `own`: the certificate to show when asked for one, or null.
    static base::Result<std::shared_ptr<TlsContext>> for_servers(const TlsSettings& settings,
                                                                 const Certificate* own = nullptr);
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    /// A session for an accepted connection; null when memory is short. Any thread.
    std::unique_ptr<Tls> accept() const;
    /// A session towards a server, with the name that is asked for (SNI); empty: none. A session that this context has
    /// had with that name before is resumed. `alpn`, as on the wire, counts instead of the settings'. Any thread.
    std::unique_ptr<Tls> connect(const std::string& server_name, std::string_view alpn = {}) const;

    /// From now on new handshakes use these. Any thread.
    void replace(std::shared_ptr<const CertificateSet> certificates);
    std::shared_ptr<const CertificateSet> certificates() const;
    const TlsSettings& settings() const { return settings_; }

  private:
    explicit TlsContext(const TlsSettings& settings) : settings_(settings) {}
    base::Result<void> apply_common();
    base::Result<void> apply_trust();
    base::Result<void> apply_versions();
    friend struct TlsCallbacks;

    TlsSettings settings_;
    ssl_ctx_st* context_ = nullptr;
    bool strict_sni_ = false;
    mutable std::mutex mutex_;
    std::shared_ptr<const CertificateSet> certificates_;
    mutable std::unordered_map<std::string, ssl_session_st*> sessions_;  ///< towards servers, the last one by name
};

}  // namespace cfgproxy::net
