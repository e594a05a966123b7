// Log lines in these tests are those of HAProxy 2.6.12 in the same situations.
#include "server/check.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <regex>

#include "server/check_http.h"
#include "server/test_helpers.h"

namespace cfgproxy::server {
namespace {

/// A server on the loop: says `answer` to each request, or as soon as somebody connects (`eager`).
class FakeServer : net::Watcher {
  public:
    enum class Way { answer, eager, silent, reset };
    FakeServer(net::Loop& loop, std::string answer, Way way = Way::answer)
        : loop_(loop), answer_(std::move(answer)), way_(way) {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(fd_, 20);
        watch_.start_level(loop, fd_, *this);
    }
    ~FakeServer() {
        close();
        for (auto& [fd, client] : clients_)
            if (fd >= 0) ::close(fd);
    }
    void close() {
        watch_.stop();
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    net::Address address() const {
        sockaddr_in address{};
        socklen_t length = sizeof address;
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
        return net::Address::from(reinterpret_cast<sockaddr*>(&address), length);
    }
    void set_answer(std::string answer) { answer_ = std::move(answer); }
    std::vector<std::string> requests;
    int connections = 0;

  private:
    struct Client final : net::Watcher {
        FakeServer* server;
        int fd;
        std::string text;
        net::Watch watch;
        void on_ready(std::uint8_t) override { server->read(*this); }
    };
    void on_ready(std::uint8_t) override {
        const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) return;
        ++connections;
        auto client = std::make_unique<Client>();
        client->server = this;
        client->fd = fd;
        if (way_ == Way::eager) {
            finish(*client);
            return;
        }
        client->watch.start_level(loop_, fd, *client);
        clients_[fd] = std::move(client);
    }
    void read(Client& client) {
        char text[4096];
        const ssize_t n = ::recv(client.fd, text, sizeof text, 0);
        if (n > 0) client.text.append(text, static_cast<std::size_t>(n));
        const bool complete = client.text.find("\r\n\r\n") != client.text.npos;
        if (n > 0 && !complete) return;
        if (complete) requests.push_back(client.text);
        client.text.clear();
        if (n > 0 && way_ == Way::silent) return;
        client.watch.stop();
        finish(client);
    }
    void finish(Client& client) {
        if (way_ == Way::reset) {
            linger option{1, 0};
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &option, sizeof option);
        } else {
            (void)::send(client.fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
        }
        ::close(client.fd);
        clients_.erase(client.fd);
    }
    net::Loop& loop_;
    std::string answer_;
    Way way_;
    int fd_ = -1;
    net::Watch watch_;
    std::map<int, std::unique_ptr<Client>> clients_;
};

/// One backend with one checked server.
struct Bench {
    net::Loop loop;
    TestSink sink;
    std::unique_ptr<model::Proxy> proxy = make_proxy({1});
    std::unique_ptr<Backend> backend;
    std::unique_ptr<Checker> checker;

