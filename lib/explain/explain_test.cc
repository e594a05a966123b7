#include "explain/explain.h"

#include <catch2/catch.hpp>

#include "config/reader.h"

using namespace cfgproxy;
using explain::Explanation;
using explain::Question;

namespace {

constexpr std::string_view kConfiguration = R"(
defaults
 mode http
 timeout client 5s
 timeout server 5s
 timeout connect 5s
frontend web
 bind :80
 bind :443
 log 127.0.0.1 local0
 log-format "%ci %b/%s %ST %ts %hr"
 capture request header Host len 30
 acl static path_beg /static /images
 acl inside src 10.0.0.0/8
 http-request deny if { path_end .php } !inside
 http-request set-header X-Scheme clear
 http-request set-var(txn.name) req.hdr(host),lower
 http-request redirect location https://%[var(txn.name)]/ code 301 if { path /old }
 use_backend pool_%[path,field(3,/)] if { path_beg /pool/ }
 use_backend files if static
 default_backend app
backend app
 cookie SRV insert indirect
 server a1 192.0.2.11:80 cookie one
 server a2 192.0.2.12:80 cookie two
backend files
 option forwardfor
 http-response set-header X-From files if { status 200 }
 server f1 192.0.2.21:80
 server f2 192.0.2.22:80 backup
backend pool_x
 server p 192.0.2.31:80
frontend other
 bind 127.0.0.1:8080
 default_backend app
)";

const model::Config& configuration() {
    static const config::Loaded loaded = [] {
        config::LoadOptions options;
        options.environment = {};
        options.keep_pending = true;
        return config::load_text("t.cfg", kConfiguration, options);
    }();
    REQUIRE(loaded.config);
    return *loaded.config;
}

Explanation ask(
    std::string url, void (*more)(Question&) = [](Question&) {}) {
    Question question;
    question.url = std::move(url);
    more(question);
    return explain::explain(configuration(), question);
}

const explain::Event* event_at(const Explanation& told, std::uint32_t line) {
    for (const auto& event : told.events)
        if (event.place.line == line) return &event;
    return nullptr;
}

}  // namespace

TEST_CASE("a request goes the way that live traffic goes") {
    const auto told = ask("http://www.example.com/static/a.png");
    CHECK(told.frontend == "web");
    CHECK(told.backend == "files");
    CHECK(told.server == "f1");
    CHECK(told.server_reason == "the only one");
    CHECK(told.status == 200);
    CHECK(told.log_line == "192.0.2.1 files/f1 200 -- {www.example.com}");
    CHECK(told.request_sent.find("x-forwarded-for: 192.0.2.1") != std::string::npos);
    CHECK(told.request_sent.find("x-scheme: clear") != std::string::npos);
    CHECK(told.response_sent.find("x-from: files") != std::string::npos);
}

TEST_CASE("each value and the pattern that matched are told") {
    const auto told = ask("http://h/images/x");
    const auto* rule = event_at(told, 20);
    REQUIRE(rule);
    CHECK(rule->found == sample::Found::yes);
    REQUIRE(rule->terms.size() == 1);
    CHECK(rule->terms[0].name == "static");
    REQUIRE(rule->terms[0].samples.size() == 1);
    CHECK(rule->terms[0].samples[0].expression == "path_beg");
    CHECK(rule->terms[0].samples[0].values == std::vector<std::string>{"\"/images/x\""});
    CHECK(rule->terms[0].samples[0].match == "beg");
    CHECK(rule->terms[0].samples[0].pattern == "/images");
    CHECK(rule->terms[0].samples[0].patterns == 2);
}

TEST_CASE("terms behind the one that decides are not asked") {
    const auto told = ask("http://h/a");
    const auto* rule = event_at(told, 15);
    REQUIRE(rule);
    CHECK(rule->found == sample::Found::no);
    REQUIRE(rule->terms.size() == 1);
    CHECK(rule->terms[0].samples[0].pattern.empty());
}

