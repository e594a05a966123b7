#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "net/certificate.h"
#include "net/certificate_set.h"
#include "net/tls_line.h"
#include "net/tls_settings.h"

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace cfgproxy::net {

class Tls;

class TlsContext;

/// Makes certificates for names that no certificate bears (`generate-certificates`). Shared; any thread.
class CertificateMaker {
  public:
    virtual ~CertificateMaker() = default;
    /// For a `name` that clients of `context` ask for. Null if it cannot be made.
    virtual std::shared_ptr<const CertificateSet::Entry> make(const TlsContext& context, std::string_view name) = 0;
};

/// Makes the TLS sessions of one `bind` or `server` line. Shared by threads; settings and certificates can be replaced
/// while it runs: handshakes that begin later use the new ones, and connections that are open keep what they have.
class TlsContext : public std::enable_shared_from_this<TlsContext> {
  public:
    /// For a `bind` line. `strict_sni`: a client that asks for no known name is refused.
    static base::Result<std::shared_ptr<TlsContext>> for_clients(const TlsSettings& settings,
                                                                 std::shared_ptr<const CertificateSet> certificates,
                                                                 bool strict_sni);
    /// For a `server` line; `own`: the certificate to show when asked for one, or null.
    static base::Result<std::shared_ptr<TlsContext>> for_servers(const TlsSettings& settings,
                                                                 const Certificate* own = nullptr);
    /// The same with settings that were applied already; certificates come by replace().
    static std::shared_ptr<TlsContext> for_clients(const TlsSettings& settings, std::shared_ptr<const TlsLine> line,
                                                   bool strict_sni);
    static std::shared_ptr<TlsContext> for_servers(const TlsSettings& settings, std::shared_ptr<const TlsLine> line);
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    /// A session for an accepted connection; null when memory is short. Any thread.
    std::unique_ptr<Tls> accept() const;
    /// A session towards a server, with the name that is asked for (SNI); empty: none. A session that this context has
    /// had with that name before is resumed. `alpn`, as on the wire, counts instead of the settings'. Any thread.
    std::unique_ptr<Tls> connect(const std::string& server_name, std::string_view alpn = {}) const;

    /// Towards servers: the session that was kept for this name is not resumed any more. Any thread.
    void forget(const std::string& server_name) const;

    /// From now on new handshakes use these. Any thread.
    void replace(std::shared_ptr<const CertificateSet> certificates);
    /// The same for settings; `certificates` null: as before. Sessions with servers are forgotten.
    void replace(std::shared_ptr<const TlsLine> line, std::shared_ptr<const CertificateSet> certificates = nullptr);
    void set_maker(std::shared_ptr<CertificateMaker> maker) { maker_ = std::move(maker); }

    std::shared_ptr<const CertificateSet> certificates() const;
    std::shared_ptr<const TlsLine> line() const;
    /// Those that it was made with; what replace() changes is in line()'s.
    const TlsSettings& settings() const { return settings_; }
    bool strict_sni() const { return strict_sni_; }

  private:
    TlsContext(const TlsSettings& settings, std::shared_ptr<const TlsLine> line)
        : settings_(settings), line_(std::move(line)) {}
    friend struct TlsCallbacks;
    void keep(const std::string& name, ssl_session_st* session);

    const TlsSettings settings_;
    bool strict_sni_ = false;
    std::shared_ptr<CertificateMaker> maker_;
    mutable std::mutex mutex_;  ///< of what follows
    std::shared_ptr<const TlsLine> line_;
    std::shared_ptr<const CertificateSet> certificates_;
    mutable std::unordered_map<std::string, ssl_session_st*> sessions_;  ///< towards servers, the last one by name
};

}  // namespace cfgproxy::net
