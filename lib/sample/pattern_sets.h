#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sample/pattern.h"

namespace cfgproxy::sample {

/// What PatternSet::compile chooses from. Views in `texts` live as long as the set.
using Texts = std::vector<std::string_view>;
using Compiled = base::Result<std::unique_ptr<PatternSet>>;

/// What counts where nothing was removed.
struct AllCount {
    bool operator()(std::size_t) const { return true; }
};

std::unique_ptr<PatternSet> make_text_set(MatchKind kind, bool ignore_case, bool first, const Texts& texts);
Compiled make_range_set(MatchKind kind, const Texts& texts, std::size_t& failed);
/// How much an address pattern is preferred over others that match an address of that type as well: those of its own
/// family before the other one's, more bits before fewer, masks with holes last.
int narrowness(std::string_view pattern, Type type);
Compiled make_address_set(bool resolve, const Texts& texts, std::size_t& failed);

}  // namespace cfgproxy::sample
