#include <catch2/catch.hpp>
#include <cstring>

#include "log/format.h"

using namespace cfgproxy;
using namespace cfgproxy::log;

namespace {

/// Fetches of known outcome, so that these tests need none of the real vocabulary.
sample::Found run_text(const sample::Context&, sample::Arguments args, sample::Cursor&, sample::Value& out) {
    out = sample::Value::of_text(args.empty() ? std::string_view("say \"a\\b]\"\tand\x01")
                                              : std::string_view(args[0].text));
    return sample::Found::yes;
}
sample::Found run_nothing(const sample::Context&, sample::Arguments, sample::Cursor&, sample::Value&) {
    return sample::Found::no;
}
constexpr sample::Fetch kFetches[] = {
    {.name = "testhead", .needs = sample::kRequestHead, .support = sample::Support::done, .run = run_nothing},
    {.name = "testnothing", .support = sample::Support::done, .run = run_nothing},
    {.name = "testtext", .args = "[string]", .support = sample::Support::done, .run = run_text},
};
static_assert(base::well_formed(kFetches));
const base::Table<sample::Fetch> kRegistered{kFetches};

std::string error_of(std::string_view text, Use use = Use::line) {
    auto format = compile(text, {}, use);
    return format ? "compiled" : format.error();
}

std::string rendered(std::string_view text, const Record* record, Use use) {
    auto format = compile(text, {}, use);
    if (!format) return "error: " + format.error();
    base::Arena arena;
    sample::Context context;
    context.arena = &arena;
    std::string out;
    render(**format, record, context, out);
    CHECK(std::string(render(**format, record, context)) == out);
    return out;
}

Record some() {
    static const std::string_view captures[] = {{}, "example.com:12345678"};
    Record r;
    r.client = *net::Address::parse_ip("127.0.0.1");
    r.client.set_port(0xC274);
    r.server_address = r.client;
    r.accept_wall_us = r.request_wall_us = 0x6B04560Cull * 1000000 + 23000;
    r.frontend_name = "custom", r.backend_name = "b", r.server_name = "s1";
    r.request_line = "GET http://h.example/p/q?x=1?y=2 HTTP/1.1";
    r.request_captures = captures, r.request_capture_count = 2;
    r.request_counter = 27, r.log_count = 1;
    r.http = true;
    return r;
}
std::string logged(std::string_view text, const Record& record = some()) { return rendered(text, &record, Use::line); }

}  // namespace

TEST_CASE("runs of spaces become one in log lines only") {
    CHECK(logged("  x   y  ") == "x y ");
    CHECK(logged("%f   %hs   %s") == "custom s1");
    CHECK(logged("%hs %hs %f") == "custom");
    CHECK(logged("a%hs  b %hsc") ==
          "error: no such format variable 'hsc'. If you wanted to emit the '%' character "
          "verbatim, you need to use '%%'");
    CHECK(logged("a  %hs-%hs  b") == "a - b");
    CHECK(logged("[ %hs ]") == "[ ]");
    CHECK(logged("%{+Q}o %f  %{+X}o  %b") == "\"custom\" \"b\"");
    CHECK(rendered("  x   y  ", nullptr, Use::value) == "  x   y  ");
    CHECK(rendered("  x ", nullptr, Use::unique_id) == "x ");
    CHECK(rendered(" %[testnothing]  y ", nullptr, Use::value) == "   y ");
    CHECK(rendered("  %[testnothing]  y ", nullptr, Use::unique_id) == " y ");
}

TEST_CASE("percent signs") {
    CHECK(logged("100%% %%f%%%f") == "100% %f%custom");
    CHECK(logged("%; %-a %") == "error: truncated line after '%'");
    CHECK(logged("%; %-a %%") == "; -a %");
    CHECK(error_of("a % b") ==
          "unexpected variable name near ' ' at position 3 line : 'a % b'. Maybe you want to write a single '%', use "
          "the syntax '%%'");
    CHECK(error_of("50%5") ==
          "unexpected variable name near '5' at position 3 line : '50%5'. Maybe you want to write a single '%', use "
          "the syntax '%%'");
}

