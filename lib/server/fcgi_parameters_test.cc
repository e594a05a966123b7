#include "server/fcgi_parameters.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "http/fcgi.h"

using namespace cfgproxy;
using namespace cfgproxy::server;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    base::Arena arena;
    model::FcgiApp app;
    FcgiRequest told{.method = "GET",
                     .uri = "/",
                     .version = "HTTP/1.1",
                     .fields = {},
                     .own = {},
                     .server_field = {},
                     .server_name = {},
                     .source = address("192.0.2.1", 1234),
                     .destination = address("192.0.2.2", 80)};

    Request() { app.docroot = "/srv"; }
    explicit Request(std::string_view uri) : Request() { told.uri = uri; }

    static net::Address address(std::string_view ip, std::uint16_t port) {
        net::Address made = *net::Address::parse_ip(ip);
        made.set_port(port);
        return made;
    }
    Request& path_info(std::string_view regex) {
        app.path_info = *sample::Regex::compile(regex, false);
        return *this;
    }
    Request& field(std::string_view name, std::string_view value) {
        told.fields.add(arena, name, value);
        return *this;
    }
    Request& own(std::string_view name, std::string_view value) {
        told.own.add(arena, name, value);
        return *this;
    }
    Pairs pairs() {
        std::string text;
        if (!append_fcgi_parameters(text, app, told)) return {{"impossible", ""}};
        Pairs all;
        std::string_view rest = text, name, value;
        while (http::take_fcgi_parameter(rest, name, value)) all.emplace_back(name, value);
        CHECK(rest.empty());
        return all;
    }
    /// The values of that name, with blanks between them.
    std::string value(std::string_view name) {
        std::string values;
        for (const auto& [other, value] : pairs())
            if (other == name) values += (values.empty() ? "" : " ") + value;
        return values;
    }
    std::string script() {
        return value("SCRIPT_NAME") + "|" + value("PATH_INFO") + "|" + value("QUERY_STRING") + "|" +
               value("SCRIPT_FILENAME") + "|" + value("PATH_TRANSLATED");
    }
};

}  // namespace

TEST_CASE("every program's parameters") {
    Request request("/a.php?q=1");
    request.field("host", "h").field("content-type", "t").field("x-y", "z").own("own", "o");
    CHECK(request.pairs() == Pairs{{"HTTP_HOST", "h"},
                                   {"CONTENT_TYPE", "t"},
                                   {"HTTP_X_Y", "z"},
                                   {"OWN", "o"},
                                   {"GATEWAY_INTERFACE", "CGI/1.1"},
                                   {"DOCUMENT_ROOT", "/srv"},
                                   {"SCRIPT_NAME", "/a.php"},
                                   {"REQUEST_URI", "/a.php?q=1"},
                                   {"REQUEST_METHOD", "GET"},
                                   {"QUERY_STRING", "q=1"},
                                   {"SERVER_NAME", "h"},
                                   {"SERVER_PORT", "80"},
                                   {"SERVER_PROTOCOL", "HTTP/1.1"},
                                   {"REMOTE_ADDR", "192.0.2.1"},
                                   {"REMOTE_PORT", "1234"},
                                   {"SCRIPT_FILENAME", "/srv/a.php"},
                                   {"CONTENT_LENGTH", "0"},
                                   {"SERVER_SOFTWARE", request.value("SERVER_SOFTWARE")}});
    CHECK(request.value("SERVER_SOFTWARE").starts_with("HAProxy 3."));
}

TEST_CASE("parameters that depend on the request") {
    CHECK(Request().value("SERVER_NAME") == "192.0.2.2");
    CHECK(Request().value("HTTPS").empty());
    Request secure;
    secure.told.tls = true;
    CHECK(secure.value("HTTPS") == "on");
    Request unknown;
    unknown.told.source = unknown.told.destination = {};
    CHECK(unknown.value("REMOTE_ADDR").empty());
    CHECK(unknown.value("REMOTE_PORT") == "0");
    Request local;
    local.told.source = local.told.destination = net::Address::unix_peer();
    CHECK(local.value("REMOTE_ADDR") == "unix");
    Request body;
    body.told.length = 5;
    CHECK(body.value("CONTENT_LENGTH") == "5");
    CHECK(body.field("content-length", "5").value("CONTENT_LENGTH") == "5");
    Request named;
    named.told.server_field = "x-server", named.told.server_name = "s1";
    CHECK(named.field("x-server", "of the client").value("HTTP_X_SERVER") == "s1");
    CHECK(Request().field("te", "a, trailers").value("HTTP_TE") == "trailers");
    CHECK(Request().field("te", "gzip").value("HTTP_TE").empty());
}

TEST_CASE("what the path is to a program") {
    CHECK(Request("/").script() == "/|||/srv/|");
    CHECK(Request("/a%20b?c%20d").script() == "/a b||c%20d|/srv/a b|");
    CHECK(Request("http://h/a?b").script() == "/a||b|/srv/a|");
    Request indexed("/dir/?x");
    indexed.app.index = "index.php";
    CHECK(indexed.script() == "/dir/index.php||x|/srv/dir/index.php|");
    for (const char* uri : {"*", "", "/%", "/%g0", "/%0g", "/a%2"})
        CHECK(Request(uri).pairs()[0].first == "impossible");
    CHECK(Request("/%00").pairs()[0].first != "impossible");
}

TEST_CASE("path-info takes the path apart") {
    constexpr std::string_view both = "^(/.+\\.php)(/.*)?$";
    CHECK(Request("/a.php/info?q").path_info(both).script() == "/a.php|/info|q|/srv/a.php|/srv/info");
    CHECK(Request("/a.php").path_info(both).script() == "/a.php|||/srv/a.php|");
    CHECK(Request("/a.html").path_info(both).script() == "/a.html|||/srv/a.html|");
    CHECK(Request("/a.php/info").path_info("^(/.+\\.php)").script() == "/a.php|||/srv/a.php|");
    CHECK(Request("/a.php/info").path_info("\\.php").script() == "/a.php/info|||/srv/a.php/info|");
    CHECK(Request("/a.php/info").own("path_info", "/own").path_info(both).script() ==
          "/a.php|/own||/srv/a.php|/srv/own");
    for (const char* uri : {"/a%0a.php", "/a%00.php"})
        CHECK(Request(uri).path_info(both).pairs()[0].first == "impossible");
}

TEST_CASE("parameters that the file sets") {
    CHECK(Request().own("server_name", "me").value("SERVER_NAME") == "me");
    CHECK(Request("/x").own("document_root", "/other").value("SCRIPT_FILENAME") == "/other/x");
    CHECK(Request("/x").own("request_uri", "/y?z").script() == "/y||z|/srv/y|");
    CHECK(Request().own("request_method", "PUT").value("REQUEST_METHOD") == "PUT GET");  // as HAProxy
    CHECK(Request().own("content_length", "7").value("CONTENT_LENGTH") == "7 0");
    Request script("*");
    script.own("path_info", "/info").own("script_name", "/s.php");
    CHECK(script.script() == "/s.php|/info||/srv/s.php|/srv/info");
    CHECK(script.value("SERVER_SOFTWARE").empty());
    CHECK(script.own("query_string", "q").value("QUERY_STRING") == "q");
    CHECK_FALSE(script.value("SERVER_SOFTWARE").empty());
}
