#include "net/tls_context.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "net/tls.h"

namespace cfgproxy::net {

// --- which certificate ---------------------------------------------------------------------------------------

void CertificateSet::note(Choice& choice, const Certificate& certificate) {
    const Certificate*& slot = certificate.key_type() == Certificate::Key::ecdsa ? choice.ecdsa : choice.rsa;
    if (!slot) slot = &certificate;
}

void CertificateSet::add(std::shared_ptr<const Certificate> certificate, const std::vector<std::string>& filters,
                         bool is_default) {
    if (is_default || all_.empty()) note(defaults_, *certificate);
    const bool only_negative =
        std::all_of(filters.begin(), filters.end(), [](const std::string& f) { return f.starts_with('!'); });
    const auto add_name = [&](const std::string& written) {
        const std::string name = base::lower(written);
        if (name.starts_with('!'))
            names_.excluded[name.substr(1)].push_back(certificate.get());
        else if (name.starts_with('*'))
            note(names_.wildcard[name.substr(1)], *certificate);
        else
            note(names_.exact[name], *certificate);
    };
    for (const std::string& filter : filters) add_name(filter);
    if (only_negative)
        for (const std::string& name : certificate->names()) add_name(name);
    all_.push_back(std::move(certificate));
}

CertificateSet::Choice CertificateSet::find(std::string_view asked) const {
    const std::string name = base::lower(asked.ends_with('.') ? asked.substr(0, asked.size() - 1) : asked);
    Choice choice;
    if (const auto exact = names_.exact.find(name); exact != names_.exact.end()) choice = exact->second;
    if (!choice) {
        const std::size_t dot = name.find('.');
        if (dot == name.npos) return {};
        if (const auto any = names_.wildcard.find(name.substr(dot)); any != names_.wildcard.end()) choice = any->second;
    }
    if (const auto out = names_.excluded.find(name); out != names_.excluded.end())
        for (const Certificate* excluded : out->second) {
            if (choice.rsa == excluded) choice.rsa = nullptr;
            if (choice.ecdsa == excluded) choice.ecdsa = nullptr;
        }
    return choice;
}

// --- OpenSSL's callbacks -------------------------------------------------------------------------------------

struct TlsCallbacks {
    /// Where an SSL object, or its context, keeps a pointer to our TlsContext.
    static int context_slot() {
        static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return slot;
    }
    static TlsContext& context_of(const SSL* ssl) {
        return *static_cast<TlsContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot()));
    }

    /// The name in a ClientHello's server_name extension (RFC 6066, section 3); empty if there is none.
    static std::string_view asked_name(SSL* ssl) {
        const unsigned char* data = nullptr;
        std::size_t size = 0;
        if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) || size < 5) return {};
        const std::size_t list = std::size_t{data[0]} << 8 | data[1];
        const std::size_t length = std::size_t{data[3]} << 8 | data[4];
        if (list + 2 != size || data[2] != TLSEXT_NAMETYPE_host_name || length + 3 > list) return {};
        return {reinterpret_cast<const char*>(data + 5), length};
    }

    static bool use(SSL* ssl, const Certificate* certificate) {
        return !certificate ||
               SSL_use_cert_and_key(ssl, certificate->leaf(), certificate->key(), certificate->chain(), 1) == 1;
    }

    static void staple(SSL* ssl, const Certificate& certificate) {
        if (certificate.ocsp().empty()) return;
        void* copy = OPENSSL_memdup(certificate.ocsp().data(), certificate.ocsp().size());
        SSL_set_tlsext_status_ocsp_resp(ssl, static_cast<unsigned char*>(copy),
                                        static_cast<long>(certificate.ocsp().size()));
    }

    static int client_hello(SSL* ssl, int* alert, void*) {
        TlsContext& context = context_of(ssl);
        const auto set = context.certificates();
        const std::string_view name = asked_name(ssl);
        CertificateSet::Choice choice;
        if (!name.empty()) choice = set->find(name);
        if (!choice) {
            if (!context.strict_sni_) choice = set->fallback();
            if (!choice) {
                *alert = SSL_AD_UNRECOGNIZED_NAME;
                return SSL_CLIENT_HELLO_ERROR;
            }
        }
        if (!use(ssl, choice.rsa) || !use(ssl, choice.ecdsa)) {
            *alert = SSL_AD_INTERNAL_ERROR;
            return SSL_CLIENT_HELLO_ERROR;
        }
        staple(ssl, choice.ecdsa ? *choice.ecdsa : *choice.rsa);
        return SSL_CLIENT_HELLO_SUCCESS;
    }

    static int status(SSL* ssl, void*) {
        const unsigned char* response = nullptr;
        return SSL_get_tlsext_status_ocsp_resp(ssl, &response) > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    }

    static int server_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }  // client_hello() has looked already

    static int select_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                               unsigned offered_size, void* context) {
        const std::string& ours = static_cast<TlsContext*>(context)->settings_.alpn;
        unsigned char* chosen = nullptr;
        if (SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                  static_cast<unsigned>(ours.size()), offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
            return SSL_TLSEXT_ERR_NOACK;
        *out = chosen;
        return SSL_TLSEXT_ERR_OK;
    }

    static int verify(int good, X509_STORE_CTX* store) {
        const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        TlsVerification& result = Tls::of(ssl)->verification;
        result.done = true;
        if (good) return 1;
        const TlsSettings& settings = context_of(ssl).settings_;
        const int depth = X509_STORE_CTX_get_error_depth(store);
        const int error = X509_STORE_CTX_get_error(store);
        if (depth > 0 && !result.ca_error) {
            result.ca_error = error;
            result.ca_depth = depth;
        }
        if (depth == 0 && !result.error) result.error = error;
        const auto& ignored = depth > 0 ? settings.ignored_ca_errors : settings.ignored_errors;
        return std::find(ignored.begin(), ignored.end(), error) != ignored.end();
    }

    static void see_message(int sending, int, int content_type, const void* bytes, std::size_t size, SSL* ssl, void*) {
        if (sending || content_type != SSL3_RT_HANDSHAKE) return;
        const std::string_view message(static_cast<const char*>(bytes), size);
        if (!message.starts_with(SSL3_MT_CLIENT_HELLO)) return;
        if (auto hello = TlsHello::read(message, context_of(ssl).settings_.hello_room))
            Tls::of(ssl)->hello = std::move(hello);
    }

    static void see_secret(const SSL* ssl, const char* line) {
        Tls& tls = *Tls::of(ssl);
        if (!tls.secrets) tls.secrets = std::make_unique<TlsSecrets>();
        tls.secrets->note(line);
    }

    static int keep_session(SSL* ssl, SSL_SESSION* session) {
        TlsContext& context = context_of(ssl);
        const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        const std::lock_guard lock(context.mutex_);
        SSL_SESSION*& kept = context.sessions_[name ? name : ""];
        SSL_SESSION_free(kept);
        kept = session;
        return 1;  // the reference is ours now
    }
};

