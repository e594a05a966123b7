// How a connection to a server begins: whom it is for, where it goes, what it shows, and the socket itself.
#include "stream/open_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "http/framing.h"
#include "http/websocket.h"
#include "log/format.h"
#include "model/socket_address.h"
#include "net/network_namespace.h"
#include "net/proxy_protocol.h"
#include "net/tcp_md5.h"
#include "net/tls.h"
#include "net/tls_context.h"
#include "net/tls_facts.h"
#include "sample/expression.h"

namespace cfgproxy::stream {
namespace {

constexpr std::uint8_t kTlvNamespace = 0x30;  // of the PROXY protocol

/// Where the client wanted to go, of servers that take the address or the port from there; else nothing.
net::Address client_destination(const Stream& s) {
    const model::Endpoint& endpoint = s.server->config().endpoint;
    net::Address address = s.server->address();
    if (!address.is_ip() || !(endpoint.port_mapped || address.is_any())) return {};
    if (endpoint.port_mapped) address.set_port(static_cast<std::uint16_t>(s.context.dst.port() + endpoint.port_offset));
    if (address.is_any()) {
        const std::uint16_t port = address.port();
        address = s.context.dst;
        address.set_port(port);
    }
    return address;
}

/// Which address to connect to: the server's, with the client's port where the server has none or an offset.
bool server_address(Stream& s, sockaddr_storage& to, socklen_t& length) {
    const model::Endpoint& endpoint = s.server->config().endpoint;
    if (model::is_unix(endpoint)) {
        length = model::write_unix_address(endpoint, to);
        if (length == 0) return false;
        s.record.server_address = net::Address::unix_peer();
        return true;
    }
    net::Address address = s.server->address();
    if (endpoint.port_mapped || address.is_any()) address = client_destination(s);
    if (!address.is_ip()) return false;
    s.record.server_address = address;
    std::memcpy(&to, address.raw(), address.length());
    length = address.length();
    return true;
}

bool has_own_source(const Stream& s) { return s.server_config && s.server_config->source; }

const model::ShownSource& shown_settings(const Stream& s) {
    return has_own_source(s) ? s.server_config->shown_source : s.backend->shown_source;
}

/// hdr_ip(NAME,OCCURRENCE): of several values, counted from the first or from the last one.
net::Address address_in_header(const Stream& s, const model::ShownSource& shown) {
    if (!s.http() || shown.occurrence == 0) return {};
    std::vector<std::string_view> values;
    for (const http::Header& header : s.request.headers)
        if (base::iequal(header.name, shown.header)) {
            std::string_view rest = header.value, value;
            while (http::next_element(rest, value)) values.push_back(value);
        }
    const auto count = static_cast<std::int32_t>(values.size());
    const std::int32_t at = shown.occurrence > 0 ? shown.occurrence - 1 : count + shown.occurrence;
    if (at < 0 || at >= count) return {};
    const auto address = net::Address::parse_ip(values[static_cast<std::size_t>(at)]);
    return address ? *address : net::Address{};
}

/// usesrc: whom the server shall see; nothing: us.
net::Address shown_source(const Stream& s) {
    using Kind = model::ShownSource::Kind;
    const model::ShownSource& shown = shown_settings(s);
    net::Address address;
    switch (shown.kind) {
        case Kind::none:
            return {};
        case Kind::address:
            return shown.address;
        case Kind::header:
            address = address_in_header(s, shown);
            break;
        default:
            address = s.context.src;
            break;
    }
    if (!address.is_ip()) return {};
    if (shown.kind != Kind::client) address.set_port(0);
    return address;
}

/// False with errno: the address cannot be taken.
bool bind_source(const Stream& s, int fd) {
    const auto& source = has_own_source(s) ? s.server_config->source : s.backend->source;
    if (!source) return true;
    const std::string& interface = s.backend->source_interface;
    if (!has_own_source(s) && !interface.empty())
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(), static_cast<socklen_t>(interface.size() + 1));
    const net::Address shown = shown_source(s);
    const net::Address& own = shown.is_ip() ? shown : source->ip;
    if (!own.is_ip()) return true;
    const int one = 1;
    const bool v6 = own.family() == AF_INET6;
    if (shown.is_ip())
        setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (own.port() == 0) setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return ::bind(fd, own.raw(), own.length()) == 0;
}

void set_keepalive(const model::ProxySettings::Keepalive& keepalive, int fd) {
    for (auto [option, value] : {std::pair{TCP_KEEPCNT, keepalive.count},
                                 {TCP_KEEPIDLE, keepalive.idle_s},
                                 {TCP_KEEPINTVL, keepalive.interval_s}})
        if (value > 0) setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);
}

