#include "config/default_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <climits>

namespace cfgproxy::config {

static std::string here() {
    char path[PATH_MAX];
    return getcwd(path, sizeof path) ? path : "";
}

TEST_CASE("default-path moves where relative names begin, and back") {
    const std::string start = here(), top = "/tmp/cfgproxy-path-" + std::to_string(getpid()), sub = top + "/sub";
    mkdir(top.c_str(), 0700);
    mkdir(sub.c_str(), 0700);
    using Way = DefaultPath::Way;
    {
        DefaultPath path;
        CHECK(path.enter(sub + "/a.cfg").ok());
        CHECK(here() == start);
        CHECK(path.set(Way::config, "", sub + "/a.cfg").ok());
        CHECK(here() == sub);
        CHECK(path.enter(top + "/b.cfg").ok());
        CHECK(here() == top);
        CHECK(path.set(Way::parent, "", sub + "/a.cfg").ok());
        CHECK(here() == top);
        CHECK(path.set(Way::origin, sub, "a.cfg").ok());
        CHECK(here() == sub);
        CHECK_FALSE(path.set(Way::origin, top + "/nowhere", "a.cfg").ok());
        CHECK(path.set(Way::current, "", "a.cfg").ok());
        CHECK(here() == start);
        CHECK(path.set(Way::config, "", sub + "/a.cfg").ok());
    }
    CHECK(here() == start);
    rmdir(sub.c_str());
    rmdir(top.c_str());
}

}  // namespace cfgproxy::config
