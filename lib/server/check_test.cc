// Log lines in these tests are those of HAProxy 2.6.12 in the same situations.
#include "server/check.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <regex>

#include "log/format.h"
#include "server/check_expect.h"
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

/// The steps of `option httpchk` with an expectation; without one, what HAProxy puts there.
model::HealthCheck http_check(model::CheckExpect expect = {.kind = model::CheckExpect::Kind::status,
                                                           .codes = {{200, 399}}}) {
    model::HealthCheck check;
    check.protocol = model::HealthCheck::Protocol::http;
    check.steps.resize(3);
    check.steps[0].what = model::CheckConnect{.implicit = true};
    check.steps[1].what = model::CheckRequest{};
    check.steps[2].what = std::move(expect);
    return check;
}

model::CheckExpect expect_text(const char* text, bool negated = false) {
    return {.kind = model::CheckExpect::Kind::text, .negated = negated, .data = text};
}

model::CheckExpect expect_regex(model::CheckExpect::Kind kind, const char* pattern) {
    model::CheckExpect expect{.kind = kind};
    expect.regex = *sample::Regex::compile(pattern, false);
    return expect;
}

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
        checker = std::make_unique<Checker>(loop, 0, "node");
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
                             model::HealthCheck check = http_check()) {
    Bench b;
    FakeServer fake(b.loop, answer, way);
    b.proxy->health_check = std::move(check);
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
          "Server b/s1 is DOWN, reason: Layer4 connection problem, info: \"ECONNREFUSED returned by OS (Connection "
          "refused)\", check duration: 0ms" +
              kLeft);
    const CheckReport report = b.server().check();
    CHECK(name_of(report.status) == "L4CON");
    CHECK(report.text == "ECONNREFUSED returned by OS (Connection refused)");
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
          "Health check for server b/s1 failed, reason: Layer4 connection problem, info: \"ECONNREFUSED returned by OS "
          "(Connection refused)\", check "
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
          down + "Socket error, info: \"ECONNRESET returned by OS (Connection reset by peer)\", check duration: 0ms" +
              kLeft);
    CHECK(lines_of_failure("", Way::silent) == down + "Layer7 timeout, check duration: 0ms" + kLeft);
}

TEST_CASE("HTTP checks: what is expected") {
    using Kind = model::CheckExpect::Kind;
    const std::string ok = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nX-Kind: a, b\r\n\r\nhello";
    auto failure = [](const std::string& answer, model::CheckExpect expect) {
        const std::string lines = lines_of_failure(answer, FakeServer::Way::answer, http_check(std::move(expect)));
        const std::size_t at = lines.find("reason: "), end = lines.find(", check");
        return at == lines.npos ? std::string{} : lines.substr(at + 8, end - at - 8);
    };
    CHECK(failure(ok, expect_text("nope")) == "Layer7 invalid response, info: \"HTTP content check did not match\"");
    CHECK(failure(ok, expect_text("hello", true)) ==
          "Layer7 invalid response, info: \"HTTP check matched unwanted content\"");
    CHECK(failure("HTTP/1.0 200 OK\r\n\r\n", expect_regex(Kind::regex, "h.llo")) ==
          "Layer7 invalid response, info: \"HTTP content check could not find a response body\"");
    const std::string wrong = "Layer7 wrong status, code: 200, info: \"OK\"";
    CHECK(failure(ok, {.kind = Kind::status, .negated = true, .codes = {{200, 200}}}) == wrong);
    CHECK(failure(ok, {.kind = Kind::status, .codes = {{201, 201}, {300, 310}}}) == wrong);
    CHECK(failure(ok, expect_regex(Kind::status_regex, "^50")) == wrong);
    model::CheckExpect header{.kind = Kind::header};
    header.name.text = "x-kind";
    model::CheckExpect::HeaderPattern value;
    value.text = "c";
    header.value = std::move(value);
    CHECK(failure(ok, header) == wrong);
    header.value->text = "a, b";
    CHECK(failure(ok, header) == wrong);  // commas part values
}

