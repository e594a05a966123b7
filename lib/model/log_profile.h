#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "model/log_target.h"
#include "model/template.h"

namespace cfgproxy::model {

/// One `on` line of a `log-profile`: what a target says at that step instead of the proxy's own line.
struct LogStep {
    bool drop = false;
    std::shared_ptr<const Template> format, structured_data;  ///< null: the proxy's
};

/// A `log-profile` section. Frozen.
struct LogProfile {
    std::string name;
    std::string tag;  ///< `log-tag`; empty: the proxy's
    std::map<LogOrigin, LogStep> steps;
    std::optional<LogStep> any, error;
    base::Place place;

    /// What to do for a line of that origin; `failed`: it tells of an error. Null: nothing is changed.
    const LogStep* find(LogOrigin origin, bool failed) const;
};

}  // namespace cfgproxy::model
