// Words about logs in, model and messages out.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::messages;
using keywords::quiet;

namespace {

const std::string kFrontend = "frontend f\n bind :80\n default_backend b\nbackend b\n server s 127.0.0.1:1\n";

std::string in_frontend(std::string_view line) {
    return "frontend f\n " + std::string(line) + "\n bind :80\n default_backend b\nbackend b\n server s 127.0.0.1:1\n";
}

}  // namespace

TEST_CASE("captures fill slots in the order of the file") {
    auto loaded =
        load(quiet("frontend f\n bind :80\n capture request header Host len 20\n"
                   " declare capture request len 8\n capture response header Server len 70000\n"
                   " capture cookie SID= len 5\n"));
    INFO(messages(loaded));
    REQUIRE(loaded.config);
    const auto& proxy = *loaded.config->proxies[0];
    REQUIRE(proxy.request_captures.size() == 2);
    CHECK(proxy.request_captures[0].name == "host");
    CHECK(proxy.request_captures[0].length == 20);
    CHECK(proxy.request_captures[1].name.empty());
    CHECK(proxy.request_captures[1].length == 8);
    REQUIRE(proxy.response_captures.size() == 1);
    CHECK(proxy.response_captures[0].length == 65535);
    CHECK(proxy.capture_cookie == "SID=");
    CHECK(proxy.capture_cookie_length == 5);
}

TEST_CASE("captures complain as HAProxy does") {
    CHECK(complaints(in_frontend("capture request header Host 20")) ==
          "A 8: 'capture request' expects 'header' <header_name> 'len' <len>.\n");
    CHECK(complaints(in_frontend("capture cookie x")) ==
          "A 8: 'capture' expects 'cookie' <cookie_name> 'len' <len>.\n");
    CHECK(complaints(in_frontend("declare capture both len 3")) ==
          "A 8: 'declare capture' requires a direction ('request' or 'response').\n");
    CHECK(complaints(in_frontend("declare capture request len 0")) == "A 8: length must be > 0.\n");
    CHECK(complaints(in_frontend("declare capture request len x")) ==
          "A 8: 'declare capture': cannot parse the length 'x'.\n");
}

TEST_CASE("samples take some lines of each group") {
    auto loaded = load(quiet(in_frontend("log 127.0.0.1 sample 1,3-4:6 local0")));
    INFO(messages(loaded));
    REQUIRE(loaded.config);
    const auto& sample = loaded.config->proxies[0]->logs[0].sample;
    std::string taken;
    for (int i = 0; i < 12; ++i) taken += sample.takes_next() ? 'x' : '.';
    CHECK(taken == "x.xx..x.xx..");
    const model::LogSample copy = sample;
    CHECK(copy.takes_next());
    CHECK_FALSE(copy.takes_next());
}

TEST_CASE("samples that make no sense are refused") {
    const auto refused = [](std::string_view sample) {
        return complaints(in_frontend("log 127.0.0.1 sample " + std::string(sample) + " local0"));
    };
    CHECK(refused("1") == "A 8: log : Missing sample size\n");
    CHECK(refused(":3") == "A 8: log : no sampling ranges given\n");
    CHECK(refused("3-2:4") == "A 8: log : wrong sample range '3-2'\n");
    CHECK(refused("0:4") == "A 8: log : wrong sample range '0'\n");
    CHECK(refused("1-3,2:4") == "A 8: log : ranges are overlapping\n");
    CHECK(refused("1-4:3") ==
          "A 8: log : sample size 3 should be greater or equal to 4 the maximum of the high ranges limits\n");
    CHECK(refused("1:x") == "A 8: log : wrong sample size 'x' for sample range '1'\n");
}

TEST_CASE("log global copies each target of the global section once") {
    auto loaded = load("global\n log 127.0.0.1:1 local0\n log 127.0.0.1:2 local1 err\n" +
                       quiet("frontend f\n bind :80\n log global\n log 127.0.0.1:3 local2\n log global\n"));
    INFO(messages(loaded));
    REQUIRE(loaded.config);
    const auto& logs = loaded.config->proxies[0]->logs;
    REQUIRE(logs.size() == 3);
    CHECK(logs[1].endpoint.ip.port() == 2);
    CHECK(logs[1].level == 3);
    CHECK(logs[2].endpoint.ip.port() == 3);
}

