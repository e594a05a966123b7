#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"

struct ssl_st;
struct x509_st;

namespace cfgproxy::net {

class Connection;
class Certificate;
class TlsContext;
class TlsLine;
enum class Io : std::uint8_t;

/// What a client offered, as far as tune.ssl.capture-buffer-size has room for it. Lists as on the wire.
struct TlsHello {
    std::uint16_t version = 0;
    std::uint64_t ciphers_hash = 0;  ///< XXH64 of all ciphers, kept or not
    std::string ciphers, extensions, groups, point_formats, versions, signatures;
    /// `message`: the handshake message, its type and length included.
    static std::unique_ptr<TlsHello> read(std::string_view message, std::size_t room);
};

/// The secrets of a TLS 1.3 session in hexadecimal digits, as key log files have them, by their labels there.
struct TlsSecrets {
    enum Label : std::uint8_t {
        client_early,
        client_handshake,
        server_handshake,
        client_traffic,
        server_traffic,
        exporter,
        early_exporter,
        kLabels
    };
    std::string of[kLabels];
    void note(std::string_view line);  ///< of a key log: label, client random, secret
};

/// How the check of the peer's certificate went; errors are X509_V_ERR_*, the first one of each kind.
struct TlsVerification {
    bool done = false;  ///< a certificate was shown in this handshake
    int error = 0;      ///< of the certificate itself
    int ca_error = 0, ca_depth = 0;
    x509_st* refused = nullptr;  ///< the peer's own, if an error was found: OpenSSL lets go of it. Owned by the Tls
};

/// TLS on one connection, between its socket and whoever reads and writes plain bytes. Made by TlsContext; owned and
/// called by Connection, whose receive() and send() go through here. Thread-owned, but not bound to its thread: it may
/// move to another one together with its descriptor.
///
/// Records are read as many at a time as the socket has, and those that one send() makes leave in one system call.
/// What the socket does not take is kept here, so OpenSSL never has to be asked again with the same bytes.
class Tls {
  public:
    /// Takes the session object (one reference) and keeps its context and the settings that it was made with alive.
    Tls(std::shared_ptr<const TlsContext> context, std::shared_ptr<const TlsLine> line, ssl_st* ssl, bool client);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// Goes on with the handshake: ok when it is complete, `again` while the peer has to answer, or failed.
    Io handshake(Connection& connection);
    bool established() const { return established_; }
    /// Towards a server, before handshake(): if the session that is to be resumed allows it, what is sent first leaves
    /// together with the ClientHello (RFC 8446, section 2.3). handshake() then says ok at once, and goes on behind
    /// send() and receive(). Others can replay what leaves so.
    void send_early();
    /// The server refused what was sent early: nothing of it has been done, and the connection fails.
    bool early_refused() const { return early_refused_; }

    Io receive(Connection& connection, base::Buffer& into, std::size_t max);
    Io send(Connection& connection, const iovec* pieces, int count, std::size_t& sent);
    /// Sends what was encrypted and did not leave. Ok when nothing is left.
    Io flush(Connection& connection);
    bool has_unsent() const { return !unsent_.empty(); }
    /// Decrypted bytes, or whole records, may be at hand without the socket having news.
    bool may_have_more() const { return more_; }
    /// Says that nothing more will be sent (close_notify).
    void close_output(Connection& connection);

    ssl_st* handle() const { return ssl_; }
    const TlsContext& context() const { return *context_; }
    /// The settings in force, which the name that the client asks for may change (crt-list).
    const TlsLine& line() const { return *line_; }
    void set_line(std::shared_ptr<const TlsLine> line) { line_ = std::move(line); }
    /// What is shown to the client; null: nothing yet, or what was made for it alone (`generate-certificates`).
    std::shared_ptr<const Certificate> shown;

    std::string_view version() const;      ///< "TLSv1.3"
    std::string_view cipher() const;       ///< OpenSSL's name; empty before the handshake
    std::string_view protocol() const;     ///< agreed by ALPN; empty: none
    std::string_view server_name() const;  ///< SNI of the client; empty: none
    bool resumed() const;
    /// What HAProxy calls the failure of a handshake: "SSL client certificate not trusted"... `socket_error`: an errno,
    /// or 0.
    std::string_view describe_failure(int socket_error) const;
    /// OpenSSL's number of the error that ended the handshake; 0: none (or the socket's error).
    unsigned long error() const { return error_; }
    std::uint64_t bytes_in = 0, bytes_out = 0;  ///< encrypted
    TlsVerification verification;
    std::unique_ptr<TlsHello> hello;      ///< null unless TlsSettings::hello_room
    std::unique_ptr<TlsSecrets> secrets;  ///< null unless TlsSettings::keep_secrets
    /// Of a session object that a Tls has taken; null before that.
    static Tls* of(const ssl_st* ssl);

  private:
    friend struct TlsBio;
    Io after_failure(Connection& connection, int result);
    int shake_hands();
    Io push(Connection& connection);
    Io tell_end(Connection& connection);
    Io finish_early(Connection& connection);
    int write(const char* data, std::size_t size);
    std::size_t record_limit(std::uint64_t now_ms);

    std::shared_ptr<const TlsContext> context_;
    std::shared_ptr<const TlsLine> line_;
    ssl_st* ssl_;
    Connection* connection_ = nullptr;  ///< during a call
    std::string unsent_;                ///< encrypted bytes that the socket did not take
    std::string early_;                 ///< decrypted, came with the ClientHello (RFC 8446, section 2.3)
    std::size_t unsent_from_ = 0;
    std::size_t streamed_ = 0;  ///< plain bytes sent without a pause; not counted unless records are limited
    std::uint64_t last_sent_ms_ = 0;
    unsigned long error_ = 0;
    Io end_;  ///< closed or failed, to be told once the bytes before it are; ok: neither
    bool established_ = false;
    bool reads_early_ = false;      ///< the client may still send early data
    std::uint32_t early_room_ = 0;  ///< bytes that the server may still be sent before the handshake ends
    bool sends_early_ = false;      ///< towards a server: its handshake is not over, bytes may go already
    bool early_refused_ = false;
    bool more_ = false;
    bool broken_ = false;
};

}  // namespace cfgproxy::net
