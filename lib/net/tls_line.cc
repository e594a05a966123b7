#include "net/tls_line.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "net/certificate.h"
#include "net/openssl_pointers.h"
#include "net/tls_callbacks.h"
#include "net/tls_tickets.h"
#include "net/trust.h"

namespace cfgproxy::net {
namespace {

using base::Error;
using base::Result;

// signed_certificate_timestamp (RFC 6962, section 3.3.1)
constexpr unsigned kTimestamps = 18;
// As much early data as HAProxy takes with buffers of the usual size.
constexpr std::uint32_t kEarlyRoom = 15360;

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

/// Which sessions may be resumed on a line: those made on the same bind line, under the same demands on the client.
std::string scope_of(const TlsSettings& settings) {
    std::string text = "cfgproxy " + settings.session_scope + " " + std::to_string(static_cast<int>(settings.verify));
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return std::string(reinterpret_cast<char*>(digest), SSL_MAX_SSL_SESSION_ID_LENGTH);
}

/// Null: out of memory.
KeyPointer make_group(const char* name) {
    const KeyContextPointer maker(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
    EVP_PKEY* group = nullptr;
    const OSSL_PARAM wish[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(name), 0),
                               OSSL_PARAM_construct_end()};
    if (maker && EVP_PKEY_paramgen_init(maker.get()) == 1 && EVP_PKEY_CTX_set_params(maker.get(), wish) == 1)
        EVP_PKEY_generate(maker.get(), &group);
    ERR_clear_error();
    return KeyPointer(group);
}

/// A group of RFC 7919 that is as strong as the certificate's key, but no larger than `most` bits.
EVP_PKEY* group_for(const Certificate& certificate, std::uint32_t most) {
    static const KeyPointer usual = make_group("ffdhe2048"), large = make_group("ffdhe4096");
    using Key = Certificate::Key;
    const bool has_size = certificate.key_type() == Key::rsa || certificate.key_type() == Key::dsa;
    const auto bits = has_size ? static_cast<std::uint32_t>(EVP_PKEY_get_bits(certificate.key())) : most;
    return std::min(bits, most) >= 4096 ? large.get() : usual.get();
}

}  // namespace

Result<std::shared_ptr<const TlsLine>> TlsLine::make(const TlsSettings& settings, Side side, const Certificate* own) {
    std::shared_ptr<TlsLine> made(new TlsLine(settings));
    made->context_ = SSL_CTX_new(side == Side::clients ? TLS_server_method() : TLS_client_method());
    if (!made->context_) return Error{"out of memory"};
    if (auto done = made->apply_common(); !done) return Error{done.error()};
    made->apply_trust(side);
    if (auto done = side == Side::clients ? made->apply_for_clients() : made->apply_for_servers(own); !done)
        return Error{done.error()};
    return std::shared_ptr<const TlsLine>(std::move(made));
}

TlsLine::~TlsLine() { SSL_CTX_free(context_); }

STACK_OF(X509) * TlsLine::chain_of(const Certificate& certificate) const {
    return settings_.skip_self_issued ? certificate.chain_without_root() : certificate.chain();
}

bool TlsLine::show(SSL* ssl, const Certificate& certificate) const {
    if (SSL_use_cert_and_key(ssl, certificate.leaf(), certificate.key(), chain_of(certificate), 1) != 1) return false;
    EVP_PKEY* dh = certificate.dh();
    if (!dh && settings_.dh_params_pem.empty() && settings_.dh_bits) dh = group_for(certificate, settings_.dh_bits);
    if (dh && EVP_PKEY_up_ref(dh) && !SSL_set0_tmp_dh_pkey(ssl, dh)) EVP_PKEY_free(dh);
    return true;
}

Result<void> TlsLine::apply_versions() {
    if (!SSL_CTX_set_min_proto_version(context_, openssl_number(settings_.min)) ||
        !SSL_CTX_set_max_proto_version(context_, openssl_number(settings_.max)))
        return Error{"the TLS version is not supported by the library"};
    return {};
}

Result<void> TlsLine::apply_common() {
    SSL_CTX_set_options(context_, SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION |
                                      SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_PRIORITIZE_CHACHA);
    if (settings_.keep_secrets) SSL_CTX_set_keylog_callback(context_, TlsCallbacks::see_secret);
    if (!settings_.prefer_client_ciphers) SSL_CTX_set_options(context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (!settings_.tickets) SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    // No certificate is looked for among those that are trusted: what a file holds is sent, and no more.
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(context_, 1);
    if (settings_.security_level >= 0) SSL_CTX_set_security_level(context_, settings_.security_level);
    if (auto done = apply_versions(); !done) return done;
    return apply_lists();
}

Result<void> TlsLine::apply_lists() {
    const auto set = [this](const std::string& value, auto function, const char* what) -> Result<void> {
        if (value.empty() || function(context_, value.c_str()) == 1) return {};
        return Error{std::string("unable to set ") + what + " to '" + value + "'"};
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
    return set(settings_.client_sigalgs, client_sigalgs, "SSL client signature algorithms");
}

void TlsLine::apply_trust(Side side) {
    if (settings_.verify == TlsVerify::none) {
        SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
        return;
    }
    SSL_CTX_set_verify(
        context_, SSL_VERIFY_PEER | (settings_.verify == TlsVerify::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        TlsCallbacks::verify);
    if (settings_.trust) SSL_CTX_set1_cert_store(context_, settings_.trust->store());
    if (side == Side::clients && settings_.send_ca_names && settings_.told)
        for (X509* authority : settings_.told->certificates())
            if (authority) SSL_CTX_add_client_CA(context_, authority);
}

Result<void> TlsLine::apply_dh() {
    if (settings_.dh_params_pem.empty()) return {};
    const BioPointer in = reader_of(settings_.dh_params_pem);
    KeyPointer parameters(PEM_read_bio_Parameters(in.get(), nullptr));
    if (!parameters || !SSL_CTX_set0_tmp_dh_pkey(context_, parameters.get()))
        return Error{"the DH parameters cannot be used (" + take_openssl_error() + ")"};
    parameters.release();
    return {};
}

Result<void> TlsLine::apply_for_clients() {
    SSL_CTX_add_custom_ext(context_, kTimestamps,
                           SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_CERTIFICATE,
                           TlsCallbacks::add_timestamps, nullptr, nullptr, TlsCallbacks::ignore_extension, nullptr);
    SSL_CTX_set_client_hello_cb(context_, TlsCallbacks::client_hello, nullptr);
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION);  // servers may ask for it: for our certificate, for a path
    SSL_CTX_set_tlsext_servername_callback(context_, TlsCallbacks::server_name);
    SSL_CTX_set_tlsext_status_cb(context_, TlsCallbacks::status);
    if (!settings_.alpn.empty()) SSL_CTX_set_alpn_select_cb(context_, TlsCallbacks::select_protocol, nullptr);
    if (settings_.hello_room) SSL_CTX_set_msg_callback(context_, TlsCallbacks::see_message);
    const std::string scope = scope_of(settings_);
    SSL_CTX_set_session_id_context(context_, reinterpret_cast<const unsigned char*>(scope.data()),
                                   static_cast<unsigned>(scope.size()));
    SessionCache::install(context_);
    SSL_CTX_set_timeout(context_, settings_.session_seconds);
    if (settings_.ticket_keys) TicketKeys::install(context_);
    if (settings_.early_data) {
        SSL_CTX_set_max_early_data(context_, kEarlyRoom);
        SSL_CTX_set_options(context_, SSL_OP_NO_ANTI_REPLAY);  // Tls waits for the end of the handshake
    }
    return apply_dh();
}

Result<void> TlsLine::apply_for_servers(const Certificate* own) {
    if (settings_.renegotiates == false) SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION);
    if (own && SSL_CTX_use_cert_and_key(context_, own->leaf(), own->key(), chain_of(*own), 1) != 1)
        return Error{"the certificate cannot be used (" + take_openssl_error() + ")"};
    if (!settings_.alpn.empty())
        SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(settings_.alpn.data()),
                                static_cast<unsigned>(settings_.alpn.size()));
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_, TlsCallbacks::keep_session);
    return {};
}

}  // namespace cfgproxy::net
