#include "sample/condition.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "sample/test_request.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {
std::size_t allocations = 0;
}
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size ? size : 1)) return memory;
    std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size ? size : 1);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

TestRequest& request() {
    static TestRequest one(
        "GET /Images/logo.PNG?x=1 HTTP/1.1\r\nHost: www.example.com\r\nX-A: 1, 2\r\nX-A: 3\r\nCookie: s=1; "
        "s=2\r\n\r\n");
    return one;
}
std::string test(std::string_view text) { return outcome_of(request().context, text); }

std::string parse_acl(std::string_view text, AclLine& line) {
    ParseFailure failure;
    const auto words = words_of(text);
    if (!parse_acl_line(words, line, failure))
        return failure.text + " at " + std::to_string(failure.place.column) + "+" +
               std::to_string(failure.place.length);
    return failure.warnings.empty() ? "" : "warning: " + failure.warnings[0];
}
std::string parse_acl(std::string_view text) {
    AclLine line;
    return parse_acl(text, line);
}

}  // namespace

TEST_CASE("and, or, not") {
    CHECK(test("if TRUE") == "yes");
    CHECK(test("unless TRUE") == "no");
    CHECK(test("if TRUE FALSE") == "no");
    CHECK(test("if FALSE or TRUE") == "yes");
    CHECK(test("if FALSE || TRUE") == "yes");
    CHECK(test("if FALSE OR TRUE") == "yes");
    CHECK(test("if !FALSE") == "yes");
    CHECK(test("if ! FALSE") == "yes");
    CHECK(test("if !!FALSE") == "no");
    CHECK(test("if ! ! TRUE") == "yes");
    CHECK(test("if TRUE !FALSE or FALSE") == "yes");
    CHECK(test("if FALSE TRUE or TRUE FALSE or TRUE TRUE") == "yes");
    CHECK(test("if") == "no");
    CHECK(test("unless") == "yes");
    CHECK(test("if !") == "no");
    CHECK(test("if TRUE or") == "yes");
    CHECK(test("if ! or TRUE") == "yes");  // "or" forgets the exclamation mark
    CHECK(test("when TRUE") == "error: conditions must start with either 'if' or 'unless' at 1");
}

TEST_CASE("predefined names, and a declared one instead") {
    CHECK(test("if METH_GET HTTP_1.1 HTTP_URL_SLASH HTTP !METH_POST !HTTP_1.0 !HTTP_CONTENT !LOCALHOST") == "yes");
    CHECK(test("if HTTP_URL_ABS or HTTP_URL_STAR or METH_HEAD") == "no");
    TestScope scope;
    scope.acls.emplace_back();
    scope.acls[0].name = "TRUE";
    REQUIRE(parse_acl("always_false", scope.acls[0].lines.emplace_back()).empty());
    CHECK(outcome_of(request().context, "if TRUE", scope) == "no");
    CHECK(scope.acls[0].used);
    CHECK(test("if nope") == "error: no such ACL : 'nope' at 4");
    ParseFailure failure;
    CHECK(!parse_condition(words_of("if METH_GTE"), scope, failure));
    CHECK(failure.hint == "did you mean 'METH_GET' maybe ?");
    CHECK(!parse_condition(words_of("if TRUE and TRUE"), scope, failure));
    CHECK(failure.hint == "ACLs that stand beside each other must all match");
    CHECK(failure.place.column == 9);
}

TEST_CASE("anonymous ACLs") {
    CHECK(test("if { path_beg /Images }") == "yes");
    CHECK(test("if !{ path_beg /Images } or { path_end -i .png }") == "yes");
    CHECK(test("if { path_beg /x") == "error: missing closing '}' in condition at 4");
    CHECK(test("if { }") == "error: missing fetch method in ACL expression '' at 4");
    CHECK(test("if { foo x }") == "error: unknown fetch method 'foo' in ACL expression 'foo' at 6");
    CHECK(test("if { path,foo x }") == "error: ACL keyword 'path' : unknown converter 'foo' at 11");
}

