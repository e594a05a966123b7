#include <catch2/catch.hpp>
#include <set>

#include "control/cli_help.h"
#include "control/cli_words.h"

using namespace cfgproxy;
using namespace cfgproxy::control;

namespace {

std::vector<std::string> words_of(std::string_view line) {
    std::string storage;
    std::vector<std::string> words;
    for (std::string_view word : split_words(line, storage)) words.emplace_back(word);
    return words;
}

}  // namespace

TEST_CASE("Lines are split into words") {
    CHECK(words_of("  show \t stat ") == std::vector<std::string>{"show", "stat"});
    CHECK(words_of("").empty());
    CHECK(words_of("a\\ b c\\\\d \\;") == std::vector<std::string>{"a b", "c\\d", ";"});
    CHECK(words_of("a\\") == std::vector<std::string>{"a"});
    CHECK(words_of(std::string(200, 'x') + std::string(200, ' ') + "y").size() == 2);
    std::string many;
    for (int i = 0; i < 100; ++i) many += "x ";
    CHECK(words_of(many).size() == 64);
}

TEST_CASE("Commands end at a line feed or a semicolon") {
    CHECK(find_end_of_command("show stat;x\n", false) == 9);
    CHECK(find_end_of_command("show\\;stat\n", false) == 10);
    CHECK(find_end_of_command("show stat", false) == std::string::npos);
    CHECK(find_end_of_command("a;b\n", true) == 3);
    CHECK(find_end_of_command("a\\\n", false) == std::string::npos);
    CHECK(asks_for_payload("add map x <<"));
    CHECK_FALSE(asks_for_payload("add map x"));
}

TEST_CASE("The longest name that fits is the command") {
    REQUIRE(find_command({"show", "servers", "state", "be"}));
    CHECK(find_command({"show", "servers", "state", "be"})->name == "show servers state");
    CHECK(find_command({"set", "maxconn", "server", "b/s"})->name == "set maxconn server");
    CHECK(find_command({"set", "server", "b/s"})->name == "set server");
    CHECK(find_command({"show"}) == nullptr);
    CHECK(find_command({"show version"}) == nullptr);
    CHECK(find_command({}) == nullptr);
}

TEST_CASE("The table of commands is whole") {
    const auto& all = base::Table<Command>::all();
    CHECK(all.size() >= 150);
    std::set<std::string_view> names;
    for (const Command* command : all) {
        INFO(command->name);
        CHECK(names.insert(command->name).second);
        CHECK((command->support == Support::done) == (command->run != nullptr));
        CHECK(word_count(command->name) <= 5);
    }
}

TEST_CASE("Help names what begins alike, or looks alike") {
    const CliSettings settings;
    const std::string servers = help_text({"help", "show", "servers"}, settings);
    CHECK(servers ==
          "The following commands are valid at this level:\n"
          "  show servers conn [<backend>]           : dump server connections status (all or for a single backend)\n"
          "  show servers state [<backend>]          : dump volatile server information (all or for a single backend)\n"
          "  help [<command>]                        : list matching or all commands\n"
          "  prompt                                  : toggle interactive mode with prompt\n"
          "  quit                                    : disconnect\n");
    const std::string misspelt = help_text({"show", "versio"}, settings);
    CHECK(misspelt.find("Unknown command, but maybe one of the following ones is a better match:\n  show version") ==
          0);
    CHECK(help_text({}, settings).find("Unknown command. Please enter one of the following commands only:\n") == 0);
    CHECK(help_text({"help"}, settings).find("debug dev") == std::string::npos);
    CliSettings expert;
    expert.expert = true;
    CHECK(help_text({"help"}, expert).find("debug dev") != std::string::npos);
}