    model::Server& line() { return *proxy->servers[0]; }
    Server& server() { return *backend->find("s1"); }
    void start(const net::Address& address) {
        line().endpoint.ip = address;
        line().check.enabled = true;
        line().check.inter_ms = 20;
        if (proxy->timeouts.check < 0) proxy->timeouts.check = 3000;  // this machine may be busy
        backend = std::make_unique<Backend>(*proxy, 1, sink);
        checker = std::make_unique<Checker>(loop, 0);
        checker->add(*backend);
    }
    /// Turns until `done` says so, for five seconds at most.
    template <class Done>
    bool run_until(Done done) {
        const std::uint64_t end = loop.now_ms() + 5000;
        while (loop.now_ms() < end) {
            if (done()) return true;
            loop.turn(5);
        }
        return done();
    }
    bool run_until_status(CheckStatus status) {
        return run_until([&] { return server().check().status == status; });
    }
    /// The lines, with check durations made equal.
    std::string lines() { return std::regex_replace(sink.take(), std::regex("duration: [0-9]+ms"), "duration: 0ms"); }
};

const std::string kLeft =
    ". 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\nbackend b has no "
    "server "
    "available!";

/// Runs one HTTP check that marks the server down at once, and gives what was logged.
std::string lines_of_failure(const std::string& answer, FakeServer::Way way = FakeServer::Way::answer,
                             std::function<void(model::HttpCheck&)> set = {}) {
    Bench b;
    FakeServer fake(b.loop, answer, way);
    b.proxy->http_check.enabled = true;
    if (set) set(b.proxy->http_check);
    if (way == FakeServer::Way::silent) b.proxy->timeouts.check = 30;
    b.line().check.rise = b.line().check.fall = 1;
    b.start(fake.address());
    b.run_until([&] { return b.server().health() == Health::down; });
    return b.lines();
}

}  // namespace

TEST_CASE("a connect check finds out that nobody listens") {
    Bench b;
    FakeServer fake(b.loop, "", FakeServer::Way::silent);
    const net::Address address = fake.address();
    fake.close();
    b.start(address);
    CHECK(b.server().check().status == CheckStatus::initializing);
    CHECK(b.run_until_status(CheckStatus::l4_error));
    CHECK(b.server().health() == Health::down);  // one failure is enough in the beginning
    CHECK(b.lines() ==
          "Server b/s1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: 0ms" +
              kLeft);
    const CheckReport report = b.server().check();
    CHECK(name_of(report.status) == "L4CON");
    CHECK(report.text == "Connection refused");
    CHECK(report.code == -1);
    CHECK(report.health == 0);
    CHECK(b.server().failed_checks == 1);
    CHECK(b.server().times_down == 1);
}

TEST_CASE("connect checks: up") {
    Bench b;
    FakeServer fake(b.loop, "", FakeServer::Way::silent);
    b.proxy->options.log_health_checks = true;
    b.start(fake.address());
    CHECK(b.run_until_status(CheckStatus::l4_ok));
    CHECK(b.lines() ==
          "Health check for server b/s1 succeeded, reason: Layer4 check passed, check duration: 0ms, "
          "status: 3/3 UP.");
    CHECK(b.run_until([&] { return fake.connections >= 3; }));
    CHECK(b.lines().empty());
    CHECK(b.server().check().health == 4);
    fake.close();
    CHECK(b.run_until([&] { return b.server().failed_checks == 1; }));
    CHECK(b.lines() ==
          "Health check for server b/s1 failed, reason: Layer4 connection problem, info: \"Connection refused\", check "
          "duration: 0ms, status: 2/3 UP.");
    CHECK(b.run_until([&] { return b.server().health() == Health::down; }));
    const std::string last = b.lines();
    CHECK(last.find("status: 0/2 DOWN.\nServer b/s1 is DOWN. 0 active") != last.npos);  // told by the check's line
}

TEST_CASE("HTTP checks: what is down, and how it is told") {
    using Way = FakeServer::Way;
    const std::string down = "Server b/s1 is DOWN, reason: ";
    CHECK(lines_of_failure("HTTP/1.0 500 Oops\r\nContent-Length: 5\r\n\r\nhello") ==
          down + "Layer7 wrong status, code: 500, info: \"Oops\", check duration: 0ms" + kLeft);
    CHECK(lines_of_failure("HTTP/1.0 404 Not \"here\" <x>\r\n\r\n") ==
          down + "Layer7 wrong status, code: 404, info: \"Not <22>here<22> <3C>x<3E>\", check duration: 0ms" + kLeft);
    CHECK(lines_of_failure("garbage\r\n\r\n") == down + "Layer7 invalid response, check duration: 0ms" + kLeft);
    CHECK(lines_of_failure("HTTP/1.0 200") == down + "Layer7 invalid response, check duration: 0ms" + kLeft);
    CHECK(lines_of_failure("") == down + "Layer7 invalid response, check duration: 0ms" + kLeft);
    CHECK(lines_of_failure("", Way::reset) ==
          down + "Socket error, info: \"Connection reset by peer\", check duration: 0ms" + kLeft);
    CHECK(lines_of_failure("", Way::silent) == down + "Layer7 timeout, check duration: 0ms" + kLeft);
}

TEST_CASE("HTTP checks: what is expected") {
    using Expect = model::HttpCheck::Expect;
    const std::string ok = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    auto failure = [](const std::string& answer, Expect expect, const char* pattern, bool negated = false) {
        const std::string lines = lines_of_failure(answer, FakeServer::Way::answer, [&](model::HttpCheck& check) {
            check.expect = expect;
            check.expect_pattern = pattern;
            check.expect_negated = negated;
        });
        const std::size_t at = lines.find("reason: "), end = lines.find(", check");
        return at == lines.npos ? std::string{} : lines.substr(at + 8, end - at - 8);
    };
    CHECK(failure(ok, Expect::string, "nope") == "Layer7 invalid response, info: \"HTTP content check did not match\"");
    CHECK(failure(ok, Expect::string, "hello", true) ==
          "Layer7 invalid response, info: \"HTTP check matched unwanted content\"");
    CHECK(failure("HTTP/1.0 200 OK\r\n\r\n", Expect::rstring, "h.llo") ==
          "Layer7 invalid response, info: \"HTTP content check could not find a response body\"");
    CHECK(failure(ok, Expect::status, "200", true) == "Layer7 wrong status, code: 200, info: \"OK\"");
    CHECK(failure(ok, Expect::status, "201,300-310") == "Layer7 wrong status, code: 200, info: \"OK\"");
    CHECK(failure(ok, Expect::rstatus, "^50") == "Layer7 wrong status, code: 200, info: \"OK\"");
}

TEST_CASE("HTTP checks: a server that answers comes up") {
    Bench b;
    FakeServer fake(b.loop, "HTTP/1.1 503 No\r\n\r\n");
    b.proxy->http_check.enabled = true;
    b.line().check.rise = b.line().check.fall = 2;
    b.start(fake.address());
    CHECK(b.run_until([&] { return b.server().health() == Health::down; }));
    b.lines();
    fake.set_answer("HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    CHECK(b.run_until([&] { return b.server().health() == Health::up; }));
    CHECK(
        b.lines() ==
        "Server b/s1 is UP, reason: Layer7 check passed, code: 302, check duration: 0ms. 1 active and 0 backup servers "
        "online. 0 sessions requeued, 0 total in queue.");
    CHECK(b.server().check().health == 3);
    CHECK(b.server().check().code == 302);
    CHECK(fake.requests.at(0) == "OPTIONS / HTTP/1.0\r\n\r\n");
}

TEST_CASE("bodies are looked into, whatever their framing") {
    using Expect = model::HttpCheck::Expect;
    for (const char* answer : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello",
                               "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\nhello!"}) {
        Bench b;
        FakeServer fake(b.loop, answer);
        b.proxy->http_check.enabled = true;
        b.proxy->http_check.expect = Expect::string;
        b.proxy->http_check.expect_pattern = "hello";
        b.start(fake.address());
        CHECK(b.run_until_status(CheckStatus::l7_ok));
        CHECK(b.server().usable());
    }
}

TEST_CASE("maintenance pauses checks") {
    Bench b;
    FakeServer fake(b.loop, "", FakeServer::Way::silent);
    b.start(fake.address());
    CHECK(b.run_until_status(CheckStatus::l4_ok));
    b.backend->set_maintenance(b.server());
    const int connections = fake.connections;
    for (int i = 0; i < 20; ++i) b.loop.turn(5);
    CHECK(fake.connections <= connections + 1);
    b.backend->set_ready(b.server());
    CHECK(b.run_until([&] { return fake.connections > connections + 1; }));
    CHECK(b.server().usable());
}

TEST_CASE("a stopped checker leaves nothing behind") {
    Bench b;
    FakeServer fake(b.loop, "", FakeServer::Way::silent);
    b.proxy->http_check.enabled = true;
    b.start(fake.address());
    CHECK(b.run_until([&] { return !fake.requests.empty(); }));
    b.checker.reset();  // in the middle of a check
    const auto requests = fake.requests.size();
    for (int i = 0; i < 10; ++i) b.loop.turn(5);
    CHECK(fake.requests.size() == requests);
}

TEST_CASE("the request of a check is written as HAProxy writes it") {
    model::HttpCheck check;
    CHECK(make_check_request(check) == "OPTIONS / HTTP/1.0\r\n\r\n");
    check.method = "GET";
    check.uri = "/x?y";
    check.version = "HTTP/1.1";
    check.extra = "\r\nHost: www";
    CHECK(make_check_request(check) == "GET /x?y HTTP/1.1\r\nhost: www\r\nconnection: close\r\n\r\n");
    check.extra = "\r\nHost: www\r\nX-A: 1\r\n\r\nbody";
    CHECK(make_check_request(check) ==
          "GET /x?y HTTP/1.1\r\nhost: www\r\nx-a: 1\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody");
    check.extra = "Host:\twww";  // without the line break that ends the version
    check.headers = {{"Connection", "keep-alive"}};
    CHECK(make_check_request(check) == "GET /x?y HTTP/1.1\r\nconnection: keep-alive\r\nhost: www\r\n\r\n");
}

}  // namespace cfgproxy::server
