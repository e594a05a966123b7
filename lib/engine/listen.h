#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/proxy.h"
#include "server/frontend.h"

namespace cfgproxy::engine {

/// One bound and listening socket: found by address, lives on through reloads; all threads accept from it. Shared;
/// changed by thread 0 only.
class ListenSocket {
  public:
    /// Binds and listens as `bind` says. Errors in HAProxy's words: "cannot bind socket (Address already in use)
    /// [127.0.0.1:80]". `inherited` is a socket of that address that another process handed over, or -1; it becomes
    /// ours.
    static base::Result<std::shared_ptr<ListenSocket>> open(const model::Bind& bind, const model::Proxy& frontend,
                                                            std::uint16_t port, std::uint32_t backlog,
                                                            int inherited = -1);
    /// Takes the socket of that address, path or abstract name out of `sockets`; -1 if there is none. A path matches
    /// too when it is that of the temporary name by which a process of any number made it.
    static int take_inherited(std::vector<int>& sockets, const model::Bind& bind, std::uint16_t port);
    ~ListenSocket();
    ListenSocket(const ListenSocket&) = delete;
    ListenSocket& operator=(const ListenSocket&) = delete;

    /// What makes two `bind` lines mean the same socket, over reloads: family, address, port or path, interface.
    static std::string key_of(const model::Bind& bind, std::uint16_t port);
    const std::string& key() const { return key_; }
    int fd() const { return fd_; }
    /// The next connection, its peer's address in `from`; -1 with errno. EPIPE: there will be none any more
    /// (sockpair@).
    int accept(sockaddr_storage& from, socklen_t& length) const;
    const std::string& interface() const { return interface_; }
    /// By whoever started this process (`fd@`): not bound here.
    bool is_given() const { return inherited_; }
    /// The local address when it is the same for every connection; unspecified for a wildcard.
    const net::Address& fixed_address() const { return fixed_; }
    /// What the socket is bound to, wildcards included.
    net::Address bound_address() const;

    /// Sends new connections to the sockets that others (a newer process) have bound to the same address, so that what
    /// is queued here can be accepted to the last one before the socket is closed. Linux; else nothing happens.
    void hand_over();
    /// SIGTTOU: lets go of the address, so that another process can bind it; resume() listens again.
    bool pause();
    bool resume(std::uint32_t backlog);

    std::shared_ptr<server::ListenerState> counters;  ///< with `option socket-stats`; may be null

  private:
    ListenSocket() = default;
    int fd_ = -1;
    std::string key_;
    std::string unix_path_, interface_;
    net::Address fixed_;
    bool inherited_ = false, passes_descriptors_ = false;
    bool paused_ = false;
};

}  // namespace cfgproxy::engine
