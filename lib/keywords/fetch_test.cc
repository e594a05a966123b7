#include "keywords/value_cases.h"
#include "model/config.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

/// Answers with numbers that tell the questions apart.
struct FakeLive : Live {
    std::int64_t usable_servers(const model::Proxy&) const override { return usable; }
    bool is_up(const model::Server& server) const override { return server.name != "down"; }
    std::vector<const model::Server*> servers(const model::Proxy& proxy) const override {
        std::vector<const model::Server*> all;
        for (const auto& server : proxy.servers) all.push_back(server.get());
        return all;
    }
    std::int64_t connections(const model::Proxy&, bool frontend) const override { return frontend ? 11 : 12; }
    std::int64_t queued(const model::Proxy&) const override { return 7; }
    std::int64_t session_rate(const model::Proxy&, bool frontend) const override { return frontend ? 13 : 14; }
    std::int64_t connections(const model::Server&) const override { return 3; }
    std::int64_t queued(const model::Server&) const override { return 2; }
    std::int64_t usable = 3;
};

/// Resolves every argument to one object, as config/finalize would by name.
std::string resolved(const Context& context, std::string_view text, const void* target) {
    std::size_t used = 0;
    ExpressionError error;
    auto expression = parse_expression(text, {}, used, error);
    REQUIRE(expression.ok());
    for (Argument& arg : (*expression)->args) arg.target = target;
    std::string_view out;
    return (*expression)->evaluate_text(context, out) == Found::yes ? std::string(out) : "(none)";
}

}  // namespace

// What HAProxy 2.6.12 answered to the same request.
TEST_CASE("request line, host and parameters") {
    TestRequest r("GET /Foo/bar.baz/x.PNG?a=1&b=&ab=2;c=%20x+y&d HTTP/1.1\r\nHost: Www.Example.com:8080\r\n\r\n");
    REQUIRE(r.parsed);
    check(r.context, {{"path", "/Foo/bar.baz/x.PNG"},
                      {"pathq", "/Foo/bar.baz/x.PNG?a=1&b=&ab=2;c=%20x+y&d"},
                      {"url", "/Foo/bar.baz/x.PNG?a=1&b=&ab=2;c=%20x+y&d"},
                      {"query", "a=1&b=&ab=2;c=%20x+y&d"},
                      {"query(with_qm)", "?a=1&b=&ab=2;c=%20x+y&d"},
                      {"base", "Www.Example.com:8080/Foo/bar.baz/x.PNG"},
                      {"method", "GET"},
                      {"req.ver", "1.1"},
                      {"url_ip", "(none)"},
                      {"url_param(a)", "1"},
                      {"url_param(b)", ""},
                      {"url_param(ab)", "2"},
                      {"url_param(c)", "%20x+y"},
                      {"url_param(d)", "(none)"},
                      {"url_param(A)", "(none)"},
                      {"url_param(A,,i)", "1"},
                      {"url_param", "1"},
                      {"urlp_val(ab)", "2"},
                      {"req.proto_http", "1"},
                      {"http_first_req", "1"}});
}

TEST_CASE("capture fetches look at what was kept, not at the heads") {
    TestRequest r("GET http://user@a.example:80/p/q?x=1 HTTP/1.0\r\nHost: a.example\r\n\r\n");
    REQUIRE(r.parsed);
    model::Proxy frontend;
    frontend.request_captures = {{"host", 10}, {"x-none", 10}};
    frontend.response_captures = {{"server", 10}};
    std::string_view request_slots[2] = {"a.example", {}}, response_slots[1] = {"first"};
    r.context.frontend = &frontend;
    r.context.request_captures = request_slots;
    const std::initializer_list<Case> kept = {
        {"capture.req.method", "GET"},       {"capture.req.uri", "/p/q?x=1"},  {"capture.req.ver", "HTTP/1.0"},
        {"capture.req.hdr(0)", "a.example"}, {"capture.req.hdr(1)", "(none)"}, {"capture.req.hdr(2)", "(none)"},
        {"capture.req.hdr(-1)", "(none)"},   {"capture.res.hdr(0)", "(none)"}, {"capture.res.ver", "(none)"}};
    check(r.context, kept);
    r.request.target = "/changed";
    check(r.context, kept);
    http::Response response;
    r.context.response = &response;
    r.context.response_version = "HTTP/1.1";
    r.context.response_captures = response_slots;
    check(r.context, {{"capture.req.uri", "/p/q?x=1"},
                      {"capture.req.hdr(0)", "a.example"},
                      {"capture.res.hdr(0)", "first"},
                      {"capture.res.hdr(1)", "(none)"},
                      {"capture.res.ver", "HTTP/1.1"}});

    for (const auto& [line, uri] :
         std::initializer_list<std::pair<std::string_view, std::string>>{{"", "(none)"},
                                                                         {"GET", "(none)"},
                                                                         {"OPTIONS * HTTP/1.1", "(none)"},
                                                                         {"CONNECT a.example:443 HTTP/1.1", "(none)"},
                                                                         {"GET http://a.example HTTP/1.1", "(none)"},
                                                                         {"GET /cut-by-the-lim", "/cut-by-the-lim"}}) {
        r.context.request_line = line;
        CHECK(value_of(r.context, "capture.req.uri") == uri);
    }
}

