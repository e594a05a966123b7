#pragma once
#include <span>
#include <string_view>

#include "control/stat_fields.h"

namespace cfgproxy::control {

/// A metric of proxies, listeners or servers: what HAProxy's exporter calls a figure of the statistics.
struct Metric {
    /// How it is told: as it is; in seconds rather than milliseconds; or as one line per state, status or code.
    enum class Form : std::uint8_t { number, seconds, states, server_states, check_state, check_states, codes };
    std::string_view name;
    Stat stat;
    Form form;
    bool counter;
};

/// A metric of the process: a line of `show info`. Text goes into the label that is named.
struct ProcessMetric {
    std::string_view name, field;
    bool counter;
    std::string_view label;
};

/// In the order of HAProxy 3.4's exporter.
std::span<const ProcessMetric> process_metrics();
std::span<const Metric> metrics_of(RowKind kind);

}  // namespace cfgproxy::control
