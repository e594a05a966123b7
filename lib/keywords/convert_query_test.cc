#include "keywords/value_cases.h"
#include "sample/json.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

TestRequest& request() {
    static TestRequest one("GET / HTTP/1.1\r\n\r\n");
    return one;
}

void check(std::initializer_list<Case> cases) { sample::check(request().context, cases); }

const std::string kToken =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

}  // namespace

// Values are those of HAProxy 3.4.0, whatever its manual says.
TEST_CASE("JSON paths lead to values") {
    check({{R"(str('{"a":{"b":[1,2,{"c":"x\n\u0041"}]}}'),json_query('$.a.b[2].c'))", "x\nA"},
           {R"(str('{"a":{"b":[1,2,{"c":"x"}]}}'),json_query('$.a.b'))", R"([1,2,{"c":"x"}])"},
           {R"(str('{"a":{"b":[1,2,{"c":"x"}]}}'),json_query('$.a.b[1]'))", "2"},
           {R"(str('{"n":-4}'),json_query('$.n'))", "-4"},
           {R"(str('{"n":-4}'),json_query('$.n','int'),add(1))", "-3"},
           {R"(str('{"d":4.50}'),json_query('$.d'))", "4.5"},
           {R"(str('{"d":4.50}'),json_query('$.d','int'))", "4"},
           {R"(str('{"e":1e3}'),json_query('$.e'))", "1000"},
           {R"(str('{"e":1234567890123}'),json_query('$.e'))", "1.23457e+12"},
           {R"(str('{"e":9007199254740991}'),json_query('$.e','int'))", "9007199254740991"},
           {R"(str('{"e":9007199254740992}'),json_query('$.e','int'))", "(none)"},
           {R"(str('{"t":true}'),json_query('$.t'))", "1"},
           {R"(str('{"z":null}'),json_query('$.z'))", "(none)"},
           {R"(str('{"my.key":"v"}'),json_query('$.my\.key'))", "v"},
           {R"(str('{"o":{"p":1}}'),json_query('$.o'))", "(none)"},
           {R"(str('[7,8,9]'),json_query('$[1]'))", "8"},
           {R"(str('[[7],[8,9]]'),json_query('$[1][1]'))", "9"},
           {R"(str('"s"'),json_query('$'))", "s"},
           {R"(str('{"a":1,"a":2}'),json_query('$.a'))", "1"},
           {R"(str('{"a":{"x":1},"a":{"y":2}}'),json_query('$.a.y'))", "(none)"},
           {R"(str('{}'),json_query())", "error: invalid args in converter 'json_query' : json_path must not be empty"},
           {R"(str('{}'),json_query('$','x'))",
            "error: invalid args in converter 'json_query' : output_type only supports \"int\" as argument"}});
}

TEST_CASE("JSON is looked at up to the value, and no further") {
    check({{R"(str('{"o":{"p":1}'),json_query('$.o.p'))", "1"},
           {R"(str('{"x":tru,"o":1}'),json_query('$.o'))", "(none)"},
           {R"(str('{"a":"\u20ac"}'),json_query('$.a'))", "(none)"},
           {R"(str('{"a":"\/"}'),json_query('$.a'))", "(none)"}});
    const std::string deep = std::string(21, '[') + "1" + std::string(21, ']');
    CHECK(find_json(deep, "$").kind == JsonValue::Kind::none);
    CHECK(find_json(deep.substr(1, 41), "$").kind == JsonValue::Kind::array);
    CHECK(find_json("1", "a").kind == JsonValue::Kind::none);
    CHECK(find_json("", "$").kind == JsonValue::Kind::none);
    CHECK(find_json("{\"a\"", "$.a").kind == JsonValue::Kind::none);
}

