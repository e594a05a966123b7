#include "sample/expression.h"

#include <catch2/catch.hpp>

#include "sample/test_request.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

TestRequest& request() {
    static TestRequest one("GET /a/b?x=1 HTTP/1.1\r\nHost: www\r\nX-A: 1, 2\r\nX-A: 3\r\n\r\n");
    return one;
}
std::string value(std::string_view text) { return value_of(request().context, text); }

ExpressionError error_of(std::string_view text) {
    std::size_t used = 0;
    ExpressionError error;
    CHECK(!parse_expression(text, {}, used, error).ok());
    return error;
}

}  // namespace

TEST_CASE("a fetch and its converters, one after the other") {
    CHECK(value("path") == "/a/b");
    CHECK(value("path,upper") == "/A/B");
    CHECK(value("path,,upper,,lower,") == "/a/b");
    CHECK(value("path,length,add(1),mul(2)") == "10");
    CHECK(value("req.hdr(x-a)") == "3");
    CHECK(value("req.hdr(x-a,1),add(41)") == "42");
    CHECK(value("req.hdr(none),length") == "(none)");
    CHECK(value("src,ipmask(24)") == "192.0.2.0");
}

TEST_CASE("arguments are quoted and escaped as in HAProxy") {
    CHECK(value("str(\"a,b)\")") == "a,b)");
    CHECK(value("str('a\\b')") == "a\\b");
    CHECK(value("str(\"a\\\\b\")") == "a\\b");
    CHECK(value("str(a\\tb\\n\\r)") == "a\tb\n\r");
    CHECK(value("str(a\\qb)") == "a\\qb");
    CHECK(value("str(a\"b,c\"'d)')") == "ab,cd)");
    CHECK(value("str(\"it's\")") == "it's");
    CHECK(value("str( a )") == " a ");
    CHECK(value("str()") == "");
    CHECK(value("str") == "");
    CHECK(value("always_true()") == "1");
    CHECK(value("str(a\\") ==
          "error: fetch method 'str' : failed to parse '\\' after 'a' as type 'string' at position 1");
}

TEST_CASE("errors are worded as HAProxy's and point at their cause") {
    CHECK(error_of("").text == "missing fetch method");
    CHECK(error_of("pth,lower").text == "unknown fetch method 'pth'");
    CHECK(error_of("pth,lower").hint == "did you mean 'path' maybe ?");
    CHECK(error_of("pth,lower").length == 3);
    ExpressionError e = error_of("path,lowr");
    CHECK(e.text == "unknown converter 'lowr'");
    CHECK(e.hint == "did you mean 'lower' maybe ?");
    CHECK(e.at == 5);
    CHECK(e.length == 4);
    CHECK(error_of("path,field(0,/)").text == "invalid args in converter 'field' : Unexpected value 0 for index");
    CHECK(error_of("path,field(1)").text ==
          "invalid arg 2 in converter 'field' : missing arguments (got 1/2), type 'string' expected");
    CHECK(error_of("path,lower(x)").text == "invalid arg 1 in converter 'lower' : expected ')' before 'x)'");
    CHECK(error_of("int(x)").text == "fetch method 'int' : failed to parse 'x' as type 'integer' at position 1");
    CHECK(error_of("int()").text == "fetch method 'int' : expected type 'integer' at position 1, but got nothing");
    CHECK(error_of("hdr(a").text == "fetch method 'hdr' : expected ')'");
    CHECK(error_of("hdr(a,1,2)").text == "fetch method 'hdr' : expected ')' before ',2)'");
    CHECK(error_of("method,bool").text == "converter 'bool' cannot be applied");
    CHECK(error_of("src,ipmask(24,129)").text ==
          "invalid arg 2 in converter 'ipmask' : failed to parse '129' as type 'IPv6 mask' at position 2");
    CHECK(error_of("var(foo)").text.starts_with("invalid args in fetch method 'var' : invalid variable name 'foo'."));
    CHECK(error_of("hdr(x,-11)").text == "invalid args in fetch method 'hdr' : header occurrence must be >= -10");
}

TEST_CASE("what is only understood is read as everything else") {
    std::size_t used = 0;
    ExpressionError error;
    auto expression = parse_expression("lua.name,lua.name", {}, used, error);
    CHECK(error.text == "unknown fetch method 'lua.name'");
    expression = parse_expression("ssl_fc_ech_status,sha2(256),hex", {}, used, error);
    REQUIRE(expression);
    CHECK((*expression)->fetch->support == Support::pending);
    CHECK((*expression)->steps.size() == 2);
}

