#include "subcommand.h"

#include <catch2/catch.hpp>

using namespace cfgproxy::daemon;

namespace {

constexpr Flag kFlags[] = {{"--format", "<name>", "how to print"}, {"--quiet", "", "prints nothing"}};

Arguments read(std::vector<std::string_view> words) { return Arguments(words, kFlags); }

}  // namespace

TEST_CASE("arguments of subcommands: options stand anywhere, values behind a blank or an equals sign") {
    const Arguments a = read({"a.cfg", "--format", "json", "--quiet", "-", "--", "--quiet"});
    CHECK(a.error().empty());
    CHECK(a.has("--quiet"));
    CHECK(a.value("--format") == "json");
    CHECK(a.operands() == std::vector<std::string>{"a.cfg", "-", "--quiet"});
    const Arguments b = read({"--format=x", "--format=y=z"});
    CHECK(b.value("--format") == "y=z");
    CHECK(b.values("--format") == std::vector<std::string>{"x", "y=z"});
    CHECK_FALSE(b.has("--quiet"));
    CHECK(b.value("--other", "none") == "none");
}

TEST_CASE("mistakes in the arguments of subcommands are told") {
    CHECK(read({"--forma", "x"}).error() == "unknown option '--forma': is '--format' meant?");
    CHECK(read({"--format"}).error() == "option '--format' expects <name>");
    CHECK(read({"--quiet=1"}).error() == "option '--quiet' takes no value");
}

TEST_CASE("what begins with no subcommand is HAProxy's command line") {
    Messages messages("cfgproxy");
    int status = -1;
    const std::string_view options[] = {"-c", "-f", "help"};
    CHECK_FALSE(run_subcommand(options, messages, status));
    CHECK_FALSE(run_subcommand({}, messages, status));
    CHECK(status == -1);
}
