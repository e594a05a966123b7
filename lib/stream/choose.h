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

/// `render` gives the text of a name with %[...]; `observe`, as in `explain`, sees each rule and its condition's
/// answer. With `chain` (Proxy::use_backend_chain) rules that are known to be false are passed over.
template <class Render, class Observe>
Switched switch_backend(const model::Proxy& frontend, const model::Config& config, const model::RuleContext& context,
                        const sample::ConditionChain* chain, Render render, Observe observe) {
    if (context.switched_to) return {.backend = context.switched_to};
    const auto& rules = frontend.use_backends;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (chain && (i = chain->next(context, i)) == rules.size()) break;
        const model::UseBackend& rule = rules[i];
        const auto found = rule.when ? rule.when->test(context) : sample::Found::yes;
        observe(rule, found);
        if (found == sample::Found::not_yet) return {.wait = true};
        if (found != sample::Found::yes) continue;
        const model::Proxy* chosen = rule.dynamic ? config.find_backend(render(*rule.dynamic)) : rule.backend;
        if (!chosen) continue;  // an unknown name: the next rule, in the end the default
        return {.backend = chosen, .rule = &rule};
    }
    if (frontend.default_backend_proxy) return {.backend = frontend.default_backend_proxy};
    return {.backend = frontend.is_backend() ? &frontend : nullptr};
}

template <class Render>
Switched switch_backend(const model::Proxy& frontend, const model::Config& config, const model::RuleContext& context,
                        Render render) {
    return switch_backend(frontend, config, context, &frontend.use_backend_chain, render,
                          [](const model::UseBackend&, sample::Found) {});
}

}  // namespace cfgproxy::stream
