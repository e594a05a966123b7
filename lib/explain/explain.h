#pragma once
#include <memory>
#include <string>

#include "explain/explanation.h"
#include "model/config.h"

namespace cfgproxy::explain {

/// Walks a request through `config` as a stream would, with the same rules, conditions and actions over the same kind
/// of context, and keeps what each of them found. Opens no socket and changes nothing.
Explanation explain(const model::Config& config, const Question& question);

/// For people: indented text; `color`: with the marks of terminals.
std::string print_text(const Explanation& explanation, bool color);
/// For tools: one JSON object.
std::string print_json(const Explanation& explanation);

}  // namespace cfgproxy::explain