TEST_CASE("a denied request ends at the proxy") {
    const auto told = ask("http://h/a.php");
    CHECK(told.backend.empty());
    CHECK(told.status == 403);
    CHECK(told.answered_by == "the proxy");
    CHECK(told.log_line.find("web/<NOSRV> 403 PR") != std::string::npos);
    REQUIRE(event_at(told, 15));
    CHECK(event_at(told, 15)->verdict == "answered with 403");
    CHECK(event_at(told, 15)->terms[1].negated);

    const auto allowed = ask("http://h/a.php", [](Question& q) { q.source = "10.1.2.3"; });
    CHECK(allowed.backend == "app");
}

TEST_CASE("redirects and variables are shown") {
    const auto told = ask("http://WWW.Example.com/old");
    CHECK(told.status == 301);
    CHECK(told.location == "https://www.example.com/");
    REQUIRE(event_at(told, 17));
    CHECK(event_at(told, 17)->changes == std::vector<std::string>{"variable txn.name = \"www.example.com\""});
    CHECK(event_at(told, 16)->changes == std::vector<std::string>{"+ x-scheme: clear"});
}

TEST_CASE("names of backends may be computed") {
    CHECK(ask("http://h/pool/x").backend == "pool_x");
    const auto told = ask("http://h/pool/nobody");
    CHECK(told.backend == "app");
    CHECK(told.backend_reason == "default_backend app");
}

TEST_CASE("a cookie asks for its server") {
    const auto told = ask("http://h/", [](Question& q) { q.headers = {{"Cookie", "a=b; SRV=two"}}; });
    CHECK(told.server == "a2");
    CHECK(told.server_reason == "cookie SRV=two");
    const auto down = ask("http://h/", [](Question& q) {
        q.headers = {{"Cookie", "SRV=two"}};
        q.down = {"app/a2"};
    });
    CHECK(down.server == "a1");
}

TEST_CASE("without a server there is 503, and a backup steps in") {
    const auto gone = ask("http://h/", [](Question& q) { q.down = {"app/a1", "app/a2"}; });
    CHECK(gone.status == 503);
    CHECK(gone.log_line.find("app/<NOSRV> 503 SC") != std::string::npos);
    CHECK(ask("http://h/static/", [](Question& q) { q.down = {"files/f1"}; }).server == "f2");
    CHECK_FALSE(ask("http://h/", [](Question& q) { q.down = {"app/a9"}; }).error.empty());
}

TEST_CASE("the frontend is the one that listens") {
    CHECK(ask("http://h:8080/").frontend == "other");
    CHECK(ask("https://h/").destination == "127.0.0.1:443");
    CHECK(ask("/", [](Question& q) { q.destination = "127.0.0.1:8080"; }).frontend == "other");
    CHECK(ask("/", [](Question& q) { q.frontend = "other"; }).frontend == "other");
    CHECK(ask("http://h:99/").frontend == "web");
    CHECK_FALSE(ask("/", [](Question& q) { q.frontend = "nobody"; }).error.empty());
    CHECK_FALSE(ask("/", [](Question& q) { q.source = "here"; }).error.empty());
}

TEST_CASE("the server's answer meets the response rules") {
    const auto told =
        ask("http://h/static/", [](Question& q) { q.response = "HTTP/1.1 404 Not Found\nX-A: b\n\nbody"; });
    CHECK(told.status == 404);
    CHECK(told.response_sent.find("x-from") == std::string::npos);
    CHECK(told.response_sent.find("x-a: b") != std::string::npos);
    const auto broken = ask("http://h/static/", [](Question& q) { q.response = "nonsense"; });
    CHECK(broken.status == 502);
}

TEST_CASE("a request that breaks the protocol is refused before any rule") {
    const auto told = ask("http://h/", [](Question& q) { q.headers = {{"Bad Name", "x"}}; });
    CHECK(told.status == 400);
    CHECK(told.backend.empty());
}

TEST_CASE("text and JSON tell the same") {
    const auto told = ask("http://h/static/\"x");
    const std::string text = explain::print_text(told, false);
    CHECK(text.find("Backend  files  (") != std::string::npos);
    CHECK(text.find("static: yes") != std::string::npos);
    CHECK(text.find("\033") == std::string::npos);
    const std::string json = explain::print_json(told);
    CHECK(json.find("\"backend\": \"files\"") != std::string::npos);
    CHECK(json.find("\\\"/static/\\\"x") != std::string::npos);
}

