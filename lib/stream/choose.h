#pragma once
#include <string_view>

#include "model/config.h"
#include "model/rule.h"

namespace cfgproxy::stream {

/// Where `use_backend` rules and `default_backend` lead.
struct Switched {
    const model::Proxy* backend = nullptr;    ///< null: nowhere
    const model::UseBackend* rule = nullptr;  ///< null: default_backend, reqsetbe, or the section's own servers
    bool wait = false;                        ///< a condition needs more data
};

/// `force-be-switch`: whether this exchange may go to backends that are closed to others.
inline bool is_switch_forced(const model::Proxy& frontend, const model::RuleContext& context) {
    for (const auto& condition : frontend.force_switch)
        if (condition->test(context) == sample::Found::yes) return true;
    return false;
}

/// `render` gives the text of a name with %[...]; `observe`, as in `explain`, sees each rule and its condition's
/// answer; `is_published` tells what was said of a backend while running (`unpublish backend`). With `chain`
/// (Proxy::use_backend_chain) rules that are known to be false are passed over.
template <class Render, class Observe, class Published>
Switched switch_backend(const model::Proxy& frontend, const model::Config& config, const model::RuleContext& context,
                        const sample::ConditionChain* chain, Render render, Observe observe, Published is_published) {
    if (context.switched_to) return {.backend = context.switched_to};
    const auto is_open = [&](const model::Proxy& backend) {
        return (!backend.disabled && is_published(backend)) || is_switch_forced(frontend, context);
    };
    const auto& rules = frontend.use_backends;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (chain && (i = chain->next(context, i)) == rules.size()) break;
        const model::UseBackend& rule = rules[i];
        const auto found = rule.when ? rule.when->test(context) : sample::Found::yes;
        observe(rule, found);
        if (found == sample::Found::not_yet) return {.wait = true};
        if (found != sample::Found::yes) continue;
        const model::Proxy* chosen = rule.dynamic ? config.find_backend(render(*rule.dynamic)) : rule.backend;
        if (!chosen) break;  // an unknown name: the default
        if (is_open(*chosen)) return {.backend = chosen, .rule = &rule};
    }
    if (const model::Proxy* chosen = frontend.default_backend_proxy; chosen && is_open(*chosen))
        return {.backend = chosen};
    return {.backend = frontend.is_backend() ? &frontend : nullptr};
}

}  // namespace cfgproxy::stream
