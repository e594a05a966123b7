#include "engine/sockets.h"

#include <algorithm>

#include "net/connection.h"

namespace cfgproxy::engine {
namespace {

constexpr std::uint32_t kDefaultBacklog = 4096;

}  // namespace

std::uint32_t backlog_of(const model::Bind& bind, const model::Proxy& frontend) {
    if (bind.backlog) return bind.backlog;
    if (frontend.backlog) return frontend.backlog;
    return std::max(frontend.max_connections, kDefaultBacklog);
}

std::shared_ptr<ListenSocket> SocketSet::find(const std::string& key) const {
    for (const auto* list : {&sockets, &cli_sockets})
        for (const auto& socket : *list)
            if (socket->key() == key) return socket;
    return nullptr;
}

std::shared_ptr<ReverseSource> SocketSet::find_reversed(const std::string& key) const {
    for (const ReverseBind& one : reversed)
        if (one.source->key() == key) return one.source;
    return nullptr;
}

std::vector<std::shared_ptr<ListenSocket>> SocketSet::remove(std::string_view frontend) {
    std::vector<std::shared_ptr<ListenSocket>> removed;
    std::erase_if(reversed, [frontend](const ReverseBind& one) { return one.frontend->name == frontend; });
    std::size_t kept = 0;
    for (std::size_t n = 0; n < sockets.size(); ++n) {
        if (owners[n].first->name == frontend) {
            removed.push_back(std::move(sockets[n]));
            continue;
        }
        if (kept != n) {
            sockets[kept] = std::move(sockets[n]);
            owners[kept] = owners[n];
        }
        ++kept;
    }
    sockets.resize(kept);
    owners.resize(kept);
    return removed;
}

base::Result<SocketSet> open_sockets(const model::Config& config, const SocketSet& have, std::uint32_t threads,
                                     std::vector<int>& inherited) {
    SocketSet set;
    const auto open = [&](const model::Bind& bind, const model::Proxy& proxy,
                          std::uint16_t port) -> base::Result<std::shared_ptr<ListenSocket>> {
        const std::string key = ListenSocket::key_of(bind, port);
        if (auto found = have.find(key)) return found;
        if (auto found = set.find(key); found && (bind.endpoint.kind == model::Endpoint::Kind::fd ||
                                                  bind.endpoint.kind == model::Endpoint::Kind::sockpair))
            return found;
        // What was handed over does not tell which network namespace it is of.
        const int taken = bind.network_namespace ? -1 : ListenSocket::take_inherited(inherited, bind, port);
        return ListenSocket::open(bind, proxy, port, backlog_of(bind, proxy), taken);
    };
    std::string errors;
    const auto note = [&](const model::Bind& bind, const std::string& proxy, const std::string& error) {
        if (!errors.empty()) errors += '\n';
        errors += "Binding [" + (bind.place.file ? *bind.place.file : std::string()) + ":" +
                  std::to_string(bind.place.line) + "] for proxy " + proxy + ": " + error;
    };
    const auto prepare_reversed = [&](const model::Bind& bind, const model::Proxy& proxy) {
        if (const auto usable = check_reverse_server(config, bind); !usable) {
            if (!errors.empty()) errors += '\n';
            errors += "Starting [" + *bind.place.file + ":" + std::to_string(bind.place.line) + "] for frontend " +
                      proxy.name + ": protocol rev: " + usable.error() + ".";
            return;
        }
        const std::string key = ReverseSource::key_of(proxy, bind);
        auto source = have.find_reversed(key);
        set.reversed.push_back({source ? source : std::make_shared<ReverseSource>(key), &proxy, &bind});
    };
    // Connections inherit them from the socket that accepts them.
    const model::Global& global = config.global;
    const net::SocketBuffers accepted{global.receive_buffer_client, global.send_buffer_client, global.not_sent_client};
    for (const auto& proxy : config.proxies) {
        if (!proxy->is_frontend() || proxy->disabled) continue;
        for (const model::Bind& bind : proxy->binds) {
            if (bind.threads.first > threads) {
                note(bind, proxy->name, "'thread' names none of the " + std::to_string(threads) + " threads");
                continue;
            }
            if (bind.endpoint.kind == model::Endpoint::Kind::rhttp) {
                prepare_reversed(bind, *proxy);
                continue;
            }
            const bool ip = bind.endpoint.kind == model::Endpoint::Kind::ip;
            const std::uint32_t last = ip ? std::max(bind.endpoint.port_low, bind.endpoint.port_high) : 0;
            for (std::uint32_t port = ip ? bind.endpoint.port_low : 0; port <= last; ++port) {
                auto socket = open(bind, *proxy, static_cast<std::uint16_t>(port));
                if (!socket) {
                    note(bind, proxy->name, socket.error());
                    continue;
                }
                if (!socket.value()->counters)
                    socket.value()->counters = std::make_shared<server::ListenerState>(threads);
                net::set_buffers(socket.value()->fd(), accepted);
                set.sockets.push_back(socket.value());
                set.owners.emplace_back(proxy.get(), &bind);
            }
        }
    }
    static const model::Proxy kGlobalProxy{};
    for (const model::StatsSocket& stats : config.global.stats_sockets) {
        auto socket = open(stats.bind, kGlobalProxy, stats.bind.endpoint.port_low);
        if (!socket) {
            note(stats.bind, "GLOBAL", socket.error());
            continue;
        }
        set.cli_sockets.push_back(socket.value());
        set.cli_binds.push_back(&stats.bind);
    }
    if (!errors.empty()) return base::Error{errors};
    return set;
}

}  // namespace cfgproxy::engine