void set_server_options(const model::Server& server, int fd) {
    if (!server.interface.empty())
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, server.interface.c_str(),
                   static_cast<socklen_t>(server.interface.size() + 1));
    if (server.tcp_user_timeout_ms > 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &server.tcp_user_timeout_ms, sizeof server.tcp_user_timeout_ms);
    if (!server.congestion.empty())
        setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, server.congestion.c_str(),
                   static_cast<socklen_t>(server.congestion.size()));
    const int one = 1;
    if (server.tcp_fast_open) setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof one);
}

/// The name that the server is asked for by TLS: `sni`, evaluated on the request. Empty: none.
std::string_view server_name(Stream& s) {
    std::string_view name;
    const auto& expression = s.server->config().tls->sni;
    if (!expression || expression->evaluate_text(s.context, name) != sample::Found::yes) return {};
    return name;
}

/// What a connection that is used again must have been opened with: `pool-conn-name`, else the name asked for by TLS.
std::string_view pool_name(Stream& s) {
    const auto& expression = s.server->config().pool_name;
    if (!expression) return server_name(s);
    std::string_view name;
    return expression->evaluate_text(s.context, name) == sample::Found::yes ? name : std::string_view{};
}

/// What goes before all else to a server with send-proxy; empty: nothing.
std::string proxy_header(Stream& s) {
    const model::ProxyProtocol& how = s.server->config().proxy_protocol;
    std::string header;
    if (how.version == 1) net::append_proxy_v1(header, s.context.src, s.context.dst);
    if (!(how.version & 2)) return header;
    const net::Tls* tls = s.session.connection().tls();
    net::ProxyOptions options{.crc32c = how.crc32c, .alpn = tls ? tls->protocol() : std::string_view{}};
    if (const auto told = net::find_tlv(s.session.proxy_tlvs, net::kTlvAuthority); how.authority && !told.empty()) {
        options.with_authority = true;
        options.authority = told;
    } else if (how.authority && tls && !tls->server_name().empty()) {
        options.with_authority = true;
        options.authority = tls->server_name();
    }
    if (how.unique_id) {
        options.with_unique_id = true;
        options.unique_id = s.unique_id();
    }
    std::string more;
    if (how.tls.on) net::append_tls_tlv(more, tls, how.tls);
    for (const auto& [type, format] : how.tlvs) net::append_tlv(more, type, log::render(*format, &s.record, s.context));
    options.more = more;
    net::append_proxy_v2(header, s.context.src, s.context.dst, options);
    return header;
}

/// What a WebSocket goes over where other exchanges with the server may go over something else: as `ws` says, else
/// HTTP/1 where that can be had for sure or HTTP/2 was of no use.
model::Proto forced_protocol(const Stream& s) {
    using model::Proto;
    if (s.needs_http1) return Proto::h1;
    const model::Server& server = s.server->config();
    if (!s.http() || server.proto == Proto::fcgi || !http::is_websocket(s.request)) return Proto::negotiated;
    const std::string_view alpn = s.server->tls() ? std::string_view(server.tls->settings.alpn) : std::string_view{};
    const bool is_h2 = server.proto == Proto::h2;
    const bool offers_h2 = alpn.find("h2") != alpn.npos, offers_h1 = alpn.find("http/1.1") != alpn.npos;
    switch (server.web_sockets) {
        case model::WebSockets::h1:
            return is_h2 || offers_h2 ? Proto::h1 : Proto::negotiated;
        case model::WebSockets::h2:
            if (is_h2 || (server.proto == Proto::negotiated && offers_h2 && !offers_h1)) return Proto::negotiated;
            return Proto::h2;
        case model::WebSockets::negotiated:
            return !is_h2 && offers_h2 && offers_h1 ? Proto::h1 : Proto::negotiated;
    }
    return Proto::negotiated;
}

/// What a connection that is forced to a protocol offers instead of what is on the server's line.
std::string_view forced_alpn(const ServerConnection& connection) {
    if (connection.server().config().tls->settings.alpn.empty()) return {};
    if (connection.forced == model::Proto::h1) return "\x08http/1.1";
    return connection.forced == model::Proto::h2 ? std::string_view("\x02h2") : std::string_view{};
}

