#pragma once
#include <memory>

#include "stream/applet.h"

namespace cfgproxy::control {

/// Serves a proxy's statistics page: HTML, or CSV and JSON by `;csv` and `;json`; performs what its admin form asks
/// for. The program stores this in stream::Process::make_stats_applet (control::install does).
std::unique_ptr<stream::Applet> make_stats_applet(const stream::StatsRequest& request);

}  // namespace cfgproxy::control
