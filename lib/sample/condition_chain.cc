#include "sample/condition_chain.h"

#include <algorithm>

namespace cfgproxy::sample {
namespace {

/// Shorter ones are as quick one by one.
constexpr std::size_t kShortest = 4;

/// Converters that do nothing but change the value: it does not matter how often they run.
bool is_pure(std::string_view converter) {
    for (auto name : {"lower", "upper", "field", "word", "host_only", "port_only", "ltrim", "rtrim", "url_dec", "bytes",
                      "regsub", "reverse_dom"})
        if (converter == name) return true;
    return false;
}

/// Kinds whose sets answer with the first pattern that matches.
bool is_indexed(MatchKind kind) {
    switch (kind) {
        case MatchKind::str:
        case MatchKind::beg:
        case MatchKind::end:
        case MatchKind::sub:
        case MatchKind::dir:
        case MatchKind::dom:
            return true;
        default:
            return false;
    }
}

bool is_usable(const AclLine& line) {
    constexpr unsigned kOfMessage = kRequestHead | kResponseHead | kClient;
    if (!is_indexed(line.kind) || line.patterns.size() != 1 || !line.patterns[0]->unchanged()) return false;
    if (!(line.expression->fetch->needs & kOfMessage)) return false;
    for (const auto& step : line.expression->steps)
        if (!is_pure(step.row->name)) return false;
    return true;
}

bool is_alike(const AclLine& a, const AclLine& b) {
    return a.kind == b.kind && a.expression->text == b.expression->text && a.expression->fetch == b.expression->fetch &&
           a.patterns[0]->flags.ignore_case == b.patterns[0]->flags.ignore_case;
}

/// The ACL without which the condition cannot be true, if its lines can be looked up together.
const Acl* leading_acl(const Condition* condition) {
    if (!condition || condition->unless || condition->any_of.size() != 1) return nullptr;
    const auto& first = condition->any_of[0].front();
    if (first.negated || first.acl->lines.empty()) return nullptr;
    for (const AclLine& line : first.acl->lines)
        if (!is_usable(line) || !is_alike(line, first.acl->lines[0])) return nullptr;
    return first.acl;
}

}  // namespace

void ConditionChain::build(const std::vector<const Condition*>& conditions) {
    runs_.clear();
    starting_.assign(conditions.size(), 0);
    for (std::size_t at = 0; at < conditions.size();) {
        const Acl* acl = leading_acl(conditions[at]);
        if (!acl) {
            ++at;
            continue;
        }
        Run run;
        run.begin = at;
        run.line = &acl->lines[0];
        for (; at < conditions.size(); ++at) {
            const Acl* next = leading_acl(conditions[at]);
            if (!next || !is_alike(next->lines[0], *run.line)) break;
        }
        run.end = at;
        if (run.end - run.begin >= kShortest) close(std::move(run), conditions);
    }
}

void ConditionChain::close(Run run, const std::vector<const Condition*>& conditions) {
    std::vector<std::string_view> patterns;
    run.changed = std::make_shared<std::atomic<bool>>(false);
    for (std::size_t i = run.begin; i < run.end; ++i) {
        for (const AclLine& line : leading_acl(conditions[i])->lines) {
            const PatternSet* set = line.patterns[0]->unchanged();
            if (!set) return;
            line.patterns[0]->watch(run.changed);
            for (std::size_t k = 0; k < set->size(); ++k) {
                patterns.push_back(set->pattern(k));
                run.owner.push_back(static_cast<std::uint32_t>(i));
            }
        }
    }
    auto set = PatternSet::compile(run.line->kind,
                                   {.ignore_case = run.line->patterns[0]->flags.ignore_case, .first = true}, patterns);
    if (!set) return;
    run.set = std::move(*set);
    runs_.push_back(std::move(run));
    starting_[runs_.back().begin] = static_cast<std::uint32_t>(runs_.size());
}

/// The first of the run that can be true: the run's end if none can, its beginning if that cannot be told.
std::size_t ConditionChain::first_in(const Run& run, const Context& context) {
    if (run.changed->load(std::memory_order_acquire)) return run.begin;
    Cursor cursor;
    cursor.iterate = true;
    std::size_t first = run.end;
    for (;;) {
        Value value;
        const Found found = run.line->expression->evaluate(context, value, cursor);
        if (found == Found::not_yet) return run.begin;
        if (found == Found::no) return first;
        if (value.type == run.line->input || cast(value, run.line->input, *context.arena)) {
            const std::int64_t index = run.set->find(value, *context.arena);
            if (index >= 0) first = std::min<std::size_t>(first, run.owner[static_cast<std::size_t>(index)]);
        }
        if (cursor.more) continue;
        return first == run.end && cursor.may_change && !context.is_final() ? run.begin : first;
    }
}

std::size_t ConditionChain::skip(const Context& context, std::size_t from) const {
    while (from < starting_.size() && starting_[from] != 0) {
        const Run& run = runs_[starting_[from] - 1];
        const std::size_t first = first_in(run, context);
        if (first != run.end) return first;
        from = run.end;
    }
    return from;
}

}  // namespace cfgproxy::sample