/// Whether what is sent first may leave before the server has said anything: a client that has sent its request so
/// itself wants that, and who tries again what the server refuses can afford it (`allow-0rtt`).
bool may_send_early(const Stream& s) {
    if (!s.http() || s.replay.again || s.connection->forced == model::Proto::h1 ||
        !s.server->tls()->settings().early_data)
        return false;
    const net::Tls* client = s.session.connection().tls();
    return (client && net::early_data_taken(*client)) || (s.backend->retry_on & model::kRetry0RttRejected);
}

/// `namespace`: where the connection begins; null: in ours.
const net::NetworkNamespace* server_namespace(const Stream& s) {
    const model::Server& server = s.server->config();
    if (!server.client_namespace) return server.network_namespace.get();
    const std::string_view told = net::find_tlv(s.session.proxy_tlvs, kTlvNamespace);
    for (const auto& known : s.pinned.generation->config->network_namespaces)
        if (!told.empty() && known->name() == told) return known.get();
    return s.session.binding().bind->network_namespace.get();
}

}  // namespace

bool may_use_http1(const Stream& s) {
    const model::Server& server = s.server->config();
    return s.server->tls() && server.proto != model::Proto::h2 && server.web_sockets == model::WebSockets::negotiated &&
           http::is_websocket(s.request);
}

Opening::Opening(Stream& s)
    : introduction(proxy_header(s)), purpose{pool_name(s),    introduction,   client_destination(s),
                                             shown_source(s), s.server_marks, forced_protocol(s)} {}

EndH1::Limits response_limits(Stream& s) {
    EndH1::Limits limits = s.env().limits;
    limits.h1.accept_invalid = s.backend->options.accept_invalid_response;
    return limits;
}

/// A socket for the server, with all that its lines say of it; -1 after an error (errno).
static int make_socket(const Stream& s, sa_family_t family, const SocketMarks& marks) {
    const int fd = net::socket_in(server_namespace(s), family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return fd;
    const model::Global& global = s.pinned.generation->config->global;
    net::set_buffers(fd, {global.receive_buffer_server, global.send_buffer_server, global.not_sent_server});
    if (family == AF_UNIX) return fd;
    const std::string& password = s.server->config().md5_password;
    const bool keepalive = s.backend->options.srvtcpka || s.backend->options.tcpka;
    net::set_stream_options(fd, keepalive);
    if (keepalive) set_keepalive(s.backend->server_keepalive, fd);
    if ((!password.empty() && !net::sign_with_md5(fd, s.record.server_address, password)) || !bind_source(s, fd)) {
        const int error = errno;
        ::close(fd);
        errno = error;
        return -1;
    }
    marks.apply(fd);
    set_server_options(s.server->config(), fd);
    return fd;
}

net::Io open_connection(Stream& s, const Opening& opening, int& error) {
    sockaddr_storage to{};
    socklen_t length = 0;
    if (!server_address(s, to, length)) {
        error = EADDRNOTAVAIL;
        return net::Io::failed;
    }
    if (const auto& proxy = s.server->config().socks4; proxy && proxy->ip.is_ip()) {
        std::memcpy(&to, proxy->ip.raw(), proxy->ip.length());
        length = proxy->ip.length();
    }
    const int fd = make_socket(s, to.ss_family, opening.purpose.marks);
    if (fd < 0) {
        error = errno;
        return net::Io::failed;
    }
    s.connection = new ServerConnection(s.env(), s.server->shared_from_this(), fd, response_limits(s));
    s.connection->begin_for(opening.purpose);
    s.connection->attach(s);
    if (const net::TlsContext* context = s.server->tls()) {
        auto tls = context->connect(std::string(server_name(s)), forced_alpn(*s.connection));
        if (!tls) {
            error = ENOMEM;
            return net::Io::failed;
        }
        if (may_send_early(s)) tls->send_early();
        s.connection->socket().start_tls(std::move(tls));
    }
    s.reused = false;
    s.backend_traffic()->connects.add();
    s.server_traffic()->connects.add();
    const net::Io io = s.connection->socket().start_connect(reinterpret_cast<sockaddr*>(&to), length);
    error = s.connection->socket().error();
    return io;
}

}  // namespace cfgproxy::stream
