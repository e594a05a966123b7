#include "config/migrate.h"

#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;

namespace {

config::Migrated migrate(std::string_view text, std::string_view release = "3.4") {
    std::vector<config::ReadStatement> statements;
    config::LoadOptions options;
    options.environment = {};
    options.statements = &statements;
    const config::Loaded loaded = config::load_text("t.cfg", text, options);
    for (const auto& d : loaded.diagnostics.list())
        if (d.severity == base::Severity::alert && !d.pending) UNSCOPED_INFO(d.text);
    CHECK(loaded.diagnostics.alerts() == 0);
    return config::migrate(loaded, statements, 0, release);
}

/// What becomes of one line of a backend.
std::string line(std::string_view text) {
    const std::string before = "listen l\n    mode http\n    bind :1\n";
    const std::string after = migrate(before + "    " + std::string(text) + "\n").bytes;
    REQUIRE(after.starts_with(before));
    return after.substr(before.size() + 4);
}

}  // namespace

TEST_CASE("old words become today's, comments and the rest stay") {
    const auto migrated = migrate(
        "# head\nlisten  web 1.2.3.4:80 # main\n\tmode   http\n\tclitimeout 5s   # short\n\n\tserver a 1.1.1.1:1\n");
    CHECK(migrated.bytes ==
          "# head\nlisten web # main\n    bind 1.2.3.4:80\n\tmode   http\n\ttimeout client 5s   # short\n\n"
          "\tserver a 1.1.1.1:1\n");
    REQUIRE(migrated.changes.size() == 2);
    CHECK(migrated.changes[1].from == "clitimeout 5s   # short");
    CHECK(migrated.changes[1].to == std::vector<std::string>{"timeout client 5s"});
}

TEST_CASE("a file in today's words is not touched") {
    const std::string text = "frontend f\r\n  bind   :80 name \"x\"\t# c\r\n\r\n option forwardfor\r\n";
    CHECK(migrate(text).bytes == text);
    CHECK(migrate("global\n daemon").bytes == "global\n daemon\n");
}

TEST_CASE("only what the release asked for does not take is changed") {
    CHECK(migrate("listen l\n bind :1\n bind-process 1\n", "2.6").changes.empty());
    CHECK(migrate("listen l\n bind :1\n bind-process 1\n", "2.8").bytes == "listen l\n bind :1\n # bind-process 1\n");
}

TEST_CASE("words about header lines") {
    CHECK(line("reqadd X-A:\\ 50%") == "http-request add-header X-A 50%%\n");
    CHECK(line("rspadd X-A:\\ b if TRUE") == "http-response add-header X-A b if TRUE\n");
    CHECK(line("reqidel ^X-Forwarded-For:.*") == "http-request del-header X-Forwarded-For\n");
    CHECK(line("rspidel ^Server:\\ .*") == "http-response del-header Server\n");
    CHECK(line("reqirep ^Host:\\ (.*)\\.old Host:\\ \\1.new") ==
          "http-request replace-header Host (?i)^(.*)\\\\.old \\\\1.new\n");
    CHECK(line("reqrep ^([^\\ :]*)\\ /static/(.*) \\1\\ /\\2") == "http-request replace-path ^/static/(.*) /\\\\1\n");
    CHECK(line("reqideny ^Host:\\ bad") == "http-request deny if { req.hdr(Host) -m reg -i ^bad }\n");
    CHECK(line("reqtarpit ^[^\\ :]*\\ /admin if TRUE") == "http-request tarpit if { path_reg ^/admin } TRUE\n");
    CHECK(line("block if { src 1.2.3.4 }") == "http-request deny if { src 1.2.3.4 }\n");
}

TEST_CASE("what has no modern form stays, and is told") {
    const auto migrated = migrate("listen l\n mode http\n bind :1\n reqipass ^x\n reqideny foo\n");
    CHECK(migrated.bytes == "listen l\n mode http\n bind :1\n reqipass ^x\n reqideny foo\n");
    REQUIRE(migrated.changes.size() == 2);
    CHECK_FALSE(migrated.changes[0].done);
    CHECK_FALSE(migrated.changes[1].done);
}

TEST_CASE("releases are compared by their numbers") {
    CHECK(config::is_older("1.5", "2.6"));
    CHECK(config::is_older("2.9", "2.10"));
    CHECK_FALSE(config::is_older("3.4", "3.4"));
}
