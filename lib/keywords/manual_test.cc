// cfgproxy.cfg(5) says which words are pending: no more, no less.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/keyword.h"
#include "sample/expression.h"

using namespace cfgproxy;

namespace {

template <class Row>
std::set<std::string> pending_names() {
    std::set<std::string> names;
    for (const Row* row : base::Table<Row>::all())
        if (row->support == config::Support::pending) names.insert(std::string(row->name));
    return names;
}

/// For troff: a hyphen is a minus sign, a line has 120 columns at most, each name stands whole on one.
void append_list(std::string& page, std::string_view title, const std::set<std::string>& names) {
    if (names.empty()) return;
    page += ".SS " + std::string(title) + "\n";
    std::string line;
    std::size_t left = names.size();
    for (const std::string& name : names) {
        std::string word;
        for (char c : name) word += c == '-' ? "\\-" : std::string(1, c);
        word += --left ? "," : ".";
        if (!line.empty() && line.size() + 1 + word.size() > 120) {
            page += line + "\n";
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
    }
    page += line + "\n";
}

std::string pending_section() {
    std::string page;
    append_list(page, "Keywords", pending_names<config::Keyword>());
    append_list(page, "Options of bind lines", pending_names<config::BindOption>());
    append_list(page, "Options of server lines", pending_names<config::ServerOption>());
    append_list(page, "Actions", pending_names<config::ActionRow>());
    append_list(page, "Fetches", pending_names<sample::Fetch>());
    append_list(page, "Converters", pending_names<sample::Converter>());
    return page;
}

constexpr std::string_view kBegin = ".\\\" pending words, held to be exact by a test\n";
constexpr std::string_view kEnd = ".\\\" end of pending words\n";

}  // namespace

TEST_CASE("the manual lists the words that are pending", "[.manual]") {
    const auto path = std::filesystem::path(__FILE__).parent_path() / "../../man/cfgproxy.cfg.5";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    const std::string page = text.str();
    const std::size_t begin = page.find(kBegin), end = page.find(kEnd);
    REQUIRE((begin != page.npos && end != page.npos));
    const std::size_t from = begin + kBegin.size();
    const std::string wanted = pending_section();
    INFO("MANUAL_WRITE=1 build/lib/keywords_test '[.manual]' writes the list");
    if (std::getenv("MANUAL_WRITE")) std::ofstream(path) << page.substr(0, from) << wanted << page.substr(end);
    CHECK(page.substr(from, end - from) == wanted);
}