TEST_CASE("tokens give their values") {
    const auto of = [](const std::string& converter) {
        return value_of(request().context, "str(" + kToken + ")," + converter);
    };
    CHECK(of("jwt_header_query('$.alg')") == "HS256");
    CHECK(of("jwt_payload_query('$.iat','int')") == "1516239022");
    CHECK(of("jwt_payload_query('$.name')") == "John Doe");
    CHECK(of("jwt_payload_query") == "(none)");
    CHECK(of("jwt_verify(HS256,your-256-bit-secret)") == "1");
    CHECK(of("jwt_verify(HS256,other)") == "0");
    CHECK(of("jwt_verify(txn.alg,other)") == "(none)");
    CHECK(of("jwt_verify(XS256,other)") ==
          "error: invalid args in converter 'jwt_verify' : unknown JWT algorithm: XS256");
    CHECK(value_of(request().context, "str(HS999),set-var(txn.alg9)") == "HS999");
    CHECK(of("jwt_verify(txn.alg9,other)") == "-1");
    check({{"str(a.b),jwt_verify(HS256,x)", "-3"},
           {"str(a.b.c.d),jwt_verify(HS256,x)", "-3"},
           {"str(a.b.),jwt_verify(HS256,x)", "-3"},
           {"str(a.b.x),jwt_verify(HS256,x)", "-3"}});
}

TEST_CASE("AES is OpenSSL's") {
    check({{"str(hello),aes_gcm_enc(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==,txn.tag),hex", "A3E38D40E3"},
           {"var(txn.tag)", "Cd5Qjps1307H65xLjAQdvA=="},
           {"str(o+ONQOM=),b64dec,aes_gcm_dec(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==,txn.tag)", "hello"},
           {"str(o+ONQOM=),b64dec,aes_gcm_dec(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==,Cd5Qjps1307H65xLjAQdvQ==)",
            "(none)"},
           {"str(hello),aes_cbc_enc(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==),hex",
            "62D2D43075272F5D347E542C42427DC1"},
           {"str(hello),aes_cbc_enc(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==),"
            "aes_cbc_dec(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==)",
            "hello"},
           {"str(hello),aes_cbc_enc(100,MTIz,MTIz)",
            "error: invalid args in converter 'aes_cbc_enc' : key size must be 128, 192 or 256 (bits)."}});
}

TEST_CASE("fields of binary messages") {
    check({{"bin(0896011207),protobuf(1,int32)", "150"},
           {"bin(0a03089601),protobuf(1.1,int32)", "150"},
           {"bin(089601120774657374696e67),protobuf(2)", "testing"},
           {"bin(089601120774657374696e67),protobuf(1,sint32)", "75"},
           {"bin(089601120774657374696e67),protobuf(3)", "(none)"},
           {"bin(00000000050a03089601),ungrpc(1.1,uint32)", "150"},
           {"bin(00000000060a03089601),ungrpc(1.1,uint32)", "(none)"},
           {"bin(ffffffffffffffffffffff),protobuf(1)", "(none)"},
           {"bin(08),protobuf(1,word)",
            "error: invalid args in converter 'protobuf' : Wrong protocol buffer type 'word'"},
           {"bin(383d4649582e342e32013335),fix_tag_value(8)", "FIX.4.2"},
           {"bin(383d4649582e342e32013335),fix_tag_value(BeginString)", "FIX.4.2"},
           {"bin(383d4649582e342e32013335),fix_tag_value(35)", "(none)"},
           {"bin(383d4649582e342e3201393d350133353d410131303d31373801),fix_is_valid", "1"},
           {"bin(383d4649582e342e3201393d350133353d410131303d31373901),fix_is_valid", "0"},
           {"bin(383d4649582e342e3201),fix_is_valid", "(none)"},
           {"bin(101000044d5154540402003c0004746573740a),mqtt_is_valid", "1"},
           {"bin(101000044d5154540402003c000474657374),mqtt_is_valid", "1"},
           {"bin(101000044d5154540402003c000474657374),mqtt_field_value(connect,client_identifier)", "test"},
           {"bin(101000044d5154540402003c000474657374),mqtt_field_value(connect,keepalive)", "60"},
           {"bin(101000044d5154540402003c000474657374),mqtt_field_value(connect,17)", "(none)"},
           {"bin(101600044d5154540502003c05110000000a000474657374),mqtt_field_value(connect,17)", "10"},
           {"bin(101600044d5154540502003c0511000000),mqtt_is_valid", "(none)"},
           {"bin(706100),mqtt_is_valid", "(none)"},
           {"bin(70020000),mqtt_is_valid", "0"},
           {"bin(7161),mqtt_is_valid", "0"},
           {"bin(3f61),mqtt_is_valid", "(none)"},
           {"bin(20020000),mqtt_field_value(connack,reason_code)", "0"},
           {"bin(20020000),mqtt_field_value(connack,keepalive)",
            "error: invalid args in converter 'mqtt_field_value' : Unknown MQTT field name 'keepalive' for packet type "
            "'connack'"}});
}

