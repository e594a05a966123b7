#pragma once
#include <string_view>

namespace cfgproxy::base {

/// The name of this machine, as it was when it was first asked for. Any thread.
std::string_view host_name();

}  // namespace cfgproxy::base
