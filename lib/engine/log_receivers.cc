#include "engine/log_receivers.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <list>

#include "engine/listen.h"
#include "log/syslog_message.h"
#include "model/socket_address.h"
#include "net/connection.h"
#include "net/tls.h"
#include "net/tls_context.h"

namespace cfgproxy::engine {
namespace {

using model::LogForward;
using Kind = model::Endpoint::Kind;

constexpr std::size_t kMaxMessage = 65536;
constexpr int kMessagesPerTurn = 64;

/// A section and what it needs to pass messages on.
struct Target {
    log::Logger* logger = nullptr;
    net::Loop* loop = nullptr;
    std::shared_ptr<const model::Config> config;
    const LogForward* section = nullptr;

    void take(std::string_view message, const net::Address& from) const {
        log::Received received;
        if (section->parse)
            received.message = log::parse_syslog(message);
        else
            received.message.text = message;
        std::string host;
        if (section->parse && section->host != LogForward::Host::keep && from.is_ip()) {
            auto& known = received.message.host;
            const bool append = section->host == LogForward::Host::append && !known.empty();
            if (append) host = std::string(known) + ",";
            if (section->host != LogForward::Host::fill || known.empty()) known = host += from.ip_text();
        }
        logger->forward(section->logs, received, loop->wall_us());
    }
};

int open_datagram(const model::Bind& bind, std::string& error) {
    const auto& endpoint = bind.endpoint;
    if (endpoint.kind == Kind::fd) {
        ::fcntl(endpoint.fd, F_SETFL, ::fcntl(endpoint.fd, F_GETFL) | O_NONBLOCK);
        return endpoint.fd;
    }
    sockaddr_storage address = {};
    socklen_t length = 0;
    if (endpoint.kind == Kind::ip) {
        std::memcpy(&address, endpoint.ip.raw(), endpoint.ip.length());
        length = endpoint.ip.length();
    } else {
        length = model::write_unix_address(endpoint, address);
        if (length == 0) {
            error = "socket path too long";
            return -1;
        }
        if (endpoint.kind == Kind::unix_path) ::unlink(endpoint.path.c_str());
    }
    const int fd = ::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    if (fd >= 0 && endpoint.kind == Kind::ip) {
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    }
    if (fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) return fd;
    error = fd < 0 ? "cannot create receiving socket" : "cannot bind socket";
    if (fd >= 0) ::close(fd);
    return -1;
}

}  // namespace

/// One address of a section.
class LogReceivers::Socket final : private net::Watcher {
  public:
    Socket(std::string key, bool datagram) : key_(std::move(key)), datagram_(datagram) {}
    ~Socket() {
        *alive_ = nullptr;
        watch_.stop();
        if (fd_ >= 0) ::close(fd_);
    }
    const std::string& key() const { return key_; }
    int fd() const { return fd_; }

    std::string open(const model::Bind& bind, const LogForward& section) {
        std::string error;
        if (datagram_) {
            fd_ = open_datagram(bind, error);
            return error;
        }
        static const model::Proxy kNone;
        auto opened =
            ListenSocket::open(bind, kNone, bind.endpoint.port_low, section.backlog ? section.backlog : 1024, -1);
        if (!opened.ok()) return opened.error();
        listener_ = std::move(*opened);
        return {};
    }
    void start(Target target, std::shared_ptr<net::TlsContext> tls) {
        target_ = std::move(target);
        tls_ = std::move(tls);
        if (!watch_.active()) watch_.start_level(*target_.loop, datagram_ ? fd_ : listener_->fd(), *this);
    }

  private:
    class Client;
    void on_ready(std::uint8_t) override {
        if (datagram_)
            receive();
        else
            accept();
    }
    void receive() {
        static thread_local char buffer[kMaxMessage];
        for (int i = 0; i < kMessagesPerTurn; ++i) {
            sockaddr_storage from = {};
            socklen_t length = sizeof from;
            const ssize_t size = ::recvfrom(fd_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
            if (size < 0) return;
            target_.take({buffer, static_cast<std::size_t>(size)},
                         net::Address::from(reinterpret_cast<const sockaddr*>(&from), length));
        }
    }
    void accept();

    std::string key_;
    bool datagram_;
    int fd_ = -1;
    std::shared_ptr<ListenSocket> listener_;
    net::Watch watch_;
    Target target_;
    std::shared_ptr<net::TlsContext> tls_;  ///< what clients have to speak; null: nothing
    std::list<Client> clients_;
    std::shared_ptr<Socket*> alive_ = std::make_shared<Socket*>(this);
};

/// A stream of messages: each ends at a line feed, or begins with its length (RFC 6587).
class LogReceivers::Socket::Client final : private net::ConnectionOwner, private net::Timer, public net::Retired {
  public:
    /// `tls`: the client speaks it; null: it does not.
    Client(Socket& socket, int fd, const net::Address& from, std::unique_ptr<net::Tls> tls)
        : socket_(socket), from_(from), connection_(*socket.target_.loop, fd) {
        connection_.set_owner(this);
        if (tls) connection_.start_tls(std::move(tls));
    }
    void start() {
        touch();
        connection_.watch();
        on_io(connection_);
    }
    std::list<Client>::iterator self;