TEST_CASE("targets in other forms") {
    TestRequest absolute("GET http://10.1.2.3:8081/x/y?q=1 HTTP/1.1\r\nHost: 10.1.2.3:8081\r\n\r\n");
    check(absolute.context, {{"path", "/x/y"}, {"url_ip", "10.1.2.3"}, {"url_port", "8081"}, {"query", "q=1"}});
    TestRequest star("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
    check(star.context, {{"path", "(none)"}, {"url", "*"}, {"base", "h"}, {"query", "(none)"}});
    TestRequest odd("FOO /a//b/?x?y=1&z HTTP/1.0\r\n\r\n");
    check(odd.context, {{"method", "FOO"},
                        {"path", "/a//b/"},
                        {"base", "/a//b/"},
                        {"query", "x?y=1&z"},
                        {"url_param(y)", "1"},
                        {"req.ver", "1.0"}});
}

TEST_CASE("headers: elements, whole lines, from the front and from the end") {
    TestRequest r(
        "GET / HTTP/1.1\r\nX-A: a,,b , c,\r\nX-E:\r\nX-N: 12abc\r\nX-D: 1.5\r\nX-Q: \"a,b\",c\r\nX-L: foo\r\nX-L: "
        "bar\r\n"
        "X-Big: 99999999999999999999999\r\nX-IP: 10.1.2.3, 1.2.3.4:80, foo, [::1]\r\n\r\n");
    check(r.context, {{"hdr(x-a)", ""},
                      {"hdr(x-a,1)", "a"},
                      {"hdr(x-a,2)", ""},
                      {"hdr(x-a,3)", "b"},
                      {"hdr(X-A,-2)", "c"},
                      {"hdr(x-a,-5)", "a"},
                      {"hdr(x-a,-6)", "(none)"},
                      {"hdr_cnt(x-a)", "5"},
                      {"hdr_cnt(x-e)", "1"},
                      {"hdr_cnt(none)", "0"},
                      {"req.fhdr_cnt", "9"},
                      {"req.fhdr(x-a)", "a,,b , c,"},
                      {"req.fhdr(x-l)", "bar"},
                      {"req.fhdr(x-l,1)", "foo"},
                      {"hdr(x-q,1)", "\"a,b\""},
                      {"hdr_val(x-n)", "12"},
                      {"hdr_val(x-d)", "85"},
                      {"hdr_val(x-big)", "-159383553"},
                      {"hdr_ip(x-ip)", "::1"},
                      {"hdr_ip(x-ip,2)", "1.2.3.4"},
                      {"hdr_ip(x-ip,3)", "(none)"},
                      {"req.hdr", "(none)"},
                      {"req.hdr_names(|)", "x-a|x-e|x-n|x-d|x-q|x-l|x-l|x-big|x-ip"}});
    CHECK(outcome_of(r.context, "if { hdr_ip(x-ip) ::1 } !{ hdr_ip(x-ip) 9.9.9.9 }") == "yes");
}

TEST_CASE("cookies") {
    TestRequest r(
        "GET / HTTP/1.1\r\nCookie: s=1; t = two ; u=\"q;q\"; v; w=; x=y, z=9; $p=1; s=2\r\nCookie: s=3\r\n\r\n");
    check(r.context, {{"cook(s)", "3"},
                      {"cook(t)", "two"},
                      {"cook(u)", "\"q;q\""},
                      {"cook(v)", "(none)"},
                      {"cook(w)", ""},
                      {"cook(z)", "9"},
                      {"cook($p)", "(none)"},
                      {"cook", "1"},
                      {"cook_cnt(s)", "3"},
                      {"cook_cnt", "8"},
                      {"cook_val(s)", "3"},
                      {"req.cook_names", "s,t,u,w,x,z,s,s"},
                      {"req.cook_names(:)", "s:t:u:w:x:z:s:s"}});
}

TEST_CASE("thousands of cookies or elements cost one walk") {
    std::string many = "GET / HTTP/1.1\r\nCookie: a=1";
    for (int i = 0; i < 60000; ++i) many += ";a=1";
    many += "\r\nX-A: 1";
    for (int i = 0; i < 60000; ++i) many += ",1";
    TestRequest r(many + "\r\n\r\n");
    REQUIRE(r.parsed);
    CHECK(outcome_of(r.context, "if { cook(a) 2 } or { hdr(x-a) 2 }") == "no");
}

TEST_CASE("response fetches, and those of the request on the response's side") {
    TestRequest r("GET /x HTTP/1.1\r\nX-A: req\r\nCookie: c=req\r\n\r\n");
    CHECK(value_of(r.context, "status") == "(none)");
    http::Response response;
    response.status = 404;
    response.version = "HTTP/1.1";
    response.headers.add(r.arena, "x-a", "res");
    response.headers.add(r.arena, "set-cookie", "c=res; Path=/; b=2");
    r.context.response = &response;
    r.context.response_complete = true;
    r.context.response_data = "body";
    check(r.context, {{"status", "404"},
                      {"res.ver", "1.1"},
                      {"res.hdr(x-a)", "res"},
                      {"shdr(x-a)", "res"},
                      {"hdr(x-a)", "res"},
                      {"scook(c)", "res"},
                      {"cookie(c)", "res"},
                      {"res.cook(Path)", "(none)"},
                      {"res.cook_names", "c"},
                      {"res.body", "body"},
                      {"res.body_len", "4"},
                      {"path", "(none)"},
                      {"req.hdr(x-a)", "(none)"},
                      {"method", "GET"}});
}

TEST_CASE("state of backends and servers comes from Live") {
    base::Arena arena;
    FakeLive live;
    Context context;
    context.arena = &arena;
    context.live = &live;
    model::Proxy proxy;
    proxy.servers.push_back(std::make_unique<model::Server>());
    model::Server& server = *proxy.servers[0];
    server.max_connections = 10, server.max_queue = 20;
    CHECK(resolved(context, "nbsrv(b)", &proxy) == "3");
    CHECK(resolved(context, "avg_queue(b)", &proxy) == "3");
    live.usable = 0;
    CHECK(resolved(context, "avg_queue(b)", &proxy) == "14");
    CHECK(resolved(context, "fe_conn(f)", &proxy) == "11");
    CHECK(resolved(context, "be_conn(b)", &proxy) == "12");
    CHECK(resolved(context, "fe_sess_rate(f)", &proxy) == "13");
    CHECK(resolved(context, "be_sess_rate(b)", &proxy) == "14");
    CHECK(resolved(context, "queue(b)", &proxy) == "7");
    CHECK(resolved(context, "connslots(b)", &proxy) == "25");
    server.max_queue = 0;
    CHECK(resolved(context, "connslots(b)", &proxy) == "-1");
    CHECK(resolved(context, "srv_conn(b/s)", &server) == "3");
    CHECK(resolved(context, "srv_is_up(b/s)", &server) == "1");
    server.name = "down";
    CHECK(resolved(context, "srv_is_up(b/s)", &server) == "0");
    CHECK(resolved(context, "connslots(b)", &proxy) == "0");
    CHECK(value_of(context, "stopping") == "0");
}

TEST_CASE("credentials") {
    TestRequest r("GET / HTTP/1.1\r\nAuthorization: Basic am9lOng=\r\n\r\n");
    model::Userlist list;
    list.users.push_back({"joe", "x", true, {"g1", "g2"}});
    CHECK(resolved(r.context, "http_auth(u)", &list) == "1");
    CHECK(resolved(r.context, "http_auth_group(u)", &list) == "joe");
    list.users[0].password = "y";
    CHECK(resolved(r.context, "http_auth(u)", &list) == "0");
    CHECK(resolved(r.context, "http_auth_group(u)", &list) == "(none)");
    check(r.context, {{"http_auth_user", "joe"}, {"http_auth_pass", "x"}, {"http_auth_type", "Basic"}});
    TestRequest bearer("GET / HTTP/1.1\r\nAuthorization: bearer  abc\r\nX-T: Bearer q\r\n\r\n");
    check(bearer.context, {{"http_auth_bearer", "abc"}, {"http_auth_bearer(x-t)", "q"}, {"http_auth_user", "(none)"}});
}

TEST_CASE("clock, chance and constants") {
    TestRequest r("GET / HTTP/1.1\r\n\r\n");
    check(r.context, {{"date", "1700000000"},
                      {"date(-10)", "1699999990"},
                      {"date(0,ms)", "1700000000123"},
                      {"date_us", "123000"},
                      {"bool(TRUE)", "1"},
                      {"bin(414243)", "ABC"},
                      {"ipv6(2001:DB8::1)", "2001:db8::1"},
                      {"meth(POST)", "POST"},
                      {"rand(1)", "0"},
                      {"src", "192.0.2.7"},
                      {"src_port", "(none)"},
                      {"dst_port", "8123"},
                      {"dst_is_local", "1"},
                      {"src_is_local", "0"}});
    const std::string uuid = value_of(r.context, "uuid");
    CHECK(uuid.size() == 36);
    CHECK(uuid[14] == '4');
    CHECK(uuid != value_of(r.context, "uuid"));
    CHECK(value_of(r.context, "hostname") != "(none)");
}
