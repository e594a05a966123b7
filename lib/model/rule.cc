#include "model/rule.h"

namespace cfgproxy::model {

Verdict run_rules(const RuleSet& rules, RuleContext& context, std::size_t& from) {
    for (; from < rules.size(); ++from) {
        const Rule& rule = rules[from];
        if (rule.when) {
            auto found = rule.when->test(context);
            if (found == sample::Found::not_yet) return Verdict::wait;
            if (found == sample::Found::no) continue;
        }
        Verdict verdict = rule.action->run(context);
        if (verdict != Verdict::next) return verdict;
    }
    return Verdict::next;
}

}  // namespace cfgproxy::model
