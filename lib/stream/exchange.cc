// What rules may ask of the exchange that they are run for (model::Exchange).
#include "stream/exchange.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "stream/stream.h"

namespace cfgproxy::stream {
namespace {

void set_mark(int fd, std::uint32_t mark) {
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark);
}

void set_tos(int fd, std::uint8_t tos) {
    if (fd < 0) return;
    sockaddr_storage name{};
    socklen_t length = sizeof name;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) return;
    const int value = tos;
    // A socket of either family may carry packets of the older one.
    setsockopt(fd, IPPROTO_IP, IP_TOS, &value, sizeof value);
    if (name.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
}

void drop(net::Connection& connection, std::uint8_t reset_ttl) {
    const int fd = connection.fd(), off = 0, on = 1, hops = reset_ttl ? reset_ttl : 1;
    // With TCP_REPAIR the kernel forgets the connection without a word; without the right to that, what it says must
    // not get far.
    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
    if (!reset_ttl && setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) == 0) return connection.close();
    setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
    setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops);
    connection.reset();
}

}  // namespace

void SocketMarks::apply(int fd) const {
    if (mark) set_mark(fd, *mark);
    if (tos) set_tos(fd, *tos);
}

void Admission::mark_client(std::uint32_t mark) { set_mark(connection_.fd(), mark); }
void Admission::tos_client(std::uint8_t tos) { set_tos(connection_.fd(), tos); }
void Admission::drop_silently(std::uint8_t reset_ttl) { drop(connection_, reset_ttl); }

void Stream::send_interim(const http::Response& response) {
    if (!request.is_at_least_1_1()) return;
    client.endpoint->put_head(response);
    client.endpoint->flush();
}

Stream::Collected Stream::collect_body(bool of_response, std::uint64_t bytes) {
    if (of_response && !connection) return Collected::done;  // an applet's answer is made as it is read
    Endpoint& end = of_response ? *origin.endpoint : *client.endpoint;
    if (!of_response && request.expect_continue) {
        // The body would not come before somebody asks for it.
        http::Response go_on;
        go_on.status = 100;
        go_on.version = "HTTP/1.1";
        send_interim(go_on);
        request.expect_continue = false;
        request.headers.remove(http::Known::expect);
    }
    const stream::Collected collected = end.collect();
    (of_response ? context.response_data : context.request_data) = collected.data;
    End& side = of_response ? origin : client;
    if (collected.trouble == Trouble::malformed) return Collected::spoilt;
    if (collected.trouble != Trouble::none && !of_response) body_lost = true;
    if (collected.complete || collected.full || collected.trouble != Trouble::none ||
        (bytes > 0 && collected.data.size() >= bytes)) {
        side.deadline = kNever;
        return Collected::done;
    }
    if (side.deadline == kNever || end.bytes_in() != collected_from)
        touch(side, of_response ? server_timeout() : client_timeout());
    collected_from = end.bytes_in();
    return expired(side.deadline) ? Collected::silent : Collected::waiting;
}

void Stream::mark_client(std::uint32_t mark) { set_mark(session.connection().fd(), mark); }
void Stream::mark_server(std::uint32_t mark) { server_marks.mark = mark; }
void Stream::tos_client(std::uint8_t tos) { set_tos(session.connection().fd(), tos); }
void Stream::tos_server(std::uint8_t tos) { server_marks.tos = tos; }

void Stream::drop_silently(std::uint8_t reset_ttl) {
    drop(session.connection(), reset_ttl);
    keep_client = false;
}

void Stream::limit_bandwidth(const model::BandwidthLimit& filter, std::uint64_t limit, std::int64_t period_ms) {
    if (filter.off) return;
    server::HeldEntry entry;
    if (filter.key && !(entry = shared_limit(filter))) return;
    auto& throttles = (filter.inbound ? client : origin).throttles;
    std::erase_if(throttles, [&](const Throttle& known) { return known.filter == &filter; });
    const auto rate = filter.inbound ? model::StickData::bytes_in_rate : model::StickData::bytes_out_rate;
    if (entry)
        throttles.emplace_back(filter.limit, filter.min_size, std::move(entry), rate);
    else
        throttles.emplace_back(limit ? limit : filter.limit, period_ms ? period_ms : filter.period_ms, filter.min_size);
    throttles.back().filter = &filter;
    throttles.back().behind_compression = is_behind_compression(filter);
}

/// Filters of the frontend come before those of the backend.
bool Stream::is_behind_compression(const model::BandwidthLimit& filter) const {
    const model::Compression& compression = frontend->compression;
    const bool compresses = compression.is_set() && (filter.inbound ? compression.requests : compression.responses);
    const auto& limits = backend->bandwidth_limits;
    const bool of_backend = backend != frontend && &filter >= limits.data() && &filter < limits.data() + limits.size();
    return filter.behind_compression || (of_backend && compresses);
}

/// The entry that says how much has passed for all streams of this one's key; none: the stream has no key.
server::HeldEntry Stream::shared_limit(const model::BandwidthLimit& filter) {
    sample::Value value;
    std::string_view key;
    server::StickTable* shared = table(*filter.table);
    if (!shared || filter.key->evaluate(context, value) != sample::Found::yes) return {};
    if (!server::make_stick_key(*shared, value, arena, key)) return {};
    server::StickEntry* entry = shared->get(key);
    if (!entry) return {};
    return {*shared, *entry};
}

}  // namespace cfgproxy::stream
