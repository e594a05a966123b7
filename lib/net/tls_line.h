#pragma once
#include <memory>

#include "base/result.h"
#include "net/tls_settings.h"

struct ssl_ctx_st;
struct ssl_st;
struct stack_st_X509;

namespace cfgproxy::net {

class Certificate;

/// OpenSSL's context with all settings of a `bind`, `server` or crt-list line. Immutable; what changes makes another
/// one. Any thread.
class TlsLine {
  public:
    enum class Side : std::uint8_t { clients, servers };
    /// `own`: the certificate to show to servers that ask for one, or null.
    static base::Result<std::shared_ptr<const TlsLine>> make(const TlsSettings& settings, Side side,
                                                             const Certificate* own = nullptr);
    TlsLine(const TlsLine&) = delete;
    TlsLine& operator=(const TlsLine&) = delete;
    ~TlsLine();

    ssl_ctx_st* context() const { return context_; }
    const TlsSettings& settings() const { return settings_; }
    /// Makes a session of that line show the certificate, and use the Diffie-Hellman parameters that go with it. False:
    /// OpenSSL refuses it, its key may be too small, say.
    bool show(ssl_st* ssl, const Certificate& certificate) const;

  private:
    explicit TlsLine(const TlsSettings& settings) : settings_(settings) {}
    stack_st_X509* chain_of(const Certificate& certificate) const;
    base::Result<void> apply_common();
    base::Result<void> apply_lists();
    base::Result<void> apply_versions();
    base::Result<void> apply_dh();
    void apply_trust(Side side);
    base::Result<void> apply_for_clients();
    base::Result<void> apply_for_servers(const Certificate* own);

    TlsSettings settings_;
    ssl_ctx_st* context_ = nullptr;
};

}  // namespace cfgproxy::net