TEST_CASE("HTTP checks: headers that are as expected") {
    using Match = model::CheckExpect::Match;
    for (auto [full, match, text] : {std::tuple{false, Match::exact, "b"},
                                     {true, Match::exact, "a, b"},
                                     {false, Match::prefix, "a"},
                                     {true, Match::suffix, ", b"},
                                     {true, Match::part, ", "}}) {
        INFO(text);
        Bench b;
        FakeServer fake(b.loop, "HTTP/1.0 200 OK\r\nX-Kind: a, b\r\n\r\n");
        model::CheckExpect header{.kind = model::CheckExpect::Kind::header, .full_header = full};
        header.name = {.match = Match::prefix, .text = "X-K"};
        header.value = model::CheckExpect::HeaderPattern{.match = match, .text = text};
        b.proxy->health_check = http_check(std::move(header));
        b.start(fake.address());
        CHECK(b.run_until_status(CheckStatus::l7_ok));
    }
}

TEST_CASE("HTTP checks: a server that answers comes up") {
    Bench b;
    FakeServer fake(b.loop, "HTTP/1.1 503 No\r\n\r\n");
    b.proxy->health_check = http_check();
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
    for (const char* answer : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello",
                               "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\nhello!"}) {
        Bench b;
        FakeServer fake(b.loop, answer);
        b.proxy->health_check = http_check(expect_text("hello"));
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
    b.proxy->health_check = http_check();
    b.start(fake.address());
    CHECK(b.run_until([&] { return !fake.requests.empty(); }));
    b.checker.reset();  // in the middle of a check
    const auto requests = fake.requests.size();
    for (int i = 0; i < 10; ++i) b.loop.turn(5);
    CHECK(fake.requests.size() == requests);
}

TEST_CASE("the request of a check is written as HAProxy writes it") {
    auto format = [](const char* text) {
        auto compiled = log::compile(text, {});
        return std::shared_ptr<const model::Template>(std::move(*compiled));
    };
    base::Arena arena;
    sample::Context context;
    context.arena = &arena;
    model::CheckRequest check;
    CHECK(to_h1(make_check_request(check, context, {})) == "OPTIONS / HTTP/1.0\r\n\r\n");
    check.method = "GET";
    check.uri = "/x?y";
    check.version = "HTTP/1.1";
    check.headers.emplace_back("Host", format("www"));
    CHECK(to_h1(make_check_request(check, context, {})) ==
          "GET /x?y HTTP/1.1\r\nhost: www\r\nconnection: close\r\n\r\n");
    check.headers.emplace_back("X-A", format("1"));
    check.body = "body";
    CHECK(to_h1(make_check_request(check, context, {})) ==
          "GET /x?y HTTP/1.1\r\nhost: www\r\nx-a: 1\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody");
    check.headers.clear();
    check.headers.emplace_back("Connection", format("keep-alive"));
    CHECK(to_h1(make_check_request(check, context, "UP"))
              .starts_with("GET /x?y HTTP/1.1\r\nconnection: keep-alive\r\nx-haproxy-server-state: UP\r\n"));
}

/// A backend whose check has these steps, with a connect that does not stand in the file in front.
model::HealthCheck tcp_check(std::vector<decltype(model::CheckStep::what)> steps) {
    model::HealthCheck check;
    check.protocol = model::HealthCheck::Protocol::tcp;
    check.steps.resize(1);
    check.steps[0].what = model::CheckConnect{.implicit = true};
    for (auto& what : steps) {
        check.steps.emplace_back().what = std::move(what);
        check.steps.back().number = static_cast<std::uint32_t>(check.steps.size() - 2);
    }
    return check;
}

TEST_CASE("steps of tcp-check: what is down, and how it is told") {
    using Kind = model::CheckExpect::Kind;
    using Way = FakeServer::Way;
    auto reason = [](const std::string& answer, Way way, model::HealthCheck check) {
        const std::string lines = lines_of_failure(answer, way, std::move(check));
        const std::size_t at = lines.find("reason: "), end = lines.find(", check");
        return at == lines.npos ? lines : lines.substr(at + 8, end - at - 8);
    };
    const model::CheckSend ask{.data = "hi\r\n\r\n"};
    CHECK(reason("-ERR", Way::answer, tcp_check({ask, expect_text("+OK")})) ==
          "Layer7 invalid response, info: \"TCPCHK did not match content '+OK' at step 2\"");
    CHECK(reason("-ERR", Way::answer, tcp_check({ask, expect_text("-ERR", true)})) ==
          "Layer7 invalid response, info: \"TCPCHK matched unwanted content '-ERR' at step 2\"");
    CHECK(reason("-ERR", Way::answer, tcp_check({ask, expect_regex(Kind::regex, "^.OK")})) ==
          "Layer7 invalid response, info: \"TCPCHK did not match content (regex) at step 2\"");
    CHECK(reason("", Way::answer, tcp_check({ask, expect_text("x")})) ==
          "Layer7 invalid response, info: \"TCPCHK got an empty response at step 2\"");
    CHECK(reason("", Way::silent, tcp_check({ask, expect_text("x")})) ==
          "Layer7 timeout, info: \" at step 2 of tcp-check (expect string 'x')\"");
    CHECK(reason("", Way::reset, tcp_check({ask, expect_text("x")})) ==
          "Socket error, info: \"ECONNRESET returned by OS (Connection reset by peer) at step 2 of tcp-check (expect "
          "string 'x')\"");
}

