#include "master.h"

#include <catch2/catch.hpp>

using namespace cfgproxy::daemon;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("A later worker gets the words that are not the master's") {
    const Words front{"haproxy", "-db", "-sf", "7"};
    const auto with_front = [&](Words more) {
        more.insert(more.begin(), front.begin(), front.end());
        return more;
    };
    CHECK(arguments_for_worker({"haproxy", "-Ws", "-f", "/etc/a.cfg", "-p", "/run/a.pid", "-S", "/run/m.sock"}, 7) ==
          with_front({"-f", "/etc/a.cfg"}));
    CHECK(arguments_for_worker({"haproxy", "-W", "-D", "-n", "20", "-f", "-odd.cfg", "-q"}, 7) ==
          with_front({"-n", "20", "-f", "-odd.cfg", "-q"}));
    CHECK(arguments_for_worker({"haproxy", "-sf", "1", "2", "-W", "-x", "/s", "-C", "/etc", "-dW"}, 7) ==
          with_front({"-dW"}));
    // Behind -- everything is a file, whatever it looks like.
    CHECK(arguments_for_worker({"haproxy", "-W", "--", "-W", "b.cfg"}, 7) == with_front({"--", "-W", "b.cfg"}));
}
