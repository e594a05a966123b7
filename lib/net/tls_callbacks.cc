#include "net/tls_callbacks.h"

#include <openssl/err.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "net/tls.h"
#include "net/tls_context.h"

namespace cfgproxy::net {
namespace {

std::string_view view_of(const unsigned char* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

std::size_t number(std::string_view bytes, std::size_t at) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[at])) << 8 |
           static_cast<std::uint8_t>(bytes[at + 1]);
}

std::string_view extension(SSL* ssl, unsigned type) {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (!SSL_client_hello_get0_ext(ssl, type, &data, &size)) return {};
    return view_of(data, size);
}

/// The name in a ClientHello's server_name extension (RFC 6066, section 3); empty: none. Nothing: it is malformed.
std::optional<std::string_view> asked_name(SSL* ssl) {
    const std::string_view text = extension(ssl, TLSEXT_TYPE_server_name);
    if (text.empty()) return text;
    if (text.size() < 6 || number(text, 0) + 2 != text.size() || text[2] != TLSEXT_NAMETYPE_host_name) return {};
    const std::size_t length = number(text, 3);
    if (length == 0 || length + 5 > text.size() || length > TLSEXT_MAXLEN_host_name) return {};
    const std::string_view name = text.substr(5, length);
    if (name.find('\0') != name.npos) return {};
    return name;
}

struct Abilities {
    bool rsa = false, ecdsa = false;
};

/// Which kinds of signatures the client says that it checks (RFC 5246 section 7.4.1.4.1, RFC 8446 section 4.2.3).
Abilities signatures_known(SSL* ssl) {
    constexpr std::uint8_t kRsa = 1, kEcdsa = 3, kPss = 8;
    const std::string_view text = extension(ssl, TLSEXT_TYPE_signature_algorithms);
    if (text.size() < 2) return {.rsa = true};  // older than TLS 1.2
    Abilities known;
    for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
        const auto hash = static_cast<std::uint8_t>(text[i]), kind = static_cast<std::uint8_t>(text[i + 1]);
        known.ecdsa |= kind == kEcdsa;
        known.rsa |= kind == kRsa || (hash == kPss && ((kind >= 4 && kind <= 6) || (kind >= 9 && kind <= 11)));
    }
    return known;
}

/// Whether a cipher of the client's that we have too goes with ECDSA keys.
bool has_ecdsa_cipher(SSL* ssl, bool speaks_tls13) {
    const unsigned char* offered = nullptr;
    const std::size_t size = SSL_client_hello_get0_ciphers(ssl, &offered);
    STACK_OF(SSL_CIPHER)* ours = SSL_get_ciphers(ssl);
    for (std::size_t i = 0; i + 1 < size; i += 2) {
        const SSL_CIPHER* cipher = SSL_CIPHER_find(ssl, offered + i);
        if (!cipher) continue;
        const std::uint32_t id = SSL_CIPHER_get_id(cipher);
        if (id == SSL3_CK_SCSV || id == SSL3_CK_FALLBACK_SCSV) continue;
        const int kind = SSL_CIPHER_get_auth_nid(cipher);
        if (kind != NID_auth_ecdsa && !(kind == NID_auth_any && speaks_tls13)) continue;
        if (sk_SSL_CIPHER_find(ours, cipher) >= 0) return true;
    }
    return false;
}

bool speaks_tls13(const TlsSettings& settings) {
    return settings.max == TlsVersion::any || settings.max == TlsVersion::tls13;
}

int refuse(int* alert, int which) {
    *alert = which;
    return SSL_CLIENT_HELLO_ERROR;
}

/// Makes the session follow another line's settings.
void switch_line(SSL* ssl, const TlsLine& line) {
    SSL_CTX* context = line.context();
    SSL_set_SSL_CTX(ssl, context);
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context), SSL_CTX_get_verify_callback(context));
    SSL_set_client_CA_list(ssl, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(context)));
    SSL_set_min_proto_version(ssl, static_cast<int>(SSL_CTX_get_min_proto_version(context)));
    SSL_set_max_proto_version(ssl, static_cast<int>(SSL_CTX_get_max_proto_version(context)));
    const TlsSettings& settings = line.settings();
    const std::string& curves = settings.curves.empty() ? settings.ecdhe : settings.curves;
    if (!curves.empty()) SSL_set1_curves_list(ssl, curves.c_str());
}

bool use(SSL* ssl, const TlsLine& line, const CertificateSet::Entry& entry) {
    if (!line.show(ssl, *entry.certificate)) return false;
    if (!entry.staple) return true;
    if (const auto response = entry.staple->fresh(std::time(nullptr)))
        SSL_set_tlsext_status_ocsp_resp(ssl,
                                        static_cast<unsigned char*>(OPENSSL_memdup(response->data(), response->size())),
                                        static_cast<long>(response->size()));
    return true;
}

}  // namespace

