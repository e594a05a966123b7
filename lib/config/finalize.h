#pragma once
#include "base/diagnostics.h"
#include "model/config.h"

namespace cfgproxy::config {

/// Whatever can only be said when all sections are read, as a list of small named passes: names resolved, defaults that
/// depend on others computed, contradictions refused, HAProxy's warnings given. Adds ids. After it the config is
/// frozen.
void finalize(model::Config& config, base::Diagnostics& diagnostics);

}  // namespace cfgproxy::config
