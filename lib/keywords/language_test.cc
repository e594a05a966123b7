// The rows of the program against the facts about the language in compat-tests/language.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/table.h"
#include "base/text.h"
#include "config/keyword.h"

using namespace cfgproxy;
using config::Support;

namespace {

using Row = std::map<std::string, std::string>;

std::vector<Row> read_table(const std::string& name) {
    const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../compat-tests/language";
    std::ifstream file(folder / name);
    std::vector<Row> rows;
    std::vector<std::string> head;
    for (std::string line; std::getline(file, line);) {
        std::vector<std::string> cells;
        for (auto cell : base::split(line, '\t')) cells.emplace_back(cell);
        if (head.empty()) {
            head = cells;
            continue;
        }
        Row& row = rows.emplace_back();
        for (std::size_t i = 0; i < head.size(); ++i) row[head[i]] = i < cells.size() ? cells[i] : "";
    }
    return rows;
}

config::Section section_named(std::string_view name) {
    const auto* word = config::find_section(name);
    REQUIRE(word);
    return word->section;
}

/// Facts about words behind the keyword, which its function reads.
bool is_inner_word(const std::string& keyword) {
    static const std::vector<std::string> kRules = {
        "http-request ",        "http-response ",       "http-after-response ",  "tcp-request connection ",
        "tcp-request session ", "tcp-request content ", "tcp-response content ", "quic-initial "};
    for (const auto& rules : kRules)
        if (keyword.starts_with(rules)) return true;
    static const std::vector<std::string> kWords = {"no log",
                                                    "no option keep-conn",
                                                    "no option start-on-reload",
                                                    "group users",
                                                    "user groups",
                                                    "user password",
                                                    "source interface",
                                                    "user insecure-password",
                                                    "redirect location",
                                                    "source usesrc",
                                                    "redirect prefix",
                                                    "redirect scheme",
                                                    "peer (remote)",
                                                    "on <step> drop",
                                                    "on <step> format",
                                                    "on <step> sd"};
    return std::find(kWords.begin(), kWords.end(), keyword) != kWords.end();
}

std::string prefixes_of(const config::Keyword& row) {
    if (row.prefixes == (config::kNo | config::kDefault)) return "no+default";
    if (row.prefixes == config::kNo) return "no";
    return row.prefixes == config::kDefault ? "default" : "-";
}

constexpr std::uint16_t set_named(std::string_view name) {
    using enum config::RuleSetBit;
    if (name == "http-request") return kHttpRequest;
    if (name == "http-response") return kHttpResponse;
    if (name == "http-after-response") return kHttpAfterResponse;
    if (name == "tcp-request connection") return kTcpConnection;
    if (name == "tcp-request session") return kTcpSession;
    if (name == "tcp-request content") return kTcpContent;
    if (name == "tcp-response content") return kTcpResponse;
    return name == "quic-initial" ? kQuicInitial : 0;
}

/// `own`: how many words there are that HAProxy does not have.
template <class Option>
void check_options(const std::string& file, std::size_t own = 0) {
    const auto facts = read_table(file);
    REQUIRE(facts.size() + own == base::Table<Option>::all().size());
    for (const Row& fact : facts) {
        INFO(fact.at("option"));
        const Option* row = base::Table<Option>::find(fact.at("option"));
        REQUIRE(row);
        CHECK(row->since == fact.at("since"));
        CHECK(row->until == fact.at("until"));
        CHECK((row->arguments > 0) == (fact.at("takes_argument") == "y"));
    }
}

}  // namespace

TEST_CASE("every keyword of every section has its row") {
    std::size_t exact = 0;
    for (const Row& fact : read_table("keywords.tsv")) {
        const std::string& keyword = fact.at("keyword");
        INFO(fact.at("section") << ": " << keyword);
        std::vector<std::string_view> words = base::split(keyword, ' ');
        if (is_inner_word(keyword)) continue;
        const config::Found found = config::find_keyword(words, section_named(fact.at("section")));
        REQUIRE(found.row);
        CHECK(found.here);
        REQUIRE(found.row->name == keyword);
        CHECK(found.row->since == fact.at("since"));
        CHECK(found.row->until == fact.at("until"));
        if (fact.at("prefixes") != "?") CHECK(prefixes_of(*found.row) == fact.at("prefixes"));
        ++exact;
    }
    CHECK(exact == 1353);
}

TEST_CASE("every section has its word") {
    const auto facts = read_table("sections.tsv");
    CHECK(facts.size() == config::all_sections().size());
    for (const Row& fact : facts) {
        INFO(fact.at("section"));
        const auto* word = config::find_section(fact.at("section"));
        REQUIRE(word);
        CHECK(word->since == fact.at("since"));
        CHECK(word->until == fact.at("until"));
    }
}

TEST_CASE("every option of bind lines has its row") {
    check_options<config::BindOption>("bind_options.tsv", 1);  // crt-watch
}

TEST_CASE("every option of server lines has its row") {
    check_options<config::ServerOption>("server_options.tsv");
    for (const Row& fact : read_table("server_options.tsv")) {
        INFO(fact.at("option"));
        const auto* row = base::Table<config::ServerOption>::find(fact.at("option"));
        REQUIRE(row);
        CHECK(row->on_default_server == (fact.at("default_server") == "y"));
    }
}

TEST_CASE("every action has its row") {
    for (const Row& fact : read_table("actions.tsv")) {
        INFO(fact.at("ruleset") << " " << fact.at("action"));
        std::string action = fact.at("action");
        if (action == "lua.<name>") action = "lua.name";
        const std::uint16_t set = set_named(fact.at("ruleset"));
        REQUIRE(set);
        const config::ActionRow* row = config::find_action(action, set);
        if (!row) row = config::find_action(action + "(x)", set);
        REQUIRE(row);
        CHECK(row->since == fact.at("since"));
        CHECK(row->until == fact.at("until"));
    }
}

TEST_CASE("rows that say done have a function behind them") {
    for (const auto* row : base::Table<config::Keyword>::all()) {
        INFO(row->name);
        CHECK((row->support != Support::done || row->parse));
        CHECK(row->sections != 0);
    }
    for (const auto* row : base::Table<config::ActionRow>::all()) {
        INFO(row->name);
        CHECK((row->support == Support::pending || row->parse));
        CHECK(row->sets != 0);
    }
    for (const auto* row : base::Table<config::BindOption>::all()) CHECK((row->support != Support::done || row->parse));
    for (const auto* row : base::Table<config::ServerOption>::all())
        CHECK((row->support != Support::done || row->parse));
}

// The linker loses whole tables in silence when the library is not linked as a whole.
TEST_CASE("no table of rows got lost") {
    CHECK(base::Table<config::Keyword>::all().size() == 795);
    CHECK(base::Table<config::ActionRow>::all().size() == 157);
    CHECK(base::Table<config::BindOption>::all().size() == 83);
    CHECK(base::Table<config::ServerOption>::all().size() == 127);
}
