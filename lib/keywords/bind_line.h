#pragma once
#include <string>
#include <vector>

#include "config/reader.h"

namespace cfgproxy::keywords {

/// Reads addresses (word 0 of `args`, separated by commas) and the options behind them, and appends one Bind per
/// address and per port of a range to `binds`. `name` is what messages call the line: "bind", "stats socket". Reports
/// what is wrong; false then.
bool read_bind_line(config::Parser& parser, std::string_view name, model::Bind bind, std::span<const config::Word> args,
                    std::vector<model::Bind>& binds);

}  // namespace cfgproxy::keywords
