// The connection of a check: where it goes, by which proxy, how it introduces itself, TLS, and how it ends.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "net/proxy_protocol.h"
#include "net/retire_connection.h"
#include "net/socks4.h"
#include "net/tls.h"
#include "net/tls_context.h"
#include "server/check_probe.h"
#include "server/check_target.h"

namespace cfgproxy::server {

using model::CheckConnect;
using model::CheckStep;

Probe::Progress Probe::connect(const CheckConnect& how) {
    if (connecting_) return finish_connect();
    if (securing_) return secure();
    let_go();
    answer_.clear();
    answer_ended_ = false;
    return borrow(how) ? Progress::next : open(how);
}

/// `check-reuse-pool`: takes an idle connection of traffic, if there is one that was opened for the same name.
bool Probe::borrow(const CheckConnect& how) {
    if (!lender_ || !is_http() || !may_use_traffics(*server_, how)) return false;
    const model::Server& config = server_->config();
    const std::string& by_tls = !how.sni.empty() || !how.like_server ? how.sni : config.tls->check_sni;
    const bool named = !config.check.pool_name.empty();
    loan_ = lender_->lend(*server_, named ? config.check.pool_name : speaks_tls(*server_, how) ? by_tls : "", *this);
    if (!loan_) return false;
    connection_ = &loan_->socket();
    lingers_ = false;
    proto_ = model::Proto::h1;
    by_alpn_ = false;
    count();
    must_read_ = true;
    const model::Timeouts& timeouts = backend_.config().timeouts;
    const std::int64_t patience = timeouts.check >= 0 ? timeouts.check : config.check.inter_ms;
    set(loop_, loop_.now_ms() + static_cast<std::uint64_t>(patience));
    return true;
}

bool Probe::bind_source(int fd, int family) const {
    const auto& source = server_->config().source ? server_->config().source : backend_.config().source;
    if (!source || source->ip.family() != family) return true;
    net::Address address = source->ip;
    return ::bind(fd, address.raw(), address.length()) == 0;
}

Probe::Progress Probe::open(const CheckConnect& how) {
    const model::Timeouts& timeouts = backend_.config().timeouts;
    lingers_ = how.linger;
    introduces_ = sends_proxy_header(*server_, how);
    std::uint16_t port = 0;
    if (std::string_view text;
        how.port_expression && how.port_expression->evaluate_text(context_, text) == sample::Found::yes)
        port = static_cast<std::uint16_t>(base::parse_uint(text).value_or(0));
    CheckTarget target;
    if (!find_check_target(*server_, how, port, target)) return fail(CheckStatus::socket_error, {});
    beyond_proxy_ = {};
    asked_proxy_ = false;
    const model::Server& config = server_->config();
    if (config.socks4 && config.socks4->ip.is_ip() &&
        (how.via_socks4 || (how.like_server && config.check_via_socks4))) {
        const net::Address& proxy = config.socks4->ip;
        beyond_proxy_ = net::Address::from(reinterpret_cast<sockaddr*>(&target.storage), target.length);
        std::memcpy(&target.storage, proxy.raw(), proxy.length());
        target.length = proxy.length();
    }
    const int fd = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail_with_errno(CheckStatus::socket_error, errno);
    own_connection_ = std::make_unique<net::Connection>(loop_, fd);
    connection_ = own_connection_.get();
    connection_->set_owner(this);
    const model::TlsOptions& tls = server_->config().tls;
    by_alpn_ = false;
    if (tls.context && speaks_tls(*server_, how)) {
        const std::string& name = how.sni.empty() && how.like_server ? tls.check_sni : how.sni;
        const std::string& alpn = how.alpn.empty() && how.like_server ? tls.check_alpn : how.alpn;
        auto made = tls.context->connect(name, alpn);
        if (!made) return fail(CheckStatus::socket_error, {});
        connection_->start_tls(std::move(made));
        by_alpn_ = !alpn.empty() || !tls.check_alpn.empty() || !tls.settings.alpn.empty();
    }
    proto_ = proto_of(server_->config(), how, by_alpn_);
    if (!bind_source(fd, target.storage.ss_family)) return fail_with_errno(CheckStatus::socket_error, errno);
    std::uint64_t patience = server_->config().check.inter_ms;
    if (timeouts.check >= 0 && timeouts.connect >= 0)
        patience = std::min(patience, static_cast<std::uint64_t>(timeouts.connect));
    set(loop_, loop_.now_ms() + patience);
    if (target.storage.ss_family != AF_UNIX) net::set_stream_options(fd, false);
    connecting_ = true;
    const net::Io io = connection_->start_connect(reinterpret_cast<sockaddr*>(&target.storage), target.length);
    if (io == net::Io::failed) return refused_at_once(connection_->error(), target.storage.ss_family == AF_UNIX);
    if (!by_alpn_ || proto_ != model::Proto::negotiated) count();
    return io == net::Io::ok ? finish_connect() : Progress::wait;
}

Probe::Progress Probe::finish_connect() {
    const net::Io io = connection_->finish_connect();
    if (io == net::Io::again) return Progress::wait;
    if (io == net::Io::failed) return fail_with_errno(CheckStatus::l4_error, connection_->error());
    connecting_ = false;
    return secure();
}

/// Asks the SOCKS4 proxy for the server. `wait` until it has answered.
Probe::Progress Probe::pass_proxy() {
    switch (net::pass_socks4(*connection_, beyond_proxy_, asked_proxy_)) {
        case net::Socks4::granted:
            beyond_proxy_ = {};
            return Progress::next;
        case net::Socks4::waiting:
            return Progress::wait;
        case net::Socks4::unsent:
            return fail(CheckStatus::l4_error, "SOCKS4 Proxy write error during handshake");
        case net::Socks4::unread:
            return fail(CheckStatus::l4_error, "SOCKS4 Proxy read error during handshake");
        default:
            return fail(CheckStatus::l4_error, "SOCKS4 Proxy deny the request");
    }
}

/// TCP is there: a proxy, a PROXY header and TLS come next, where the check has them.
Probe::Progress Probe::secure() {
    if (beyond_proxy_.is_ip()) {
        const Progress passed = pass_proxy();
        securing_ = passed == Progress::wait;
        if (passed != Progress::next) return passed;
    }
    if (introduces_ && !introduce()) return fail_with_errno(CheckStatus::socket_error, errno);
    introduces_ = false;
    const net::Io io = connection_->handshake();
    securing_ = io == net::Io::again;
    if (securing_) return Progress::wait;
    if (io == net::Io::failed) {
        const CheckStep* step = current();
        return fail(CheckStatus::l6_error,
                    "SSL handshake failure" + (step ? whereabouts(check(), *step) : std::string{}));
    }
    if (!counted_) count();
    must_read_ = true;
    if (const std::int64_t patience = backend_.config().timeouts.check; patience >= 0 && !check().steps.empty())
        set(loop_, loop_.now_ms() + static_cast<std::uint64_t>(patience));
    return Progress::next;
}

/// The PROXY header of a connection that is our own: in version 2 it says so, in version 1 it names its own ends.
bool Probe::introduce() {
    auto end_of = [this](auto function) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        function(connection_->fd(), reinterpret_cast<sockaddr*>(&address), &length);
        return net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
    };
    std::string header;
    const model::ProxyProtocol& how = server_->config().proxy_protocol;
    if (how.version & 2 && how.never_local)
        net::append_proxy_v2(header, end_of(getsockname), end_of(getpeername), {.crc32c = how.crc32c});
    else if (how.version & 2)
        net::append_proxy_v2(header, {}, {}, {.local = true, .crc32c = how.crc32c});
    else
        net::append_proxy_v1(header, end_of(getsockname), end_of(getpeername));
    return ::send(connection_->fd(), header.data(), header.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(header.size());
}

/// The system would not even begin to connect: no route, no such UNIX socket.
Probe::Progress Probe::refused_at_once(int error, bool to_unix_socket) {
    std::string text = std::string("General socket error (") + std::strerror(error) + ")";
    if (const CheckStep* step = current()) text += whereabouts(check(), *step);
    return fail(to_unix_socket ? CheckStatus::socket_error : CheckStatus::l4_error, text);
}

void Probe::let_go() {
    connecting_ = securing_ = false;
    mux_.reset();
    counted_.reset();
    loan_.reset();
    connection_ = nullptr;
    if (!own_connection_) return;
    // Nothing of this connection is worth a TIME_WAIT, unless the server has closed in an orderly way.
    if (own_connection_->peer_closed() || lingers_)
        own_connection_->close();
    else
        own_connection_->reset();
    net::retire_connection(loop_, std::move(own_connection_));
}

}  // namespace cfgproxy::server