TEST_CASE("errors are worded as HAProxy's") {
    CHECK(error_of("%{+Q") == "truncated line after '+Q'");
    CHECK(error_of("%{+Q}") == "parse argument modifier without variable name near '%{+Q}'");
    CHECK(error_of("%{+Q}-") == "parse argument modifier without variable name near '%{+Q}'");
    CHECK(error_of("x %nope y") ==
          "no such format variable 'nope'. If you wanted to emit the '%' character verbatim, you "
          "need to use '%%'");
    CHECK(error_of("%[nope] y") == "failed to parse sample expression <nope] y> : unknown fetch method 'nope'");
    CHECK(error_of("%[testtext") == "missing ']' after 'testtext'");
    CHECK(error_of("%[testtext x]") == "expected ']' after 'testtext', but found ' '");
    CHECK(error_of("%[testtext") != error_of("%[testtext]"));
    CHECK(error_of("%{+json}o %f") == "compiled");
    CHECK(error_of("%(a:float)f").starts_with("unexpected output type 'float'"));
    CHECK(error_of("%{+nonsense,+Q}f") == "compiled");
}

TEST_CASE("errors know their place") {
    sample::ExpressionError where;
    CHECK_FALSE(compile("abc %[nope]", {}, Use::line, &where).ok());
    CHECK(where.at == 6);
    CHECK(where.length == 4);
    CHECK_FALSE(compile("abc %{+Q}nope d", {}, Use::line, &where).ok());
    CHECK(where.at == 9);
    CHECK(where.length == 4);
}

TEST_CASE("names of 3.x are accepted") {
    CHECK(logged("%(client)f %(x:str)[testtext(a)] %(y){+Q}b") == "custom a \"b\"");
    CHECK(error_of("%(a b)f") == "invalid character in custom name near ' ' at position 3 line : '%(a b)f'");
    CHECK(error_of("%(a:int)f").starts_with("unexpected output type 'int' at position 4"));
    CHECK(error_of("%(a") == "truncated line after '%'");
    CHECK(error_of("%(a)") == "truncated line after '%'");
}

TEST_CASE("flags") {
    CHECK(logged("%[testnothing]|%{-M}[testnothing]|%{+Q}[testnothing]|%{-M,+Q}[testnothing]") == "-||\"\"|\"\"");
    CHECK(logged("%[testtext]") == "say \"a\\b]\"\tand\x01");
    CHECK(logged("%{+E}[testtext]") == "say \\\"a\\\\b\\]\\\"\tand\x01");
    CHECK(logged("%{+Q,+E}[testtext(x])]") == "\"x\\]\"");
    CHECK(logged("%{+Q}o%f%{-Q}f%{-Q}o%b") ==
          "\"custom\"custom"
          "b");
    CHECK(logged("%{+X}ci %{+X}cp %{+X}Ts %{+X}ms %{+X}rt %{+X}lc") == "7F000001 C274 6B04560C 17 001B 0001");
    // Header values: no '-', no quotes, control characters encoded.
    CHECK(rendered("%{+Q}[testtext]", nullptr, Use::value) == "say \"a\\b]\"\tand%01");
    CHECK(rendered("<%{+M}[testnothing]>", nullptr, Use::value) == "<>");
    CHECK(rendered("%[testtext]", nullptr, Use::plain) == "say \"a\\b]\"\tand\x01");
}

TEST_CASE("literals cost nothing") {
    auto format = compile("max-age=31536000", {}, Use::value);
    REQUIRE(format.ok());
    CHECK((*format)->is_literal());
    const auto text = render(**format, nullptr, sample::Context{});
    CHECK(text == "max-age=31536000");
    CHECK(text.data() == (*format)->literal().data());
    CHECK(rendered("", nullptr, Use::value).empty());
}

TEST_CASE("tags of the request line") {
    CHECK(logged("%HM %HP %HPO %HQ %HU %HV") ==
          "GET http://h.example/p/q /p/q ?x=1?y=2 http://h.example/p/q?x=1?y=2 HTTP/1.1");
    Record r = some();
    r.request_line = "GET /q HTTP/1.1";
    CHECK(logged("%{+Q}o %HM %HP %HPO %HQ %HU %HV", r) == "\"GET\" \"/q\" \"/q\" \"\" \"/q\" \"HTTP/1.1\"");
    r.request_line = "<BADREQ>";
    CHECK(logged("%HM %HP %HPO %HQ %HU %HV %r", r) == "<BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ>");
    r.request_line = "";
    CHECK(logged("%HM %HP %HPO %HQ %HU %HV %r", r) == "<BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ>");
    r.request_line = "OPTIONS * HTTP/1.1";
    CHECK(logged("%HM|%HP|%HPO|%HV", r) == "OPTIONS|*||HTTP/1.1");
    r.request_line = "CONNECT a:443 HTTP/1.1";
    CHECK(logged("%HP|%HPO", r) == "a:443|");
    r.request_line = "GET /x\"";
    CHECK(logged("%HU %HV", r) == "/x#22 HTTP/0.9");
}

