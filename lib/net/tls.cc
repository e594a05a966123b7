#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/connection.h"
#include "net/tls_context.h"
#include "net/tls_counters.h"
#include "net/tls_line.h"
#include "net/tls_settings.h"

namespace cfgproxy::net {
namespace {

// One record's payload at most, and how much plain data one send() encrypts before the socket is tried: enough for a
// system call to be worth it, little enough to be kept when the socket is full.
constexpr std::size_t kRecord = 16384;
constexpr std::size_t kSendLimit = 4 * kRecord;
// From so many bytes without a pause on, records are as large as can be: whoever reads them does not wait for the first
// lines any more. HAProxy counts three full buffers.
constexpr std::size_t kStreaming = 3 * kRecord;
constexpr std::uint64_t kPauseMs = 1000;

/// Encrypted bytes of the call under way, before the socket has them. One per thread: calls do not nest.
std::string& outbox() {
    thread_local std::string bytes;
    return bytes;
}

}  // namespace

/// OpenSSL's view of the socket: reads go to the connection, writes to the thread's outbox and never fail.
struct TlsBio {
    static int read(BIO* bio, char* to, int size) {
        auto* tls = static_cast<Tls*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        if (!tls->connection_->readable_ && !tls->connection_->peer_closed_) {
            BIO_set_retry_read(bio);
            return -1;
        }
        std::size_t got = 0;
        const Io io = tls->connection_->receive_raw(to, static_cast<std::size_t>(size), got);
        tls->bytes_in += got;
        if (io == Io::ok) return static_cast<int>(got);
        if (io == Io::again) BIO_set_retry_read(bio);
        return io == Io::closed ? 0 : -1;
    }
    static int write(BIO*, const char* from, int size) {
        outbox().append(from, static_cast<std::size_t>(size));
        return size;
    }
    static long control(BIO* bio, int what, long, void*) {
        switch (what) {
            case BIO_CTRL_FLUSH:
            case BIO_CTRL_DUP:
                return 1;
            case BIO_CTRL_EOF: {
                auto* tls = static_cast<Tls*>(BIO_get_data(bio));
                return tls->connection_ && tls->connection_->peer_closed_ && !tls->connection_->readable_;
            }
            default:
                return 0;
        }
    }
    static const BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
            BIO_meth_set_read(m, read);
            BIO_meth_set_write(m, write);
            BIO_meth_set_ctrl(m, control);
            return m;
        }();
        return made;
    }
};

Tls::Tls(std::shared_ptr<const TlsContext> context, std::shared_ptr<const TlsLine> line, ssl_st* ssl, bool client)
    : context_(std::move(context)), line_(std::move(line)), ssl_(ssl), end_(Io::ok) {
    BIO* bio = BIO_new(TlsBio::method());
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_app_data(ssl_, this);
    TlsCounters::of_process().open();
    if (client)
        SSL_set_connect_state(ssl_);
    else
        SSL_set_accept_state(ssl_);
    reads_early_ = !client && line_->settings().early_data;
}

Tls* Tls::of(const ssl_st* ssl) { return static_cast<Tls*>(SSL_get_app_data(ssl)); }

Tls::~Tls() {
    // A session whose connection ended without an error may be resumed, close_notify or not.
    if (established_ && !broken_) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl_);
    X509_free(verification.refused);
    TlsCounters::of_process().close();
}

/// Makes of OpenSSL's answer ours. The reason of a failure is kept.
Io Tls::after_failure(Connection& connection, int result) {
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return Io::again;
        case SSL_ERROR_ZERO_RETURN:
            return Io::closed;
        case SSL_ERROR_SYSCALL:
            broken_ = true;
            if (connection.error()) return Io::failed;
            return Io::closed;
        default:
            broken_ = true;
            error_ = ERR_peek_last_error();
            ERR_clear_error();
            return Io::failed;
    }
}

/// The outbox to the socket; what it does not take is kept.
Io Tls::push(Connection& connection) {
    std::string& out = outbox();
    if (out.empty()) return Io::ok;
    std::size_t sent = 0;
    Io io = Io::ok;
    if (unsent_.empty()) {
        const iovec piece{out.data(), out.size()};
        io = connection.send_raw(&piece, 1, sent, false);
        bytes_out += sent;
        if (io == Io::again) io = Io::ok;
    }
    if (sent < out.size() && io == Io::ok) unsent_.append(out, sent);
    out.clear();
    return io;
}

Io Tls::flush(Connection& connection) {
    while (unsent_from_ < unsent_.size()) {
        if (!connection.writable_) {
            connection.watch();
            return Io::again;
        }
        const iovec piece{unsent_.data() + unsent_from_, unsent_.size() - unsent_from_};
        std::size_t sent = 0;
        const Io io = connection.send_raw(&piece, 1, sent, false);
        if (io != Io::ok) return io;
        bytes_out += sent;
        unsent_from_ += sent;
    }
    unsent_from_ = 0;
    std::string().swap(unsent_);
    return Io::ok;
}

