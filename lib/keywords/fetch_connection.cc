#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "keywords/sample_support.h"
#include "model/config.h"
#include "sample/checkpoint.h"

/// The client's connection, and names, numbers and timeouts of what it met (manual 7.3.3).
namespace cfgproxy::keywords {
namespace {

template <net::Address Context::*address>
Found fetch_ip(const Context& context, Arguments, Cursor&, Value& out) {
    const net::Address& ip = context.*address;
    return ip.is_ip() ? found_ip(out, ip) : Found::no;
}

template <net::Address Context::*address>
Found fetch_port(const Context& context, Arguments, Cursor&, Value& out) {
    const std::uint16_t port = (context.*address).port();
    return port ? found_int(out, port) : Found::no;
}

/// Whether the machine has the address: it can be bound to. No I/O, but a few system calls. Sockets of the file system
/// are here always.
Found found_local(net::Address local, Value& out) {
    if (local.family() == AF_UNIX) return found_bool(out, true);
    if (!local.is_ip()) return Found::no;
    local.set_port(0);
    const int fd = ::socket(local.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return Found::no;
    const bool is_local = ::bind(fd, local.raw(), local.length()) == 0;
    ::close(fd);
    return found_bool(out, is_local);
}

template <net::Address Context::*address>
Found fetch_is_local(const Context& context, Arguments, Cursor&, Value& out) {
    return found_local(context.*address, out);
}

/// The same of an end of the client's connection, whatever rules made of src and dst.
template <bool ours>
Found fetch_end_is_local(const Context& context, Arguments, Cursor&, Value& out) {
    const net::Address* address = context.live ? context.live->connection_address(ours) : nullptr;
    return found_local(address ? *address : ours ? context.dst : context.src, out);
}

template <const model::Proxy* Context::*proxy>
Found fetch_proxy_id(const Context& context, Arguments, Cursor&, Value& out) {
    return context.*proxy ? found_int(out, (context.*proxy)->id) : Found::no;
}

template <const model::Proxy* Context::*proxy>
Found fetch_proxy_name(const Context& context, Arguments, Cursor&, Value& out) {
    return context.*proxy ? found_text(out, (context.*proxy)->name) : Found::no;
}

Found fetch_default_backend(const Context& context, Arguments, Cursor&, Value& out) {
    if (!context.frontend || context.frontend->default_backend.empty()) return Found::no;
    return found_text(out, context.frontend->default_backend);
}

Found fetch_socket_id(const Context& context, Arguments, Cursor&, Value& out) {
    return context.bind ? found_int(out, context.bind->id) : Found::no;
}

Found fetch_socket_name(const Context& context, Arguments, Cursor&, Value& out) {
    return context.bind && !context.bind->name.empty() ? found_text(out, context.bind->name) : Found::no;
}

Found fetch_server_id(const Context& context, Arguments, Cursor&, Value& out) {
    return context.server ? found_int(out, context.server->id) : Found::no;
}

Found fetch_server_name(const Context& context, Arguments, Cursor&, Value& out) {
    return context.server ? found_text(out, context.server->name) : Found::no;
}

/// Milliseconds; 0 if it is not set.
template <const model::Proxy* Context::*proxy, std::int64_t model::Timeouts::*timeout>
Found fetch_timeout(const Context& context, Arguments, Cursor&, Value& out) {
    if (!(context.*proxy)) return Found::no;
    return found_int(out, std::max<std::int64_t>((context.*proxy)->timeouts.*timeout, 0));
}

constexpr auto kDone = Support::done;
using model::Timeouts;
using sample::kClient, sample::kBackend, sample::kFrontend;
constexpr auto kFront = &Context::frontend, kBack = &Context::backend;
constexpr auto kSrc = &Context::src, kDst = &Context::dst;

constexpr Fetch kTable[] = {
    {.name = "be_connect_timeout",
     .out = Type::sint,
     .needs = kBackend,
     .support = kDone,
     .run = fetch_timeout<kBack, &Timeouts::connect>,
     .since = "3.4"},
    {.name = "be_id",
     .out = Type::sint,
     .needs = kBackend,
     .support = kDone,
     .run = fetch_proxy_id<kBack>,
     .since = "1.5"},
    {.name = "be_name", .needs = kBackend, .support = kDone, .run = fetch_proxy_name<kBack>, .since = "1.8"},
    {.name = "be_queue_timeout",
     .out = Type::sint,
     .needs = kBackend,
     .support = kDone,
     .run = fetch_timeout<kBack, &Timeouts::queue>,
     .since = "3.4"},
    {.name = "be_server_timeout",
     .out = Type::sint,
     .needs = kBackend,
     .support = kDone,
     .run = fetch_timeout<kBack, &Timeouts::server>,
     .since = "2.4"},
    {.name = "be_tarpit_timeout",
     .out = Type::sint,
     .needs = kBackend,
     .support = kDone,
     .run = fetch_timeout<kBack, &Timeouts::tarpit>,
     .since = "3.4"},
    {.name = "be_tunnel_timeout",
     .out = Type::sint,
     .needs = kBackend,
     .support = kDone,
     .run = fetch_timeout<kBack, &Timeouts::tunnel>,
     .since = "2.4"},
    {.name = "dst", .out = Type::address, .needs = kClient, .support = kDone, .run = fetch_ip<kDst>},
    {.name = "dst_is_local",
     .out = Type::boolean,
     .needs = kClient,
     .support = kDone,
     .run = fetch_is_local<kDst>,
     .since = "1.7"},
    {.name = "dst_port", .out = Type::sint, .needs = kClient, .support = kDone, .run = fetch_port<kDst>},
    {.name = "fc_dst_is_local",
     .out = Type::boolean,
     .needs = kClient,
     .support = kDone,
     .run = fetch_end_is_local<true>,
     .since = "2.5"},
    {.name = "fc_src_is_local",
     .out = Type::boolean,
     .needs = kClient,
     .support = kDone,
     .run = fetch_end_is_local<false>,
     .since = "2.5"},
    {.name = "fe_client_timeout",
     .out = Type::sint,
     .needs = kFrontend,
     .support = kDone,
     .run = fetch_timeout<kFront, &Timeouts::client>,
     .since = "2.4"},
    {.name = "fe_defbe", .needs = kFrontend, .support = kDone, .run = fetch_default_backend, .since = "1.9"},
    {.name = "fe_id",
     .out = Type::sint,
     .needs = kFrontend,
     .support = kDone,
     .run = fetch_proxy_id<kFront>,
     .since = "1.4"},
    {.name = "fe_name", .needs = kFrontend, .support = kDone, .run = fetch_proxy_name<kFront>, .since = "1.8"},
    {.name = "fe_tarpit_timeout",
     .out = Type::sint,
     .needs = kFrontend,
     .support = kDone,
     .run = fetch_timeout<kFront, &Timeouts::tarpit>,
     .since = "3.4"},
    {.name = "so_id", .out = Type::sint, .needs = kFrontend, .support = kDone, .run = fetch_socket_id, .since = "1.4"},
    {.name = "so_name", .needs = kFrontend, .support = kDone, .run = fetch_socket_name, .since = "2.2"},
    {.name = "src", .out = Type::address, .needs = kClient, .support = kDone, .run = fetch_ip<kSrc>},
    {.name = "src_is_local",
     .out = Type::boolean,
     .needs = kClient,
     .support = kDone,
     .run = fetch_is_local<kSrc>,
     .since = "1.7"},
    {.name = "src_port", .out = Type::sint, .needs = kClient, .support = kDone, .run = fetch_port<kSrc>},
    {.name = "srv_id",
     .out = Type::sint,
     .needs = sample::kServer,
     .support = kDone,
     .run = fetch_server_id,
     .since = "1.5"},
    {.name = "srv_name", .needs = sample::kServer, .support = kDone, .run = fetch_server_name, .since = "2.1"},
};
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
