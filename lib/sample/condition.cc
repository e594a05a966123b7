#include "sample/condition.h"

namespace cfgproxy::sample {

Found AclLine::test(const Context& context) const {
    Cursor cursor;
    cursor.iterate = true;
    cursor.groups = kind == MatchKind::group;
    for (;;) {
        Value value;
        const Found found = expression->evaluate(context, value, cursor);
        if (found != Found::yes) return found;
        if (kind == MatchKind::found) return Found::yes;
        if (value.type == input || cast(value, input, *context.arena)) {
            if (kind == MatchKind::boolean && value.number != 0) return Found::yes;
            for (const auto& set : patterns)
                if (set->matches(value, *context.arena)) return Found::yes;
        }
        if (cursor.more) continue;
        return cursor.may_change && !context.is_final() ? Found::not_yet : Found::no;
    }
}

Found Acl::test(const Context& context) const {
    Found result = Found::no;
    for (const AclLine& line : lines) {
        const Found found = line.test(context);
        if (found == Found::yes) return found;
        if (found == Found::not_yet) result = found;
    }
    return result;
}

namespace {

Found opposite(Found found) {
    return found == Found::yes ? Found::no : found == Found::no ? Found::yes : Found::not_yet;
}

/// The first term that does not hold decides, and be it that it is not known yet.
Found test_all(const std::vector<Condition::Term>& terms, const Context& context) {
    for (const auto& term : terms) {
        Found found = term.acl->test(context);
        if (term.negated) found = opposite(found);
        if (found != Found::yes) return found;
    }
    return Found::yes;
}

}  // namespace

Found Condition::test(const Context& context) const {
    Found result = Found::no;
    for (const auto& terms : any_of) {
        const Found found = test_all(terms, context);
        if (found == Found::no) continue;
        result = found;
        if (found == Found::yes) break;
    }
    return unless ? opposite(result) : result;
}

}  // namespace cfgproxy::sample
