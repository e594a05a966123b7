#include "model/rule.h"

#include <utility>

namespace cfgproxy::model {

Verdict run_rules(const RuleSet& rules, RuleContext& context, std::size_t& from, const sample::ConditionChain* chain) {
    const base::Place* const waited_at = std::exchange(context.waiting_rule, nullptr);
    for (; from < rules.size(); ++from) {
        if (chain && (from = chain->next(context, from)) == rules.size()) break;
        const Rule& rule = rules[from];
        auto found = sample::Found::yes;
        if (rule.when) found = rule.when->test(context);
        if (context.observer) context.observer->on_rule(rule, context, found);
        if (rule.when) {
            if (found == sample::Found::not_yet) {
                context.waiting_rule = &rule.place;
                return Verdict::wait;
            }
            if (found == sample::Found::no) continue;
        }
        Verdict verdict = rule.action->run(context);
        if (context.observer) context.observer->on_action(rule, context, verdict);
        if (verdict == Verdict::next) continue;
        (verdict == Verdict::wait ? context.waiting_rule : context.last_rule) = &rule.place;
        // A rule that gives up waiting is still the one that was waited at.
        const bool gives_up = verdict == Verdict::reply || verdict == Verdict::error;
        if (gives_up && waited_at == &rule.place) context.waiting_rule = waited_at;
        return verdict;
    }
    return Verdict::next;
}

}  // namespace cfgproxy::model
