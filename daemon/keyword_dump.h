#pragma once
#include <string>
#include <string_view>

namespace cfgproxy::daemon {

/// -dK: the words of the language, in HAProxy's layout and order where one word takes one line; words that are not
/// executed yet have "#pending " before them. `classes` is a comma-separated list of all, acl, cfg, cnv, flt, smp, svc,
/// or help; unknown ones give nothing.
std::string keyword_dump(std::string_view classes);

}  // namespace cfgproxy::daemon
