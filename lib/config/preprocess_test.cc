#include "config/preprocess.h"

#include <catch2/catch.hpp>

using namespace cfgproxy::config;

namespace {

Environment environment() {
    Environment e;
    e.set("A", "1");
    e.set("EMPTY", "");
    return e;
}

const Build kBuild{.version = "3.4.0",
                   .tls_name = "OpenSSL 3.0.22 25 Aug 2026",
                   .tls_number = 0x30000160,
                   .features = {"OPENSSL", "THREAD"},
                   .enabled = {"EPOLL"}};

bool holds(std::string_view text) {
    Verdict v = evaluate_condition(text, environment(), kBuild);
    INFO(text);
    CHECK(v.error == "");
    return v.value;
}

/// "position: message", the position counting from 1 as users see it.
std::string error(std::string_view text) {
    Verdict v = evaluate_condition(text, environment(), kBuild);
    return v.error.empty() ? "none" : std::to_string(v.position + 1) + ": " + v.error;
}

}  // namespace

TEST_CASE("conditions: literals and operators") {
    CHECK(!holds(""));
    CHECK(holds("1"));
    CHECK(!holds("0"));
    CHECK(holds("-1"));
    CHECK(holds("0x10"));
    CHECK(holds("!0"));
    CHECK(!holds("! ! 0"));
    CHECK(holds("(1)"));
    CHECK(holds("0 || 1 && 1"));
    CHECK(!holds("1 && 0 || 0"));
    CHECK(holds("1 || 0 && 0"));
    CHECK(!holds("( 1 || 0 ) && 0"));
    CHECK(holds("!(0||0)&&!0"));
}

TEST_CASE("conditions: predicates") {
    CHECK(holds("defined(A)"));
    CHECK(holds("defined(EMPTY)"));
    CHECK(!holds("defined(NONE)"));
    CHECK(!holds("defined"));
    CHECK(!holds("defined( A )"));
    CHECK(holds("feature(OPENSSL)"));
    CHECK(!holds("feature(OPEN)"));
    CHECK(holds("enabled(EPOLL)"));
    CHECK(!holds("enabled(SPLICE)"));
    CHECK(holds("streq(a,a)"));
    CHECK(!holds("streq(a, a)"));
    CHECK(holds("streq(,)"));
    CHECK(holds("streq(\"a,b)\",'a,b)')"));
    CHECK(holds("streq(a\\ b,'a b')"));
    CHECK(holds("streq(\\1,'\\1')"));
    CHECK(holds("strneq(a,b)"));
    CHECK(holds("strstr(abc,b)"));
    CHECK(!holds("strstr(abc,bb)"));
    CHECK(holds("ssllib_name_startswith(OpenSSL)"));
    CHECK(!holds("ssllib_name_startswith(wolfSSL)"));
    CHECK(holds("openssl_version_atleast(3.0.0)"));
    CHECK(holds("openssl_version_atleast(1.1.1k)"));
    CHECK(holds("openssl_version_before(3.1.0)"));
}

TEST_CASE("conditions: versions") {
    CHECK(holds("version_atleast(2.4-dev19)"));
    CHECK(holds("version_atleast(3.4)"));
    CHECK(holds("version_atleast(3.4.0)"));
    CHECK(!holds("version_atleast(3.4.1)"));
    CHECK(holds("version_before(3.5-dev0)"));
    CHECK(!holds("version_before(3.4-rc1)"));
    CHECK(!holds("version_before(3.4)"));
    CHECK(compare_versions("2.4-dev1", "2.4-rc1") < 0);
    CHECK(compare_versions("2.4-rc2", "2.4") < 0);
    CHECK(compare_versions("2.4-dev19", "2.4-dev19-3") < 0);
    CHECK(compare_versions("2.6.12-1+deb12u4", "2.6.12") == 0);
    CHECK(compare_versions("2.10", "2.9") > 0);
    CHECK(compare_versions("x", "1") < 0);
}

