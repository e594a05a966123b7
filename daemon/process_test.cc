#include "process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/version.h"
#include "reload.h"
#include "resources.h"
#include "takeover.h"

using namespace cfgproxy;
using namespace cfgproxy::daemon;

namespace {

struct Folder {
    std::filesystem::path path;
    Folder() {
        char name[] = "/tmp/cfgproxy-test-XXXXXX";
        path = mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file(const char* name) const { return path / name; }
};

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the version is the one of the build") {
    const char* version = std::getenv("VERSION");
    if (version != nullptr) CHECK(base::kVersion == version);
    CHECK(base::kShownVersion.starts_with(base::kHaproxyVersion));
    CHECK(base::kShownVersion.ends_with(base::kVersion));
}

TEST_CASE("a pid file is made anew") {
    Folder folder;
    std::string path = folder.file("pid"), other = folder.file("other");
    std::ofstream(other) << "precious";
    std::filesystem::create_symlink(other, path);
    REQUIRE(write_pidfile(path, 4711).ok());
    CHECK(content(path) == "4711\n");
    CHECK(content(other) == "precious");
    struct stat status {};
    stat(path.c_str(), &status);
    CHECK((status.st_mode & 0777) == (0644 & ~022));
    CHECK(write_pidfile(folder.file("no/pid"), 1).error() == "Cannot create pidfile " + folder.file("no/pid"));
    CHECK_FALSE(probe_pidfile(folder.file("no/pid")).ok());
    REQUIRE(probe_pidfile(path).ok());
    CHECK(content(path) == "4711\n");
}

TEST_CASE("unknown users and groups are errors") {
    model::Global global;
    CHECK(Identity::of(global).ok());
    global.user = "no-such-user";
    CHECK(Identity::of(global).error() == "cannot find user id for 'no-such-user'");
    global.user = "root";
    global.group = "no-such-group";
    CHECK(Identity::of(global).error() == "cannot find group id for 'no-such-group'");
}

TEST_CASE("a detached child is let go only after the parent's word") {
    Folder folder;
    std::string trace = folder.file("trace");
    Detachment detachment;
    auto role = detachment.fork();
    REQUIRE(role.ok());
    if (*role == Detachment::Role::child) {
        bool may_start = detachment.report_ready();
        std::ofstream(trace, std::ios::app) << (may_start ? "started" : "refused");
        _exit(0);
    }
    CHECK(detachment.wait_until_ready());
    CHECK(content(trace).empty());
    detachment.let_start();
    for (int i = 0; i < 200 && content(trace).empty(); ++i) usleep(10000);
    CHECK(content(trace) == "started");
}

TEST_CASE("the parent learns how a child ended that did not get ready") {
    for (int code : {0, 1, 7}) {
        Detachment detachment;
        auto role = detachment.fork();
        REQUIRE(role.ok());
        if (*role == Detachment::Role::child) _exit(code);
        CHECK_FALSE(detachment.wait_until_ready());
        CHECK(detachment.status() == (code == 0 ? 1 : code));
    }
}

TEST_CASE("limits follow HAProxy's formulas") {
    model::Config config;
    config.global.threads = 2;
    config.global.max_connections = 30000;
    auto proxy = std::make_unique<model::Proxy>();
    proxy->capabilities = model::kFrontend;
    proxy->binds.resize(1);
    config.proxies.push_back(std::move(proxy));
    Limits limits = compute_limits(config, 0);
    CHECK(limits.max_connections == 30000);
    CHECK(limits.max_sockets == 60017);  // what haproxy 2.6 names for this file
    CHECK(limits.descriptors == 60017);
    CHECK_FALSE(limits.computed);

    config.global.max_connections = 0;
    config.global.stats_sockets.resize(1);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limits = compute_limits(config, 0);
    CHECK(limits.computed);
    std::uint64_t most = std::min<std::uint64_t>(limit.rlim_max, 1048576);
    CHECK(limits.max_connections == std::max<std::uint64_t>(100, (most - 28) / 2));  // 20000: 9986, as haproxy 2.6

    config.global.ulimit_n = 5000;
    CHECK(compute_limits(config, 0).descriptors == 5000);
    CHECK(compute_limits(config, 16).max_connections < 1000);
}

TEST_CASE("descriptors that are not there are an alert") {
    Limits limits;
    limits.max_sockets = UINT32_MAX;
    limits.max_connections = 7;
    CHECK(check_descriptors(limits).error().find("too low for maxconn=7/maxsock=4294967295.") != std::string::npos);
}

TEST_CASE("a reload names the settings that it cannot change") {
    model::Global before, after;
    CHECK(fixed_settings_changed(before, after).empty());
    after.chroot = "/x";
    after.threads = 3;
    CHECK(fixed_settings_changed(before, after) == "'chroot', 'nbthread'");
}

TEST_CASE("sockets of an old process that is not there") {
    Messages messages("test");
    messages.set_quiet(true);
    CHECK(fetch_sockets("/dev/null", messages).value().empty());
    CHECK(fetch_sockets("/nonexistent/socket", messages).error() == "Failed to get the sockets from the old process!");
}