TEST_CASE("steps of tcp-check: up, and with what words") {
    Bench b;
    FakeServer fake(b.loop, "+OK hello");
    b.proxy->options.log_health_checks = true;
    b.proxy->health_check = tcp_check(
        {model::CheckSend{.data = "a\r\n\r\n"}, expect_text("+OK"), expect_text("hello"), expect_text("bye", true)});
    b.start(fake.address());
    CHECK(b.run_until_status(CheckStatus::l7_ok));
    CHECK(b.lines() ==
          "Health check for server b/s1 succeeded, reason: Layer7 check passed, code: 0, info: \"(tcp-check)\", check "
          "duration: 0ms, status: 3/3 UP.");
}

TEST_CASE("answers of databases and directories") {
    using Kind = model::CheckExpect::Kind;
    model::HealthCheck check;
    check.protocol = model::HealthCheck::Protocol::mysql;
    model::CheckStep step;
    base::Arena arena;
    sample::Context context;
    context.arena = &arena;
    auto result = [&](Kind kind, std::string_view data, bool last = true) {
        step.what = model::CheckExpect{.kind = kind};
        const CheckVerdict verdict = judge(check, step, {data, nullptr, last}, context);
        if (verdict.what == CheckVerdict::What::wait) return std::string("wait");
        if (verdict.what == CheckVerdict::What::pass) return std::string("pass");
        return std::string(name_of(verdict.status)) + " " + std::to_string(verdict.code) + " " + verdict.text;
    };
    const std::string greeting("\3\0\0\0\n55", 7);
    CHECK(result(Kind::mysql_greeting, greeting) == "pass");
    for (std::size_t n = 0; n < greeting.size(); ++n) {
        CHECK(result(Kind::mysql_greeting, greeting.substr(0, n), false) == "wait");
        CHECK(result(Kind::mysql_greeting, greeting.substr(0, n)) == "L7RSP 0 ");
    }
    const std::string refusal(
        "\6\0\0\0\xff\x15\x04"
        "no!",
        10);
    CHECK(result(Kind::mysql_greeting, refusal) == "L7STS 1045 no!");
    CHECK(result(Kind::mysql_login, greeting + refusal) == "L7STS 1045 no!");
    CHECK(result(Kind::mysql_login, greeting + greeting) == "pass");
    CHECK(result(Kind::mysql_login, "", false) == "wait");
    CHECK(result(Kind::mysql_greeting, std::string("\2\0\0\0\xff\x15", 6)) == "L7STS 0 ");

    const std::string bound("\x30\x0c\2\1\1\x61\7\x0a\1\0\4\0\4\0", 14);
    CHECK(result(Kind::ldap_bind, bound) == "pass");
    for (std::size_t n = 0; n < bound.size(); ++n) {
        CHECK(result(Kind::ldap_bind, bound.substr(0, n), false) == "wait");
        CHECK(result(Kind::ldap_bind, bound.substr(0, n)) == "L7RSP 0 ");
    }
    std::string denied = bound;
    denied[9] = 49;
    CHECK(result(Kind::ldap_bind, denied).starts_with("L7STS 49 See RFC"));
    denied[5] = 0x62;
    CHECK(result(Kind::ldap_bind, denied) == "L7RSP 0 Not LDAPv3 protocol");
    CHECK(result(Kind::ldap_bind, std::string("\x30\x83\0\0\1", 5)) == "L7RSP 0 Not LDAPv3 protocol");
}

}  // namespace cfgproxy::server