TEST_CASE("conditions: errors in HAProxy's words") {
    CHECK(error("foo") == "1: unparsable conditional expression 'foo'");
    CHECK(error("1 || foo") == "6: unparsable conditional expression 'foo'");
    CHECK(error("defined(A) && ( streq(a,b)") == "15: expected ')' after conditional expression '( streq(a,b)'");
    CHECK(error("defined(A") == "10: expected ')' in argument 1 of predicate 'defined' used in conditional expression");
    CHECK(error("defined(A,B)") ==
          "10: expected ')' before ',B)' in argument 1 of predicate 'defined' used in conditional expression");
    CHECK(error("streq(A)") ==
          "8: missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in "
          "conditional expression");
    CHECK(error("streq") ==
          "6: missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in "
          "conditional expression");
    CHECK(error("streq(a,b) foo") ==
          "12: unexpected character 'f' at the end of conditional expression 'streq(a,b) foo'");
    CHECK(error("1 2") == "3: unexpected character '2' at the end of conditional expression '1 2'");
    CHECK(error("1)") == "2: unexpected character ')' at the end of conditional expression '1)'");
    CHECK(error("1 &&") == "3: unparsable conditional expression '&&'");
    CHECK(error("1 && 1 &&") == "3: unparsable conditional expression '&& 1 &&'");
    CHECK(error("1 || 1 ||") == "3: unparsable conditional expression '1 || 1 ||'");
    CHECK(error("0 || (1 ||") == "6: unparsable conditional expression '(1 ||'");
    CHECK(error("(1") == "1: expected ')' after conditional expression '(1'");
    CHECK(error("!") == "1: unparsable conditional expression '!'");
    CHECK(error("()") == "2: unparsable conditional expression ')'");
    CHECK(error("openssl_version_atleast(x)") ==
          "27: invalid argument to conditional expression predicate 'openssl_version_atleast': 'x'");
    CHECK(error("openssl_version_atleast(x) || openssl_version_atleast(y)")
              .ends_with("predicate 'openssl_version_atleast': 'x'"));  // the second is never asked
    CHECK(error("1 || openssl_version_atleast(x)") == "none");          // parsed, but never asked
}

TEST_CASE("conditions: depth is limited") {
    std::string deep(100000, '(');
    CHECK(error(deep).find("unparsable conditional") != std::string::npos);
    std::string chain = "1";
    for (int i = 0; i < 100000; ++i) chain += "&&1";
    CHECK(error(chain).find("unparsable conditional expression") != std::string::npos);
}

TEST_CASE("conditional blocks let one branch through") {
    Conditionals c;
    bool evaluate = false;
    CHECK(!c.masked());
    CHECK(c.open_level(evaluate).empty());
    REQUIRE(evaluate);
    c.decide(false);
    CHECK(c.masked());
    CHECK(c.open_level(evaluate).empty());  // nested in what is left out
    CHECK(!evaluate);
    CHECK(c.else_branch().empty());
    CHECK(c.masked());
    CHECK(c.close_level().empty());
    CHECK(c.next_branch(evaluate).empty());
    REQUIRE(evaluate);
    c.decide(true);
    CHECK(!c.masked());
    CHECK(c.next_branch(evaluate).empty());
    CHECK(!evaluate);
    CHECK(c.masked());
    CHECK(c.else_branch().empty());
    CHECK(c.masked());
    CHECK(c.else_branch() == "'.else' after '.else' is not permitted.");
    CHECK(c.next_branch(evaluate) == "'.elif' after '.else' is not permitted.");
    CHECK(c.close_level().empty());
    CHECK(!c.open());
    CHECK(c.close_level() == "lone '.endif' with no matching '.if'.");
}

TEST_CASE("the environment belongs to the configuration") {
    Environment e;
    e.set("A", "1");
    e.preset("A", "2");
    e.preset("B_2", "3");
    CHECK(*e.find("A") == "1");
    CHECK(e.expand("x${A}y$B_2.z$") == "x1y3.z");
    CHECK(e.expand("${NONE}:80$-") == ":80-");
    CHECK(e.expand("${A") == "1");
    e.unset("A");
    CHECK(!e.find("A"));
    e.set("C", "");
    e.reset([](std::string_view name) { return name == "C"; });
    CHECK(e.all().size() == 1);
    setenv("CFGPROXY_TEST", "a=b", 1);
    CHECK(*Environment::of_process().find("CFGPROXY_TEST") == "a=b");
}