int TlsCallbacks::client_hello(SSL* ssl, int* alert, void*) {
    Tls& tls = *Tls::of(ssl);
    const TlsContext& context = tls.context();
    const auto set = context.certificates();
    const auto name = asked_name(ssl);
    if (!name) return refuse(alert, SSL_AD_UNRECOGNIZED_NAME);
    Abilities known = signatures_known(ssl);
    if (known.ecdsa) known.ecdsa = has_ecdsa_cipher(ssl, speaks_tls13(tls.line().settings()));
    const CertificateSet::Entry* entry = nullptr;
    if (!name->empty()) entry = set->find(*name).for_client(known.rsa, known.ecdsa);
    std::shared_ptr<const CertificateSet::Entry> made;
    if (!entry && context.maker_ && !name->empty()) {
        made = context.maker_->make(context, *name);
        entry = made.get();
    }
    if (!entry && !context.strict_sni_) entry = set->fallback().for_client(known.rsa, known.ecdsa);
    if (!entry) {
        // Log lines tell it: OpenSSL, which has not looked for it yet, would not.
        if (!name->empty()) SSL_set_tlsext_host_name(ssl, std::string(*name).c_str());
        return refuse(alert, SSL_AD_UNRECOGNIZED_NAME);
    }
    if (entry->line) {
        switch_line(ssl, *entry->line);
        tls.set_line(entry->line);
    }
    if (!made) tls.shown = entry->certificate;
    if (!use(ssl, tls.line(), *entry)) return refuse(alert, SSL_AD_INTERNAL_ERROR);
    if (!entry->early_data && context.settings_.early_data) SSL_set_max_early_data(ssl, 0);
    return SSL_CLIENT_HELLO_SUCCESS;
}

int TlsCallbacks::status(SSL* ssl, void*) {
    const unsigned char* response = nullptr;
    return SSL_get_tlsext_status_ocsp_resp(ssl, &response) > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

int TlsCallbacks::server_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }  // client_hello() has looked already

int TlsCallbacks::select_protocol(SSL* ssl, const unsigned char** out, unsigned char* size,
                                  const unsigned char* offered, unsigned offered_size, void*) {
    const std::string& ours = Tls::of(ssl)->line().settings().alpn;
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

int TlsCallbacks::verify(int good, X509_STORE_CTX* store) {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    Tls& tls = *Tls::of(ssl);
    TlsVerification& result = tls.verification;
    result.done = true;
    if (good) return 1;
    if (X509* shown = X509_STORE_CTX_get0_cert(store); shown && !result.refused && X509_up_ref(shown))
        result.refused = shown;
    const TlsSettings& settings = tls.context().settings();
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

void TlsCallbacks::see_message(int sending, int, int content_type, const void* bytes, std::size_t size, SSL* ssl,
                               void*) {
    if (sending || content_type != SSL3_RT_HANDSHAKE) return;
    const std::string_view message(static_cast<const char*>(bytes), size);
    if (!message.starts_with(SSL3_MT_CLIENT_HELLO)) return;
    Tls& tls = *Tls::of(ssl);
    if (auto hello = TlsHello::read(message, tls.context().settings().hello_room)) tls.hello = std::move(hello);
}

void TlsCallbacks::see_secret(const SSL* ssl, const char* line) {
    Tls& tls = *Tls::of(ssl);
    if (!tls.secrets) tls.secrets = std::make_unique<TlsSecrets>();
    tls.secrets->note(line);
}

int TlsCallbacks::add_timestamps(SSL* ssl, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*,
                                 std::size_t index, int*, void*) {
    const Tls& tls = *Tls::of(ssl);
    if (!tls.shown || tls.shown->sctl().empty() || index > 0) return 0;  // of the certificate itself, not of its chain
    const std::string& list = tls.shown->sctl();
    *out = reinterpret_cast<const unsigned char*>(list.data());
    *size = list.size();
    return 1;
}

int TlsCallbacks::ignore_extension(SSL*, unsigned, unsigned, const unsigned char*, std::size_t, X509*, std::size_t,
                                   int*, void*) {
    return 1;
}

/// TLS 1.3: the session of a new ticket is a copy of the one that the connection resumed, and inherits that it must not
/// be used any more (OpenSSL 3.0). Null if there is no memory.
static SSL_SESSION* resumable_copy(SSL_SESSION* session) {
    unsigned char* bytes = nullptr;
    const int size = i2d_SSL_SESSION(session, &bytes);
    if (size <= 0) return nullptr;
    const unsigned char* from = bytes;
    SSL_SESSION* copy = d2i_SSL_SESSION(nullptr, &from, size);
    OPENSSL_free(bytes);
    return copy;
}

int TlsCallbacks::keep_session(SSL* ssl, SSL_SESSION* session) {
    const Tls& tls = *Tls::of(ssl);
    if (tls.context().line().get() != &tls.line()) return 0;  // the settings that it was made under are gone
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_SESSION* copy = SSL_SESSION_is_resumable(session) ? nullptr : resumable_copy(session);
    const_cast<TlsContext&>(tls.context()).keep(name ? name : "", copy ? copy : session);
    return copy ? 0 : 1;  // 1: the reference is ours now
}

}  // namespace cfgproxy::net
