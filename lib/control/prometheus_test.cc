#include "control/prometheus.h"

#include <catch2/catch.hpp>

#include <set>

#include "control/info_fields.h"
#include "control/prometheus_names.h"

using namespace cfgproxy::control;

namespace {

constexpr std::uint32_t kNone = 999;

std::uint32_t scopes(std::string_view query) {
    const auto parsed = parse_metrics_query(query);
    return parsed ? parsed->scopes : kNone;
}

}  // namespace

TEST_CASE("scopes of a query for metrics") {
    using Q = MetricsQuery;
    CHECK(scopes("") == Q::kAll);
    CHECK(scopes("scope=server") == Q::kServer);
    CHECK(scopes("scope=frontend&scope=backend") == (Q::kFrontend | Q::kBackend));
    CHECK(scopes("scope=*&scope=") == 0);
    CHECK(scopes("scope=&scope=global") == Q::kGlobal);
    CHECK(scopes("sco%70e=%67lobal#x") == Q::kGlobal);
    CHECK(scopes("scope") == kNone);
    CHECK(scopes("scope=foo") == kNone);
    CHECK(scopes("scope=%6") == kNone);
    CHECK(scopes("a=b=c") == kNone);
}

TEST_CASE("metrics that a query wants") {
    const auto query = parse_metrics_query("metrics=haproxy_a_b,-haproxy_a_c,&no-maint&desc-labels");
    REQUIRE(query);
    CHECK(query->wants("haproxy_a_", "b"));
    CHECK_FALSE(query->wants("haproxy_a_", "c"));
    CHECK_FALSE(query->wants("haproxy_a_", "d"));
    CHECK(query->hide_maintenance);
    CHECK(query->describe);
    CHECK(parse_metrics_query("metrics=-x")->wants("", "y"));
    CHECK_FALSE(parse_metrics_query("metrics"));
}

TEST_CASE("every metric stands for a figure that there is") {
    for (const ProcessMetric& metric : process_metrics()) {
        INFO(metric.name);
        bool known = false;
        for (const InfoField& field : info_fields()) known = known || field.name == metric.field;
        CHECK(known);
    }
    for (RowKind kind : {RowKind::frontend, RowKind::backend, RowKind::server, RowKind::listener}) {
        std::set<std::string_view> names;
        for (const Metric& metric : metrics_of(kind)) CHECK(names.insert(metric.name).second);
        CHECK(names.size() > 10);
    }
}