TEST_CASE("dates and languages") {
    check({{"int(1577836800123),ms_utime(%Y%m%d%H%M%S.%3N)", "20200101000000.123"},
           {"int(1577836800123456),us_utime(%Y-%6N-%N)", "2020-123456-123456000"},
           {"str('Tue, 15 Nov 1994 08:12:31 GMT'),date", "784887151"},
           {"str('Sunday, 06-Nov-94 08:49:37 GMT'),date", "784111777"},
           {"str('Sun Nov  6 08:49:37 1994'),date", "784111777"},
           {"str('yesterday'),date", "(none)"},
           {"str('da, en-gb;q=0.8, en;q=0.7'),language('en;fr')", "en"},
           {"str('da, en-gb;q=0.8, fr;q=0.9'),language('en;fr')", "fr"},
           {"str('xx'),language('en;fr',def)", "def"},
           {"str('xx'),language('en;fr')", "(none)"},
           {"str('fr ; q = 0.1,en;q=0.05'),language('en;fr')", "fr"},
           {"str(abc),base2", "011000010110001001100011"},
           {"str(abcdef),le2dec(:,2)", "25185:25699:26213"},
           {"str(abcde),le2dec(:,3,1)", "6513249"}});
}

TEST_CASE("a connection's first bytes") {
    TestRequest raw("");
    // A ClientHello for www.example.com that offers h2 and http/1.1.
    const std::string names("\0\0\0\x14\0\x12\0\0\x0fwww.example.com", 24);
    const std::string alpn("\0\x10\0\x0e\0\x0c\x02h2\x08http/1.1", 18);
    const std::string body = "\x03\x03" + std::string(32, 'r') + std::string("\0\0\x02\x13\x01\x01\0\0", 8) +
                             static_cast<char>(names.size() + alpn.size()) + names + alpn;
    const std::string hello = std::string("\x16\x03\x01\0", 4) + static_cast<char>(body.size() + 4) +
                              std::string("\x01\0\0", 3) + static_cast<char>(body.size()) + body;
    const auto of = [&](std::string_view data, const char* expression) {
        raw.context.request_data = data;
        raw.context.request_complete = false;
        return value_of(raw.context, expression);
    };
    CHECK(of(hello, "req.ssl_sni") == "www.example.com");
    CHECK(of(hello, "req_ssl_hello_type") == "1");
    CHECK(of(hello, "req.ssl_ver") == std::to_string(0x30003));
    CHECK(of(hello, "req.ssl_alpn") == "h2");
    CHECK(of(hello, "req.ssl_cipherlist,hex") == "1301");
    CHECK(of(hello, "req.ssl_st_ext") == "0");
    CHECK(of(hello, "req.ssl_ec_ext") == "(none)");
    CHECK(of(hello.substr(0, 60), "req.ssl_sni") == "(later)");
    CHECK(of("GET / HTTP/1.0\r\n", "req.ssl_sni") == "(none)");
    raw.context.request_data = hello;
    CHECK(outcome_of(raw.context, "if { req_ssl_ver 3.3 }") == "yes");
    CHECK(outcome_of(raw.context, "if { req.ssl_ver gt 3 }") == "yes");
    CHECK(outcome_of(raw.context, "if { req.ssl_ver 3.0:3.2 }") == "no");
    CHECK(outcome_of(raw.context, "if { req.ssl_ver -m int 3.1 }") == "error: '3.1' is not a number at 25");
    CHECK(outcome_of(raw.context, "if { req.ssl_alpn http/1.1 }") == "yes");

    const std::string rdp = std::string(11, 'x') + "Cookie: mstshash=user1\r\nrest";
    CHECK(of(rdp, "rdp_cookie") == "user1");
    CHECK(of(rdp, "rdp_cookie(mstshash)") == "user1");
    CHECK(of(rdp, "rdp_cookie(other)") == "(none)");
    CHECK(of(rdp, "rdp_cookie_cnt(other)") == "0");
    CHECK(of(rdp.substr(0, 30), "rdp_cookie") == "(later)");

    const std::string message("ab\0\x03xyzw", 8);
    CHECK(of(message, "payload_lv(2,2)") == "xyz");
    CHECK(of(message, "payload_lv(2,2,+1)") == "yzw");
    CHECK(of(message, "payload_lv(2,2,0),hex") == "616200");
    CHECK(of(message.substr(0, 6), "payload_lv(2,2)") == "(later)");
    CHECK(of(message, "payload_lv(2,0)") ==
          "error: invalid args in fetch method 'payload_lv' : payload length must be > 0");
    CHECK(of("DIST00000001ARGC00000002ARGV00000003abcARGV00000002de", "distcc_body(ARGV,2)") == "de");
    CHECK(of("DIST00000001ARGC00000002ARGV00000003abcARGV00000002de", "distcc_param(ARGC)") == "2");
    CHECK(of("DIST00000001", "distcc_param(ARGC)") == "(later)");
}

