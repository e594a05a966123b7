#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/tls.h"
#include "net/tls_tickets.h"

namespace cfgproxy::net {

using Made = base::Result<std::shared_ptr<TlsContext>>;

std::shared_ptr<TlsContext> TlsContext::for_clients(const TlsSettings& settings, std::shared_ptr<const TlsLine> line,
                                                    bool strict_sni) {
    SessionCache::of_process().set_limit(settings.session_cache);
    std::shared_ptr<TlsContext> made(new TlsContext(settings, std::move(line)));
    made->strict_sni_ = strict_sni;
    return made;
}

std::shared_ptr<TlsContext> TlsContext::for_servers(const TlsSettings& settings, std::shared_ptr<const TlsLine> line) {
    return std::shared_ptr<TlsContext>(new TlsContext(settings, std::move(line)));
}

Made TlsContext::for_clients(const TlsSettings& settings, std::shared_ptr<const CertificateSet> certificates,
                             bool strict_sni) {
    auto line = TlsLine::make(settings, TlsLine::Side::clients);
    if (!line) return base::Error{line.error()};
    auto made = for_clients(settings, std::move(*line), strict_sni);
    made->certificates_ = std::move(certificates);
    return made;
}

Made TlsContext::for_servers(const TlsSettings& settings, const Certificate* own) {
    auto line = TlsLine::make(settings, TlsLine::Side::servers, own);
    if (!line) return base::Error{line.error()};
    return for_servers(settings, std::move(*line));
}

TlsContext::~TlsContext() {
    for (auto& [name, session] : sessions_) SSL_SESSION_free(session);
}

std::unique_ptr<Tls> TlsContext::accept() const {
    auto line = this->line();
    SSL* ssl = SSL_new(line->context());
    if (!ssl) return nullptr;
    return std::make_unique<Tls>(shared_from_this(), std::move(line), ssl, false);
}

std::unique_ptr<Tls> TlsContext::connect(const std::string& server_name, std::string_view alpn) const {
    auto line = this->line();
    SSL* ssl = SSL_new(line->context());
    if (!ssl) return nullptr;
    if (!server_name.empty()) SSL_set_tlsext_host_name(ssl, server_name.c_str());
    if (!alpn.empty())
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    // `verifyhost` is for connections that ask for no name (manual, section 5.2).
    const std::string& expected = server_name.empty() ? settings_.verify_host : server_name;
    if (settings_.verify != TlsVerify::none && !expected.empty()) {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, expected.c_str());
    }
    if (settings_.reuse_sessions) {
        const std::lock_guard lock(mutex_);
        // A copy: OpenSSL wants each ticket of TLS 1.3 used once only, and not every server gives another one then.
        const auto kept = sessions_.find(server_name);
        if (SSL_SESSION* copy = kept != sessions_.end() ? SSL_SESSION_dup(kept->second) : nullptr) {
            SSL_set_session(ssl, copy);
            SSL_SESSION_free(copy);
        }
    }
    return std::make_unique<Tls>(shared_from_this(), std::move(line), ssl, true);
}

void TlsContext::replace(std::shared_ptr<const CertificateSet> certificates) {
    const std::lock_guard lock(mutex_);
    certificates_.swap(certificates);
}

void TlsContext::replace(std::shared_ptr<const TlsLine> line, std::shared_ptr<const CertificateSet> certificates) {
    std::unordered_map<std::string, SSL_SESSION*> forgotten;
    {
        const std::lock_guard lock(mutex_);
        line_.swap(line);
        if (certificates) certificates_.swap(certificates);
        sessions_.swap(forgotten);
    }
    for (auto& [name, session] : forgotten) SSL_SESSION_free(session);
}

std::shared_ptr<const CertificateSet> TlsContext::certificates() const {
    const std::lock_guard lock(mutex_);
    return certificates_;
}

std::shared_ptr<const TlsLine> TlsContext::line() const {
    const std::lock_guard lock(mutex_);
    return line_;
}

void TlsContext::forget(const std::string& server_name) const {
    const std::lock_guard lock(mutex_);
    const auto kept = sessions_.find(server_name);
    if (kept == sessions_.end()) return;
    SSL_SESSION_free(kept->second);
    sessions_.erase(kept);
}

void TlsContext::keep(const std::string& name, SSL_SESSION* session) {
    const std::lock_guard lock(mutex_);
    SSL_SESSION*& kept = sessions_[name];
    SSL_SESSION_free(kept);
    kept = session;
}

}  // namespace cfgproxy::net
