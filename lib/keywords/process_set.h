#pragma once
#include <bitset>
#include <string>
#include <string_view>

namespace cfgproxy::keywords {

/// Processes or threads by their numbers from 1, at index 0.
constexpr std::size_t kMostProcesses = 64;
using ProcessSet = std::bitset<kMostProcesses>;

/// Adds what `text` names: "all", "odd", "even", "3", "1-4" or "2-" (to the last one), as in `cpu-map` and
/// `bind-process`. Says what is wrong, in HAProxy's words; empty: nothing.
std::string add_processes(std::string_view text, ProcessSet& set);

}  // namespace cfgproxy::keywords
