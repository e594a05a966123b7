#include "base/diagnostics.h"

#include <algorithm>
#include <map>

namespace cfgproxy::base {

void Diagnostics::shrink(std::size_t keep) {
    for (; list_.size() > keep; list_.pop_back()) {
        pendings_ -= list_.back().pending;
        alerts_ -= list_.back().severity == Severity::alert && list_.back().fatal && !list_.back().pending;
        warnings_ -= list_.back().severity == Severity::warning;
    }
}

void Diagnostics::sort() {
    std::map<const std::string*, std::size_t> order;
    for (const auto& d : list_) order.try_emplace(d.place.file, order.size());
    auto key = [&](const Diagnostic& d) {
        return d.place.file ? std::pair{order[d.place.file], d.place.line} : std::pair{order.size(), 0u};
    };
    std::stable_sort(list_.begin(), list_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
}

}  // namespace cfgproxy::base
