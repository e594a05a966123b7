#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/applet.h"

namespace cfgproxy::control {

/// What the query of a request for /metrics asks for: `scope=`, `metrics=`, `no-maint`, `desc-labels`.
struct MetricsQuery {
    enum Scope : std::uint32_t { kGlobal = 1, kFrontend = 2, kBackend = 4, kServer = 8, kListener = 16, kTable = 32 };
    static constexpr std::uint32_t kAll = 63;
    std::uint32_t scopes = kAll;
    std::vector<std::string> wanted, unwanted;  ///< full names of metrics; none wanted: all but the unwanted
    bool hide_maintenance = false, describe = false;

    bool wants(std::string_view prefix, std::string_view name) const;
};
/// Nothing if the query is none: an unknown scope, a parameter without the value that it needs, bad escapes.
std::optional<MetricsQuery> parse_metrics_query(std::string_view query);

/// Serves `use-service prometheus-exporter`: every figure of processes, proxies, servers, listeners and stick tables in
/// the text format of Prometheus, under HAProxy's names. Null if the request's query is none: 400.
std::unique_ptr<stream::Applet> make_metrics_applet(const stream::StatsRequest& request);

}  // namespace cfgproxy::control