TEST_CASE("profiles are found wherever they stand") {
    auto loaded =
        load(quiet("frontend f\n bind :80\n log 127.0.0.1 profile p local0\n log-steps accept,http-req\n"
                   " http-request do-log profile p\n"
                   "log-profile p\n log-tag t\n on close format \"%ci\" sd \"[x]\"\n on any drop\n"));
    INFO(messages(loaded));
    REQUIRE(loaded.config);
    const auto& proxy = *loaded.config->proxies[0];
    const model::LogProfile* profile = proxy.logs[0].profile;
    REQUIRE(profile);
    CHECK(profile->tag == "t");
    REQUIRE(profile->find(model::LogOrigin::close, false));
    CHECK(profile->find(model::LogOrigin::close, false)->format->text == "%ci");
    CHECK(profile->find(model::LogOrigin::accept, false)->drop);
    CHECK(proxy.log_steps == (1U << static_cast<unsigned>(model::LogOrigin::accept) |
                              1U << static_cast<unsigned>(model::LogOrigin::http_req)));
}

TEST_CASE("errors go by 'error', rules that tell of one too") {
    model::LogProfile profile;
    profile.any.emplace();
    CHECK(profile.find(model::LogOrigin::error, true) == &*profile.any);
    profile.error.emplace();
    CHECK(profile.find(model::LogOrigin::error, true) == &*profile.error);
    CHECK(profile.find(model::LogOrigin::close, true) == &*profile.any);
    CHECK(profile.find(model::LogOrigin::http_req, true) == &*profile.error);
    CHECK(profile.find(model::LogOrigin::http_req, false) == &*profile.any);
}

TEST_CASE("what is wrong about profiles is told") {
    CHECK(complaints("log-profile p\nlog-profile p\n" + kFrontend).starts_with("A 8: log-profile section 'p' has"));
    CHECK(complaints("log-profile p\n on close\n" + kFrontend) ==
          "A 8: 'on close' expects 'drop', 'format' or 'sd'.\n");
    CHECK(complaints("log-profile p\n on close format\n" + kFrontend) ==
          "A 8: 'on close format' expects a logformat string.\n");
    CHECK(complaints(in_frontend("log 127.0.0.1 profile nobody local0")).find("unknown log-profile 'nobody'") !=
          std::string::npos);
    CHECK(complaints(in_frontend("http-request do-log profile nobody")).find("profile 'nobody' is invalid") !=
          std::string::npos);
    CHECK(complaints(in_frontend("log-steps accept,never")).starts_with("A 8: invalid log step name (never)."));
}

TEST_CASE("capture rules say what is wrong with them") {
    const auto of = [](std::string_view rule) { return complaints(in_frontend(rule)); };
    CHECK(of("http-request capture path len 3") == "");
    CHECK(of("http-request capture path").find("expects <expression> [ 'len' <length> | id <idx> ]") !=
          std::string::npos);
    CHECK(of("http-request capture path len x").find("length must be > 0") != std::string::npos);
    CHECK(of("http-request capture path id x").find("cannot parse id 'x'") != std::string::npos);
    CHECK(of("http-request capture path foo 3").find("expects 'len' or 'id', found 'foo'") != std::string::npos);
    CHECK(of("http-request capture path id 0")
              .find("Proxy 'f': unable to find capture id '0' referenced by http-request capture rule.") !=
          std::string::npos);
    CHECK(of("http-response capture status len 3").find("expects 'id', found 'len'") != std::string::npos);
    CHECK(of("tcp-request content capture src").find("a positive 'len' argument is mandatory") != std::string::npos);
    CHECK(complaints("frontend f\n bind :80\n default_backend b\nbackend b\n tcp-request content capture src len 3\n")
              .find("proxy 'b' has no frontend capability") != std::string::npos);
}

TEST_CASE("a ring's backing file must be one that can be made") {
    CHECK(complaints("ring r\n backing-file /nonexistent/ring\n")
              .find("cannot open backing-file '/nonexistent/ring' for ring 'r': No such file or directory.") !=
          std::string::npos);
    CHECK(complaints("ring r\n backing-file /dev/null\n size 65536\n").find("cannot resize an already mapped file") !=
          std::string::npos);
    CHECK(complaints("ring r\n backing-file /dev/null\n backing-file /dev/null\n")
              .find("already specified for ring 'r'") != std::string::npos);
}
