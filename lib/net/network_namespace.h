#pragma once
#include <memory>
#include <string>

namespace cfgproxy::net {

/// A network namespace of the system, as `ip netns` names it (/var/run/netns/NAME), kept open: sockets can be made in
/// it after the process has left the file system where it stands, too. Frozen, any thread.
class NetworkNamespace {
  public:
    /// Null with errno: there is none of that name, or we may not see it.
    static std::shared_ptr<const NetworkNamespace> open(const std::string& name);
    ~NetworkNamespace();
    NetworkNamespace(const NetworkNamespace&) = delete;
    NetworkNamespace& operator=(const NetworkNamespace&) = delete;
    const std::string& name() const { return name_; }
    /// As socket(2), in there. The calling thread comes back to its own namespace; -1 with errno if anything fails.
    int socket(int family, int type) const;

  private:
    NetworkNamespace(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
    std::string name_;
    int fd_;
};

/// A socket in `where`, or in our own namespace if that is null. -1 with errno.
int socket_in(const NetworkNamespace* where, int family, int type);

}  // namespace cfgproxy::net