TEST_CASE("parsing stops where an expression cannot go on") {
    std::size_t used = 0;
    ExpressionError error;
    auto expression = parse_expression("hdr(x-a),lower] more", {}, used, error);
    REQUIRE(expression.ok());
    CHECK(used == 14);
    CHECK((*expression)->text == "hdr(x-a),lower");
    CHECK((*expression)->out() == Type::str);
    CHECK(value("path]") == "error: missing comma after fetch keyword 'path'");
    CHECK(value("path,lower/") == "error: missing comma after converter 'lower'");
}

TEST_CASE("names of backends and the like stay for whoever resolves them") {
    std::size_t used = 0;
    ExpressionError error;
    auto expression = parse_expression("srv_is_up(b/s1),iif(a,c)", {}, used, error);
    REQUIRE(expression.ok());
    std::vector<std::string> seen;
    for_each_argument(
        **expression,
        [](Argument& arg, const ArgumentUse& use, void* data) {
            static_cast<std::vector<std::string>*>(data)->push_back(std::string(use.fetch) + "," +
                                                                    std::string(use.converter) + "," +
                                                                    std::to_string(use.position) + ":" + arg.text);
        },
        &seen);
    CHECK(seen == std::vector<std::string>{"srv_is_up,,1:b/s1", "srv_is_up,iif,1:a", "srv_is_up,iif,2:c"});
    CHECK((*expression)->args[0].kind == Argument::Kind::server);
    // Without an argument the current proxy is meant: an empty text.
    auto implicit = parse_expression("nbsrv", {}, used, error);
    REQUIRE(implicit.ok());
    REQUIRE((*implicit)->args.size() == 1);
    CHECK((*implicit)->args[0].text.empty());
    CHECK(value("nbsrv") == "(none)");
}

TEST_CASE("signatures") {
    auto s = read_signature("string[,integer,string]");
    CHECK(s.required == 1);
    CHECK(s.types == std::vector<std::string_view>{"string", "integer", "string"});
    CHECK(read_signature("[string]").required == 0);
    CHECK(read_signature("IPv4 mask[,IPv6 mask]").types[1] == "IPv6 mask");
    CHECK(read_signature("").types.empty());
    CHECK(read_signature("integer,string").required == 2);
}

TEST_CASE("not yet, unless nothing more can come") {
    base::Arena arena;
    Context context;
    context.arena = &arena;
    CHECK(value_of(context, "path") == "(later)");
    CHECK(value_of(context, "wait_end") == "(later)");
    CHECK(value_of(context, "req.payload(0,5)") == "(later)");
    context.request_data = "hello";
    CHECK(value_of(context, "req.payload(0,5)") == "hello");
    // A converter that can do nothing with what is there may be able to later; with a fixed part it never will.
    CHECK(value_of(context, "req.payload(0,0),field(9,x)") == "(later)");
    CHECK(value_of(context, "req.payload(0,5),field(9,x)") == "(none)");
    context.request_complete = true;
    CHECK(value_of(context, "req.payload(0,0),field(9,x)") == "(none)");
    CHECK(value_of(context, "path") == "(none)");
    CHECK(value_of(context, "wait_end") == "1");
    CHECK(value_of(context, "req.payload(1,5)") == "(none)");
}

TEST_CASE("variables") {
    auto& context = request().context;
    CHECK(value("var(txn.v)") == "(none)");
    CHECK(value("var(txn.v,none)") == "none");
    CHECK(value("str(abc),set-var(txn.v)") == "abc");
    CHECK(value("var(txn.v)") == "abc");
    CHECK(value("int(3),set-var(req.v)") == "3");
    CHECK(value("int(4),add(req.v)") == "7");
    CHECK(value("str(a),concat(<,txn.v,>)") == "a<abc>");
    CHECK(value("str(x),unset-var(txn.v)") == "x");
    CHECK(value("str(x),unset-var(txn.v)") == "x");
    CHECK(value("var(txn.v)") == "(none)");
    CHECK(set_variable(context, Scope::proc, "v", Value::of_int(1)));
    CHECK(value("var(proc.v)") == "1");
    CHECK(unset_variable(context, Scope::proc, "v"));
    CHECK(value("var(proc.v)") == "(none)");
    Variables none;
    CHECK(none.get("x") == nullptr);
}
