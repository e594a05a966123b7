#include "keywords/value_cases.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

TestRequest& request() {
    static TestRequest one("GET /Foo/bar.baz/Img/x.PNG HTTP/1.1\r\nX-T: ..a..b.c..\r\nX-H: \xc3\xa9\xe9\"\\/x\r\n\r\n");
    return one;
}

void check(std::initializer_list<Case> cases) { sample::check(request().context, cases); }

}  // namespace

// Values are those of HAProxy 2.6.12 (3.4.0 for what it does not know).
TEST_CASE("hashes are bit for bit HAProxy's") {
    check({{"str(abc),crc32", "891568578"},
           {"str(abc),crc32(1)", "930845320"},
           {"str(abc),crc32c", "910901175"},
           {"str(abc),djb2", "193485963"},
           {"str(abc),djb2(1)", "2235766107"},
           {"str(abc),sdbm", "807794786"},
           {"str(abc),wt6", "2483038440"},
           {"str(abcdefgh),wt6(1)", "62348922"},
           {"str(abc),xxh32", "852579327"},
           {"str(abc),xxh32(5)", "1562728233"},
           {"str(abcdefghijklmnopqrstuvwxyz0123456789),xxh32", "1118732365"},
           {"str(abc),xxh64", "4952883123889572249"},
           {"str(abcdefghijklmnopqrstuvwxyz0123456789abcdefghijk),xxh64(7)", "-8605665746150136936"},
           {"str(),xxh3", "3244421341483603138"},
           {"str(abc),xxh3(0)", "8696274497037089104"},
           {"req.hdr(x-h),wt6", "4206565395"},
           {"req.hdr(x-h),sdbm", "4085689990"},
           {"str(abc),sha1,hex", "A9993E364706816ABA3E25717850C26C9CD0D89D"},
           {"str(abc),digest(md5),hex", "900150983CD24FB0D6963F7D28E17F72"},
           {"str(abc),hmac(sha256,a2V5),hex", "9C196E32DC0175F86F4B1CB89289D6619DE6BEE699E4C378E68309ED97A1A6AB"}});
}

TEST_CASE("arithmetic is clamped") {
    check({{"int(9223372036854775807),add(1)", "9223372036854775807"},
           {"int(-9223372036854775808),sub(1)", "-9223372036854775808"},
           {"int(0),sub(-9223372036854775808)", "9223372036854775807"},
           {"int(9223372036854775807),mul(2)", "9223372036854775807"},
           {"int(9223372036854775807),mul(-2)", "-9223372036854775808"},
           {"int(-9223372036854775808),mul(-1)", "9223372036854775807"},
           {"int(7),div(0)", "9223372036854775807"},
           {"int(-9223372036854775808),div(-1)", "9223372036854775807"},
           {"int(-7),div(2)", "-3"},
           {"int(7),mod(0)", "0"},
           {"int(-9223372036854775808),mod(-1)", "0"},
           {"int(-7),mod(3)", "-1"},
           {"int(-9223372036854775808),neg", "9223372036854775807"},
           {"int(5),cpl", "-6"},
           {"int(5),xor(1)", "4"},
           {"int(5),odd", "1"},
           {"int(0),not", "1"},
           {"int(1),add(x)", "error: invalid args in converter 'add' : expects an integer or a variable name"}});
}

TEST_CASE("fields and words") {
    check({{"req.hdr(x-t),field(1,.)", ""},
           {"req.hdr(x-t),field(3,.)", "a"},
           {"req.hdr(x-t),field(-3,.)", "c"},
           {"req.hdr(x-t),field(3,.,2)", "a."},
           {"req.hdr(x-t),field(3,.,0)", "a..b.c.."},
           {"req.hdr(x-t),field(-3,.,2)", "b.c"},
           {"req.hdr(x-t),field(99,.)", "(none)"},
           {"req.hdr(x-t),word(1,.)", "a"},
           {"req.hdr(x-t),word(4,.)", "(none)"},
           {"req.hdr(x-t),word(-3,.)", "a"},
           {"req.hdr(x-t),word(2,.,0)", "b.c.."},
           {"req.hdr(x-t),word(1,.,2)", "a..b"},
           {"req.hdr(x-t),word(-2,.,2)", "a..b"},
           {"req.hdr(x-t),word(-2,.,0)", "..a..b"}});
}

TEST_CASE("texts") {
    check({{"str(abc),bytes(1)", "bc"},
           {"str(abc),bytes(1,1)", "b"},
           {"str(abc),bytes(5)", ""},
           {"str(a),add_item(_,txn.none,)", "a"},
           {"str(a),add_item(_,txn.none,b)", "a_b"},
           {"str(xxaxx),ltrim(x)", "axx"},
           {"str(xxx),ltrim(x)", ""},
           {"str(xxaxx),rtrim(x)", "xxa"},
           {"bool(true),iif(y,n)", "y"},
           {"str(a\\nb),cut_crlf", "a"},
           {"str([::1]:80),host_only", "[::1]"},
           {"str(Foo:80),host_only", "foo"},
           {"str(foo:80),port_only", "80"},
           {"str(foo),port_only", "0"},
           {"str(a=1&b=2&c),param(b)", "2"},
           {"str(a=1&b=2&c),param(c)", ""},
           {"str(a=1&b=2&c),param(d)", "(none)"},
           {"str(www.example.com.),reverse_dom", "com.example.www"},
           {"str(a..b),reverse_dom", "(none)"},
           {"str(abc),reverse", "cba"}});
}