TEST_CASE("variables are set if conditions hold") {
    TestRequest one("GET / HTTP/1.1\r\n\r\n");
    const auto of = [&](const char* expression) { return value_of(one.context, expression); };
    CHECK(of("int(5),set-var(txn.n,ifexists)") == "(none)");
    CHECK(of("int(5),set-var(txn.n,ifnotexists)") == "5");
    CHECK(of("int(6),set-var(txn.n,ifnotexists)") == "(none)");
    CHECK(of("var(txn.n)") == "5");
    CHECK(of("int(7),set-var(txn.n,ifgt)") == "(none)");
    CHECK(of("int(7),set-var(txn.n,iflt)") == "7");
    CHECK(of("int(6),set-var(txn.n,ifgt,ifset)") == "6");
    CHECK(of("int(8),set-var(txn.n,ifempty)") == "(none)");
    CHECK(of("str(x),unset-var(txn.n)") == "x");
    CHECK(of("int(1),set-var(txn.n,ifset)") == "(none)");
    CHECK(of("int(1),set-var(txn.n,ifnotexists)") == "(none)");
    CHECK(of("int(1),set-var(txn.n,ifnotset)") == "1");
    CHECK(of("str(),set-var(txn.s,ifnotempty)") == "(none)");
    CHECK(of("str(),set-var(txn.s,ifempty)") == "");
    CHECK(of("str(x),set-var(txn.s,ifmaybe)") ==
          "error: invalid args in converter 'set-var' : unknown condition \"ifmaybe\"");
    CHECK(of("str(kept),set-var(proc.test_kept)") == "kept");
    TestRequest other("GET / HTTP/1.1\r\n\r\n");
    CHECK(value_of(other.context, "var(proc.test_kept)") == "kept");
    CHECK(of("str(x),unset-var(proc.test_kept)") == "x");
    CHECK(of("var(proc.test_kept)") == "(none)");
}
