// `filter` lines: what they say together.
#include <catch2/catch.hpp>

#include "keywords/load_test.h"

using namespace cfgproxy;
using keywords::complaints;
using keywords::load;
using keywords::quiet;

namespace {

/// A frontend with these lines: the proxy when all is read.
const model::Proxy& frontend(config::Loaded& loaded) {
    REQUIRE(loaded.config);
    return *loaded.config->proxies.back();
}

const std::string kFrontend = "frontend f\n bind :80\n";
const std::string kTable = "backend t\n stick-table type ip size 10 store bytes_out_rate(1s)\n";

}  // namespace

TEST_CASE("limits are of each stream, or shared by a key, not both") {
    CHECK(complaints(kTable + kFrontend + " filter bwlim-out a limit 1m key src table t\n") == "");
    CHECK(complaints(kFrontend + " filter bwlim-out a limit 1m key src default-period 1s\n") ==
          "A 9: 'filter' : 'bwlim-out' : cannot mix per-stream and shared parameter\n");
    CHECK(complaints(kFrontend + " filter bwlim-out a limit 1m\n") ==
          "A 9: 'filter' : 'bwlim-out' : <key> option is missing\n");
    CHECK(complaints(kFrontend + " filter bwlim-out a key src\n") ==
          "A 9: 'filter' : 'bwlim-out' : <limit> option is missing\n");
    CHECK(complaints(kFrontend + " filter bwlim-out a default-limit 1m\n") ==
          "A 9: 'filter' : 'bwlim-out' : <default-period> option is missing\n");
    CHECK(complaints(kFrontend + " filter bwlim-out a default-limit 1m default-period 1s\n"
                                 " filter bwlim-in a default-limit 1m default-period 1s\n") ==
          "A 10: 'filter' : bwlim filter 'a' already declared for proxy 'f'\n");
}

TEST_CASE("a shared limit needs a table that counts what it is of") {
    CHECK(complaints(kFrontend + " filter bwlim-out a limit 1m key src\n") ==
          "A 9: Proxy f : unable to find table 'f' referenced by bwlim filter 'a'\n");
    CHECK(complaints(kTable + kFrontend + " filter bwlim-in a limit 1m key src table t\n") ==
          "A 11: Proxy f : stick-table 't' uses a data type incompatible with bwlim filter 'a'. It must be "
          "'bytes_in_rate'\n");
    CHECK(complaints("backend t\n stick-table type string len 8 size 10 store bytes_out_rate(1s)\n" + kFrontend +
                     " filter bwlim-out a limit 1m key src table t\n") == "");
}

TEST_CASE("rules set limits that their proxy declares, wherever it does") {
    CHECK(complaints(kFrontend + " http-request set-bandwidth-limit a\n"
                                 " filter bwlim-out a default-limit 1m default-period 1s\n") == "");
    CHECK(complaints(kFrontend + " http-request set-bandwidth-limit a\n") ==
          "A 9: unable to find bwlim filter 'a' referenced by set-bandwidth-limit rule\n");
    CHECK(complaints(kTable + kFrontend +
                     " filter bwlim-out a limit 1m key src table t\n"
                     " http-request set-bandwidth-limit a limit 2m\n"
                     " http-request set-bandwidth-limit a period 1s\n") ==
          "A 12: set-bandwidth-limit rule cannot define a limit for a shared bwlim filter\n"
          "A 13: set-bandwidth-limit rule cannot define a period for a shared bwlim filter\n");
}

TEST_CASE("limits know whether they stand behind compression") {
    auto loaded = load(quiet(kFrontend + " filter bwlim-out before default-limit 1m default-period 1s\n"
                                         " filter compression\n compression algo gzip\n"
                                         " filter bwlim-out behind default-limit 1m default-period 1s\n"
                                         " filter bwlim-in inbound default-limit 1m default-period 1s\n"));
    const auto& limits = frontend(loaded).bandwidth_limits;
    REQUIRE(limits.size() == 3);
    CHECK_FALSE(limits[0].behind_compression);
    CHECK(limits[1].behind_compression);
    CHECK(limits[2].behind_compression);
    CHECK(complaints(kFrontend + " filter trace quiet\n compression algo gzip\n") ==
          "A 7: config: proxy 'f': require an explicit filter declaration to use HTTP compression\n");
}

TEST_CASE("filter-sequence: an order of its own, and what it leaves out does not run") {
    const std::string filters =
        " filter compression\n compression algo gzip\n filter bwlim-out a default-limit 1m default-period 1s\n"
        " filter bwlim-out b default-limit 1m default-period 1s\n";
    auto turned = load(quiet(kFrontend + filters + " filter-sequence response bwlim-out,comp-res\n"));
    CHECK_FALSE(frontend(turned).bandwidth_limits[0].behind_compression);
    CHECK_FALSE(frontend(turned).bandwidth_limits[0].off);
    CHECK(frontend(turned).bandwidth_limits[1].off);  // the word stands for the first
    CHECK(frontend(turned).compression.responses);

    auto left_out = load(quiet(kFrontend + filters + " filter-sequence response bwlim-out\n"));
    CHECK_FALSE(frontend(left_out).compression.responses);
    auto not_agreed = load(quiet(kFrontend + filters + " filter-sequence request comp-req\n"));
    CHECK_FALSE(frontend(not_agreed).compression.responses);
    CHECK_FALSE(frontend(not_agreed).bandwidth_limits[1].off);
}

TEST_CASE("filter-sequence names filters that are there") {
    const std::string about = " for 'filter-sequence' in frontend 'f'.\n";
    CHECK(complaints(kFrontend + " filter-sequence\n") == "A 9: missing argument" + about);
    CHECK(complaints(kFrontend + " filter-sequence both a\n") ==
          "A 9: expected either 'request' or 'response'" + about);
    CHECK(complaints(kFrontend + " filter-sequence request\n") == "A 9: missing filter list" + about);
    CHECK(complaints(kFrontend + " filter comp-req\n filter-sequence request comp-req,\n") == "");
    CHECK(complaints(kFrontend + " filter comp-req\n filter-sequence request comp-req,,\n") ==
          "A 10: f: error while postparsing request filter-sequence '' : invalid filter name: '' is not defined on the "
          "proxy\n");
    CHECK(complaints(kFrontend + " filter comp-req\n filter-sequence request comp-req,zork\n") ==
          "A 10: f: error while postparsing request filter-sequence 'zork' : invalid filter name: 'zork' is not "
          "defined on the proxy\n");
}

TEST_CASE("compression of a direction is declared once") {
    CHECK(complaints(kFrontend + " filter comp-req\n filter comp-res\n") == "");
    CHECK(complaints(kFrontend + " filter comp-req\n filter comp-req\n") ==
          "A 10: 'filter' : f: Proxy supports only one comp-req filter\n");
    CHECK(complaints(kFrontend + " filter comp-res\n filter compression\n") ==
          "A 10: 'filter' : f: Proxy supports only one compression filter\n");
}
