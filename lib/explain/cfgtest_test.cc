#include "explain/cfgtest.h"

#include <catch2/catch.hpp>

#include "config/reader.h"

using namespace cfgproxy;

namespace {

constexpr std::string_view kConfiguration = R"(
defaults
 mode http
 timeout client 5s
 timeout server 5s
 timeout connect 5s
frontend web
 bind :80
 http-request redirect location /new if { path /old }
 http-request deny if { path /never }
 default_backend app
backend app
 server a1 192.0.2.11:80
)";

std::string problem(std::string_view text) {
    const auto file = explain::read_tests("t.cfgtest", text);
    return file.ok() ? std::string() : file.error();
}

}  // namespace

TEST_CASE("a test file is read") {
    const auto file = explain::read_tests("t.cfgtest", R"(# all about it
config a.cfg
config "b c.cfg"

test the old page's place
  request GET http://h/old HTTP/1.0
  header Cookie: a=b; c=d
  src 10.0.0.1
  var txn.x 1 2
  down app/a1 app/a2
  response HTTP/1.1 404 Not Found
  response X-A: b
  expect status 302
  expect no request-header X-Nothing
  expect request-header Host: ~ ^h$   # a comment
  expect location "/new"
)");
    REQUIRE(file.ok());
    CHECK(file->configurations == std::vector<std::string>{"a.cfg", "b c.cfg"});
    REQUIRE(file->tests.size() == 1);
    const explain::Test& test = file->tests[0];
    CHECK(test.name == "the old page's place");
    CHECK(test.question.version == "HTTP/1.0");
    CHECK(test.question.headers[0].second == "a=b; c=d");
    CHECK(test.question.variables[0].second == "1 2");
    CHECK(test.question.down.size() == 2);
    CHECK(*test.question.response == "HTTP/1.1 404 Not Found\nX-A: b");
    REQUIRE(test.expectations.size() == 4);
    CHECK(test.expectations[1].negated);
    CHECK(test.expectations[2].regex);
    CHECK(test.expectations[2].name == "host");
    CHECK(test.expectations[2].value == "^h$");
    CHECK(test.expectations[3].value == "/new");
}

TEST_CASE("mistakes are told with their line") {
    CHECK(problem("test x\n request GET /\n expect status 200\n") == "t.cfgtest: a line 'config FILE' is missing");
    CHECK(problem("config a\nrequest GET /\n") == "t.cfgtest:2: 'request' stands before the first 'test'");
    CHECK(problem("config a\ntest x\n request GET\n") == "t.cfgtest:3: 'request' expects a method and a URL");
    CHECK(problem("config a\ntest x\n expect status 200\n") == "t.cfgtest:2: this test has no 'request' line");
    CHECK(problem("config a\ntest x\n request GET /\n") == "t.cfgtest:2: this test expects nothing");
    CHECK(problem("config a\ntest x\n expect color red\n").starts_with("t.cfgtest:3: 'expect' does not know 'color'"));
    CHECK(problem("config a\ntest x\n expect status\n") == "t.cfgtest:3: a value is missing");
    CHECK(problem("config a\ntest x\n expect location ~ (\n") == "t.cfgtest:3: '(' is no regular expression");
    CHECK(problem("config a\ntest x\n wish y\n").starts_with("t.cfgtest:3: unknown word 'wish'"));
    CHECK(problem("config a\ntest x\n reqest GET /\n") == "t.cfgtest:3: unknown word 'reqest': is 'request' meant?");
    CHECK(problem("config a\ntest x\n src 'x\n") == "t.cfgtest:3: the quote (') is not closed");
    CHECK(problem("config a\ntest x\n header nothing\n") == "t.cfgtest:3: 'header' expects 'Name: value'");
}

