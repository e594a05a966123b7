#pragma once
#include <string_view>

#include "control/page_options.h"
#include "stream/env.h"

namespace cfgproxy::control {

/// Does what a posted form of the statistics page asks for: `s=` names servers (several), `action=` one action for
/// them, `b=` their backend by name or "#id"; in any order, the last `action` and `b` count. Any thread.
Outcome run_admin_form(std::string_view body, const stream::Generation& generation);

}  // namespace cfgproxy::control
