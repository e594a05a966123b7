#pragma once
#include <string_view>

#include "base/diagnostics.h"
#include "base/result.h"
#include "sample/checkpoint.h"

namespace cfgproxy::keywords {

/// Sets "proc.NAME" from an expression or a log format, as `set-var` of the global section and of the command line do:
/// there is no stream, so that only constants, the clock, the environment and the like give a value; if nothing is
/// found, nothing is set. `at`: which of both it is, kConfigLines or kCommandLine. Errors are HAProxy's.
base::Result<void> set_process_variable(std::string_view name, std::string_view text, bool is_format,
                                        const base::Place& place, sample::Checkpoint at);

}  // namespace cfgproxy::keywords
