// Every line of compat-tests/language/lines.tsv, which some release of HAProxy accepted, is read where it belongs.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "keywords/load_test.h"

using namespace cfgproxy;
namespace fs = std::filesystem;

namespace {

fs::path language_folder() { return fs::path(__FILE__).parent_path() / "../../compat-tests/language"; }

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const fs::path& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && !line.starts_with('#')) lines.push_back(line);
    return lines;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// The files that lines name, in a folder that reading may write to.
struct Fixtures {
    Fixtures() {
        std::string name = (fs::temp_directory_path() / "cfgproxy-walk-XXXXXX").string();
        folder = mkdtemp(name.data());
        fs::copy(language_folder() / "fixtures", folder);
        fs::create_symlink("/bin/true", folder / "true");
    }
    ~Fixtures() {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    }
    /// `F` as a folder's name stands for ours.
    std::string with_folder(const std::string& text) const {
        std::string result = text;
        replace_all(result, "F/", folder.string() + "/");
        replace_all(result, " F\n", " " + folder.string() + "\n");
        replace_all(result, " localhost", " 127.0.0.1");  // a machine may have no names at all
        return result;
    }
    fs::path folder;
};

/// The small valid file around the line, from compat-tests/language/around.
std::string file_around(const std::string& section, std::string line, const Fixtures& fixtures) {
    const fs::path around = language_folder() / "around";
    std::string text = read_file(around / (section + ".cfg"));
    replace_all(text, "@COMMON@\n", read_file(around / "common.cfg"));
    replace_all(line, " ; ", "\n    ");
    replace_all(text, "@LINE@", line);
    return fixtures.with_folder(text);
}

struct Walk {
    std::vector<std::string> refused;  ///< "section: word: line" of each line with an error of language, sorted
    std::vector<std::string> reports;  ///< the same with the first error
    std::size_t accepted = 0, pending = 0;
};

const Walk& walk() {
    static const Walk result = [] {
        Walk walk;
        const Fixtures fixtures;
        for (const std::string& row : lines_of(language_folder() / "lines.tsv")) {
            const auto cells = base::split(row, '\t');
            if (cells[0] == "section") continue;
            const std::string section(cells[0]), line(cells[4]);
            const config::Loaded loaded = keywords::load(file_around(section, line, fixtures));
            const auto& list = loaded.diagnostics.list();
            auto error = std::find_if(list.begin(), list.end(), [](const auto& d) {
                return d.severity == base::Severity::alert && d.fatal && !d.pending;
            });
            if (error == list.end()) {
                ++walk.accepted;
                walk.pending += loaded.diagnostics.pendings() > 0;
                continue;
            }
            const std::string name = section + ": " + std::string(cells[1]) + ": " + line;
            walk.refused.push_back(name);
            walk.reports.push_back(name + "\n    " + error->text);
        }
        std::sort(walk.refused.begin(), walk.refused.end());
        if (const char* path = std::getenv("WALK_REPORT")) {
            std::ofstream out(path);
            out << "# " << walk.accepted << " lines read without an error of language, " << walk.pending
                << " of them beside something that is not executed yet; " << walk.refused.size() << " refused\n";
            for (const std::string& report : walk.reports) out << report << "\n";
        }
        if (const char* path = std::getenv("WALK_REFUSED")) {
            std::ofstream out(path);
            for (const std::string& name : walk.refused) out << name << "\n";
        }
        return walk;
    }();
    return result;
}

/// The lines that are known to be refused wrongly. The list may only shrink.
std::vector<std::string> known_refused() {
    auto lines = lines_of(language_folder() / "refused.txt");
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& some) {
    std::vector<std::string> rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

}  // namespace

TEST_CASE("every line that some HAProxy accepted is accepted") {
    REQUIRE(walk().accepted + walk().refused.size() > 2800);
    for (const std::string& name : without(walk().refused, known_refused())) FAIL_CHECK("refused: " << name);
}

// Run by itself (suite `language`), so that whoever makes a word work need not touch the list at once.
TEST_CASE("the list of lines that are wrongly refused is exact", "[.exact]") {
    for (const std::string& name : without(known_refused(), walk().refused))
        FAIL_CHECK("accepted now, strike it from refused.txt: " << name);
}
