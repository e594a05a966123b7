#include "config/dump.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/json_reader.h"
#include "config/statements.h"
#include "keywords/load_test.h"

using namespace cfgproxy;
namespace fs = std::filesystem;

namespace {

struct Read {
    std::vector<config::ReadStatement> statements;
    config::Loaded loaded;
};

Read read_file(const fs::path& path) {
    Read read;
    config::LoadOptions options;
    options.environment = {};
    options.keep_pending = true;
    options.statements = &read.statements;
    const std::string name = path.string();
    read.loaded = config::load(std::span(&name, 1), options);
    return read;
}

Read read_text(std::string_view text) {
    Read read;
    config::LoadOptions options;
    options.environment = {};
    options.statements = &read.statements;
    read.loaded = config::load_text("t.cfg", text, options);
    return read;
}

std::vector<std::vector<std::string>> words_of(const std::vector<config::PlainSection>& sections) {
    std::vector<std::vector<std::string>> all;
    for (const auto& section : sections) {
        all.push_back(section.words);
        all.insert(all.end(), section.statements.begin(), section.statements.end());
    }
    return all;
}

}  // namespace

TEST_CASE("words are quoted so that they read as they are") {
    CHECK(config::quote_word("plain/${X}") == "plain/${X}");
    CHECK(config::quote_word("a b#c'd\"e\\") == "a\\ b\\#c\\'d\\\"e\\\\");
    CHECK(config::quote_word("") == "\"\"");
    CHECK(config::quote_word("\t\r\n") == "\\x09\\x0d\\x0a");
}

TEST_CASE("a dump tells rows, typed arguments, options, actions and conditions with their places") {
    const Read read = read_text(
        "defaults d\n timeout client 1m\nfrontend f from d\n bind :80 name x maxconn 5\n"
        " http-request set-header A \"b c\" if { path -m beg /x } !local or other\n no option httplog\n");
    const auto json = base::parse_json(config::dump_json(read.loaded, read.statements));
    REQUIRE(json.ok());
    const auto& sections = json->items_of("sections");
    REQUIRE(sections.size() == 2);
    CHECK(sections[1].text_of("kind") == "frontend");
    CHECK(sections[1].text_of("name") == "f");
    CHECK(sections[1].text_of("from") == "d");
    const base::Json& timeout = sections[0].items_of("statements")[0];
    CHECK(timeout.text_of("keyword") == "timeout client");
    CHECK(timeout.text_of("support") == "done");
    CHECK(timeout.items_of("arguments")[0].text_of("type") == "duration_ms");
    CHECK(timeout.items_of("arguments")[0].find("value")->number == 60000);
    const auto& statements = sections[1].items_of("statements");
    REQUIRE(statements.size() == 3);
    CHECK(statements[0].find("line")->number == 4);
    CHECK(statements[0].items_of("options")[1].text_of("name") == "maxconn");
    CHECK(statements[0].items_of("options")[1].items_of("arguments")[0].find("value")->number == 5);
    CHECK(statements[1].find("action")->text_of("name") == "set-header");
    CHECK(statements[1].find("action")->items_of("arguments")[1].text_of("value") == "b c");
    const auto& any_of = statements[1].find("condition")->items_of("any_of");
    REQUIRE(any_of.size() == 2);
    CHECK(any_of[0].items[0].text_of("criterion") == "path");
    CHECK(any_of[0].items[0].items_of("patterns").size() == 3);
    CHECK(any_of[0].items[1].is_true("not"));
    CHECK(any_of[0].items[1].text_of("acl") == "local");
    CHECK(any_of[1].items[0].text_of("acl") == "other");
    CHECK(statements[2].text_of("prefix") == "no");
}

TEST_CASE("what is dumped and printed reads as the files do, for every file at hand") {
    std::size_t files = 0;
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(__FILE__).parent_path() / "../../compat-tests/config")) {
        if (entry.path().extension() != ".cfg") continue;
        const Read read = read_file(entry.path());
        if (read.loaded.diagnostics.alerts() > 0) continue;
        INFO(entry.path());
        const auto wanted = words_of(config::plain_sections(read.statements));
        const auto dumped = config::read_dump(config::dump_json(read.loaded, read.statements));
        REQUIRE(dumped.ok());
        CHECK(words_of(*dumped) == wanted);
        const Read again = read_text(config::print_sections(*dumped));
        CHECK(again.loaded.diagnostics.alerts() == 0);
        CHECK(words_of(config::plain_sections(again.statements)) == wanted);
        ++files;
    }
    CHECK(files > 40);
}

TEST_CASE("other JSON is no dump") {
    CHECK(config::read_dump("{}").error() == "this is no dump of cfgproxy");
    CHECK_FALSE(config::read_dump("nonsense").ok());
}
