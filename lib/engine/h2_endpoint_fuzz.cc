// HTTP/2 through the whole endpoint: a client that sends any bytes to a frontend, before an HTTP/1 server that answers;
// or a server that sends any bytes to what asks it over HTTP/2, behind clients of HTTP/1 and HTTP/2. However it goes,
// nothing is touched that is not there any more, and when the peers have gone no session is left.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

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
global
    tune.h2.fe.glitches-threshold 50
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:1 proto h2
    http-request return status 200 content-type text/plain string hello if { path_beg /r }
    http-request deny if { path_beg /d }
    http-request redirect location /x if { path_beg /m }
    http-response set-header x-nb %[fc_nb_streams]
    default_backend origin
frontend old
    bind 127.0.0.1:2
    default_backend h2origin
frontend both
    bind 127.0.0.1:3 proto h2
    default_backend h2origin
backend origin
    http-reuse always
    server s abns@h2_endpoint_fuzz
backend h2origin
    http-reuse always
    retries 0
    server s abns@h2_endpoint_fuzz proto h2
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
        listener = listen_on("h2_endpoint_fuzz");
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

/// Both peers of the proxy for one input.
class Peers {
  public:
    explicit Peers(World& world) : world_(world) {}
    ~Peers() {
        if (client_ >= 0) ::close(client_);
        accept_all();
        for (const int fd : servers_) ::close(fd);
    }

    void begin_client(std::size_t frontend) {
        int ends[2];
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        client_ = ends[0];
        stream::Env& env = world_.worker.env();
        (new stream::Session(env, world_.bindings[frontend], ends[1], net::Address::unix_peer(),
                             net::Address::unix_peer(), env.limits))
            ->start();
    }
    void client_says(std::string_view bytes) { say(client_, bytes); }
    /// `answer`: what each new server connection says at once.
    void run(std::string_view answer) {
        world_.worker.env().loop.turn(0);
        for (const int fd : accept_all()) say(fd, answer);
        char bytes[65536];
        if (client_ >= 0)
            while (::read(client_, bytes, sizeof bytes) > 0) {
            }
        for (const int fd : servers_)
            while (::read(fd, bytes, sizeof bytes) > 0) {
            }
    }
    void servers_say(std::string_view bytes) {
        for (const int fd : servers_) say(fd, bytes);
    }
    void client_ends(bool half) {
        if (half) {
            ::shutdown(client_, SHUT_WR);
            return;
        }
        ::close(client_);
        client_ = -1;
    }

  private:
    static void say(int fd, std::string_view bytes) {
        if (fd >= 0) [[maybe_unused]]
            const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    std::vector<int> accept_all() {
        std::vector<int> fresh;
        for (int fd; (fd = ::accept4(world_.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
            fresh.push_back(fd);
        servers_.insert(servers_.end(), fresh.begin(), fresh.end());
        return fresh;
    }

    World& world_;
    int client_ = -1;
    std::vector<int> servers_;
};

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s;
const std::string kSettings = "\0\0\0\4\0\0\0\0\0"s;
const std::string kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
const std::string kOldRequest = "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc";
// GET https://h/ on streams 1 and 3.
const std::string kRequests = "\0\0\6\1\5\0\0\0\1\x82\x87\x84\x41\1h\0\0\6\1\5\0\0\0\3\x82\x87\x84\x41\1h"s;

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
    const bool from_server = data[0] & 1;
    {
        Peers peers(world);
        const std::size_t frontend = !from_server ? 0 : data[0] & 2 ? 1 : 2;
        peers.begin_client(frontend);
        if (frontend == 1) peers.client_says(kOldRequest);
        if (frontend == 2) peers.client_says(kPreface + kRequests);
        if (frontend == 0 && !(data[0] & 4)) peers.client_says(kPreface);
        const std::string answer = from_server ? kSettings : kAnswer;
        for (int turns = from_server ? 3 : 1; turns > 0; --turns) peers.run(answer);
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            const auto now = bytes.substr(at, piece);
            from_server ? peers.servers_say(now) : peers.client_says(now);
            peers.run(answer);
            // The client leaves in the middle of it.
            if (data[2] && at / piece == data[2]) peers.client_ends(data[0] & 8);
        }
        for (int turns = 0; turns < 2; ++turns) peers.run(answer);
    }
    end_sessions(world);
    return 0;
}
