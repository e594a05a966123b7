#pragma once
#include "base/json.h"
#include "config/reader.h"

namespace cfgproxy::config {

/// What stands behind a statement's keyword, as far as rows and forms tell: members "arguments", "options", "action",
/// "condition" of the object that is open in `json`.
void write_arguments(base::JsonWriter& json, const ReadStatement& statement);

}  // namespace cfgproxy::config
