// FastCGI through the whole endpoint: an application that sends any bytes to what asks it, behind clients of HTTP/1 and
// HTTP/2. However it goes, nothing is touched that is not there any more, and when the peers have gone no session is
// left.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "config/reader.h"
#include "engine/worker.h"
#include "server/registry.h"

using namespace cfgproxy;
using namespace std::string_literals;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

constexpr std::string_view kFile = R"(
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    http-reuse always
    retries 0
frontend shared
    bind 127.0.0.1:1
    default_backend shares
frontend multiplexed
    bind 127.0.0.1:2 proto h2
    default_backend shares
frontend alone
    bind 127.0.0.1:3
    http-response set-header x-status %[res.hdr(status)]
    default_backend asks
backend shares
    use-fcgi-app shares
    server s abns@fcgi_endpoint_fuzz proto fcgi
backend asks
    use-fcgi-app asks
    server s abns@fcgi_endpoint_fuzz proto fcgi
fcgi-app shares
    docroot /
    option mpxs-conns
    option max-reqs 10
fcgi-app asks
    docroot /
    option get-values
    path-info ^(/[^/]+)(/.*)?$
)";

struct Silence final : server::EventSink {
    void on_server_event(const model::Proxy&, const Event&) override {}
};

int listen_on(std::string_view name) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, name.size());
    // As HAProxy has it, the name of an abstract socket is as long as the field.
    require(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(fd, 64) == 0);
    return fd;
}

/// One thread of the proxy, which lives as long as the process.
struct World {
    World() : worker(0, process, {.tag = "fuzz"}) {
        std::signal(SIGPIPE, SIG_IGN);
        loaded = config::load_text("fuzz.cfg", kFile, {});
        require(loaded.diagnostics.alerts() == 0);
        std::shared_ptr<const model::Config> config = std::move(loaded.config);
        auto made = std::make_shared<stream::Generation>();
        made->config = config;
        made->objects = registry.adopt(*config);
        generation = made;
        process.max_connections.store(1000);
        process.envs.push_back(&worker.env());
        worker.adopt(generation, {}, {});
        listener = listen_on("fcgi_endpoint_fuzz");
        for (std::size_t i = 0; i < 3; ++i) {
            const model::Proxy& proxy = *config->proxies[i];
            bindings[i] = {
                worker.env().current, &proxy, &proxy.binds.front(), generation->objects.frontends[i], {}, false};
        }
    }
    static World& get() {
        static World& world = *new World;
        return world;
    }

    stream::Process process;
    Silence events;
    server::Registry registry{1, events};
    config::Loaded loaded;
    std::shared_ptr<const stream::Generation> generation;
    engine::Worker worker;
    int listener = -1;
    stream::Binding bindings[3];
};

/// Clients of the proxy, and the application behind it, for one input.
class Peers {
  public:
    explicit Peers(World& world) : world_(world) {}
    ~Peers() {
        accept_all();
        for (const int fd : clients_) ::close(fd);
        for (const int fd : servers_) ::close(fd);
    }

    void begin_client(std::size_t frontend, std::string_view request) {
        int ends[2];
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        clients_.push_back(ends[0]);
        say(ends[0], request);
        stream::Env& env = world_.worker.env();
        (new stream::Session(env, world_.bindings[frontend], ends[1], net::Address::unix_peer(),
                             net::Address::unix_peer(), env.limits))
            ->start();
        turn();
    }
    void end_client() {
        ::close(clients_.back());
        clients_.pop_back();
    }
    void turn() {
        world_.worker.env().loop.turn(0);
        accept_all();
        for (const auto* list : {&clients_, &servers_})
            for (const int fd : *list)
                for (char bytes[65536]; ::read(fd, bytes, sizeof bytes) > 0;) {
                }
    }
    void servers_say(std::string_view bytes) {
        for (const int fd : servers_) say(fd, bytes);
        turn();
    }
    void end_servers() {
        for (const int fd : servers_) ::close(fd);
        servers_.clear();
    }

  private:
    static void say(int fd, std::string_view bytes) {
        [[maybe_unused]] const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void accept_all() {
        for (int fd; (fd = ::accept4(world_.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
            servers_.push_back(fd);
    }

    World& world_;
    std::vector<int> clients_, servers_;
};

// The second request of a client goes out when the first one is answered.
const std::string kRequests[] = {"GET /a/b?c HTTP/1.1\r\nhost: h\r\n\r\nHEAD / HTTP/1.1\r\nhost: h\r\n\r\n",
                                 "POST /a HTTP/1.0\r\ncontent-length: 3\r\n\r\nabc",
                                 "POST /a HTTP/1.1\r\nhost: h\r\ntransfer-encoding: "
                                 "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: h\r\n\r\n"};
// GET https://h/ on streams 1 and 3.
const std::string kH2Requests =
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s
    "\0\0\6\1\5\0\0\0\1\x82\x87\x84\x41\1h\0\0\6\1\5\0\0\0\3\x82\x87\x84\x41\1h"s;
const std::string kValues = "\1\12\0\0\0\0\0\0"s;

void end_sessions(World& world) {
    net::Loop& loop = world.worker.env().loop;
    auto& sessions = *world.worker.env().sessions;
    for (int turns = 0; turns < 20 && sessions.front(); ++turns) loop.turn(0);
    while (stream::Session* session = sessions.front()) session->kill_now();
    for (int turns = 0; turns < 3; ++turns) loop.turn(0);
    require(sessions.front() == nullptr && world.process.connections.get() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3 || size > 20000) return 0;
    World& world = World::get();
    const std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);
    const std::size_t piece = data[1] < 200 ? size : data[1] - 199u;
    const std::size_t frontend = data[0] % 3;
    {
        Peers peers(world);
        for (std::size_t clients = 1 + (data[0] >> 2 & 1), i = 0; i < clients; ++i)
            peers.begin_client(frontend, frontend == 1 ? kH2Requests : kRequests[(data[0] >> 4) % 3]);
        if (frontend == 2 && !(data[0] & 8)) peers.servers_say(kValues);
        for (int turns = 0; turns < 2; ++turns) peers.turn();
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            peers.servers_say(bytes.substr(at, piece));
            // Somebody leaves in the middle of it.
            if (data[2] == 0 || at / piece != static_cast<std::size_t>(data[2] >> 1)) continue;
            if (data[2] & 1) {
                peers.end_servers();
                break;
            }
            peers.end_client();
        }
        for (int turns = 0; turns < 3; ++turns) peers.turn();
    }
    end_sessions(world);
    return 0;
}
