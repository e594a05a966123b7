#pragma once
#include <optional>
#include <string_view>

#include "model/log_target.h"

namespace cfgproxy::keywords {

/// What stands behind `format` on `log` lines and in `ring` sections: "rfc5424", "raw"...
std::optional<model::LogFormatKind> find_log_format(std::string_view name);

}  // namespace cfgproxy::keywords