TEST_CASE("a line of many tags is HAProxy's, byte for byte") {
    Record r = some();
    r.request_line = "GET /q HTTP/1.1";
    r.idle_ms = r.request_ms = r.queue_ms = r.connect_ms = r.response_ms = r.active_ms = r.total_ms = 0;
    r.bytes_to_server = 63;
    r.pid = 30602;
    r.server_address.set_port(15100);
    r.backend_source = r.client;
    r.frontend_address = r.client;
    r.frontend_address.set_port(15011);
    static const std::string_view captures[] = {{}, {}, "example.com:12345678"};
    r.request_captures = captures, r.request_capture_count = 3;
    CHECK(logged("  x   %{+Q}o  %ci  %hs   %hr %{+X}ci %{+X}cp %{+X}Ts %{+X}ms %{+E,-Q}[testnothing] %[testnothing] "
                 "%HM %HP %HPO %HQ %HU %HV %Tq %Td %Tu %Th %Ti %Tt %Ta %U %rt %lc %{+X}rt %{+X}lc %sslc %si:%sp %bi "
                 "%fi:%fp %f %ID %{-Q}ID %% %; %-a %T %Tl %trl %trg %pid end  ",
                 r) ==
          "x \"127.0.0.1\" \"{||example.com:12345678}\" 7F000001 C274 6B04560C 17 - \"\" \"GET\" \"/q\" \"/q\" \"\" "
          "\"/q\" \"HTTP/1.1\" 0 0 0 0 0 0 0 63 27 1 001B 0001 \"\" \"127.0.0.1\":15100 \"127.0.0.1\" "
          "\"127.0.0.1\":15011 \"custom\" \"\" - % ; -a 23/Nov/2026:15:04:44 +0000 23/Nov/2026:15:04:44 +0000 "
          "23/Nov/2026:15:04:44 +0000 23/Nov/2026:15:04:44 +0000 30602 end ");
}

TEST_CASE("times add up") {
    Record r = some();
    r.handshake_ms = 1, r.idle_ms = 20, r.request_ms = 300, r.queue_ms = 4000, r.connect_ms = 50000;
    r.response_ms = 600000, r.active_ms = 7654300, r.total_ms = 7654321;
    CHECK(logged("%Th %Ti %TR %Tq %Tw %Tc %Tr %Td %Ta %Tt %Tu", r) ==
          "1 20 300 321 4000 50000 600000 7000000 7654300 7654321 7654301");
    r.http = false;
    CHECK(logged("%Td", r) == "7600000");
    r.connect_ms = -1;
    CHECK(logged("%Td", r) == "-1");
    r.unfinished = true;
    CHECK(logged("%B %Ta %Tt %Tu %U", r) == "+0 +7654300 +7654321 +7654301 0");
}

TEST_CASE("lists of captures") {
    CHECK(logged("%hrl|%{+Q}hrl|%hr|%{+Q}hr|%hsl") ==
          "- example.com:12345678|\"\" \"example.com:12345678\"|{|example.com:12345678}|\"{|example.com:12345678}\"|");
}

TEST_CASE("every tag of the language is a row") {
    // One per line of the manuals of 1.5 to 3.4; %o is a word of the format, not a tag.
    constexpr std::string_view names[] = {
        "B",  "Bi", "Bp", "CC", "CS", "Ci", "Cp",   "Fi",   "Fp", "H",   "HM", "HP",  "HPO", "HQ", "HU",
        "HV", "ID", "OG", "ST", "Si", "Sp", "T",    "TR",   "Ta", "Tc",  "Td", "Th",  "Ti",  "Tl", "Tq",
        "Tr", "Ts", "Tt", "Tu", "Tw", "U",  "ac",   "b",    "bc", "bi",  "bp", "bq",  "cc",  "ci", "cp",
        "cs", "f",  "fc", "fi", "fp", "ft", "hr",   "hrl",  "hs", "hsl", "lc", "ms",  "pid", "r",  "rc",
        "rt", "s",  "sc", "si", "sp", "sq", "sslc", "sslv", "st", "t",   "tr", "trg", "trl", "ts", "tsc"};
    CHECK(base::Table<Tag>::all().size() == std::size(names));
    for (auto name : names) {
        CAPTURE(name);
        const Tag* tag = base::Table<Tag>::find(name);
        REQUIRE(tag);
        // Any record, also an empty one, can be printed.
        for (const Record& r : {Record{}, some()})
            for (bool hex : {false, true}) {
                model::Template::Item item;
                item.hex = hex;
                std::string out;
                if (tag->print) tag->print(r, item, out);
                CHECK(out.size() < 100);
            }
    }
}