TEST_CASE("tests pass, fail and count rules") {
    config::LoadOptions options;
    options.environment = {};
    const auto loaded = config::load_text("t.cfg", kConfiguration, options);
    REQUIRE(loaded.config);
    const auto file = explain::read_tests("t.cfgtest", R"(config t.cfg
test good
 request GET http://h/old
 expect status 302
 expect location /new
 expect no response-header X-A
test bad
 request GET http://h/
 expect backend other
 expect server ~ ^a
 expect request-header Host www
)");
    REQUIRE(file.ok());
    const auto result = explain::run_tests(*file, *loaded.config);
    CHECK(result.rules == 3);
    CHECK(result.failed() == 1);
    const std::string report = explain::print_text(result, false);
    CHECK(report.starts_with("ok     good\nFAILED bad  (t.cfgtest:7)\n"));
    CHECK(report.find("line 9: expect backend other\n       but it is 'app'") != std::string::npos);
    CHECK(report.find("line 11: expect request-header Host www\n       but it is 'h'") != std::string::npos);
    CHECK(report.find("line 10") == std::string::npos);
    CHECK(report.find("       no   t.cfg:") != std::string::npos);
    CHECK(result.hit == 2);
    REQUIRE(result.missed.size() == 1);
    CHECK(result.missed[0].starts_with("t.cfg:10: "));
    CHECK(report.find("\nt.cfgtest: 2 of 3 rules were met\n  never: t.cfg:10: ") != std::string::npos);
    CHECK(explain::print_text(result, true).find("  never: ") == std::string::npos);
    const std::string json = explain::print_json({result});
    for (const std::string_view part :
         {R"("file": "t.cfgtest")", R"("name": "good")", R"("line": 2)", R"("passed": true)", R"("passed": false)",
          R"("line 9: expect backend other\n)", R"("rules": 3)", R"("rules_met": 2)", R"("t.cfg:10: )",
          R"("passed": 1)", R"("failed": 1)"})
        CHECK(json.find(part) != std::string::npos);
}

TEST_CASE("what a TCP frontend turns into HTTP is walked as HTTP") {
    config::LoadOptions options;
    options.environment = {};
    const auto loaded = config::load_text("t.cfg", R"(
defaults
 timeout client 1s
 timeout server 1s
 timeout connect 1s
frontend by_rule
 mode tcp
 bind :1001
 tcp-request content switch-mode http if HTTP
 http-request deny deny_status 429 if { path /no }
 default_backend b
frontend by_backend
 mode tcp
 bind :1002
 http-request set-header via tcp
 default_backend b
backend b
 mode http
 server a 127.0.0.1:1
)",
                                          options);
    REQUIRE(loaded.config);
    const auto file = explain::read_tests("t.cfgtest", R"(config t.cfg
test a rule of the frontend
 request GET http://h:1001/no
 expect status 429
test the rest goes to the backend
 request GET http://h:1001/
 expect status 200
test the backend's mode
 request GET http://h:1002/
 expect request-header via tcp
 expect status 200
)");
    REQUIRE(file.ok());
    const auto result = explain::run_tests(*file, *loaded.config);
    INFO(explain::print_text(result, false));
    CHECK(result.failed() == 0);
    CHECK(result.missed.empty());
}

TEST_CASE("words that are pending find nothing, and nothing breaks") {
    config::LoadOptions options;
    options.environment = {};
    options.keep_pending = true;
    const auto loaded = config::load_text("t.cfg", R"(
defaults
 mode http
 timeout client 1s
frontend f
 bind :1001
 http-request deny if { 51d.all(a) -m found }
 http-request set-header a "<%[path,da-csv-conv(x)]>"
 http-request return status 200 hdr a %[req.hdr(a)]
)",
                                          options);
    REQUIRE(loaded.config);
    const auto file = explain::read_tests("t.cfgtest", R"(config t.cfg
test nothing
 request GET http://h:1001/
 expect status 200
 expect response-header a <>
)");
    REQUIRE(file.ok());
    const auto result = explain::run_tests(*file, *loaded.config);
    INFO(explain::print_text(result, false));
    CHECK(result.failed() == 0);
    CHECK(result.hit == 2);
}