TEST_CASE("each value of a header or cookie is tried") {
    CHECK(test("if { req.hdr(x-a) 1 } { req.hdr(x-a) 2 } { req.hdr(x-a) 3 } !{ req.hdr(x-a) 4 }") == "yes");
    CHECK(test("if { req.hdr(x-a,2) 2 } !{ req.hdr(x-a,2) 1 }") == "yes");
    CHECK(test("if { cook(s) 1 } { cook(s) 2 } !{ cook(s) 12 }") == "yes");
    CHECK(test("if { req.hdr(x-a) -m found } !{ req.hdr(x-b) -m found }") == "yes");
}

TEST_CASE("the match is the name's, the type's, or the one behind -m") {
    AclLine line;
    CHECK(parse_acl("hdr_beg(host) www", line).empty());
    CHECK(line.kind == MatchKind::beg);
    CHECK(line.input == Type::str);
    CHECK(line.expression->fetch->name == "req.hdr");
    CHECK(parse_acl("src 10.0.0.0/8", line = {}).empty());
    CHECK(line.kind == MatchKind::ip);
    CHECK(parse_acl("method GET", line = {}).empty());
    CHECK(line.kind == MatchKind::method);
    CHECK(parse_acl("method -m beg G", line = {}).empty());
    CHECK(line.kind == MatchKind::beg);
    // A converter behind an ACL's name: its type decides, the name's match is forgotten.
    CHECK(parse_acl("path_beg,length 5", line = {}).empty());
    CHECK(line.kind == MatchKind::integer);
    CHECK(parse_acl("http_auth_group(u) g", line = {}).empty());
    CHECK(line.kind == MatchKind::group);
    CHECK(parse_acl("req.body x") ==
          "matching method must be specified first (using '-m') when using a sample fetch of this type ('req.body') at "
          "1+8");
    CHECK(parse_acl("method -m int 5") == "matching method 'int' cannot be used with fetch keyword 'method' at 11+3");
    CHECK(parse_acl("path -m foo x") == "unknown matching method 'foo' when parsing ACL expression at 9+3");
}

TEST_CASE("flags and patterns") {
    AclLine line;
    CHECK(parse_acl("path -i -n -u 12 -- -i x", line).empty());
    CHECK(line.id == 12);
    REQUIRE(line.patterns.size() == 1);
    CHECK(line.patterns[0]->unchanged()->size() == 2);
    CHECK(line.patterns[0]->unchanged()->pattern(0) == "-i");
    CHECK(parse_acl("path -z x") ==
          "'-z' is not a valid ACL option. Please use '--' before any pattern beginning with a '-' at 6+2");
    CHECK(parse_acl("path -u x y") == "the argument of -u must be an integer at 9+1");
    CHECK(parse_acl("path -f /nonexistent/file") == "failed to open pattern file </nonexistent/file> at 9+17");
    CHECK(parse_acl("src_port 5:3") == "'5:3' is not a valid number range at 10+3");
    CHECK(parse_acl("src_port gt x") == "'x' is neither a number nor a supported operator at 13+1");
    CHECK(parse_acl("path_reg a (").starts_with("regex '(' is invalid"));
    CHECK(parse_acl("path").starts_with("warning: parsing acl keyword 'path' :\n  no pattern to match against"));
    CHECK(parse_acl("path --").empty());
    CHECK(parse_acl("always_true").empty());
    CHECK(parse_acl("hdr(host)x y") == "ACL keyword 'hdr' : missing comma after fetch keyword 'req.hdr' at 10+1");
}

TEST_CASE("operators stay in force until the next one") {
    auto matches = [](std::string_view patterns, std::int64_t number) {
        AclLine line;
        INFO(patterns);
        REQUIRE(parse_acl("src_port " + std::string(patterns), line).empty());
        base::Arena arena;
        return line.patterns[0]->matches(Value::of_int(number), arena);
    };
    CHECK(matches("gt 5", 6));
    CHECK(!matches("gt 5", 5));
    CHECK(matches("ge 5", 5));
    CHECK(matches("lt 5", 4));
    CHECK(!matches("lt 5", 5));
    CHECK(matches("le 5", 5));
    CHECK(matches("gt 5 lt 3", 2));
    CHECK(matches("gt 50 eq 3", 3));
    CHECK(!matches("gt 50 eq 3", 4));
    CHECK(matches("gt 50 3:4", 4));
    CHECK(matches("gt 9223372036854775807", INT64_MAX));
}

