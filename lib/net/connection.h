#pragma once
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/buffer.h"
#include "net/address.h"
#include "net/loop.h"

namespace cfgproxy::net {

/// Outcome of an attempt to receive or send.
enum class Io : std::uint8_t {
    ok,      ///< at least one byte moved
    again,   ///< nothing now: on_io() will be called
    closed,  ///< receiving: the peer has finished sending
    failed,  ///< the connection is dead; `error()` tells why
};

class Connection;
class Tls;

/// Who is told when a connection can go on. Called from the loop; may close or hand over the connection.
class ConnectionOwner {
  public:
    virtual void on_io(Connection& connection) = 0;

  protected:
    ~ConnectionOwner() = default;
};

/// A stream socket, towards a client or towards a server: the same class. Non-blocking, edge-triggered, registered with
/// the loop once, when it first has to wait. Reads and writes are tried at once; what the kernel last said is
/// remembered so that no call is made in vain: a short read means "drained" unless the peer has closed. Thread-owned.
/// With TLS (start_tls) the bytes are plain here and encrypted on the socket.
class Connection final : private Watcher {
  public:
    Connection(Loop& loop, int fd);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Begins connecting; `again` while in progress (owner is told, then finish_connect()). The socket is this object's
    /// either way.
    static int open_socket(const Address& to, int& error);
    Io start_connect(const sockaddr* to, socklen_t length);
    /// After on_io() of a connecting socket: ok, again, or failed.
    Io finish_connect();
    bool connecting() const { return connecting_; }

    /// From now on all bytes go through `tls`, whose handshake comes first: handshake() until it says ok.
    void start_tls(std::unique_ptr<Tls> tls);
    Tls* tls() const { return tls_.get(); }
    /// Ok at once without TLS; else `again` while the peer has to answer (the owner is told).
    Io handshake();

    /// Appends to `into` (which is given a block if it has none), at most its room. `max` bounds it further.
    Io receive(base::Buffer& into, std::size_t max = ~std::size_t{0});
    /// Sends the pieces; `sent` is how many bytes went. `more`: further data follows at once (MSG_MORE).
    Io send(const iovec* pieces, int count, std::size_t& sent, bool more = false);
    /// Encrypted bytes are left that the socket did not take: they leave by themselves, or by flush(), before others.
    bool has_unsent() const;
    /// True when nothing is left unsent.
    bool flush();
    /// Moves bytes between socket and pipe without copying. `moved` bytes. Not with TLS.
    Io splice_in(int pipe, std::size_t max, std::size_t& moved);
    Io splice_out(int pipe, std::size_t max, std::size_t& moved, bool more);

    /// Whether a try is worth it: the last one was not in vain.
    bool can_receive() const { return readable_ || (tls_ && tls_has_more()); }
    bool can_send() const { return writable_; }
    bool peer_closed() const { return peer_closed_; }  ///< RDHUP was seen, perhaps with data still to read
    bool is_open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    int error() const { return error_; }
    Loop& loop() { return loop_; }

    void set_owner(ConnectionOwner* owner) { owner_ = owner; }
    /// Makes sure that on_io() will be called when there is news. Cheap when already so.
    void watch() {
        if (!watch_.active()) start_watch();
    }
    void shutdown_write();
    void close();
    /// Gives the descriptor away, out of this loop: the caller must close it or wrap it anew. A TLS session goes with
    /// it by take_tls(), or is lost.
    int surrender();
    std::unique_ptr<Tls> take_tls();
    /// Close with RST: no TIME_WAIT, unsent data is lost.
    void reset();

  private:
    void on_ready(std::uint8_t what) override;
    void start_watch();
    Io fail(int error);
    bool tls_has_more() const;
    friend class Tls;
    friend struct TlsBio;
    /// What receive() and send() do without TLS, and TLS does with encrypted bytes.
    Io receive_raw(char* to, std::size_t max, std::size_t& got);
    Io send_raw(const iovec* pieces, int count, std::size_t& sent, bool more);

    Loop& loop_;
    ConnectionOwner* owner_ = nullptr;
    std::unique_ptr<Tls> tls_;
    Watch watch_;
    int fd_ = -1;
    int error_ = 0;
    bool readable_ = true, writable_ = true, peer_closed_ = false, connecting_ = false;
};

/// Room that the kernel keeps for a socket, in bytes; 0: the system's.
struct SocketBuffers {
    std::uint32_t receive = 0, send = 0;
    std::uint32_t not_sent = 0;  ///< of TCP: from how much on the socket takes no more
};
void set_buffers(int fd, const SocketBuffers& buffers);

/// TCP options of a fresh stream socket: no delay, keep-alives when asked for.
void set_stream_options(int fd, bool keepalive);

}  // namespace cfgproxy::net
