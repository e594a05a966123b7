#pragma once
#include <cstddef>
#include <string_view>

#include "base/arena.h"

namespace cfgproxy::sample {

/// A replacement text with references to groups ("\0" to "\9", "\x41", "\\"), as `regsub`, `replace-header` and the
/// 1.x words have it. `offsets` are the pairs that Regex::match gave for `subject`, `pairs` of them; groups that did
/// not take part are empty. False if a backslash ends the template.
bool expand_groups(std::string_view replacement, std::string_view subject, const std::size_t* offsets, int pairs,
                   base::Arena& arena, std::string_view& out);

}  // namespace cfgproxy::sample