TEST_CASE("pattern files, each with the flags before it") {
    const TestFile file("/images/logo.png\n");
    const std::string& path = file.path();
    CHECK(test("if { path -f " + path + " }") == "no");
    CHECK(test("if { path -i -f " + path + " }") == "yes");
    CHECK(test("if { path -f " + path + " -i -f " + path + " }") == "yes");
    CHECK(test("if { path -f " + path + " /Images/logo.PNG }") == "yes");
    CHECK(parse_acl("path -f " + path + " -m beg x") ==
          "'-m' must only be specified before patterns and files in parsing ACL expression at " +
              std::to_string(path.size() + 13) + "+3");
    CHECK(parse_acl("src -f " + path) == "'/images/logo.png' is not a valid IPv4 or IPv6 address at line 1 of file '" +
                                             path + "' at 8+" + std::to_string(path.size()));
}

TEST_CASE("a converter as a word of its own is both converter and pattern, as in HAProxy") {
    CHECK(test("if { req.fhdr(host) upper WWW.EXAMPLE.COM }") == "yes");
    CHECK(test("if { str(UPPER) lower }") == "no");  // "upper" against "lower"
    CHECK(test("if { str(LOWER) lower }") == "yes");
    CHECK(test("if { hdr(host) upper WWW.EXAMPLE.COM }") == "no");  // not behind ACL names
}

TEST_CASE("what is not known yet is neither true nor false") {
    base::Arena arena;
    Context context;
    context.arena = &arena;
    CHECK(outcome_of(context, "if { path /x }") == "later");
    CHECK(outcome_of(context, "unless { path /x }") == "later");
    CHECK(outcome_of(context, "if !{ path /x }") == "later");
    CHECK(outcome_of(context, "if FALSE { path /x }") == "no");
    CHECK(outcome_of(context, "if { path /x } FALSE") == "later");
    CHECK(outcome_of(context, "if { path /x } or TRUE") == "yes");
    CHECK(outcome_of(context, "if WAIT_END") == "later");
    CHECK(outcome_of(context, "if REQ_CONTENT") == "later");
    context.request_data = "x";
    CHECK(outcome_of(context, "if REQ_CONTENT") == "yes");
    CHECK(outcome_of(context, "if { req.len gt 5 }") == "later");
    context.request_complete = true;
    CHECK(outcome_of(context, "if { req.len gt 5 }") == "no");
    CHECK(outcome_of(context, "if WAIT_END") == "yes");
    CHECK(outcome_of(context, "if { path /x }") == "no");
    CHECK(outcome_of(context, "unless { path /x }") == "yes");
}

TEST_CASE("words behind an empty one are not looked at") {
    std::vector<SourceWord> words = words_of("if TRUE");
    words.push_back({"", {}});
    words.push_back({"nope", {}});
    ParseFailure failure;
    auto condition = parse_condition(words, TestScope{}, failure);
    REQUIRE(condition);
    CHECK(condition->text == "if TRUE");
}

TEST_CASE("a condition allocates nothing when it is tested") {
    ParseFailure failure;
    const auto words = words_of(
        "if { path_beg -i /a /b /c /d /images } { path_end -i .jpg .gif .css .js .png } { hdr(host),upper "
        "WWW.EXAMPLE.COM } "
        "{ path_reg -i ^/im.*png$ } { src 10.0.0.0/8 192.0.2.0/24 } { base_sub example } { method GET } { cook(s) 2 }");
    auto condition = parse_condition(words, TestScope{}, failure);
    REQUIRE(condition);
    REQUIRE(condition->test(request().context) == Found::yes);  // and warms what a thread keeps
    const std::size_t before = allocations;
    for (int i = 0; i < 10; ++i) condition->test(request().context);
    CHECK(allocations == before);
}
