#include "config/tidy.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/statements.h"

using namespace cfgproxy;
using config::tidy;

namespace {

/// All words of a text, as the reader sees them.
std::vector<std::string> words_of(const std::string& text) {
    config::Source source;
    source.add_text("t.cfg", text);
    config::Environment environment;
    base::Diagnostics diagnostics;
    config::Statements statements(source, environment, diagnostics);
    std::vector<std::string> words;
    for (config::Statement statement; statements.next(statement); words.emplace_back("\n"))
        for (const auto& word : statement.words) words.emplace_back(word.text);
    return words;
}

}  // namespace

TEST_CASE("tidying indents statements below their section") {
    CHECK(tidy("global\ndaemon\n\n\n  frontend  f # main\n\tbind :80   # all\n") ==
          "global\n    daemon\n\n\nfrontend  f # main\n    bind :80   # all\n");
    CHECK(tidy("  maxconn 3\n") == "maxconn 3\n");
}

TEST_CASE("tidying keeps line ends, and a missing last one") {
    CHECK(tidy("global\r\n daemon \r\n\t\r\n") == "global\r\n    daemon\r\n\r\n");
    CHECK(tidy("global\n daemon") == "global\n    daemon");
    CHECK(tidy("").empty());
}

TEST_CASE("comments stand like what they are about") {
    CHECK(tidy("# file\nglobal\n# on daemon\n daemon\n   # end of global\n\n# about f\nfrontend f\n#bind :1\n") ==
          "# file\nglobal\n    # on daemon\n    daemon\n    # end of global\n\n# about f\nfrontend f\n#bind :1\n");
}

TEST_CASE("blanks that mean something stay") {
    CHECK(tidy("defaults\n errorloc 400 a\\ \n") == "defaults\n    errorloc 400 a\\ \n");
    CHECK(tidy("global\n stats \\\n   timeout 3\n daemon\n") ==
          "global\n    stats \\\n        timeout 3\n    daemon\n");
    CHECK(tidy("global\n# a \\\n daemon\n") == "global\n    # a \\\n    daemon\n");
    CHECK(tidy(std::string("global\n \0 x\n", 11)) == std::string("global\n \0 x\n", 11));
}

TEST_CASE("conditions stand at the margin") {
    CHECK(tidy("global\n  .if 1\n daemon\n  .endif\n [scope]\n") == "global\n.if 1\n    daemon\n.endif\n[scope]\n");
}

TEST_CASE("tidying twice is tidying once, and no word changes, for every file at hand") {
    const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../compat-tests/config";
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".cfg") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        std::stringstream bytes;
        bytes << file.rdbuf();
        const std::string once = tidy(bytes.str());
        INFO(entry.path());
        CHECK(tidy(once) == once);
        CHECK(words_of(once) == words_of(bytes.str()));
        ++files;
    }
    CHECK(files > 100);
}