/// SSL_do_handshake() that takes early data too. It is handed on once the handshake is complete: by then it is known
/// not to be a replay, so nobody behind us has to care (RFC 8470).
int Tls::shake_hands() {
    while (reads_early_) {
        char piece[4096];
        std::size_t size = 0;
        switch (SSL_read_early_data(ssl_, piece, sizeof piece, &size)) {
            case SSL_READ_EARLY_DATA_ERROR:
                return -1;
            case SSL_READ_EARLY_DATA_FINISH:
                reads_early_ = false;
                [[fallthrough]];
            default:
                early_.append(piece, size);
        }
    }
    return SSL_do_handshake(ssl_);
}

void Tls::send_early() {
    const SSL_SESSION* session = SSL_get0_session(ssl_);
    if (session && SSL_SESSION_is_resumable(session)) early_room_ = SSL_SESSION_get_max_early_data(session);
    sends_early_ = early_room_ > 0;
}

/// The handshake behind early data. Ok: it is complete, and what was sent is not lost.
Io Tls::finish_early(Connection& connection) {
    sends_early_ = false;
    const Io io = handshake(connection);
    sends_early_ = io == Io::again;
    early_room_ = 0;
    if (io != Io::ok || SSL_get_early_data_status(ssl_) != SSL_EARLY_DATA_REJECTED) return io;
    early_refused_ = broken_ = true;
    context_->forget(std::string(server_name()));
    return Io::failed;
}

Io Tls::handshake(Connection& connection) {
    if (established_ || sends_early_) return Io::ok;
    if (error_ || broken_) return Io::failed;
    connection_ = &connection;
    ERR_clear_error();
    const int result = shake_hands();
    Io io = result == 1 ? Io::ok : after_failure(connection, result);
    const Io pushed = push(connection);
    connection_ = nullptr;
    if (io == Io::ok) {
        established_ = true;
        TlsCounters::of_process().note(SSL_is_server(ssl_) == 1, resumed());
        more_ = SSL_has_pending(ssl_) || !early_.empty();
    }
    if (io == Io::closed) {
        broken_ = true;
        io = Io::failed;
    }
    if (io == Io::again) connection.watch();
    return pushed == Io::failed ? Io::failed : io;
}

Io Tls::tell_end(Connection& connection) {
    more_ = false;
    connection.readable_ = false;
    if (end_ == Io::failed) return connection.error_ ? Io::failed : connection.fail(EPROTO);
    connection.peer_closed_ = true;
    return Io::closed;
}

Io Tls::receive(Connection& connection, base::Buffer& into, std::size_t max) {
    if (end_ != Io::ok) return tell_end(connection);
    if (sends_early_) {
        const Io io = finish_early(connection);
        if (io == Io::failed) end_ = io;
        if (io != Io::ok) return io == Io::again ? (connection.watch(), io) : tell_end(connection);
    }
    into.reserve(into.capacity());
    std::size_t room = std::min(into.room(), max);
    const std::size_t before = into.size();
    if (!early_.empty()) {
        const std::size_t size = std::min(room, early_.size());
        std::memcpy(into.tail(), early_.data(), size);
        into.commit(size);
        early_.erase(0, size);
        more_ = true;
        return Io::ok;
    }
    connection_ = &connection;
    ERR_clear_error();
    Io io = Io::ok;
    while (room > 0) {
        const int n = SSL_read(ssl_, into.tail(), static_cast<int>(room));
        if (n <= 0) {
            io = after_failure(connection, n);
            break;
        }
        into.commit(static_cast<std::size_t>(n));
        room -= static_cast<std::size_t>(n);
        // What OpenSSL would say if it were asked once more: half of what a small request costs there.
        if (!connection.readable_ && !connection.peer_closed_ && !SSL_has_pending(ssl_)) {
            io = Io::again;
            break;
        }
    }
    const Io pushed = push(connection);  // key updates
    connection_ = nullptr;
    if (pushed == Io::failed) io = Io::failed;
    more_ = io != Io::again;
    if (io == Io::closed || io == Io::failed) end_ = io;
    if (into.size() > before) return Io::ok;  // an end is told by the next call
    return end_ == Io::ok ? (connection.watch(), io) : tell_end(connection);
}