TEST_CASE("stick tables are empty, and count what the question itself tracks") {
    config::LoadOptions options;
    options.environment = {};
    const config::Loaded loaded = config::load_text("t.cfg", R"(
defaults
 timeout client 5s
 timeout server 5s
 timeout connect 5s
frontend web
 bind :80
 stick-table type ip size 100 store conn_cnt
 tcp-request connection track-sc0 src
 tcp-request content reject if { sc_conn_cnt(0) gt 1 }
 tcp-request content accept if { src_conn_cnt eq 1 }
 default_backend app
backend app
 tcp-response content close
 server a1 192.0.2.11:80
)",
                                                    options);
    REQUIRE(loaded.config);
    Question question;
    question.url = "http://h/";
    const auto told = explain::explain(*loaded.config, question);
    std::string verdicts;
    for (const auto& event : told.events) verdicts += event.text + ": " + event.verdict + "\n";
    CHECK(verdicts ==
          "tcp-request connection track-sc0 src: \n"
          "tcp-request content reject if { sc_conn_cnt(0) gt 1 }: \n"
          "tcp-request content accept if { src_conn_cnt eq 1 }: allowed: no further rule of this set\n"
          "tcp-response content close: the server's connection is closed behind this\n");
    CHECK(told.server == "a1");
}

TEST_CASE("stick rules tell what they look for and what they store") {
    config::LoadOptions options;
    options.environment = {};
    const config::Loaded loaded = config::load_text("t.cfg", R"(
defaults
 mode http
 timeout client 5s
 timeout server 5s
 timeout connect 5s
frontend web
 bind :80
 default_backend app
backend app
 stick-table type ip size 100
 stick on src if { path_beg /a }
 stick match req.hdr(x-none)
 stick store-request src if { path /b }
 server a1 192.0.2.11:80
)",
                                                    options);
    REQUIRE(loaded.config);
    Question question;
    question.url = "http://h/a";
    question.source = "192.0.2.7";
    const auto told = explain::explain(*loaded.config, question);
    std::string text;
    for (const auto& event : told.events) {
        text += event.text + (event.found == sample::Found::yes ? "\n" : ": no\n");
        for (const std::string& change : event.changes) text += "  " + change + "\n";
    }
    CHECK(text ==
          "stick on src\n"
          "  looks for 192.0.2.7 in table app: here tables are empty\n"
          "  stores the server under 192.0.2.7 in table app\n"
          "stick match req.hdr(x-none)\n"
          "  no key: the expression gives nothing\n"
          "stick store-request src: no\n");
}

TEST_CASE("the statistics page asks for its password, and connections end where the file says so") {
    config::LoadOptions options;
    options.environment = {};
    const config::Loaded loaded = config::load_text("t.cfg", R"(
defaults
 mode http
 timeout client 5s
 timeout server 5s
 timeout connect 5s
 option http-server-close
listen l
 bind :80
 stats enable
 stats uri /?stats
 stats auth admin:secret
 server a1 192.0.2.11:80
)",
                                                    options);
    REQUIRE(loaded.config);
    Question question;
    question.url = "http://h/?stats";
    const auto refused = explain::explain(*loaded.config, question);
    CHECK(refused.status == 401);
    CHECK(refused.response_sent.find("www-authenticate: Basic realm=") != std::string::npos);
    CHECK(refused.response_sent.find("content-length: 112") != std::string::npos);
    question.headers.emplace_back("Authorization", "Basic YWRtaW46c2VjcmV0");
    const auto shown = explain::explain(*loaded.config, question);
    CHECK(shown.status == 200);
    CHECK(shown.answered_by == "the statistics page");
    question.url = "http://h/";
    const auto passed = explain::explain(*loaded.config, question);
    CHECK(passed.request_sent.find("\nconnection: close") != std::string::npos);
    CHECK(passed.server == "a1");
}
