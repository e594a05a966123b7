// FastCGI through the whole endpoint: an application that sends any bytes to what asks it, behind clients of HTTP/1 and
// HTTP/2. However it goes, nothing is touched that is not there any more, and when the peers have gone no session is
// left.
#include <unistd.h>

#include <string>
#include <vector>

#include "engine/fuzz_world.h"

using namespace cfgproxy;
using namespace std::string_literals;

namespace {

using engine::FuzzWorld;

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

/// Clients of the proxy, and the application behind it, for one input.
class Peers {
  public:
    explicit Peers(FuzzWorld& world) : world_(world) {}
    ~Peers() {
        accept_all();
        for (const int fd : clients_) ::close(fd);
        for (const int fd : servers_) ::close(fd);
    }

    void begin_client(std::size_t frontend, std::string_view request) {
        clients_.push_back(world_.connect(frontend, request));
        turn();
    }
    void end_client() {
        ::close(clients_.back());
        clients_.pop_back();
    }
    void turn() {
        world_.loop().turn(0);
        accept_all();
        for (const auto* list : {&clients_, &servers_})
            for (const int fd : *list) engine::swallow(fd);
    }
    void servers_say(std::string_view bytes) {
        for (const int fd : servers_) engine::say(fd, bytes);
        turn();
    }
    void end_servers() {
        for (const int fd : servers_) ::close(fd);
        servers_.clear();
    }

  private:
    void accept_all() {
        const std::vector<int> fresh = world_.accept_all();
        servers_.insert(servers_.end(), fresh.begin(), fresh.end());
    }

    FuzzWorld& world_;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3 || size > 20000) return 0;
    static FuzzWorld& world = *new FuzzWorld(kFile, "fcgi_endpoint_fuzz");
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
    world.end_sessions();
    return 0;
}
