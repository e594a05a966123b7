#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/listen.h"
#include "engine/reverse_source.h"
#include "model/config.h"

namespace cfgproxy::engine {

/// The listening sockets of one configuration, in file order, and who owns each. Thread 0.
struct SocketSet {
    std::vector<std::shared_ptr<ListenSocket>> sockets;
    std::vector<std::pair<const model::Proxy*, const model::Bind*>> owners;
    std::vector<std::shared_ptr<ListenSocket>> cli_sockets;
    std::vector<const model::Bind*> cli_binds;
    std::vector<ReverseBind> reversed;  ///< no sockets: connections that are to be made

    std::shared_ptr<ListenSocket> find(const std::string& key) const;
    std::shared_ptr<ReverseSource> find_reversed(const std::string& key) const;
    /// Takes the sockets of one frontend out of the set.
    std::vector<std::shared_ptr<ListenSocket>> remove(std::string_view frontend);
};

/// The length of the queue of connections that wait to be accepted.
std::uint32_t backlog_of(const model::Bind& bind, const model::Proxy& frontend);

/// Opens the sockets of `config`, taking from `have` what is open already, and from `inherited` what another process
/// handed over.
base::Result<SocketSet> open_sockets(const model::Config& config, const SocketSet& have, std::uint32_t threads,
                                     std::vector<int>& inherited);

}  // namespace cfgproxy::engine
