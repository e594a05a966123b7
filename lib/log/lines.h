#pragma once
#include <string>

#include "log/format.h"
#include "model/proxy.h"

namespace cfgproxy::log {

/// The line of a proxy without a log-format, by its options: httplog (or its CLF), tcplog, or none of them.
void append_line(const model::Options& options, const Record& record, std::string& out);

}  // namespace cfgproxy::log