TEST_CASE("tags of http mode are told") {
    CHECK(http_only_tag(**compile("%ci %b %HM %r", {})) == "HM");
    CHECK(http_only_tag(**compile(kTcpFormat, {}, Use::line)).empty());
    CHECK(http_only_tag(**compile(kHttpFormat, {}, Use::line)) == "tr");
}

TEST_CASE("a context alone renders what it knows") {
    base::Arena arena;
    http::Request request;
    request.method_text = "GET", request.target = "/a?b", request.version = "HTTP/1.1";
    sample::Context context;
    context.arena = &arena;
    context.request = &request;
    context.src = *net::Address::parse_ip("192.0.2.1");
    context.src.set_port(99);
    context.wall_us = 1795446269860000;
    context.unique_id = "u-1";
    auto format = compile("%ci:%cp %HM %HP %Ts %ID %s %Tw", {});
    REQUIRE(format.ok());
    CHECK(render(**format, nullptr, context) == "192.0.2.1:99 GET /a 1795446269 u-1 <NOSRV> -1");
}

TEST_CASE("request lines are kept up to a limit") {
    base::Arena arena;
    const std::string path = "/" + std::string(1500, 'x');
    http::Request request;
    request.method_text = "GET", request.target = path, request.version = "HTTP/1.1";
    CHECK(copy_request_line(arena, request) == "GET " + path.substr(0, 1019));
    CHECK(copy_request_line(arena, request, 2000) == "GET " + path + " HTTP/1.1");
    Record r = some();
    r.request_line = copy_request_line(arena, request);
    CHECK(logged("%HV %HM", r) == "HTTP/0.9 GET");
}

TEST_CASE("a whole line may be a JSON object of its named items") {
    CHECK(logged("%{+json}o %(name)f lost %b %(count)rt") == R"({"name": "custom", "count": 27})");
    CHECK(logged("%{+json}o %(text:str)rt %(yes:bool)rt %(n:sint)rt") == R"({"text": "27", "yes": true, "n": 27})");
    CHECK(logged("%{+json}o %(say)[testtext] %(none)[testnothing]") ==
          "{\"say\": \"say \\\"a\\\\b]\\\"\tand\x01\", \"none\": \"\"}");
    CHECK(logged("%{+json}o %(list)hrl %(block)hr %(nothing)hs") ==
          R"({"list": ["-", "example.com:12345678"], "block": "{|example.com:12345678}", "nothing": null})");
    CHECK(logged("%{+json,+X}o %(pid)cp %(ip)ci") == R"({"pid": "C274", "ip": "7F000001"})");
    CHECK(logged("%{+json}o") == "{}");
    Record unfinished = some();
    unfinished.unfinished = true;
    unfinished.total_ms = 5;
    CHECK(logged("%{+json}o %(t)Tt", unfinished) == R"({"t": 5})");
    CHECK(logged("%{+json}o %(request)r") == R"({"request": "GET http://h.example/p/q?x=1?y=2 HTTP/1.1"})");
}

TEST_CASE("single items may be encoded") {
    CHECK(logged("%{+json}f %f %{+json}rt") == "\"custom\" custom 27");
    CHECK(logged("%{+cbor}rt") == "181B");
    CHECK(rendered("%{+json}[testtext]", nullptr, Use::value) == rendered("%[testtext]", nullptr, Use::value));
}

TEST_CASE("a whole line may be a CBOR map") {
    CHECK(logged("%{+cbor}o %(n)rt %(f)f") == "BF616E181B616666637573746F6DFF");
    CHECK(logged("%{+cbor}o %(n:bool)rt %(e)[testnothing]") == "BF616EF56165F6FF");
    CHECK(logged("%{+cbor}o %(m)HM") == "BF616D7F63474554FFFF");
    const std::string bytes = logged("%{+cbor,+bin}o %(n)lc");
    CHECK(bytes == "\xbf\x61n\x01\xff");
}
