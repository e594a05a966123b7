#pragma once
#include <openssl/ssl.h>

namespace cfgproxy::net {

/// What OpenSSL calls during handshakes. Each finds the connection by Tls::of().
struct TlsCallbacks {
    static int client_hello(SSL* ssl, int* alert, void*);
    static int server_name(SSL* ssl, int* alert, void*);
    static int status(SSL* ssl, void*);
    static int select_protocol(SSL* ssl, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                               unsigned offered_size, void*);
    static int verify(int good, X509_STORE_CTX* store);
    static void see_message(int sending, int version, int content_type, const void* bytes, std::size_t size, SSL* ssl,
                            void*);
    static void see_secret(const SSL* ssl, const char* line);
    static int add_timestamps(SSL* ssl, unsigned type, unsigned context, const unsigned char** out, std::size_t* size,
                              X509* certificate, std::size_t index, int* alert, void*);
    static int ignore_extension(SSL* ssl, unsigned type, unsigned context, const unsigned char* bytes, std::size_t size,
                                X509* certificate, std::size_t index, int* alert, void*);
    static int keep_session(SSL* ssl, SSL_SESSION* session);
};

}  // namespace cfgproxy::net