  private:
    void touch() {
        const std::int64_t timeout = socket_.target_.section->client_timeout_ms;
        Timer::set(connection_.loop(), connection_.loop().deadline_in(timeout));
    }
    void on_timer() override { end(); }
    void on_io(net::Connection&) override {
        switch (connection_.handshake()) {
            case net::Io::ok:
                break;
            case net::Io::again:
                return;
            default:
                return end();
        }
        base::Buffer buffer;
        for (int i = 0; i < kMessagesPerTurn; ++i) {
            const net::Io io = connection_.receive(buffer);
            if (io == net::Io::again) return;
            if (io != net::Io::ok) return end();
            touch();
            input_.append(buffer.view());
            buffer.clear();
            if (!take_messages()) return end();
        }
        // More may be waiting: the registration is edge-triggered, so look again at the next turn.
        connection_.loop().post([alive = alive_] {
            if (*alive) (*alive)->on_io((*alive)->connection_);
        });
    }
    /// False: what comes is no syslog.
    bool take_messages() {
        std::size_t at = 0;
        while (at < input_.size()) {
            const std::string_view rest = std::string_view(input_).substr(at);
            std::size_t skipped = 0, length = 0, next = 0;
            if (rest[0] == '<' || socket_.target_.section->line_feeds) {
                const std::size_t end = rest.find('\n');
                if (end == std::string_view::npos) break;
                length = end > 0 && rest[end - 1] == '\r' ? end - 1 : end;
                next = end + 1;
            } else if (rest[0] >= '1' && rest[0] <= '9') {
                const std::size_t blank = rest.find(' ');
                if (blank == std::string_view::npos && rest.size() < 8) break;
                if (blank == std::string_view::npos || blank > 7) return false;
                for (char c : rest.substr(0, blank)) {
                    if (c < '0' || c > '9') return false;
                    length = 10 * length + static_cast<std::size_t>(c - '0');
                }
                if (length > kMaxMessage) return false;
                skipped = blank + 1;
                next = skipped + length;
                if (rest.size() < next) break;
            } else {
                return false;
            }
            socket_.target_.take(rest.substr(skipped, length), from_);
            at += next;
        }
        input_.erase(0, at);
        return input_.size() <= kMaxMessage + 8;
    }
    void end() {
        if (ended_) return;
        ended_ = true;
        Timer::cancel();
        connection_.close();
        *alive_ = nullptr;
        connection_.loop().post([socket = &socket_, self = self, owner = socket_.alive_] {
            if (*owner) socket->clients_.erase(self);
        });
    }

    Socket& socket_;
    net::Address from_;
    net::Connection connection_;
    std::string input_;
    bool ended_ = false;
    std::shared_ptr<Client*> alive_ = std::make_shared<Client*>(this);
};

void LogReceivers::Socket::accept() {
    for (int i = 0; i < kMessagesPerTurn; ++i) {
        sockaddr_storage from = {};
        socklen_t length = sizeof from;
        const int fd =
            ::accept4(listener_->fd(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (target_.section->max_connections != 0 && clients_.size() >= target_.section->max_connections) {
            ::close(fd);
            continue;
        }
        std::unique_ptr<net::Tls> tls;
        if (tls_) tls = tls_->accept();
        clients_.emplace_back(*this, fd, net::Address::from(reinterpret_cast<const sockaddr*>(&from), length),
                              std::move(tls));
        clients_.back().self = std::prev(clients_.end());
        clients_.back().start();
    }
}

// --- all of them -------------------------------------------------------------------------------------------------

namespace {

template <class Visit>
void for_each_bind(const model::Config& config, Visit visit) {
    for (const auto& section : config.log_forwards) {
        for (const model::Bind& bind : section->binds) visit(*section, bind, false);
        for (const model::Bind& bind : section->datagram_binds) visit(*section, bind, true);
    }
}

std::string key_of(const model::Bind& bind, bool datagram) {
    return (datagram ? "dgram " : "stream ") + ListenSocket::key_of(bind, bind.endpoint.port_low);
}

}  // namespace

LogReceivers::LogReceivers() = default;
LogReceivers::~LogReceivers() = default;

void LogReceivers::stop() { sockets_.clear(); }

base::Result<void> LogReceivers::open(const model::Config& config) {
    std::string problem;
    for_each_bind(config, [&](const model::LogForward& section, const model::Bind& bind, bool datagram) {
        const std::string key = key_of(bind, datagram);
        for (const auto& socket : sockets_)
            if (socket->key() == key) return;
        auto socket = std::make_unique<Socket>(key, datagram);
        const std::string error = socket->open(bind, section);
        if (datagram && error.empty())
            net::set_buffers(socket->fd(), {.receive = config.global.receive_buffer_datagrams});
        if (error.empty())
            sockets_.push_back(std::move(socket));
        else if (problem.empty())
            problem = "log-forward '" + section.name + "': " + error + " [" + bind.endpoint.text + "]";
    });
    if (!problem.empty()) return base::Error{problem};
    return {};
}

void LogReceivers::start(net::Loop& loop, log::Logger& logger, std::shared_ptr<const model::Config> config) {
    std::vector<std::unique_ptr<Socket>> kept;
    for_each_bind(*config, [&](const model::LogForward& section, const model::Bind& bind, bool datagram) {
        const std::string key = key_of(bind, datagram);
        for (auto& socket : sockets_) {
            if (!socket || socket->key() != key) continue;
            socket->start({&logger, &loop, config, &section}, bind.tls.context);
            kept.push_back(std::move(socket));
        }
    });
    sockets_ = std::move(kept);
}

}  // namespace cfgproxy::engine
