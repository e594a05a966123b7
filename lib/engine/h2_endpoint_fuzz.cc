// HTTP/2 through the whole endpoint: a client that sends any bytes to a frontend, before an HTTP/1 server that answers;
// or a server that sends any bytes to what asks it over HTTP/2, behind clients of HTTP/1 and HTTP/2; or either of them
// over a connection that the side that is asked has made. However it goes, nothing is touched that is not there any
// more, and when the peers have gone no session is left.
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "engine/fuzz_world.h"

using namespace cfgproxy;
using namespace std::string_literals;

namespace {

using engine::FuzzWorld;

constexpr std::string_view kFile = R"(
global
    expose-experimental-directives
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
frontend registration
    bind 127.0.0.1:4 proto h2
    tcp-request session attach-srv registered/s
frontend asking
    bind 127.0.0.1:5
    default_backend registered
frontend asked
    bind rhttp@h2origin/s
    http-request return status 200 content-type text/plain string hello if { path_beg /r }
    default_backend origin
backend origin
    http-reuse always
    server s abns@h2_endpoint_fuzz
backend h2origin
    http-reuse always
    retries 0
    server s abns@h2_endpoint_fuzz proto h2
backend registered
    server s rhttp@
)";

/// Both peers of the proxy for one input.
class Peers {
  public:
    explicit Peers(FuzzWorld& world) : world_(world) {}
    ~Peers() {
        caller_.reset();
        if (client_ >= 0) ::close(client_);
        accept_all();
        for (const int fd : servers_) ::close(fd);
    }

    void begin_client(std::size_t frontend) { client_ = world_.connect(frontend); }
    /// A server that has come by itself.
    void begin_registered(std::string_view said) {
        servers_.push_back(world_.connect(3, said));
        world_.loop().turn(0);
    }
    /// Nobody asks before the server has been called.
    void begin_caller() {
        auto source = std::make_shared<engine::ReverseSource>("fuzz");
        caller_ = std::make_unique<engine::ReverseCaller>(world_.env(), std::move(source), world_.binding(5));
        caller_->start();
    }
    void client_says(std::string_view bytes) { engine::say(client_, bytes); }
    /// `answer`: what each new server connection says at once.
    void run(std::string_view answer) {
        world_.loop().turn(0);
        for (const int fd : accept_all()) engine::say(fd, answer);
        engine::swallow(client_);
        for (const int fd : servers_) engine::swallow(fd);
    }
    void servers_say(std::string_view bytes) {
        for (const int fd : servers_) engine::say(fd, bytes);
    }
    void client_ends(bool half) {
        if (half) {
            ::shutdown(client_, SHUT_WR);
            return;
        }
        if (client_ >= 0) ::close(client_);
        client_ = -1;
    }

  private:
    std::vector<int> accept_all() {
        std::vector<int> fresh = world_.accept_all();
        servers_.insert(servers_.end(), fresh.begin(), fresh.end());
        return fresh;
    }

    FuzzWorld& world_;
    int client_ = -1;
    std::vector<int> servers_;
    std::unique_ptr<engine::ReverseCaller> caller_;
};

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s;
const std::string kSettings = "\0\0\0\4\0\0\0\0\0"s;
const std::string kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
const std::string kOldRequest = "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc";
// GET https://h/ on streams 1 and 3.
const std::string kRequests = "\0\0\6\1\5\0\0\0\1\x82\x87\x84\x41\1h\0\0\6\1\5\0\0\0\3\x82\x87\x84\x41\1h"s;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3 || size > 20000) return 0;
    static FuzzWorld& world = *new FuzzWorld(kFile, "h2_endpoint_fuzz");
    const std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);
    const std::size_t piece = data[1] < 200 ? size : data[1] - 199u;
    const bool from_server = data[0] & 1;
    {
        Peers peers(world);
        const bool registered = from_server && (data[0] & 16), calls = from_server && (data[0] & 32);
        const std::size_t frontend = !from_server ? 0 : registered ? 4 : data[0] & 2 ? 1 : 2;
        if (registered) peers.begin_registered(kPreface);
        if (calls)
            peers.begin_caller();
        else
            peers.begin_client(frontend);
        if (frontend == 1 || frontend == 4) peers.client_says(kOldRequest);
        if (frontend == 2 && !calls) peers.client_says(kPreface + kRequests);
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
    world.end_sessions();
    return 0;
}