/// Encrypts: how many bytes, or what OpenSSL says instead. Early data goes until its room is used up; 0 then.
int Tls::write(const char* data, std::size_t size) {
    if (!sends_early_) return SSL_write(ssl_, data, static_cast<int>(size));
    std::size_t written = 0;
    size = std::min<std::size_t>(size, early_room_);
    if (size > 0 && SSL_write_early_data(ssl_, data, size, &written) != 1) return -1;
    early_room_ -= static_cast<std::uint32_t>(written);
    return static_cast<int>(written);
}

/// How many plain bytes one record may hold: tune.ssl.maxrecord and tune.ssl.hard-maxrecord.
std::size_t Tls::record_limit(std::uint64_t now_ms) {
    const TlsSettings& settings = line_->settings();
    const std::size_t hard =
        settings.hard_max_record ? std::min<std::size_t>(settings.hard_max_record, kRecord) : kRecord;
    if (settings.max_record == 0) return hard;
    if (now_ms - last_sent_ms_ >= kPauseMs) streamed_ = 0;
    last_sent_ms_ = now_ms;
    return streamed_ < kStreaming ? std::min<std::size_t>(settings.max_record, hard) : hard;
}

Io Tls::send(Connection& connection, const iovec* pieces, int count, std::size_t& sent) {
    sent = 0;
    if (broken_ || end_ == Io::failed) return Io::failed;
    if (const Io io = flush(connection); io != Io::ok) return io;
    // What does not fit waits for the handshake.
    if (sends_early_ && early_room_ == 0)
        if (const Io io = finish_early(connection); io != Io::ok) return io;
    connection_ = &connection;
    ERR_clear_error();
    Io io = Io::ok;
    const std::size_t record = record_limit(connection.loop().now_ms());
    const auto encrypt = [&](const char* data, std::size_t size) {
        while (size > 0 && io == Io::ok && sent < kSendLimit) {
            const int n = write(data, std::min(size, record));
            if (n == 0 && sends_early_) return;
            if (n <= 0) {
                io = after_failure(connection, n);
                return;
            }
            data += n;
            size -= static_cast<std::size_t>(n);
            sent += static_cast<std::size_t>(n);
        }
    };
    std::size_t total = 0;
    for (int i = 0; i < count; ++i) total += pieces[i].iov_len;
    if (count > 1 && total <= kRecord) {  // a head and its body: one record
        char joined[kRecord];
        std::size_t size = 0;
        for (int i = 0; i < count; ++i) {
            std::memcpy(joined + size, pieces[i].iov_base, pieces[i].iov_len);
            size += pieces[i].iov_len;
        }
        encrypt(joined, size);
    } else {
        for (int i = 0; i < count && io == Io::ok; ++i)
            encrypt(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    streamed_ += sent;
    const Io pushed = push(connection);
    connection_ = nullptr;
    if (pushed == Io::failed) return Io::failed;
    if (sent > 0) return Io::ok;
    return io == Io::closed ? Io::failed : io;
}

void Tls::close_output(Connection& connection) {
    if (!established_ || broken_ || (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN)) return;
    connection_ = &connection;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
    push(connection);
    connection_ = nullptr;
}

std::string_view Tls::describe_failure(int socket_error) const {
    if (!error_ && SSL_get_state(ssl_) == TLS_ST_BEFORE)  // not even a whole ClientHello came
        return socket_error ? "Connection error during SSL handshake" : "Connection closed during SSL handshake";
    if (!SSL_is_server(ssl_)) {
        const long verdict = SSL_get_verify_result(ssl_);
        if (verdict != X509_V_ERR_HOSTNAME_MISMATCH && verdict != X509_V_ERR_IP_ADDRESS_MISMATCH)
            return "SSL handshake failure";
        return server_name().empty() ? "Server presented an SSL certificate different from the configured one"
                                     : "Server presented an SSL certificate different from the expected one";
    }
    const bool refused = ERR_GET_REASON(error_) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    if (refused && verification.ca_error) return "SSL client CA chain cannot be verified";
    if (refused && verification.error) return "SSL client certificate not trusted";
    return "SSL handshake failure";
}

std::string_view Tls::version() const { return SSL_get_version(ssl_); }

std::string_view Tls::cipher() const {
    const char* name = SSL_get_cipher_name(ssl_);
    return name && std::string_view(name) != "(NONE)" ? name : "";
}

std::string_view Tls::protocol() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &name, &length);
    if (sends_early_) {  // the same as before, or what was sent is refused
        std::size_t size = 0;
        SSL_SESSION_get0_alpn_selected(SSL_get0_session(ssl_), &name, &size);
        length = static_cast<unsigned>(size);
    }
    return {reinterpret_cast<const char*>(name), length};
}

std::string_view Tls::server_name() const {
    const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name ? name : "";
}

bool Tls::resumed() const { return SSL_session_reused(ssl_) == 1; }

}  // namespace cfgproxy::net
