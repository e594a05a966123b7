#include "log/forward.h"

#include <sys/socket.h>

#include <algorithm>

#include "model/socket_address.h"
#include "net/tls.h"
#include "net/tls_context.h"

namespace cfgproxy::log {
namespace {

constexpr std::uint64_t kRetryMs = 1000;
constexpr std::size_t kBatchBytes = 16384;

/// A reload makes new contexts; those of the same words are as good as the old ones.
bool same_tls(const model::TlsOptions& a, const model::TlsOptions& b) {
    const net::TlsSettings &s = a.settings, &t = b.settings;
    return a.on == b.on && a.ca_file == b.ca_file && a.crl_file == b.crl_file && a.certificate == b.certificate &&
           s.ciphers == t.ciphers && s.ciphersuites == t.ciphersuites && s.curves == t.curves &&
           s.sigalgs == t.sigalgs && s.min == t.min && s.max == t.max && s.off == t.off && s.alpn == t.alpn &&
           s.verify == t.verify && s.verify_host == t.verify_host && s.renegotiates == t.renegotiates;
}

}  // namespace

Forwarder::Forwarder(net::Loop& loop, std::shared_ptr<Ring> ring, Settings settings, std::uint64_t position)
    : loop_(loop),
      ring_(std::move(ring)),
      settings_(std::move(settings)),
      position_(position),
      alive_(std::make_shared<Alive>(Alive{this})) {
    ring_->set_listener(this, [alive = alive_, loop = &loop_] {
        loop->post([alive] {
            if (alive->forwarder) alive->forwarder->work();
        });
    });
    connect();
}

Forwarder::~Forwarder() {
    ring_->set_listener(this, nullptr);
    alive_->forwarder = nullptr;
}

bool Forwarder::reaches(const Ring& ring, const model::LogServer& server) const {
    return ring_.get() == &ring && settings_.server.endpoint.text == server.endpoint.text;
}

bool Forwarder::serves(const Ring& ring, const model::LogServer& server) const {
    return reaches(ring, server) && settings_.server.octet_count == server.octet_count &&
           same_tls(settings_.server.tls, server.tls);
}

std::uint64_t Forwarder::unsent() const {
    return position_ - static_cast<std::uint64_t>(
                           std::count_if(ends_.begin(), ends_.end(), [this](std::size_t end) { return end > sent_; }));
}

void Forwarder::connect() {
    sockaddr_storage address = {};
    const socklen_t length = model::write_address(settings_.server.endpoint, address);
    if (length == 0) return;
    const int fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        Timer::set(loop_, loop_.deadline_in(kRetryMs));
        return;
    }
    connection_ = std::make_unique<net::Connection>(loop_, fd);
    connection_->set_owner(this);
    if (settings_.server.tls->on && settings_.server.tls->context) {
        auto made = settings_.server.tls->context->connect({});
        if (!made) return lose();
        connection_->start_tls(std::move(made));
    }
    switch (connection_->start_connect(reinterpret_cast<const sockaddr*>(&address), length)) {
        case net::Io::ok:
            connection_->watch();
            secure();
            break;
        case net::Io::again:
            connection_->watch();
            Timer::set(loop_, loop_.deadline_in(settings_.connect_timeout_ms));
            break;
        default:
            lose();
    }
}

/// TCP is there; TLS comes next where the server has it.
void Forwarder::secure() {
    const net::Io io = connection_->handshake();
    if (io == net::Io::again) return;
    if (io != net::Io::ok) return lose();
    connected_ = true;
    Timer::set(loop_, kNever);
    work();
}

/// Lines that were not sent whole will be sent again.
void Forwarder::lose() {
    connection_.reset();
    connected_ = false;
    position_ = unsent();
    out_.clear();
    ends_.clear();
    sent_ = 0;
    Timer::set(loop_, loop_.deadline_in(kRetryMs));
}

void Forwarder::on_timer() {
    if (connection_)
        lose();  // no connection in time, or nothing was taken for too long
    else
        connect();
}

void Forwarder::on_io(net::Connection& connection) {
    if (!connected_) {
        if (connection.connecting()) {
            const net::Io io = connection.finish_connect();
            if (io == net::Io::again) return;
            if (io != net::Io::ok) return lose();
        }
        return secure();
    }
    if (connection.can_receive()) {  // a collector may only close
        base::Buffer ignored;
        const net::Io got = connection.receive(ignored);
        if (got == net::Io::closed || got == net::Io::failed) return lose();
    }
    work();
}

/// Takes the next lines from the ring; false if there are none.
bool Forwarder::fill() {
    out_.clear();
    ends_.clear();
    sent_ = 0;
    std::string lines;
    ring_->rearm(this);
    position_ = ring_->read(position_, kBatchBytes, '\0', lines);
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\0', at);
        if (settings_.server.octet_count) {
            out_ += std::to_string(end - at) + " ";
            out_.append(lines, at, end - at);
        } else {
            out_.append(lines, at, end - at);
            out_ += '\n';
        }
        ends_.push_back(out_.size());
        at = end + 1;
    }
    return !out_.empty();
}

void Forwarder::work() {
    if (!connected_) return;
    while (sent_ < out_.size() || fill()) {
        if (!connection_->can_send()) return;
        const iovec piece{out_.data() + sent_, out_.size() - sent_};
        std::size_t count = 0;
        const net::Io result = connection_->send(&piece, 1, count);
        sent_ += count;
        if (result == net::Io::failed) return lose();
        if (result == net::Io::again) {
            Timer::set(loop_, loop_.deadline_in(settings_.server_timeout_ms));
            return;
        }
    }
    Timer::set(loop_, kNever);
}

}  // namespace cfgproxy::log
