#include "options.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <string_view>
#include <vector>

#include "keyword_dump.h"
#include "version.h"

using namespace cfgproxy::daemon;

namespace {

ParsedOptions parse(std::vector<std::string_view> arguments) { return parse_options(arguments); }

}  // namespace

TEST_CASE("files come from -f and from behind --, in order") {
    ParsedOptions parsed = parse({"-f", "a", "-D", "-f", "b", "--", "c", "-q"});
    CHECK(parsed.options.files == std::vector<std::string>{"a", "b", "c", "-q"});
    CHECK(parsed.options.daemon);
    CHECK_FALSE(parsed.options.quiet);
}

TEST_CASE("an option is known by how it begins") {
    CHECK(parse({"-dDx"}).options.diagnostics);
    CHECK(parse({"-db"}).options.foreground);
    CHECK_FALSE(parse({"-db"}).options.debug);
    CHECK(parse({"-d"}).options.debug);
    CHECK(parse({"-dq"}).options.debug);  // no such option: HAProxy takes -d
    CHECK(parse({"-dW"}).options.zero_warning);
    CHECK(parse({"-dKcfg,smp"}).options.keywords == "cfg,smp");
    CHECK(parse({"-dM0x50"}).error.empty());
    CHECK(parse({"-dI"}).options.insecure_fork);
    CHECK(parse({"-dL"}).options.list_libraries);
    CHECK(parse({"-dC"}).options.dump_files);
    CHECK(parse({"-dC0"}).options.dump_files);
    CHECK(parse({"-dC7"}).options.not_executed == std::vector<std::string>{"-dC7"});
    CHECK(parse({"-dA/tmp/libs.tar"}).options.archive == "/tmp/libs.tar");
    CHECK(parse({"-dV", "-dR"}).options.no_verify);
    CHECK(parse({"-4", "-dt", "-dc"}).options.notices.size() == 3);
    CHECK(parse({"-Ws"}).options.master_worker);
    CHECK(parse({"-W"}).options.master_worker);
}

TEST_CASE("-V takes -q back") {
    CHECK(parse({"-q"}).options.silent());
    CHECK_FALSE(parse({"-q", "-V"}).options.silent());
}

TEST_CASE("numbers") {
    CHECK(parse({"-n", "4000"}).options.max_connections == 4000);
    CHECK(parse({"-N", "10"}).options.max_proxy_connections == 10);
    CHECK(parse({"-m", "64"}).options.memory_megabytes == 64);
    ParsedOptions wrong = parse({"-n", "abc", "-c"});
    CHECK(wrong.options.max_connections == 0);
    CHECK(wrong.warnings.size() == 1);
    CHECK(wrong.options.check);
    CHECK(parse({"-n", "-3"}).options.max_connections == 0);
}

TEST_CASE("pids end at the next option, and there may be none") {
    ParsedOptions parsed = parse({"-f", "a", "-sf", "12", "34", "-D"});
    CHECK(parsed.options.old_pids == std::vector<pid_t>{12, 34});
    CHECK(parsed.options.old_signal == SIGUSR1);
    CHECK(parsed.options.daemon);
    CHECK(parse({"-st"}).options.old_signal == SIGTERM);
    CHECK(parse({"-sf", "-c"}).options.old_pids.empty());
    CHECK(parse({"-sf", "abc"}).error == "-sf option: some bytes unconsumed in PID list {abc}");
    CHECK(parse({"-sf", "12\n"}).options.old_pids == std::vector<pid_t>{12});
    CHECK(parse({"-st", "0"}).usage);
}

TEST_CASE("mistakes show the usage") {
    CHECK(parse({"extra"}).usage);
    CHECK(parse({"-zz"}).usage);
    CHECK(parse({"-f"}).usage);
    CHECK(parse({"-h"}).usage);
    CHECK(parse({"--help"}).usage);
    CHECK(parse({"-x"}).error == "Unix socket path expected with the -x flag");
}

TEST_CASE("-v ends the reading of the command line") {
    CHECK(parse({"-v", "-zz"}).options.show == Show::version);
    CHECK_FALSE(parse({"-v", "-zz"}).usage);
    CHECK(parse({"-zz", "-v"}).usage);
    CHECK(parse({"-vv"}).options.show == Show::build);
    CHECK(parse({"-vqb"}).options.show == Show::branch);
}

TEST_CASE("the usage names the program and every option that has a line") {
    std::string text = usage_text("some-name");
    CHECK(text.find("Usage : some-name ") == 0);
    for (std::string_view option : {"-f ", "-sf ", "-dW ", "-x ", "-cc "})
        CHECK(text.find("        " + std::string(option)) != std::string::npos);
}

TEST_CASE("the version follows the name of the program") {
    CHECK(version_text(Show::version, "haproxy").starts_with("HAProxy version 3.4.0-"));
    CHECK(version_text(Show::version, "cfgproxy").starts_with("cfgproxy version "));
    CHECK(version_text(Show::short_version, "haproxy") == "3.4.0\n");
    CHECK(version_text(Show::branch, "haproxy") == "3.4\n");
    CHECK(version_text(Show::build, "haproxy").find("\nFeature list : -51DEGREES +ACCEPT4 ") != std::string::npos);
}

TEST_CASE("-dK prints the tables") {
    std::string acls = keyword_dump("acl");
    CHECK(acls.starts_with("# List of registered ACL keywords:\n"));
    CHECK(acls.find("\nhdr_beg = req.hdr -m beg\n") != std::string::npos);
    std::string all = keyword_dump("all");
    CHECK(all.find("\nreq.hdr([string,integer]): str\n") != std::string::npos);
    CHECK(all.find("\nlower: str => str\n") != std::string::npos);
    CHECK(all.find("\n#pending ssl_fc_ech_status: str\n") != std::string::npos);
    CHECK(keyword_dump("smp,acl").find("\nhdr_beg = ") != std::string::npos);
    CHECK(keyword_dump("nonsense").empty());
    CHECK(keyword_dump("help").find("\nsvc: service names\n") != std::string::npos);
}