// --- the context ---------------------------------------------------------------------------------------------

namespace {

// Sessions of one kind of service are not taken for another's; any constant does within one process.
constexpr unsigned char kSessionContext[] = "cfgproxy";

int openssl_number(TlsVersion version) {
    switch (version) {
        case TlsVersion::any:
            return 0;
        case TlsVersion::ssl3:
            return SSL3_VERSION;
        case TlsVersion::tls10:
            return TLS1_VERSION;
        case TlsVersion::tls11:
            return TLS1_1_VERSION;
        case TlsVersion::tls12:
            return TLS1_2_VERSION;
        case TlsVersion::tls13:
            return TLS1_3_VERSION;
    }
    return 0;
}

struct StoreFree {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};

/// Calls `use` with each certificate and CRL of a PEM text. False if it holds none or cannot be read.
template <class Use>
bool for_each_pem(const std::string& pem, Use use) {
    BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    STACK_OF(X509_INFO)* all = PEM_X509_INFO_read_bio(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    bool any = false;
    for (int i = 0; all && i < sk_X509_INFO_num(all); ++i) {
        const X509_INFO* info = sk_X509_INFO_value(all, i);
        if (!info->x509 && !info->crl) continue;
        any = true;
        use(info->x509, info->crl);
    }
    if (all) sk_X509_INFO_pop_free(all, X509_INFO_free);
    ERR_clear_error();
    return any;
}

}  // namespace

TlsContext::~TlsContext() {
    for (auto& [name, session] : sessions_) SSL_SESSION_free(session);
    SSL_CTX_free(context_);
}

base::Result<void> TlsContext::apply_versions() {
    if (!SSL_CTX_set_min_proto_version(context_, openssl_number(settings_.min)) ||
        !SSL_CTX_set_max_proto_version(context_, openssl_number(settings_.max)))
        return base::Error{"the TLS version is not supported by the library"};
    constexpr std::pair<TlsVersion, std::uint64_t> kOff[] = {{TlsVersion::ssl3, SSL_OP_NO_SSLv3},
                                                             {TlsVersion::tls10, SSL_OP_NO_TLSv1},
                                                             {TlsVersion::tls11, SSL_OP_NO_TLSv1_1},
                                                             {TlsVersion::tls12, SSL_OP_NO_TLSv1_2},
                                                             {TlsVersion::tls13, SSL_OP_NO_TLSv1_3}};
    for (const auto& [version, option] : kOff)
        if (settings_.off & 1u << static_cast<int>(version)) SSL_CTX_set_options(context_, option);
    return {};
}

base::Result<void> TlsContext::apply_common() {
    SSL_CTX_set_ex_data(context_, TlsCallbacks::context_slot(), this);
    SSL_CTX_set_options(context_, SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                      SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                      SSL_OP_PRIORITIZE_CHACHA);
    if (settings_.keep_secrets) SSL_CTX_set_keylog_callback(context_, TlsCallbacks::see_secret);
    if (!settings_.prefer_client_ciphers) SSL_CTX_set_options(context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (!settings_.tickets) SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context_,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context_, 1);
    if (settings_.security_level >= 0) SSL_CTX_set_security_level(context_, settings_.security_level);
    if (auto done = apply_versions(); !done) return done;
    const auto set = [this](const std::string& value, auto function, const char* what) -> base::Result<void> {
        if (value.empty() || function(context_, value.c_str()) == 1) return {};
        return base::Error{std::string("unable to set ") + what + " to '" + value + "'"};
    };
    if (auto r = set(settings_.ciphers, SSL_CTX_set_cipher_list, "SSL cipher list"); !r) return r;
    if (auto r = set(settings_.ciphersuites, SSL_CTX_set_ciphersuites, "TLS 1.3 cipher suites"); !r) return r;
    const auto curves = [](SSL_CTX* c, const char* v) { return static_cast<int>(SSL_CTX_set1_curves_list(c, v)); };
    const auto sigalgs = [](SSL_CTX* c, const char* v) { return static_cast<int>(SSL_CTX_set1_sigalgs_list(c, v)); };
    const auto client_sigalgs = [](SSL_CTX* c, const char* v) {
        return static_cast<int>(SSL_CTX_set1_client_sigalgs_list(c, v));
    };
    if (auto r = set(settings_.ecdhe, curves, "elliptic named curve"); !r) return r;
    if (auto r = set(settings_.curves, curves, "SSL curves list"); !r) return r;
    if (auto r = set(settings_.sigalgs, sigalgs, "SSL signature algorithms"); !r) return r;
    if (auto r = set(settings_.client_sigalgs, client_sigalgs, "SSL client signature algorithms"); !r) return r;
    return apply_trust();
}

base::Result<void> TlsContext::apply_trust() {
    if (settings_.verify == TlsVerify::none) {
        SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
        return {};
    }
    SSL_CTX_set_verify(
        context_, SSL_VERIFY_PEER | (settings_.verify == TlsVerify::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        TlsCallbacks::verify);
    X509_STORE* store = SSL_CTX_get_cert_store(context_);
    if (settings_.system_ca && !X509_STORE_set_default_paths(store))
        return base::Error{"no certificates of this system"};
    if (!settings_.ca_pem.empty() && !for_each_pem(settings_.ca_pem, [&](X509* certificate, X509_CRL*) {
            if (!certificate) return;
            X509_STORE_add_cert(store, certificate);
            if (settings_.send_ca_names) SSL_CTX_add_client_CA(context_, certificate);
        }))
        return base::Error{"no certificate found in the CA file"};
    if (!settings_.untold_ca_pem.empty() && !for_each_pem(settings_.untold_ca_pem, [&](X509* certificate, X509_CRL*) {
            if (certificate) X509_STORE_add_cert(store, certificate);
        }))
        return base::Error{"no certificate found in the CA file"};
    if (!settings_.crl_pem.empty()) {
        if (!for_each_pem(settings_.crl_pem, [&](X509*, X509_CRL* crl) {
                if (crl) X509_STORE_add_crl(store, crl);
            }))
            return base::Error{"no revocation list found in the CRL file"};
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    return {};
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::for_clients(const TlsSettings& settings,
                                                                  std::shared_ptr<const CertificateSet> certificates,
                                                                  bool strict_sni) {
    std::shared_ptr<TlsContext> made(new TlsContext(settings));
    made->context_ = SSL_CTX_new(TLS_server_method());
    if (!made->context_) return base::Error{"out of memory"};
    made->certificates_ = std::move(certificates);
    made->strict_sni_ = strict_sni;
    if (auto done = made->apply_common(); !done) return base::Error{done.error()};
    SSL_CTX* context = made->context_;
    SSL_CTX_set_client_hello_cb(context, TlsCallbacks::client_hello, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context, TlsCallbacks::server_name);
    SSL_CTX_set_tlsext_status_cb(context, TlsCallbacks::status);
    if (!settings.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, TlsCallbacks::select_protocol, made.get());
    if (settings.hello_room) SSL_CTX_set_msg_callback(context, TlsCallbacks::see_message);
    SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(context, settings.session_cache);
    SSL_CTX_set_timeout(context, settings.session_seconds);
    if (!settings.dh_params_pem.empty()) {
        BIO* in = BIO_new_mem_buf(settings.dh_params_pem.data(), static_cast<int>(settings.dh_params_pem.size()));
        EVP_PKEY* parameters = PEM_read_bio_Parameters(in, nullptr);
        BIO_free(in);
        if (!parameters || !SSL_CTX_set0_tmp_dh_pkey(context, parameters)) {
            EVP_PKEY_free(parameters);
            return base::Error{"the DH parameters cannot be used (" + take_openssl_error() + ")"};
        }
    }
    return made;
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::for_servers(const TlsSettings& settings, const Certificate* own) {
    std::shared_ptr<TlsContext> made(new TlsContext(settings));
    made->context_ = SSL_CTX_new(TLS_client_method());
    if (!made->context_) return base::Error{"out of memory"};
    if (auto done = made->apply_common(); !done) return base::Error{done.error()};
    SSL_CTX* context = made->context_;
    if (own && SSL_CTX_use_cert_and_key(context, own->leaf(), own->key(), own->chain(), 1) != 1)
        return base::Error{"the certificate cannot be used (" + take_openssl_error() + ")"};
    if (!settings.alpn.empty())
        SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(settings.alpn.data()),
                                static_cast<unsigned>(settings.alpn.size()));
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, TlsCallbacks::keep_session);
    return made;
}

std::unique_ptr<Tls> TlsContext::accept() const {
    SSL* ssl = SSL_new(context_);
    if (!ssl) return nullptr;
    return std::make_unique<Tls>(shared_from_this(), ssl, false);
}

std::unique_ptr<Tls> TlsContext::connect(const std::string& server_name, std::string_view alpn) const {
    SSL* ssl = SSL_new(context_);
    if (!ssl) return nullptr;
    if (!server_name.empty()) SSL_set_tlsext_host_name(ssl, server_name.c_str());
    if (!alpn.empty())
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    const std::string& expected = settings_.verify_host.empty() ? server_name : settings_.verify_host;
    if (settings_.verify != TlsVerify::none && !expected.empty()) {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, expected.c_str());
    }
    if (settings_.reuse_sessions) {
        const std::lock_guard lock(mutex_);
        if (const auto kept = sessions_.find(server_name); kept != sessions_.end()) SSL_set_session(ssl, kept->second);
    }
    return std::make_unique<Tls>(shared_from_this(), ssl, true);
}

void TlsContext::replace(std::shared_ptr<const CertificateSet> certificates) {
    const std::lock_guard lock(mutex_);
    certificates_ = std::move(certificates);
}

std::shared_ptr<const CertificateSet> TlsContext::certificates() const {
    const std::lock_guard lock(mutex_);
    return certificates_;
}

}  // namespace cfgproxy::net
