#pragma once
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "config/reader.h"
#include "engine/worker.h"
#include "server/registry.h"

// What fuzzers of whole endpoints have in common: one thread of the proxy, with clients and servers that they play.
namespace cfgproxy::engine {

inline void require(bool holds) {
    if (!holds) std::abort();
}

/// The servers' listening socket, by an abstract name.
inline int listen_on(std::string_view name) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, name.size());
    // As HAProxy has it, the name of an abstract socket is as long as the field.
    require(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(fd, 64) == 0);
    return fd;
}

inline void say(int fd, std::string_view bytes) {
    if (fd < 0 || bytes.empty()) return;
    [[maybe_unused]] const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

/// Reads and throws away what has arrived.
inline void swallow(int fd) {
    for (char bytes[65536]; fd >= 0 && ::read(fd, bytes, sizeof bytes) > 0;) {
    }
}

/// One thread of the proxy, which lives as long as the process. Its file's first sections are frontends; its servers
/// are all at one abstract address.
class FuzzWorld {
  public:
    FuzzWorld(std::string_view file, std::string_view servers) : worker_(0, process_, {.tag = "fuzz"}) {
        std::signal(SIGPIPE, SIG_IGN);
        loaded_ = config::load_text("fuzz.cfg", file, {});
        require(loaded_.diagnostics.alerts() == 0);
        std::shared_ptr<const model::Config> config = std::move(loaded_.config);
        auto made = std::make_shared<stream::Generation>();
        made->config = config;
        made->objects = registry_.adopt(*config);
        generation_ = made;
        process_.max_connections.store(1000);
        process_.envs.push_back(&worker_.env());
        worker_.adopt(generation_, {}, {});
        listener_ = listen_on(servers);
        for (std::size_t i = 0; i < config->proxies.size() && config->proxies[i]->is_frontend(); ++i) {
            const model::Proxy& proxy = *config->proxies[i];
            bindings_.push_back(
                {worker_.env().current, &proxy, &proxy.binds.front(), generation_->objects.frontends[i], {}, false});
        }
    }

    stream::Env& env() { return worker_.env(); }
    net::Loop& loop() { return worker_.env().loop; }
    const stream::Binding& binding(std::size_t frontend) const { return bindings_[frontend]; }

    /// A client has connected, and said this already: its end of the connection.
    int connect(std::size_t frontend, std::string_view said = {}) {
        int ends[2];
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        say(ends[0], said);
        stream::Env& env = worker_.env();
        (new stream::Session(env, bindings_[frontend], ends[1], net::Address::unix_peer(), net::Address::unix_peer(),
                             env.limits))
            ->start();
        return ends[0];
    }
    /// The servers' ends of what the proxy has connected since the last call.
    std::vector<int> accept_all() {
        std::vector<int> fresh;
        for (int fd; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
            fresh.push_back(fd);
        return fresh;
    }

    /// The peers have gone: so must all sessions.
    void end_sessions() {
        auto& sessions = *worker_.env().sessions;
        for (int turns = 0; turns < 20 && sessions.front(); ++turns) loop().turn(0);
        while (stream::Session* session = sessions.front()) session->kill_now();
        for (int turns = 0; turns < 3; ++turns) loop().turn(0);
        require(sessions.front() == nullptr && process_.connections.get() == 0);
    }

  private:
    struct Silence final : server::EventSink {
        void on_server_event(const model::Proxy&, const Event&) override {}
    };

    stream::Process process_;
    Silence events_;
    server::Registry registry_{1, events_};
    config::Loaded loaded_;
    std::shared_ptr<const stream::Generation> generation_;
    Worker worker_;
    int listener_ = -1;
    std::vector<stream::Binding> bindings_;
};

}  // namespace cfgproxy::engine