TEST_CASE("encodings") {
    check({{"str(abc),hex", "616263"},
           {"str(6g),hex2i", "(none)"},
           {"str(ab),base64", "YWI="},
           {"str(YWI=),b64dec", "ab"},
           {"str(YWI),b64dec", "(none)"},
           {"str(ab?),ub64enc", "YWI_"},
           {"str(YWI_-w),ub64dec,hex", "61623FFB"},
           {"str(a b/c?d+e%),url_enc()", "a%20b%2Fc%3Fd%2Be%25"},
           {"str(%41%zz),url_dec", "(none)"},
           {"str(%41%4),url_dec", "(none)"},
           {"str(a+b?c+d),url_dec", "a+b?c d"},
           {"str(a+b),url_dec(1)", "a b"},
           {"req.hdr(x-h),json(ascii)", "\\u00c3\\u00a9\\u00e9\\\"\\\\\\/x"},
           {"req.hdr(x-h),json(utf8)", "(none)"},
           {"req.hdr(x-h),json(utf8s)", "\\u00e9\\\"\\\\\\/x"},
           {"bin(0001020304),be2dec(-,2)", "1-515-4"},
           {"bin(0001020304),be2dec(-,2,1)", "1-515"},
           {"bin(ffffffffffffffff),be2dec(-,8)", "18446744073709551615"},
           {"bin(0001020304),be2hex(:,2)", "0001:0203:04"},
           {"bin(0001020304),be2hex", "0001020304"}});
}

TEST_CASE("dates") {
    check({{"int(0),http_date", "Thu, 01 Jan 1970 00:00:00 GMT"},
           {"int(1700000000),http_date(10)", "Tue, 14 Nov 2023 22:13:30 GMT"},
           {"int(1700000000000045),http_date(0,us)", "Tue, 14 Nov 2023 22:13:20.45 GMT"},
           {"int(1700000000),utime(%Y-%m-%d %H:%M)", "2023-11-14 22:13"},
           {"int(-5),utime(%Y)", "1141709097"}});
}

TEST_CASE("replacements") {
    check({{"path,regsub(o,0)", "/F0o/bar.baz/Img/x.PNG"},
           {"path,regsub(O,0,gi)", "/F00/bar.baz/Img/x.PNG"},
           {"path,regsub(\"^/(.)oo/(.*)\",\"\\\\2-\\\\1\")", "bar.baz/Img/x.PNG-F"},
           {"path,regsub(x*,-,g)", "-/-F-o-o-/-b-a-r-.-b-a-z-/-I-m-g-/--.-P-N-G-"},
           {"path,regsub(^.,Z,g)", "ZFoo/bar.baz/Img/x.PNG"},
           {"str(),regsub(^$,X)", "X"},
           {"str(aaa),regsub(a,\"\\\\x41\\\\\\\\\",g)", "A\\A\\A\\"},
           {"path,regsub(\"(\",x)",
            "error: invalid args in converter 'regsub' : regex '(' is invalid (error=missing closing parenthesis, "
            "erroffset=1)"}});
}

TEST_CASE("maps") {
    const TestFile beg_file("/ root\n/Foo foo\n/Foo/bar longer  \n"), end_file(".png low\n.PNG up\nx.PNG long\n");
    const TestFile ip_file("192.0.2.0/24 net\n192.0.2.7 host\n::1 six\n"), int_file("1:5 7\n3 8\n");
    const TestFile bad_file("a 1\nb x\n");
    const std::string &beg = beg_file.path(), &end = end_file.path(), &ip = ip_file.path(), &number = int_file.path(),
                      &bad = bad_file.path();
    auto value = [](const std::string& text) { return value_of(request().context, text); };
    CHECK(value("path,map_beg(" + beg + ")") == "longer");
    CHECK(value("path,map_beg_key(" + beg + ")") == "/Foo/bar");
    CHECK(value("str(x),map_beg(" + beg + ",none)") == "none");
    CHECK(value("str(x),map_beg(" + beg + ")") == "(none)");
    CHECK(value("path,map_end(" + end + ")") == "up");
    CHECK(value("src,map_ip(" + ip + ")") == "host");
    CHECK(value("str(192.0.2.8),map_ip(" + ip + ")") == "net");
    CHECK(value("int(3),map_int_int(" + number + ")") == "7");
    CHECK(value("int(9),map_int_int(" + number + ",55),add(1)") == "56");
    CHECK(value("str(x),map_str_ip(" + end + ")").starts_with("error: invalid args in converter 'map_str_ip'"));
    CHECK(value("path,map_str_int(" + bad + ")") ==
          "error: invalid args in converter 'map_str_int' : unable to parse 'x' at line 2 of file '" + bad + "'");
    CHECK(value("path,map(/nonexistent)") ==
          "error: invalid args in converter 'map' : failed to open pattern file </nonexistent>");
}
