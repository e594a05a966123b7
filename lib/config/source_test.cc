#include "config/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

using namespace cfgproxy;
using config::Source;

namespace {

/// A directory that vanishes with its files.
struct Scratch {
    std::string path = "/tmp/cfgproxy-source-test-XXXXXX";
    Scratch() { REQUIRE(mkdtemp(path.data())); }
    ~Scratch() {
        for (const auto& name : names) std::remove((path + "/" + name).c_str());
        for (const auto& name : directories) rmdir((path + "/" + name).c_str());
        rmdir(path.c_str());
    }
    void write(const std::string& name, const std::string& bytes) {
        std::ofstream(path + "/" + name, std::ios::binary) << bytes;
        names.push_back(name);
    }
    void make_directory(const std::string& name) {
        REQUIRE(mkdir((path + "/" + name).c_str(), 0755) == 0);
        directories.push_back(name);
    }
    std::vector<std::string> names, directories;
};

}  // namespace

TEST_CASE("a directory gives its .cfg files in the C locale's order") {
    Scratch dir;
    for (const char* name :
         {"b.cfg", "B.cfg", "a.cfg", "10.cfg", "9.cfg", ".hidden.cfg", "a.cfg.bak", "x.cfg.cfg", "cfg"})
        dir.write(name, "");
    dir.make_directory("d.cfg");
    Source source;
    REQUIRE(source.add_path(dir.path));
    CHECK(source.file_list() == dir.path + "/10.cfg;" + dir.path + "/9.cfg;" + dir.path + "/B.cfg;" + dir.path +
                                    "/a.cfg;" + dir.path + "/b.cfg");
}

TEST_CASE("a file that cannot be read gives the system's reason") {
    Source source;
    CHECK(source.add_path("/nonexistent/haproxy.cfg").error() == "No such file or directory");
    CHECK(source.add_file("/").error() == "Is a directory");
    CHECK(source.files().empty());
}

TEST_CASE("bytes are kept as they are") {
    Scratch dir;
    std::string bytes("a\0b\r\n\xff", 6);
    dir.write("x.cfg", bytes);
    Source source;
    REQUIRE(source.add_path(dir.path + "/x.cfg"));
    CHECK(source.files().front().bytes == bytes);
    CHECK(source.files().front().name == dir.path + "/x.cfg");
}

TEST_CASE("a place leads back to the raw line and the raw word") {
    Source source;
    source.add_text("one.cfg", "first\n\n  second \"word\"\r\nlast");
    source.add_text("two.cfg", "\nother\n");
    const std::string* one = &source.files()[0].name;
    const std::string* two = &source.files()[1].name;
    CHECK(source.raw_line({one, 1, 1, 5}) == "first");
    CHECK(source.raw_line({one, 2, 1, 1}).empty());
    CHECK(source.raw_line({one, 3, 1, 1}) == "  second \"word\"");
    CHECK(source.raw({one, 3, 10, 6}) == "\"word\"");
    CHECK(source.raw_line({one, 4, 1, 1}) == "last");
    CHECK(source.raw_line({one, 5, 1, 1}).empty());
    CHECK(source.raw_line({two, 2, 1, 1}) == "other");
    CHECK(source.raw({two, 2, 6, 1}).empty());
    CHECK(source.raw({two, 2, 4, 100}) == "er");
    CHECK(source.raw_line({nullptr, 1, 1, 1}).empty());
}
